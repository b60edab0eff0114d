//! What each guard said in a step, as the interpreter heard it.
//!
//! In: the conditions of a [`Workflow`]. Out: where each stands ([`Place`]) and what one evaluation of
//! it said ([`Judged`]). Only what the step itself asked is told: conditions that were passed over,
//! because one before them had failed or another branch had been taken, are not.

use crate::graph::{Condition, Hook, RowId, StateId, TimerId, Workflow};

/// Where a condition stands in the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At an initial branch.
    Initial(usize),
    /// At a row, or at one of its branches.
    Row(RowId, Option<usize>),
    /// At a timer: what must hold for it to be armed.
    When(TimerId),
    /// At a branch of what a state does on entering.
    Enter(StateId, usize),
    /// At a branch of what a state does on leaving.
    Exit(StateId, usize),
}

impl Place {
    /// The conditions there.
    pub fn conditions(self, workflow: &Workflow) -> &[Condition] {
        match self {
            Self::Initial(index) => {
                let branch = workflow.initial.get(index);
                branch.map_or(&[], |branch| &branch.conditions)
            }
            Self::Row(row, None) => &workflow.rows.at(row).conditions,
            Self::Row(row, Some(index)) => {
                let branch = workflow.rows.at(row).branches.get(index);
                branch.map_or(&[], |branch| &branch.conditions)
            }
            Self::When(timer) => &workflow.timers.at(timer).when,
            Self::Enter(state, index) => of_hook(&workflow.states.at(state).enter, index),
            Self::Exit(state, index) => of_hook(&workflow.states.at(state).exit, index),
        }
    }

    /// Every place of a workflow that has conditions, in document order.
    pub fn all(workflow: &Workflow) -> Vec<Self> {
        let initial = (0..workflow.initial.len()).map(Self::Initial);
        let rows = workflow.rows.iter().flat_map(|(id, row)| {
            let branches = (0..row.branches.len()).map(Some);
            std::iter::once(None)
                .chain(branches)
                .map(move |at| Self::Row(id, at))
        });
        let timers = workflow.timers.ids().map(Self::When);
        let hooks = workflow.states.iter().flat_map(|(id, state)| {
            let enter = (0..state.enter.branches.len()).map(move |at| Self::Enter(id, at));
            enter.chain((0..state.exit.branches.len()).map(move |at| Self::Exit(id, at)))
        });
        let places = initial.chain(rows).chain(timers).chain(hooks);
        places
            .filter(|at| !at.conditions(workflow).is_empty())
            .collect()
    }
}

fn of_hook(hook: &Hook, index: usize) -> &[Condition] {
    let branch = hook.branches.get(index);
    branch.map_or(&[], |(conditions, _)| conditions)
}

/// What one evaluation of a condition said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Where the condition stands.
    pub place: Place,
    /// Which of the conditions there.
    pub index: usize,
    /// Whether it held; one that cannot be judged does not.
    pub held: bool,
    /// Why it could not be judged.
    pub error: Option<String>,
    /// Whether it decided about the step itself, rather than about what may follow it: an automatic
    /// transition that is not taken yet, a timer that is armed.
    pub decided: bool,
}

impl Judged {
    /// The condition.
    pub fn condition<'w>(&self, workflow: &'w Workflow) -> Option<&'w Condition> {
        self.place.conditions(workflow).get(self.index)
    }
}
