//! Compiled rows, transitions, branches, conditions and timers.

use std::sync::Arc;

use smallvec::SmallVec;
use thin_vec::ThinVec;

use super::{
    ActorId, Deed, EventId, FieldId, Ids, RowId, SettingId, StartId, StateId, TimerId, TransitionId,
};
use crate::document::{Idle, Rare, Restore};
use crate::guard::{Formula, Guard};
use crate::source::Span;
use crate::time::Duration;

/// A row as written; its transitions share everything but their source.
#[derive(Debug, Clone)]
pub struct Row {
    /// What sets it off.
    pub trigger: Trigger,
    /// Who may; `system` alone for timers and automatic transitions.
    pub by: Arc<ActorSet>,
    /// What must hold before any branch is looked at.
    pub conditions: ThinVec<Condition>,
    /// Targets in order, the first whose conditions hold is taken; a plain `to` is one branch.
    pub branches: SmallVec<[Branch; 1]>,
    /// Whether the branches were written as `branches:`.
    pub branched: bool,
    /// What is done on the way, before what the branch does.
    pub deed: Rare<Deed>,
    /// Whether the source stays where all targets lie within it.
    pub internal: bool,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// What is said of it besides.
    pub remark: Rare<Remark>,
    /// Its transitions, in the order of its sources.
    pub transitions: Ids<TransitionId>,
    /// The row in the file.
    pub span: Span,
}

impl Row {
    /// Whether nothing is done on the way, whichever branch is taken.
    pub fn is_idle(&self) -> bool {
        self.deed.is_idle() && self.branches.iter().all(|branch| branch.deed.is_idle())
    }
}

/// What the author says of a row beside what it does.
#[derive(Debug, Clone, Default)]
pub struct Remark {
    /// Where it says that at most one of the branches applies.
    pub exclusive: Option<Span>,
    /// When a person would do this.
    pub advice: Option<Box<str>>,
}

impl Idle for Remark {
    const IDLE: &'static Self = &Self {
        exclusive: None,
        advice: None,
    };

    fn is_idle(&self) -> bool {
        self.exclusive.is_none() && self.advice.is_none()
    }
}

/// One row from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Its id; lower ids come earlier in the document.
    pub id: TransitionId,
    /// The row it belongs to.
    pub row: RowId,
    /// The state it leads out of.
    pub source: StateId,
    /// The word in `from:` that named the source, or the timer's name.
    pub source_span: Span,
    /// The target, where taking it is no more than a hop: from one quiet state ([`State::quiet`](super::State::quiet))
    /// to another, by one branch without conditions, and nothing is done on the way or forbids it.
    pub hop: Option<StateId>,
}

/// What sets a row off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// An event.
    Event(EventId),
    /// Nothing but its guard.
    Always,
    /// A timer.
    Timer(TimerId),
}

/// Who may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActorSet {
    /// The actors, ascending.
    pub members: ThinVec<ActorId>,
    /// Where it was written; the default's place where a row says nothing.
    pub span: Option<Span>,
}

impl ActorSet {
    /// Whether an actor is among them.
    pub fn contains(&self, actor: ActorId) -> bool {
        self.members.binary_search(&actor).is_ok()
    }
}

/// Something that must hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The name of a named guard.
    pub name: Option<Arc<str>>,
    /// The expression; `None` only in a workflow with errors.
    pub guard: Option<Guard>,
    /// The expression's text.
    pub text: Arc<str>,
    /// What is said when it does not hold.
    pub refusal: Option<Arc<str>>,
    /// Where it was used.
    pub span: Span,
}

impl Condition {
    /// Whether it asks which states are active.
    pub fn asks_for_states(&self) -> bool {
        let guard = self.guard.as_ref();
        guard.is_some_and(|guard| !guard.reads().states.is_empty())
    }
}

/// One of several targets.
#[derive(Debug, Clone)]
pub struct Branch {
    /// What must hold.
    pub conditions: ThinVec<Condition>,
    /// To where.
    pub target: Target,
    /// The target as written; the branch where there is none.
    pub target_span: Span,
    /// What is done on the way.
    pub deed: Rare<Deed>,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// The branch in the file.
    pub span: Span,
}

/// To where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nothing is left or entered (an internal transition).
    Stay,
    /// A state.
    State(StateId),
    /// Where the order came from when it entered the source.
    Back,
    /// One of these, named by the caller.
    Choose(ThinVec<StateId>),
    /// What was active in a state when it was last left.
    History {
        /// The state.
        state: StateId,
        /// Whether all of its past is entered, or its own child only.
        deep: bool,
        /// What is entered where there is no past; the state as always where nothing is said.
        otherwise: Option<StartId>,
    },
    /// States and pasts in regions of their own, entered together.
    Several(ThinVec<Self>),
    /// A name that could not be resolved; only in a workflow with errors.
    Unresolved,
}

/// An event raised in the order itself.
#[derive(Debug, Clone)]
pub struct Raise {
    /// The event.
    pub event: EventId,
    /// The values that it brings, by slot of its payload.
    pub with: ThinVec<(usize, Option<Formula>)>,
    /// How long after the step it comes; `None` within the step.
    pub after: Option<Delay>,
    /// The event's name in the file.
    pub span: Span,
}

/// A length of time down to milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// The whole seconds and days, or the setting that holds them.
    pub after: Amount,
    /// Milliseconds on top, below 1,000.
    pub millis: u32,
}

impl Target {
    /// The states and pasts that make it up, itself where it is one.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::Several(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}

/// A change of the context.
#[derive(Debug, Clone)]
pub struct Assign {
    /// The field.
    pub field: FieldId,
    /// Its new value; `None` where there is none, and in a workflow with errors.
    pub formula: Option<Formula>,
    /// Whether its value is taken away.
    pub unset: bool,
    /// The field's name in the file.
    pub span: Span,
}

impl Assign {
    /// The new value as written.
    pub fn source(&self) -> &str {
        match &self.formula {
            Some(formula) => formula.source(),
            None if self.unset => "null",
            None => "",
        }
    }
}

/// A compiled timer. What it does when due is a row of its own.
#[derive(Debug, Clone)]
pub struct Timer {
    /// Its name: `expires`, `at_most`, or the key under `timers:`.
    pub name: String,
    /// The state that arms it.
    pub state: StateId,
    /// Which of the three it is.
    pub kind: TimerKind,
    /// When it is due.
    pub due: Due,
    /// What must hold for it to be armed.
    pub when: ThinVec<Condition>,
    /// Where it says that orders stay until somebody moves them where it is not armed.
    pub otherwise: Option<Span>,
    /// What happens when it is due.
    pub row: RowId,
    /// What becomes of it on re-entry through history.
    pub restore: Restore,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// Its name in the file.
    pub span: Span,
}

/// Which of the three kinds a timer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// Behind the flag `expires`.
    Expires,
    /// Under `timers:`.
    Named,
    /// The watch of a transient state.
    AtMost,
}

/// When a timer is due: `after` behind its anchor.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// What it counts from.
    pub anchor: Anchor,
    /// How long after; zero for `at:`.
    pub after: Amount,
}

/// What a timer counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The instant of entering its state.
    Entry,
    /// The start of the day of entering, in the site's zone.
    Day,
    /// A date (its start in the site's zone) or datetime of the order; unset arms nothing.
    Field(FieldId),
}

/// A duration, or the setting that holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// Written out.
    Literal(Duration),
    /// The value of a setting.
    Setting(SettingId),
}

/// One way in which an order starts.
#[derive(Debug, Clone)]
pub struct InitialBranch {
    /// What must hold of the new order.
    pub conditions: ThinVec<Condition>,
    /// The state; `None` only in a workflow with errors.
    pub target: Option<StateId>,
    /// Further states that become active with it.
    pub along: ThinVec<StateId>,
    /// The target as written.
    pub target_span: Span,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// The branch in the file.
    pub span: Span,
}
