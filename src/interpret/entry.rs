//! Which states a transition enters (SCXML, computeEntrySet).
//!
//! In: a [`Goal`]. Out: the states to enter in document order: the targets, what is entered within
//! them by default, the states around them up to the domain, and the other regions of parallel states.

use super::target::Goal;
use crate::graph::{Kind, StateId, Workflow};

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
