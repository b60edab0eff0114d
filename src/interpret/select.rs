//! Which transitions a trigger sets off now (SCXML, selectTransitions and
//! removeConflictingTransitions).
//!
//! In: an [`Attempt`]. Out: the [`Move`]s of one microstep, free of conflicts, and what each guard
//! that was asked for them said. Innermost sources come first, then document order. Why others were
//! not chosen is told by `reasons`, and only when asked.

use smallvec::SmallVec;

use super::conditions::View;
use super::entry::{Goal, inside};
use super::target::{closed, resolve, sets};
use crate::graph::{
    ActorId, Branch, Row, RowId, StateId, Transition, TransitionId, Trigger, Workflow,
};
use crate::instance::{Judged, Place};

/// What is tried, by whom.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) trigger: Trigger,
    /// The actor's id; `None` for an actor that the workflow does not know.
    pub(super) role: Option<ActorId>,
    /// The state that the caller named.
    pub(super) named: Option<&'a str>,
}

/// A transition that is about to be taken.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) transition: Transition,
    pub(super) branch: usize,
    /// `None` where nothing is left or entered.
    pub(super) goal: Option<Goal>,
}

/// The transitions of one microstep: nearly always one.
pub(super) type Moves = SmallVec<[Move; 1]>;

/// The transitions of the next microstep, in the order in which they are carried out.
pub(super) fn select(attempt: &Attempt<'_>, judged: &mut Vec<Judged>) -> Moves {
    let workflow = attempt.view.workflow;
    let mut selected = Moves::new();
    for leaf in attempt.view.instance.leaves(workflow) {
        let (known, chosen) = (judged.len(), selected.len());
        let mut source = leaf;
        while !is_settled(attempt, source, judged, &mut selected) {
            match workflow.states.at(source).parent {
                Some(outer) if outer != StateId::ROOT => source = outer,
                _ => break,
            }
        }
        if attempt.trigger == Trigger::Always && selected.len() == chosen {
            // The order holds still here: this is what may follow, not what happened.
            for judged in judged.iter_mut().skip(known) {
                judged.decided = false;
            }
        }
    }
    match selected.len() {
        0 | 1 => selected,
        _ => without_conflicts(workflow, selected),
    }
}

/// Selects a transition of a state, if one is enabled. Says whether those around it need not be asked.
fn is_settled(
    attempt: &Attempt<'_>,
    source: StateId,
    judged: &mut Vec<Judged>,
    selected: &mut Moves,
) -> bool {
    let workflow = attempt.view.workflow;
    // Another leaf within the same source has come to the same answer.
    let mut known = selected.iter();
    if known.any(|known| known.transition.source == source) {
        return true;
    }
    let triggered = match attempt.trigger {
        Trigger::Timer(_) => &workflow.states.at(source).outgoing,
        trigger => workflow.dispatch.transitions(source, trigger),
    };
    let mut triggered = triggered.iter();
    triggered.any(|&id| enabled(attempt, id, judged, selected))
}

/// Selects a transition if it is enabled.
fn enabled(
    attempt: &Attempt<'_>,
    id: TransitionId,
    judged: &mut Vec<Judged>,
    selected: &mut Moves,
) -> bool {
    let workflow = attempt.view.workflow;
    let transition = *workflow.transitions.at(id);
    let row = workflow.rows.at(transition.row);
    if !applies(attempt, (transition.row, row), judged) {
        return false;
    }
    let Some((index, branch)) = first_branch(attempt.view, (transition.row, row), judged) else {
        return false;
    };
    let source = transition.source;
    let target = (&branch.target, row.internal);
    let Ok(goal) = resolve(attempt.view, source, target, attempt.named) else {
        return false;
    };
    let against = closed(attempt.view, attempt.role, goal.as_ref(), sets(row, branch));
    if !against.is_empty() {
        return false;
    }
    selected.push(Move {
        transition,
        branch: index,
        goal,
    });
    true
}

/// Whether the trigger, the actor and the conditions of a row let it be taken.
pub(super) fn applies(
    attempt: &Attempt<'_>,
    (id, row): (RowId, &Row),
    judged: &mut Vec<Judged>,
) -> bool {
    row.trigger == attempt.trigger
        && attempt.role.is_some_and(|role| row.by.contains(role))
        && (row.conditions.is_empty() || attempt.view.judge(Place::Row(id, None), judged))
}

/// The first branch whose conditions hold.
fn first_branch<'r>(
    view: &View<'_>,
    (id, row): (RowId, &'r Row),
    judged: &mut Vec<Judged>,
) -> Option<(usize, &'r Branch)> {
    let mut branches = row.branches.iter().enumerate();
    branches.find(|(index, branch)| {
        branch.conditions.is_empty() || view.judge(Place::Row(id, Some(*index)), judged)
    })
}

/// Among transitions that would leave the same states, one from further within wins, else the
/// earlier one.
pub(super) fn without_conflicts(workflow: &Workflow, selected: Moves) -> Moves {
    let mut kept = Moves::with_capacity(selected.len());
    for new in selected {
        let rivals = |old: &&Move| conflict(workflow, old, &new);
        let outside = |old: &Move| inside(workflow, new.transition.source, old.transition.source);
        if kept.iter().filter(rivals).all(outside) {
            kept.retain(|old| !conflict(workflow, old, &new));
            kept.push(new);
        }
    }
    kept
}

/// Whether two transitions leave a state in common. Each leaves at least its source, so that they
/// do exactly where one domain lies within the other.
fn conflict(workflow: &Workflow, a: &Move, b: &Move) -> bool {
    match (&a.goal, &b.goal) {
        (Some(a), Some(b)) => {
            workflow.within(a.domain, b.domain) || workflow.within(b.domain, a.domain)
        }
        _ => false,
    }
}
