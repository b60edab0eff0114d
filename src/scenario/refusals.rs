//! Refusals as scenarios expect them: their kinds and their words.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use crate::instance::{Candidate, Reason, Refusal};

/// The candidates that leave the state the order is in.
pub(super) fn here(refusal: &Refusal) -> Vec<&Candidate> {
    let elsewhere = |reason: &Reason| matches!(reason, Reason::WrongState { .. });
    let here = |candidate: &&Candidate| !candidate.reasons.iter().any(elsewhere);
    candidates(refusal).iter().filter(here).collect()
}

/// The candidates that leave the state the order is in; all of them where none does.
fn close(refusal: &Refusal) -> Vec<&Candidate> {
    let here = here(refusal);
    match here.is_empty() {
        true => candidates(refusal).iter().collect(),
        false => here,
    }
}

fn candidates(refusal: &Refusal) -> &[Candidate] {
    match refusal {
        Refusal::NoTransition { candidates } | Refusal::NoInitial { candidates } => candidates,
        _ => &[],
    }
}

/// The kinds of a refusal: those of the reasons of the candidates that leave the state the order is
/// in, else `wrong_state`, else that of the refusal itself.
pub(super) fn kinds(refusal: &Refusal) -> BTreeSet<String> {
    if candidates(refusal).is_empty() {
        return BTreeSet::from([tag(refusal, "refusal")]);
    }
    let here = here(refusal);
    if here.is_empty() {
        return BTreeSet::from(["wrong_state".to_owned()]);
    }
    let reasons = here.into_iter().flat_map(|candidate| &candidate.reasons);
    reasons.map(|reason| tag(reason, "reason")).collect()
}

/// All that a refusal says: itself, and every reason of close candidates.
pub(super) fn words(refusal: &Refusal) -> Vec<String> {
    let reasons = close(refusal)
        .into_iter()
        .flat_map(|candidate| &candidate.reasons);
    let reasons = reasons.map(ToString::to_string);
    std::iter::once(refusal.to_string())
        .chain(reasons)
        .collect()
}

/// The word by which its serialized form tells its kind.
fn tag(value: &impl Serialize, key: &str) -> String {
    match serde_json::to_value(value) {
        Ok(Json::Object(fields)) => match fields.get(key) {
            Some(Json::String(word)) => word.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}
