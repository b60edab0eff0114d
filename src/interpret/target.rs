//! Targets resolved to states: what is entered, and how far out the order leaves.
//!
//! In: a transition's source and [`Target`], the order's past, the state that a caller named.
//! Out: a [`Goal`], or the [`Reason`] why the transition leads nowhere now.

use super::conditions::View;
use super::entry::{Goal, Targets, entry_of, goal, inside};
use crate::graph::{ActorId, Branch, Kind, Row, StateId, Target, Workflow};
use crate::instance::Reason;

/// Resolves a target; `None` means that nothing is left or entered.
pub(super) fn resolve(
    view: &View<'_>,
    source: StateId,
    target: &Target,
    named: Option<&str>,
) -> Result<Option<Goal>, Reason> {
    let (targets, restores) = match (target, named) {
        (Target::Choose(offered), named) => (Targets::One(chosen(view, offered, named)?), false),
        (_, Some(named)) => {
            let (target, allowed) = (named.to_owned(), Vec::new());
            return Err(Reason::WrongTarget { target, allowed });
        }
        (Target::Stay, None) => return Ok(None),
        (Target::State(state), None) => (Targets::One(*state), false),
        (Target::Back, None) => match view.instance.origins.get(&source) {
            Some(origins) => (Targets::Several(origins.clone()), true),
            None => return Err(Reason::NoWayBack),
        },
        (Target::History { state, deep }, None) => {
            return Ok(Some(history(view, source, *state, *deep)));
        }
        (Target::Unresolved, None) => return Err(Reason::Unresolved),
    };
    Ok(Some(goal(view.workflow, source, targets, restores)))
}

/// What forbids entering: states that are switched off, and states that others alone may enter.
pub(super) fn vetoes(view: &View<'_>, role: Option<ActorId>, goal: &Goal) -> Vec<Reason> {
    let mut against = Vec::new();
    if let (Targets::One(state), StateId::ROOT) = (&goal.targets, goal.domain) {
        let state = view.workflow.states.at(*state);
        if state.is_atomic() && state.depth == 1 {
            veto(view, role, state.id, &mut against);
            return against;
        }
    }
    for state in entry_of(view.workflow, goal) {
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
    let mut against = goal.map_or_else(Vec::new, |goal| vetoes(view, role, goal));
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

/// Whether a row changes the context on one of its branches.
pub(super) fn sets(row: &Row, branch: &Branch) -> bool {
    !row.set.is_empty() || !branch.set.is_empty()
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

/// What history stands for. A state that the transition itself leaves is entered as it is left now
/// (SCXML records histories before it enters states).
fn history(view: &View<'_>, source: StateId, state: StateId, deep: bool) -> Goal {
    let workflow = view.workflow;
    let recorded = view.instance.past.get(&state).map(Vec::as_slice);
    let mut goal = goal(
        workflow,
        source,
        past(workflow, recorded, state, deep),
        true,
    );
    if view.instance.is_active(state) && inside(workflow, state, goal.domain) {
        let active = view.instance.configuration.iter().copied();
        let within: Vec<StateId> = active.filter(|&id| inside(workflow, id, state)).collect();
        goal.targets = past(workflow, Some(&within), state, deep);
    }
    goal
}

/// What was active within a state when it was left, else its initial states.
fn past(workflow: &Workflow, left: Option<&[StateId]>, id: StateId, deep: bool) -> Targets {
    let state = workflow.states.at(id);
    let Some(left) = left else {
        return match state.kind {
            Kind::Atomic | Kind::Final => Targets::One(id),
            Kind::Compound { initial } => Targets::One(initial),
            Kind::Parallel => Targets::Several(state.children.clone()),
        };
    };
    let wanted = |inner: &&StateId| match deep {
        true => workflow.states.at(**inner).is_atomic(),
        false => workflow.states.at(**inner).parent == Some(id),
    };
    Targets::Several(left.iter().filter(wanted).copied().collect())
}
