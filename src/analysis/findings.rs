//! What the analysis finds out about a workflow.
//!
//! In: a workflow whose names and guards are all in order. Out: [`Findings`], each proved or confirmed,
//! and what could be neither.

use super::ask::Asker;
use super::witness::Witness;
use super::{conditions, cover, deadlock, exclusive, gaps};
use crate::graph::{RowId, StateId, Workflow};
use crate::source::Span;

/// All that was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Conditions that decide nothing: they hold whenever they are asked.
    pub(crate) always: Vec<Constant>,
    /// Conditions that never hold.
    pub(crate) never: Vec<Constant>,
    /// Branches without a default, and whether one of them always holds.
    pub(crate) gaps: Vec<(Branches, Gap)>,
    /// Rows and branches that hold together although their order is said not to matter.
    pub(crate) overlaps: Vec<Overlapping>,
    /// Rows and branches that those before them always take the place of.
    pub(crate) covered: Vec<Covered>,
    /// States that some order can never leave.
    pub(crate) deadlocks: Vec<Deadlock>,
    /// What could be neither proved nor shown.
    pub(crate) open: Vec<Open>,
    /// How many questions were not asked, because the workflow is too large to ask all.
    pub(crate) skipped: usize,
}

/// A condition with one answer.
#[derive(Debug)]
pub(crate) struct Constant {
    /// Where it is used.
    pub(crate) span: Span,
    /// The expression.
    pub(crate) text: String,
    /// Whether it has that answer by itself, or only beside the conditions before it and what is
    /// known of the order.
    pub(crate) alone: bool,
    /// A situation in which it is asked, where there is one.
    pub(crate) witness: Option<Witness>,
}

/// Branches of which at most one is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Branches {
    /// Those of the start.
    Initial,
    /// Those of a row.
    Row(RowId),
}

/// Whether some order matches none of the branches.
#[derive(Debug)]
pub(crate) enum Gap {
    /// None does.
    Closed,
    /// This one.
    Open(Box<Witness>),
    /// Neither was shown.
    Unknown,
}

/// Two places that hold together.
#[derive(Debug)]
pub(crate) struct Overlapping {
    pub(crate) first: Span,
    pub(crate) second: Span,
    /// Whether they are branches, else rows.
    pub(crate) branches: bool,
    pub(crate) witness: Witness,
}

/// A place that is never taken, because of those before it.
#[derive(Debug)]
pub(crate) struct Covered {
    pub(crate) span: Span,
    /// The places before it that take all it would.
    pub(crate) by: Vec<Span>,
    /// Whether it is a branch, else a row.
    pub(crate) branch: bool,
    /// An order for which it would hold.
    pub(crate) witness: Option<Witness>,
}

/// A state that some order cannot leave.
#[derive(Debug)]
pub(crate) struct Deadlock {
    pub(crate) state: StateId,
    /// The rows that lead out.
    pub(crate) rows: Vec<RowId>,
    pub(crate) witness: Witness,
}

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) span: Span,
    /// What was asked.
    pub(crate) question: &'static str,
}

impl Findings {
    /// Analyses a workflow.
    pub(crate) fn of(workflow: &Workflow) -> Self {
        let mut found = Self::default();
        if workflow.incomplete || !is_sound(workflow) {
            return found;
        }
        let mut asker = Asker::new(workflow);
        gaps::find(&mut asker, &mut found);
        exclusive::find(&mut asker, &mut found);
        conditions::find(&mut asker, &mut found);
        cover::find(&mut asker, &mut found);
        deadlock::find(&mut asker, &mut found);
        found.skipped = asker.skipped;
        found
    }

    /// Notes a question without an answer.
    pub(super) fn leave_open(&mut self, span: Span, question: &'static str) {
        let open = Open { span, question };
        if !self.open.contains(&open) {
            self.open.push(open);
        }
    }
}

/// Whether every guard compiled.
pub(crate) fn is_sound(workflow: &Workflow) -> bool {
    let rows = workflow.rows.rows().iter();
    let of_rows = rows.flat_map(|row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    let timers = workflow.timers.rows().iter().flat_map(|timer| &timer.when);
    let initial = workflow
        .initial
        .iter()
        .flat_map(|branch| &branch.conditions);
    let mut all = of_rows.chain(timers).chain(initial);
    all.all(|condition| condition.guard.is_some())
}
