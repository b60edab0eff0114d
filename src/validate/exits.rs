//! Where the transitions out of a state lead, as far as a dead end is concerned.

use std::collections::BTreeMap;

use super::facts::{PerState, per_state};
use crate::analysis::{Grid, Sites, Ways};
use crate::graph::{Kind, StateId, Target, Workflow};

/// Where a transition leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WayOut {
    /// It does not change the state.
    Nowhere,
    /// It ends in this one state.
    Only(StateId),
    /// It leaves, wherever among the states around it the order is.
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

/// Where the transitions of one state lead, and on which sites.
#[derive(Debug, Clone, Default)]
struct Own {
    away: Option<Sites>,
    only: BTreeMap<StateId, Sites>,
}

/// What keeps orders from staying in a state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exits {
    /// The sites on which some way leads elsewhere.
    pub(crate) leaving: Sites,
    /// Whether there are ways that lead straight back.
    pub(crate) returning: bool,
}

/// Where each innermost state's own transitions and those of the states around it lead.
pub(crate) fn exits(workflow: &Workflow, grid: &Grid<'_>, ways: &Ways) -> PerState<Exits> {
    let landing = landing(workflow);
    let mut own = per_state(workflow, |_| Own::default());
    for transition in workflow.transitions.rows() {
        let source = transition.source;
        let branches = workflow.rows.at(transition.row).branches.iter();
        for (index, branch) in branches.enumerate() {
            let sites = ways.branch(transition.id, index);
            let way = leads(workflow, &landing, source, &branch.target);
            own.at_mut(source).add(grid, way, sites);
            if let Some(outer) = region_left(workflow, source, &branch.target) {
                own.at_mut(outer).add(grid, WayOut::Away, sites);
            }
        }
    }
    per_state(workflow, |state| {
        let mut exits = Exits {
            leaving: Sites::NONE,
            returning: false,
        };
        if state.is_atomic() {
            for id in std::iter::once(state.id).chain(workflow.ancestors(state.id)) {
                let own = own.at(id);
                let leaving = own.leaving(grid, state.id);
                exits.leaving = grid.either(exits.leaving, leaving);
                exits.returning |= own.only.contains_key(&state.id);
            }
        }
        exits
    })
}

impl Own {
    fn add(&mut self, grid: &Grid<'_>, way: WayOut, sites: Sites) {
        let known = match way {
            WayOut::Nowhere => return,
            WayOut::Away => self.away.get_or_insert(Sites::NONE),
            WayOut::Only(state) => self.only.entry(state).or_insert(Sites::NONE),
        };
        *known = grid.either(*known, sites);
    }

    /// The sites on which some of the ways lead elsewhere than to a state.
    fn leaving(&self, grid: &Grid<'_>, from: StateId) -> Sites {
        let mut leaving = self.away.unwrap_or(Sites::NONE);
        for (_, &sites) in self.only.iter().filter(|(state, _)| **state != from) {
            if leaving == Sites::ALL {
                break;
            }
            leaving = grid.either(leaving, sites);
        }
        leaving
    }
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
