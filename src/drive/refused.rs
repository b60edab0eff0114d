//! Which conditions a refusal names, for traces and for coverage.
//!
//! In: a refusal's candidates. Out: the conditions that failed where the order could have moved. What
//! was judged in a step stands in its record; this is for what is refused and leaves none.

use crate::graph::{Row, RowId, Workflow};
use crate::instance::{GuardFailure, Judged, Place, Reason, Refusal};

/// The conditions that a refusal names: those that failed where the order could have moved.
pub(super) fn judged(workflow: &Workflow, refusal: &Refusal) -> Vec<Judged> {
    let Refusal::NoTransition { candidates } = refusal else {
        return Vec::new();
    };
    let mut judged: Vec<Judged> = Vec::new();
    for candidate in candidates {
        let reasons = &candidate.reasons;
        let elsewhere = |reason: &Reason| matches!(reason, Reason::WrongState { .. });
        let mut rows = workflow.rows.iter();
        let Some((id, row)) = rows.find(|(_, row)| row.span == candidate.span) else {
            continue;
        };
        if reasons.iter().any(elsewhere) {
            continue;
        }
        for failed in failed_at(id, row, reasons) {
            if !judged.contains(&failed) {
                judged.push(failed);
            }
        }
    }
    judged
}

fn failed_at(id: RowId, row: &Row, reasons: &[Reason]) -> Vec<Judged> {
    let places = row.branches.iter().enumerate();
    let branches = places.map(|(at, branch)| (Place::Row(id, Some(at)), &branch.conditions));
    let all = std::iter::once((Place::Row(id, None), &row.conditions)).chain(branches);
    let conditions = all.flat_map(|(place, conditions)| {
        let numbered = conditions.iter().enumerate();
        numbered.map(move |(index, condition)| (place, index, condition))
    });
    let failures: Vec<&GuardFailure> = reasons.iter().filter_map(guard_of).collect();
    let failed = conditions.filter_map(|(place, index, condition)| {
        let mut failures = failures.iter();
        let failure = failures.find(|failure| {
            *failure.guard == *condition.text
                && failure.name.as_deref() == condition.name.as_deref()
        })?;
        Some(Judged {
            place,
            index,
            held: false,
            error: failure.error.clone(),
            decided: true,
        })
    });
    failed.collect()
}

fn guard_of(reason: &Reason) -> Option<&GuardFailure> {
    match reason {
        Reason::Guard(failure) => Some(failure),
        _ => None,
    }
}
