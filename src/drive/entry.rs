//! What happened in a family, in the order it happened.

use super::OrderName;
use crate::context::Actor;
use crate::graph::StateId;
use crate::instance::{Judged, Refusal, StepRecord};
use crate::time::Instant;

/// One thing that happened to one order.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// To which.
    pub order: OrderName,
    /// When; for a timer, when that was due.
    pub at: Instant,
    /// Who caused it.
    pub actor: Actor,
    /// The order's configuration before; empty where the order did not exist.
    pub from: Vec<StateId>,
    /// What happened.
    pub happened: Happened,
}

/// What happened to an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// It made a step.
    Step(Box<StepRecord>),
    /// An event was accepted without a step: the order already is where it leads.
    Repeated {
        /// The event's name.
        event: String,
    },
    /// It refused what it was told.
    Refused {
        /// What it was told, in words: the event's name, `context`, `create`, …
        what: String,
        /// Why it refused.
        refusal: Box<Refusal>,
        /// The guards that failed where the order could have moved.
        judged: Vec<Judged>,
    },
    /// A child that another system runs moved.
    Moved {
        /// The state it was in; `None` where it is new.
        from: Option<String>,
        /// The state it is in; `None` where it is gone.
        to: Option<String>,
    },
}

impl Entry {
    /// The step, where there was one.
    pub fn record(&self) -> Option<&StepRecord> {
        match &self.happened {
            Happened::Step(record) => Some(record),
            _ => None,
        }
    }

    /// The guards that were asked, with what they said.
    pub fn judged(&self) -> &[Judged] {
        match &self.happened {
            Happened::Step(record) => &record.judged,
            Happened::Refused { judged, .. } => judged,
            Happened::Repeated { .. } | Happened::Moved { .. } => &[],
        }
    }

    /// The refusal, where there was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.happened {
            Happened::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}
