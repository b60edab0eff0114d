//! Why transitions do not apply: every reason, row by row.
//!
//! In: an [`Attempt`] that set nothing off. Out: one [`Candidate`] for each row of the event. Guards
//! of rows whose sources are not active are not evaluated: they could only mislead.

use super::select::Attempt;
use super::target::{closed, resolve, sets};
use crate::graph::{ActorSet, Row, StateId, Target, Workflow};
use crate::instance::{Candidate, Reason};

/// Every row of the attempt's trigger, with the reasons against it.
pub(super) fn candidates(attempt: &Attempt<'_>) -> Vec<Candidate> {
    let workflow = attempt.view.workflow;
    let rows = workflow.rows.rows().iter();
    rows.filter(|row| row.trigger == attempt.trigger)
        .map(|row| candidate(workflow, row, against(attempt, row)))
        .collect()
}

/// A row with reasons against it.
pub(super) fn candidate(workflow: &Workflow, row: &Row, reasons: Vec<Reason>) -> Candidate {
    let sources = row
        .transitions
        .iter()
        .map(|id| workflow.transitions.at(id).source);
    Candidate {
        from: sources
            .map(|source| workflow.states.at(source).path.clone())
            .collect(),
        to: in_words(workflow, row),
        reasons,
        span: row.span,
    }
}

fn against(attempt: &Attempt<'_>, row: &Row) -> Vec<Reason> {
    let view = attempt.view;
    let mut reasons: Vec<Reason> = misplaced(attempt, row).into_iter().collect();
    let elsewhere = !reasons.is_empty();
    if !attempt.role.is_some_and(|role| row.by.contains(role)) {
        reasons.push(wrong_actor(attempt, &row.by));
    }
    if elsewhere {
        return reasons;
    }
    reasons.extend(view.failures(&row.conditions));
    let mut branches = row.branches.iter();
    match branches.find(|branch| view.holds(&branch.conditions)) {
        None => reasons.extend(view.failures(row.branches.iter().flat_map(|b| &b.conditions))),
        Some(branch) => {
            for source in active_sources(attempt, row) {
                for reason in unreachable(
                    attempt,
                    source,
                    (&branch.target, row.internal),
                    sets(row, branch),
                ) {
                    if !reasons.contains(&reason) {
                        reasons.push(reason);
                    }
                }
            }
        }
    }
    reasons
}

/// The reason that none of a row's sources is active.
pub(super) fn misplaced(attempt: &Attempt<'_>, row: &Row) -> Option<Reason> {
    let workflow = attempt.view.workflow;
    if active_sources(attempt, row).next().is_some() {
        return None;
    }
    let sources = row
        .transitions
        .iter()
        .map(|id| workflow.transitions.at(id).source);
    Some(Reason::WrongState {
        active: attempt.view.instance.status(workflow),
        needs: sources
            .map(|source| workflow.states.at(source).path.clone())
            .collect(),
    })
}

/// The reason that somebody else may.
pub(super) fn wrong_actor(attempt: &Attempt<'_>, by: &ActorSet) -> Reason {
    let actors = &attempt.view.workflow.actors;
    Reason::WrongActor {
        actor: attempt.view.actor.role.clone(),
        allowed: by
            .members
            .iter()
            .map(|&id| actors.at(id).name.clone())
            .collect(),
    }
}

/// The active states that a row leads out of.
pub(super) fn active_sources<'r>(
    attempt: &'r Attempt<'_>,
    row: &'r Row,
) -> impl Iterator<Item = StateId> + 'r {
    let transitions = row.transitions.iter();
    let sources = transitions.map(|id| attempt.view.workflow.transitions.at(id).source);
    sources.filter(|&source| attempt.view.instance.is_active(source))
}

/// The reasons why the way from a source to a target is closed; `sets` says whether the context
/// would change on it.
pub(super) fn unreachable(
    attempt: &Attempt<'_>,
    source: StateId,
    target: (&Target, bool),
    sets: bool,
) -> Vec<Reason> {
    match resolve(attempt.view, source, target, attempt.named) {
        Ok(goal) => closed(attempt.view, attempt.role, goal.as_ref(), sets),
        Err(reason) => vec![reason],
    }
}

/// To where a row leads, for people.
fn in_words(workflow: &Workflow, row: &Row) -> String {
    let mut targets: Vec<String> = Vec::new();
    for branch in &row.branches {
        let target = target_in_words(workflow, &branch.target);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets.join(" or ")
}

fn target_in_words(workflow: &Workflow, target: &Target) -> String {
    let path = |id: &StateId| workflow.states.at(*id).path.clone();
    match target {
        Target::Stay => "stay".to_owned(),
        Target::State(state) => path(state),
        Target::Back => "back".to_owned(),
        Target::Choose(states) => {
            let states: Vec<String> = states.iter().map(path).collect();
            format!("one of {}", states.join(", "))
        }
        Target::History { state, deep, .. } => match deep {
            false => format!("history of {}", path(state)),
            true => format!("deep history of {}", path(state)),
        },
        Target::Several(parts) => {
            let parts = parts.iter().map(|part| target_in_words(workflow, part));
            parts.collect::<Vec<_>>().join(" + ")
        }
        Target::Unresolved => "an unknown state".to_owned(),
    }
}
