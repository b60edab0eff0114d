//! What several checks need to know, worked out once.
//!
//! In: a workflow and its document. Out: [`Facts`]. No fact depends on the order of the checks.

use super::exits::Exits;
use super::precedence::Overlap;
use super::uses::Uses;
use super::{exits, precedence, reach};
use crate::analysis::{Findings, Grid, Memo, Sites, Ways, analyse};
use crate::document::Document;
use crate::graph::{Row, State, StateId, Table, Workflow};

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
    /// The settings that matter.
    pub(crate) grid: Grid<'a>,
    /// On which sites each way can be taken.
    pub(crate) ways: Ways,
    /// On which sites a new order can come to be in the state.
    pub(crate) entered: PerState<Sites>,
    /// On which sites any order can: a new one, or an earlier one that stands in a deprecated or
    /// inactive state.
    pub(crate) reached: PerState<Sites>,
    /// Whether any order can, on any site.
    pub(crate) reachable: PerState<bool>,
    /// Where the state's own transitions and those of the states around it lead.
    pub(crate) exits: PerState<Exits>,
    /// The rows that earlier ones stand in the way of.
    pub(crate) overlaps: Vec<Overlap>,
    /// What the analysis of guards found.
    pub(crate) guards: Findings,
}

impl<'a> Facts<'a> {
    /// Works out the facts of a workflow; `by_settings` says whether settings are told apart.
    pub(crate) fn new(
        workflow: &'a Workflow,
        document: &'a Document,
        by_settings: bool,
        memo: &mut Memo,
    ) -> Self {
        let (grid, ways) = Grid::of(workflow, by_settings, memo);
        let inactive = inherited(workflow, |state| state.inactive);
        let deprecated = inherited(workflow, |state| state.deprecated.is_some());
        let entered = reach::reachable(workflow, (&grid, &ways), &inactive, &[]);
        let kept: Vec<StateId> = workflow
            .states
            .ids()
            .filter(|&id| *inactive.at(id) || *deprecated.at(id))
            .collect();
        let reached = match kept.as_slice() {
            [] => entered.clone(),
            kept => reach::reachable(workflow, (&grid, &ways), &inactive, kept),
        };
        Self {
            workflow,
            document,
            uses: Uses::of(document),
            immutable: inherited(workflow, |state| state.immutable),
            exits: exits::exits(workflow, &grid, &ways),
            overlaps: precedence::overlaps(workflow),
            guards: analyse(workflow, memo),
            inactive,
            deprecated,
            entered,
            reachable: per_state(workflow, |state| !reached.at(state.id).is_empty()),
            reached,
            grid,
            ways,
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

    /// The sites on which some transition of a row can be taken.
    pub(crate) fn open(&self, row: &Row) -> Sites {
        let ways = row.transitions.iter().flat_map(|transition| {
            let branches = 0..row.branches.len();
            branches.map(move |branch| self.ways.branch(transition, branch))
        });
        ways.fold(Sites::NONE, |a, b| self.grid.either(a, b))
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
