//! Where a transition leads, and which states that enters (SCXML, getTransitionDomain and
//! computeEntrySet).
//!
//! In: a source and targets. Out: a [`Goal`], and the states to enter in document order: the targets,
//! what is entered within them by default, the states around them up to the domain, and the other
//! regions of parallel states.

use crate::graph::{Kind, StateId, Workflow};

/// Where a transition leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goal {
    pub(super) targets: Targets,
    /// The state within which states are left and entered; it stays active itself (SCXML,
    /// getTransitionDomain).
    pub(super) domain: StateId,
    /// Whether it leads to the order's past, so that timers are restored.
    pub(super) restores: bool,
}

/// The states that a transition names once everything is resolved; nearly always one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Targets {
    One(StateId),
    Several(Vec<StateId>),
}

impl Targets {
    pub(super) fn as_slice(&self) -> &[StateId] {
        match self {
            Self::One(state) => std::slice::from_ref(state),
            Self::Several(states) => states,
        }
    }
}

/// The goal of leaving `source` for `targets`.
pub(super) fn goal(workflow: &Workflow, source: StateId, targets: Targets, restores: bool) -> Goal {
    let around_all = |outer: StateId| {
        let mut targets = targets.as_slice().iter();
        targets.all(|&target| target != outer && workflow.within(target, outer))
    };
    let compound = |id: &StateId| matches!(workflow.states.at(*id).kind, Kind::Compound { .. });
    let mut outers = workflow.ancestors(source).filter(compound);
    let domain = outers.find(|&outer| around_all(outer));
    Goal {
        domain: domain.unwrap_or(StateId::ROOT),
        targets,
        restores,
    }
}

/// The states that a goal enters, in document order.
pub(super) fn entry_of(workflow: &Workflow, goal: &Goal) -> Vec<StateId> {
    let mut entered = Vec::new();
    for &target in goal.targets.as_slice() {
        descend(workflow, target, &mut entered);
    }
    for &target in goal.targets.as_slice() {
        let outers = workflow.ancestors(target);
        for outer in outers.take_while(|&outer| outer != goal.domain) {
            entered.push(outer);
            if workflow.states.at(outer).kind == Kind::Parallel {
                complete(workflow, outer, &mut entered);
            }
        }
    }
    entered.sort_unstable();
    entered.dedup();
    entered
}

/// Adds a state and what is entered within it by default.
fn descend(workflow: &Workflow, state: StateId, entered: &mut Vec<StateId>) {
    let mut open = vec![state];
    while let Some(state) = open.pop() {
        entered.push(state);
        match workflow.states.at(state).kind {
            Kind::Atomic | Kind::Final => {}
            Kind::Compound { initial } => open.push(initial),
            Kind::Parallel => open.extend(&workflow.states.at(state).children),
        }
    }
}

/// Adds the regions of a parallel state of which nothing is entered yet.
fn complete(workflow: &Workflow, parallel: StateId, entered: &mut Vec<StateId>) {
    for &region in &workflow.states.at(parallel).children {
        let mut so_far = entered.iter();
        if !so_far.any(|&state| workflow.within(state, region)) {
            descend(workflow, region, entered);
        }
    }
}

/// Whether a state lies strictly within another.
pub(super) fn inside(workflow: &Workflow, inner: StateId, outer: StateId) -> bool {
    inner != outer && workflow.within(inner, outer)
}
