//! Targets resolved to states: what is entered, and how far out the order leaves.
//!
//! In: a transition's source and [`Target`], the order's past, the state that a caller named.
//! Out: a [`Goal`], or the [`Reason`] why the transition leads nowhere now.

use super::conditions::View;
use super::entry::{Goal, Pasts, Targets, effective, entry_of, goal, inside};
use crate::graph::{ActorId, Branch, Row, StateId, Target};
use crate::instance::Reason;

/// Resolves a target; `None` means that nothing is left or entered. `internal` keeps the source where
/// it can.
pub(super) fn resolve(
    view: &View<'_>,
    source: StateId,
    (target, internal): (&Target, bool),
    named: Option<&str>,
) -> Result<Option<Goal>, Reason> {
    let workflow = view.workflow;
    let (targets, restores) = match (target, named) {
        (Target::Choose(offered), named) => (Targets::One(chosen(view, offered, named)?), false),
        (_, Some(named)) => {
            let (target, allowed) = (named.to_owned(), Vec::new());
            return Err(Reason::WrongTarget { target, allowed });
        }
        (Target::Stay, None) => return Ok(None),
        (Target::State(state), None) => (Targets::One(*state), false),
        (Target::Back, None) => match view.instance.origins.get(&source) {
            Some(origins) => (Targets::Several(origins.as_slice().into()), true),
            None => return Err(Reason::NoWayBack),
        },
        (Target::History { .. } | Target::Several(_), None) => {
            return Ok(Some(several(view, source, target, internal)));
        }
        (Target::Unresolved, None) => return Err(Reason::Unresolved),
    };
    let goal = goal(workflow, source, targets, restores);
    Ok(Some(match internal {
        true => goal.kept_within(workflow, source),
        false => goal,
    }))
}

/// The goal of a past, or of several targets. How far out the order leaves follows from what is
/// recorded now; what is entered, from what is recorded once it has left.
fn several(view: &View<'_>, source: StateId, target: &Target, internal: bool) -> Goal {
    let workflow = view.workflow;
    let is_past = |part: &Target| matches!(part, Target::History { .. });
    let restores = target.parts().iter().any(is_past);
    let found = effective(workflow, Pasts::recorded(view.instance), target);
    let mut goal = goal(workflow, source, Targets::of(found), restores);
    if internal {
        goal = goal.kept_within(workflow, source);
    }
    if restores {
        let found = effective(workflow, Pasts::before(view.instance, &goal), target);
        goal.targets = Targets::of(found);
        goal.pasts = target.parts().into();
    }
    goal
}

/// What forbids entering: states that are switched off, and states that others alone may enter.
pub(super) fn vetoes(view: &View<'_>, role: Option<ActorId>, goal: &Goal) -> Vec<Reason> {
    let mut against = Vec::new();
    for state in entry_of(view.workflow, Pasts::before(view.instance, goal), goal).states {
        veto(view, role, state, &mut against);
    }
    against
}

fn veto(view: &View<'_>, role: Option<ActorId>, id: StateId, against: &mut Vec<Reason>) {
    let state = view.workflow.states.at(id);
    if state.inactive {
        against.push(Reason::Inactive {
            state: state.path.clone(),
        });
    }
    let forbidding = |by: &&crate::graph::ActorSet| !role.is_some_and(|role| by.contains(role));
    if let Some(by) = state.enter.by.as_ref().filter(forbidding) {
        against.push(Reason::MayNotEnter {
            state: state.path.clone(),
            allowed: by
                .members
                .iter()
                .map(|&id| view.workflow.actors.at(id).name.clone())
                .collect(),
        });
    }
}

/// Why a way is closed: what may not be entered, and an immutable state that would be left, or that
/// is active while the context would change (`sets`). Empty where it is open.
pub(super) fn closed(
    view: &View<'_>,
    role: Option<ActorId>,
    goal: Option<&Goal>,
    sets: bool,
) -> Vec<Reason> {
    let states = &view.workflow.states;
    let open = |state: StateId| !states.at(state).inactive && states.at(state).enter.by.is_none();
    let mut against = match goal {
        None => Vec::new(),
        Some(goal) if goal.lone(view.workflow).is_some_and(open) => Vec::new(),
        Some(goal) => vetoes(view, role, goal),
    };
    let mut active = view.instance.configuration.iter();
    if !active.any(|&state| states.at(state).immutable) {
        return against;
    }
    let sets = sets || goal.is_some_and(|goal| hooks_set(view, goal));
    let mut active = view.instance.configuration.iter();
    let frozen = active.find(|&&state| {
        let left = goal.is_some_and(|goal| inside(view.workflow, state, goal.domain));
        view.workflow.states.at(state).immutable && (left || sets)
    });
    against.extend(frozen.map(|&state| Reason::Immutable {
        state: view.path(state),
    }));
    against
}

/// Whether what a goal leaves and enters changes the context.
fn hooks_set(view: &View<'_>, goal: &Goal) -> bool {
    let workflow = view.workflow;
    let active = view.instance.configuration.iter();
    let mut left = active.filter(|&&state| inside(workflow, state, goal.domain));
    let leaving = left.any(|&state| workflow.states.at(state).exit.sets().next().is_some());
    let entry = entry_of(workflow, Pasts::before(view.instance, goal), goal);
    let mut starts = entry.starts.iter();
    let mut states = entry.states.iter();
    leaving
        || states.any(|&state| workflow.states.at(state).enter.sets().next().is_some())
        || starts.any(|(_, start)| !workflow.starts.at(*start).deed.set.is_empty())
}

/// Whether a row changes the context on one of its branches.
pub(super) fn sets(row: &Row, branch: &Branch) -> bool {
    !row.deed.set.is_empty() || !branch.deed.set.is_empty()
}

fn chosen(view: &View<'_>, offered: &[StateId], named: Option<&str>) -> Result<StateId, Reason> {
    let allowed = || offered.iter().map(|&state| view.path(state)).collect();
    let Some(named) = named else {
        return Err(Reason::NoTarget { allowed: allowed() });
    };
    let mut offered = offered.iter().copied();
    let found = offered.find(|&state| view.workflow.states.at(state).path == named);
    found.ok_or_else(|| Reason::WrongTarget {
        target: named.to_owned(),
        allowed: allowed(),
    })
}
