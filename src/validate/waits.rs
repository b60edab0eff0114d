//! Which ways wait for states of other regions.
//!
//! In: a workflow. Out: for each way whose guards only hold while some states are active, which. An order that is
//! never in them never goes that way, so that two regions may wait for each other for good.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{Grid, Sites};
use crate::graph::{Branch, Edge, Row, StateId, TransitionId, Trigger, Workflow};
use crate::guard::tree::{Form, Tree};

/// What must be active for ways to be taken.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    ways: BTreeMap<(TransitionId, u32), Wait>,
    /// The sources of the ways that wait for a state.
    sources: BTreeMap<StateId, BTreeSet<StateId>>,
}

/// What must be active.
#[derive(Debug, Clone)]
pub(crate) enum Wait {
    State(StateId),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Waits {
    pub(crate) fn of(workflow: &Workflow) -> Self {
        let mut found = Self::default();
        for row in workflow.rows.rows() {
            for (branch, index) in row.branches.iter().zip(0..) {
                let Some(wait) = wait(workflow, row, branch) else {
                    continue;
                };
                for transition in row.transitions.iter() {
                    let source = workflow.transitions.at(transition).source;
                    wait.each(&mut |state| {
                        found.sources.entry(state).or_default().insert(source);
                    });
                    found.ways.insert((transition, index), wait.clone());
                }
            }
        }
        found
    }

    /// What an edge waits for; `None` where it waits for no state.
    pub(crate) fn on(&self, edge: Edge) -> Option<&Wait> {
        self.ways.get(&(edge.transition?, edge.branch))
    }

    /// The states out of which a way leads that waits for a state.
    pub(crate) fn waiting_for(&self, state: StateId) -> impl Iterator<Item = StateId> + '_ {
        self.sources.get(&state).into_iter().flatten().copied()
    }
}

impl Wait {
    /// On which sites it comes about, where each state may be active on some.
    pub(crate) fn ends(&self, grid: &Grid<'_>, sites: &impl Fn(StateId) -> Sites) -> Sites {
        match self {
            Self::State(state) => sites(*state),
            Self::All(parts) => parts.iter().fold(Sites::ALL, |all, part| {
                grid.both(all, part.ends(grid, sites))
            }),
            Self::Any(parts) => parts.iter().fold(Sites::NONE, |any, part| {
                grid.either(any, part.ends(grid, sites))
            }),
        }
    }

    /// The states that it is about.
    pub(crate) fn each(&self, tell: &mut impl FnMut(StateId)) {
        match self {
            Self::State(state) => tell(*state),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each(tell);
                }
            }
        }
    }
}

/// What must be active for a branch to be taken.
fn wait(workflow: &Workflow, row: &Row, branch: &Branch) -> Option<Wait> {
    let when = match row.trigger {
        Trigger::Timer(timer) => workflow.timers.at(timer).when.as_slice(),
        Trigger::Event(_) | Trigger::Always => &[],
    };
    let conditions = row.conditions.iter().chain(&branch.conditions).chain(when);
    let conditions = conditions.filter(|condition| condition.asks_for_states());
    let guards = conditions.filter_map(|condition| condition.guard.as_ref());
    let parts: Vec<Wait> = guards
        .filter_map(|guard| of_condition(workflow, guard.tree()))
        .collect();
    (!parts.is_empty()).then_some(Wait::All(parts))
}

/// What must be active for a condition to hold; `None` where it may hold without.
fn of_condition(workflow: &Workflow, tree: &Tree) -> Option<Wait> {
    match &tree.form {
        Form::InState(path) => workflow.state_named(path).map(Wait::State),
        Form::All(parts) => {
            let parts = parts.iter();
            let parts: Vec<Wait> = parts
                .filter_map(|part| of_condition(workflow, part))
                .collect();
            (!parts.is_empty()).then_some(Wait::All(parts))
        }
        Form::Any(parts) => {
            let parts = parts.iter();
            let parts: Option<Vec<Wait>> = parts.map(|part| of_condition(workflow, part)).collect();
            parts.map(Wait::Any)
        }
        _ => None,
    }
}
