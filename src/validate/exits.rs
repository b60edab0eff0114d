//! Where the transitions out of a state lead, as far as a dead end is concerned.

use super::facts::{PerState, per_state};
use crate::graph::{Kind, StateId, Target, Workflow};

/// Where the transitions that serve a state lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayOut {
    /// There is none, or none changes the state.
    Nowhere,
    /// All of them end in this one state.
    Only(StateId),
    /// Some of them leave, wherever among the states around it the order is.
    Away,
}

impl WayOut {
    /// Where two transitions lead together.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nowhere, way) | (way, Self::Nowhere) => way,
            (one, two) if one == two => one,
            _ => Self::Away,
        }
    }
}

/// Where each state's own transitions and those of the states around it lead.
pub(crate) fn ways_out(workflow: &Workflow) -> PerState<WayOut> {
    let landing = landing(workflow);
    let mut ways = per_state(workflow, |_| WayOut::Nowhere);
    for transition in workflow.transitions.rows() {
        let source = transition.source;
        for branch in &workflow.rows.at(transition.row).branches {
            let way = leads(workflow, &landing, source, &branch.target);
            *ways.at_mut(source) = ways.at(source).or(way);
            if let Some(outer) = region_left(workflow, source, &branch.target) {
                *ways.at_mut(outer) = WayOut::Away;
            }
        }
    }
    for state in workflow.states.rows() {
        if let Some(outer) = state.parent {
            *ways.at_mut(state.id) = ways.at(state.id).or(*ways.at(outer));
        }
    }
    ways
}

/// The state that each state comes down to when entered; `None` where several are active then.
pub(crate) fn landing(workflow: &Workflow) -> PerState<Option<StateId>> {
    let mut landing = per_state(workflow, |state| Some(state.id));
    for state in workflow.states.rows().iter().rev() {
        match state.kind {
            Kind::Atomic | Kind::Final => {}
            Kind::Compound { .. } => {
                *landing.at_mut(state.id) = match workflow.first(state.id) {
                    [one] => *landing.at(*one),
                    _ => None,
                }
            }
            Kind::Parallel => *landing.at_mut(state.id) = None,
        }
    }
    landing
}

fn leads(
    workflow: &Workflow,
    landing: &PerState<Option<StateId>>,
    source: StateId,
    target: &Target,
) -> WayOut {
    let to = |target: StateId| {
        let near = workflow.within(target, source) || workflow.within(source, target);
        match landing.at(target).filter(|_| near) {
            Some(state) => WayOut::Only(state),
            None => WayOut::Away,
        }
    };
    match target {
        Target::Stay | Target::Unresolved => WayOut::Nowhere,
        Target::State(state) => to(*state),
        Target::Back | Target::History { .. } | Target::Several(_) => WayOut::Away,
        Target::Choose(states) => {
            let ways = states.iter().map(|&state| to(state));
            ways.fold(WayOut::Nowhere, WayOut::or)
        }
    }
}

/// The outermost parallel state around `source` that the transition leaves: a way out of one region
/// is a way out of all of them.
fn region_left(workflow: &Workflow, source: StateId, target: &Target) -> Option<StateId> {
    let leaves = |outer: StateId| match target {
        Target::Stay | Target::Unresolved => false,
        Target::State(state) | Target::History { state, .. } => !workflow.within(*state, outer),
        Target::Back => true,
        Target::Choose(states) => states.iter().any(|&state| !workflow.within(state, outer)),
        Target::Several(_) => target.parts().iter().any(|part| match part {
            Target::State(state) | Target::History { state, .. } => !workflow.within(*state, outer),
            _ => false,
        }),
    };
    let parallel = workflow
        .ancestors(source)
        .filter(|&outer| workflow.states.at(outer).kind == Kind::Parallel);
    parallel.filter(|&outer| leaves(outer)).last()
}
