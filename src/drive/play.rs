//! Telling a family what a script says.

use super::rule::IMPOSSIBLE_STEP;
use super::{DriveError, Family, Stimulus, Verdict, resolve};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Name;
use crate::source::Span;

/// Tells a family what happens, one thing after another. Where anything is unclear nothing is told at
/// all; the first step that cannot be carried out ends the play, and the report says so. Refusals are
/// answers: they are among the family's entries.
pub fn play(family: &mut Family<'_>, stimuli: &[Stimulus], report: &mut Report) -> Vec<Verdict> {
    let workflow = family.workflow();
    let before = report.len();
    let inputs: Vec<_> = stimuli
        .iter()
        .map(|stimulus| resolve(stimulus, workflow, report))
        .collect();
    if report.len() > before {
        return Vec::new();
    }
    let mut verdicts = Vec::new();
    for (stimulus, input) in stimuli.iter().zip(inputs.into_iter().flatten()) {
        match family.apply(&input) {
            Ok(verdict) => verdicts.push(verdict),
            Err(error) => {
                report.push(impossible(stimulus, &error));
                break;
            }
        }
    }
    verdicts
}

/// The finding for a step that cannot be carried out.
pub fn impossible(stimulus: &Stimulus, error: &DriveError) -> Diagnostic {
    let diagnostic = Diagnostic::new(&IMPOSSIBLE_STEP, place(stimulus, error), error.to_string());
    match error.did_you_mean() {
        Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
        None => diagnostic,
    }
}

/// The words that the error is about.
fn place(stimulus: &Stimulus, error: &DriveError) -> Span {
    let name = |name: &Option<Name>| name.as_ref().map(|name| name.span);
    let order = name(&stimulus.order).or(name(&stimulus.create));
    let child = || {
        let sets = stimulus.children.iter();
        let mut children = sets.flat_map(|set| set.value.0.iter());
        let written = match error {
            DriveError::UnknownState { state, .. } => children.find_map(|child| {
                let named = child.state.as_ref();
                named
                    .filter(|named| named.value == *state)
                    .map(|named| named.span)
            }),
            _ => None,
        };
        written.or(stimulus.children.iter().next().map(|set| set.name.span))
    };
    let time = || {
        let times = [&stimulus.at, &stimulus.wait, &stimulus.after];
        times
            .into_iter()
            .flatten()
            .next()
            .map(|literal| literal.span)
    };
    let found = match error {
        DriveError::Backwards { .. } | DriveError::Time(_) => time(),
        DriveError::Restless(_) => None,
        _ => order.or_else(child),
    };
    let event = || name(&stimulus.event);
    found.or_else(event).unwrap_or(stimulus.span)
}
