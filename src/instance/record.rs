//! What one step did: the record that a journal keeps.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Judged, Override, PendingEvent};
use crate::context::{Actor, Value};
use crate::graph::{
    ChildSetId, EffectId, EventId, FieldId, FlagId, StateId, TimerId, TransitionId,
};
use crate::guard::ChildCounts;
use crate::time::Instant;

/// One step, from its cause to all it changed.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// The order's step number, from 1 (its creation).
    pub sequence: u64,
    /// When it happened; for a timer, when that was due.
    pub at: Instant,
    /// Who caused it.
    pub actor: Actor,
    /// The host's id of the event.
    pub event_id: Option<String>,
    /// What caused it.
    pub cause: Cause,
    /// The guards that were asked, in the order they were, with what each said.
    pub judged: Vec<Judged>,
    /// The transitions taken, microstep by microstep.
    pub taken: Vec<Taken>,
    /// States left, in the order they were left.
    pub exited: Vec<StateId>,
    /// States entered, in the order they were entered.
    pub entered: Vec<StateId>,
    /// Flags whose value differs from before the step.
    pub flags: Vec<FlagChange>,
    /// Fields whose value differs from before the step.
    pub context: Vec<ContextChange>,
    /// What is asked of the outside, in order.
    pub effects: Vec<EffectRequest>,
    /// What is sent to children, in order.
    pub sends: Vec<SendRequest>,
    /// Timers armed and still running at the end of the step.
    pub armed: Vec<Armed>,
    /// Timers that ran before the step and no longer do, other than the one that fired.
    pub cancelled: Vec<TimerId>,
    /// Events raised for later that wait at the end of the step.
    pub raised: Vec<PendingEvent>,
    /// Events that waited before the step and no longer do, other than the one that came.
    pub called_off: Vec<EventId>,
    /// The configuration after the step.
    pub configuration: Vec<StateId>,
}

impl StepRecord {
    /// A record in which nothing is written.
    pub(crate) fn blank() -> Self {
        Self {
            sequence: 0,
            at: Instant::UNIX_EPOCH,
            actor: Actor::new(String::new()),
            event_id: None,
            cause: Cause::Created,
            judged: Vec::new(),
            taken: Vec::new(),
            exited: Vec::new(),
            entered: Vec::new(),
            flags: Vec::new(),
            context: Vec::new(),
            effects: Vec::new(),
            sends: Vec::new(),
            armed: Vec::new(),
            cancelled: Vec::new(),
            raised: Vec::new(),
            called_off: Vec::new(),
            configuration: Vec::new(),
        }
    }

    /// Empties its lists, and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.judged.clear();
        self.taken.clear();
        self.exited.clear();
        self.entered.clear();
        self.flags.clear();
        self.context.clear();
        self.effects.clear();
        self.sends.clear();
        self.armed.clear();
        self.cancelled.clear();
        self.raised.clear();
        self.called_off.clear();
        self.configuration.clear();
    }
}

/// What caused a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// The order was created.
    Created,
    /// An event of the workflow.
    Event {
        /// The event.
        event: EventId,
        /// Its typed values, by slot.
        payload: Vec<Option<Value>>,
        /// The state that the caller named.
        target: Option<StateId>,
    },
    /// A timer was due.
    Timer {
        /// The timer.
        timer: TimerId,
        /// What came of it; where nothing did, it is spent.
        came: Came,
    },
    /// An event came that was raised for later.
    Raised {
        /// The event.
        event: EventId,
        /// Its typed values, by slot.
        payload: Vec<Option<Value>>,
        /// What came of it.
        came: Came,
    },
    /// The order's data changed outside.
    ContextChanged {
        /// The changes as given.
        changes: BTreeMap<String, Json>,
    },
    /// Children moved.
    ChildrenChanged {
        /// How each named set stands now.
        counts: BTreeMap<String, ChildCounts>,
    },
    /// An operator intervened.
    Override {
        /// Why.
        reason: String,
        /// What.
        action: Override,
    },
}

/// What came of a timer that was due, or of an event that was raised for later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// What it sets off was carried out.
    Applied,
    /// It sets nothing off now: a guard does not hold, or nothing waits for it.
    InVain,
    /// What it sets off failed, and nothing was changed.
    Failed {
        /// Why.
        message: String,
    },
    /// Too much happened at this very instant before: it was not looked at.
    Crowded {
        /// So many of its kind are carried out at one instant.
        limit: usize,
    },
}

impl Came {
    /// Whether what it sets off was carried out.
    pub fn is_applied(&self) -> bool {
        *self == Self::Applied
    }

    /// Why what it sets off was not carried out, in a sentence; `None` where it was, or sets nothing off.
    pub fn trouble(&self) -> Option<String> {
        match self {
            Self::Applied | Self::InVain => None,
            Self::Failed { message } => Some(message.clone()),
            Self::Crowded { limit: 1 } => Some("it fired at this very instant before".to_owned()),
            Self::Crowded { limit } => Some(format!(
                "more than {limit} events that were raised came at this very instant"
            )),
        }
    }
}

/// A transition that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The transition.
    pub transition: TransitionId,
    /// Which branch of its row.
    pub branch: usize,
    /// From which microstep on: 0 is the first.
    pub microstep: usize,
}

/// A flag that changed. The order's value of a flag is the boolean "or" over its active leaves; for
/// other types, the first leaf in document order that gives a value other than the default.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagChange {
    /// The flag; `None` is the derived flag `expires`.
    pub flag: Option<FlagId>,
    /// Before; `None` before the order existed.
    pub from: Option<Value>,
    /// After.
    pub to: Value,
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextChange {
    /// The field.
    pub field: FieldId,
    /// Before; `None` where unset.
    pub from: Option<Value>,
    /// After; `None` where unset.
    pub to: Option<Value>,
}

/// Something asked of the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectRequest {
    /// The effect.
    pub effect: EffectId,
    /// The state whose `enter` or `exit` asked for it, or whose transition or timer did.
    pub state: StateId,
}

/// An event for every child of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendRequest {
    /// The set.
    pub children: ChildSetId,
    /// The event's name.
    pub event: String,
}

/// A timer that was armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Armed {
    /// The timer.
    pub timer: TimerId,
    /// When it is due.
    pub due: Instant,
    /// Which arming this is.
    pub generation: u64,
}
