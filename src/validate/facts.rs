//! What several checks need to know, worked out once.
//!
//! In: a workflow and its document. Out: [`Facts`]. No fact depends on the order of the checks.

use super::exits::WayOut;
use super::precedence::Overlap;
use super::uses::Uses;
use super::{exits, precedence, reach};
use crate::analysis::Findings;
use crate::document::Document;
use crate::graph::{State, StateId, Table, Workflow};

/// One value for each state.
pub(crate) type PerState<T> = Table<StateId, T>;

/// A workflow and what is known about it.
pub(crate) struct Facts<'a> {
    /// The compiled workflow.
    pub(crate) workflow: &'a Workflow,
    /// The file as written.
    pub(crate) document: &'a Document,
    /// The names that are used, by kind.
    pub(crate) uses: Uses<'a>,
    /// Whether the state or one around it is switched off.
    pub(crate) inactive: PerState<bool>,
    /// Whether the state or one around it is deprecated.
    pub(crate) deprecated: PerState<bool>,
    /// Whether the state or one around it is immutable.
    pub(crate) immutable: PerState<bool>,
    /// Whether a new order can come to be in the state.
    pub(crate) entered: PerState<bool>,
    /// Whether any order can: a new one, or an earlier one that stands in a deprecated or inactive state.
    pub(crate) reachable: PerState<bool>,
    /// Where the state's own transitions and those of the states around it lead.
    pub(crate) ways_out: PerState<WayOut>,
    /// The rows that earlier ones stand in the way of.
    pub(crate) overlaps: Vec<Overlap>,
    /// What the analysis of guards found.
    pub(crate) guards: Findings,
}

impl<'a> Facts<'a> {
    /// Works out the facts of a workflow.
    pub(crate) fn new(workflow: &'a Workflow, document: &'a Document) -> Self {
        let inactive = inherited(workflow, |state| state.inactive);
        let deprecated = inherited(workflow, |state| state.deprecated.is_some());
        let entered = reach::reachable(workflow, &inactive, &[]);
        let kept: Vec<StateId> = workflow
            .states
            .ids()
            .filter(|&id| *inactive.at(id) || *deprecated.at(id))
            .collect();
        let reachable = reach::reachable(workflow, &inactive, &kept);
        Self {
            workflow,
            document,
            uses: Uses::of(document),
            immutable: inherited(workflow, |state| state.immutable),
            ways_out: exits::ways_out(workflow),
            overlaps: precedence::overlaps(workflow),
            guards: Findings::of(workflow),
            inactive,
            deprecated,
            entered,
            reachable,
        }
    }

    /// Whether every name was resolved, so that what is missing from the workflow is missing from the file.
    pub(crate) fn complete(&self) -> bool {
        !self.workflow.incomplete
    }

    /// The states in document order, without the root.
    pub(crate) fn states(&self) -> impl Iterator<Item = &'a State> {
        self.workflow.states.rows().iter().skip(1)
    }

    /// The dotted path of a state.
    pub(crate) fn path(&self, id: StateId) -> &'a str {
        &self.workflow.states.at(id).path
    }

    /// Whether orders end in a state: it is final or immutable.
    pub(crate) fn is_end(&self, state: &State) -> bool {
        state.is_final() || *self.immutable.at(state.id)
    }
}

/// One value for each state.
pub(crate) fn per_state<T>(workflow: &Workflow, mut value: impl FnMut(&State) -> T) -> PerState<T> {
    let mut table = Table::default();
    for state in workflow.states.rows() {
        table.push(value(state));
    }
    table
}

/// Whether `marked` says so of a state or of one around it.
fn inherited(workflow: &Workflow, marked: impl Fn(&State) -> bool) -> PerState<bool> {
    let mut found = per_state(workflow, &marked);
    for state in workflow.states.rows() {
        if let Some(outer) = state.parent {
            *found.at_mut(state.id) |= *found.at(outer);
        }
    }
    found
}
