//! What the analysis finds out about a workflow: each finding proved or confirmed, and what could be neither.

use std::collections::BTreeSet;

use super::witness::Witness;
use crate::graph::{RowId, StateId, TransitionId};
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
    /// Circles of automatic transitions that some order takes for ever.
    pub(crate) circles: Vec<Circle>,
    /// The automatic transitions of which all circles of at most [`LONGEST`](super::LONGEST) are among those, or are
    /// proved to be none.
    pub(crate) followed: BTreeSet<TransitionId>,
    /// What could be neither proved nor shown.
    pub(crate) open: Vec<Open>,
    /// How many questions were not asked, because the workflow is too large to ask all.
    pub(crate) skipped: usize,
}

/// Automatic transitions that some order takes round and round.
#[derive(Debug)]
pub(crate) struct Circle {
    /// The state that they lead back to.
    pub(crate) state: StateId,
    /// The transitions, the one out of the state first.
    pub(crate) transitions: Vec<TransitionId>,
    /// Such an order in the state.
    pub(crate) witness: Witness,
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
    /// Whether that is so because an order that would meet it does not rest there.
    pub(crate) by_rest: bool,
    /// A number in it that a field never equals.
    pub(crate) finer: Option<Finer>,
    /// A situation in which it is asked, where there is one.
    pub(crate) witness: Option<Witness>,
}

/// A number with more digits behind the point than the field that is to equal it.
#[derive(Debug)]
pub(crate) struct Finer {
    /// The field, as it is written.
    pub(crate) field: String,
    /// The number, as it is written.
    pub(crate) number: String,
    /// How many digits the field has behind the point.
    pub(crate) digits: u8,
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
    /// This one; and the first guard that cannot be judged for it, with the reason.
    Open(Box<Witness>, Option<(String, String)>),
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
    /// Whether no order can.
    pub(crate) of_all: bool,
    /// Those whose time is over in the witness, and that nothing else is in the way of.
    pub(crate) over: BTreeSet<RowId>,
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
    /// Notes a question without an answer.
    pub(super) fn leave_open(&mut self, span: Span, question: &'static str) {
        let open = Open { span, question };
        if !self.open.contains(&open) {
            self.open.push(open);
        }
    }
}
