//! What is asked of the runtime, and what it answers.
//!
//! In: nothing; these are data. Out: [`Request`], [`Reply`]. The form of [`Answer`] is stored, so that
//! an event that comes twice gets the same answer twice.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::row::{OrderKey, Parent};
use crate::context::Actor;
use crate::instance::{Event, Stored};
use crate::time::Instant;

/// Something that is to be done to one order.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A new order.
    Create(Create),
    /// Something happened to an order.
    Fire(Fire),
    /// An order that ran elsewhere.
    Import(Box<Import>),
    /// Time passed: timers that are due by now fire.
    Tick(OrderKey),
}

impl Request {
    /// Which order it is for.
    pub fn key(&self) -> &OrderKey {
        match self {
            Self::Create(create) => &create.key,
            Self::Fire(fire) => &fire.key,
            Self::Import(import) => &import.key,
            Self::Tick(key) => key,
        }
    }

    /// The host's id of it, where it has one: a repetition gets the first answer.
    pub fn event_id(&self) -> Option<&str> {
        match self {
            Self::Create(create) => create.event_id.as_deref(),
            Self::Fire(fire) => fire.event.id.as_deref(),
            Self::Import(_) | Self::Tick(_) => None,
        }
    }
}

/// A new order.
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    /// Whose, and its id.
    pub key: OrderKey,
    /// The workflow, of which the tenant's current deployment is taken.
    pub workflow: String,
    /// The order that it belongs to.
    pub parent: Option<Parent>,
    /// Its first values, plain.
    pub context: BTreeMap<String, Json>,
    /// Who creates it.
    pub actor: Actor,
    /// The host's id of this request: a repetition gets the first answer.
    pub event_id: Option<String>,
    /// When it was created; when the request arrives, where nothing is said.
    pub at: Option<Instant>,
}

impl Create {
    /// An order without values.
    pub fn new(
        tenant: impl Into<String>,
        workflow: impl Into<String>,
        order: impl Into<String>,
        actor: Actor,
    ) -> Self {
        Self {
            key: OrderKey::new(tenant, order),
            workflow: workflow.into(),
            parent: None,
            context: BTreeMap::new(),
            actor,
            event_id: None,
            at: None,
        }
    }
}

/// An order that ran elsewhere, and goes on here from where it stands. Its journal begins with that: its
/// version is 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Whose, and its id.
    pub key: OrderKey,
    /// How it stands. The tenant's current deployment must be of its workflow and version.
    pub order: Stored,
    /// Who brings it.
    pub actor: Actor,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Fire {
    /// Which order.
    pub key: OrderKey,
    /// What happened. Its id is the idempotency key: a repetition gets the first answer.
    pub event: Event,
    /// The version that the order must have.
    pub expected: Option<u64>,
    /// When it happened; when the request arrives, where nothing is said.
    pub at: Option<Instant>,
}

impl Fire {
    /// An event at the present, whatever the order's version.
    pub fn new(tenant: impl Into<String>, order: impl Into<String>, event: Event) -> Self {
        Self {
            key: OrderKey::new(tenant, order),
            event,
            expected: None,
            at: None,
        }
    }
}

/// What a request is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Whether it was given before, to the same event.
    pub duplicate: bool,
}

/// The answer to a request. The first three are kept for events with an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It was carried out.
    Accepted(Receipt),
    /// The order already is where it leads: nothing was done.
    Repeated(Receipt),
    /// The workflow refuses it. Timers that were due before have fired.
    Refused {
        /// In a sentence.
        message: String,
        /// Every candidate with its reasons, as `interpret` tells them.
        refusal: Json,
        /// How the order stands; absent where it could not be created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Receipt>,
    },
    /// So many timers were due before the event that it was not reached. They have fired in part, and
    /// the order has come closer to the present: ask again.
    Behind(Receipt),
    /// The order has another version than expected.
    Conflict {
        /// The version that was expected.
        expected: u64,
        /// The version that it has.
        found: u64,
    },
    /// There is no such order.
    UnknownOrder,
    /// The tenant has no such workflow.
    UnknownWorkflow,
    /// There is such an order already.
    Exists {
        /// Its version.
        version: u64,
    },
    /// The id of the event was used for something else.
    IdUsed,
    /// The id was used before the personal values of the order were erased, and what it was used for and
    /// answered went with them. Nothing was done now.
    Erased,
    /// The order cannot go on before an operator mends what is wrong.
    Stuck {
        /// What is wrong.
        reason: String,
    },
    /// The request itself is mistaken.
    Invalid {
        /// What is wrong with it.
        message: String,
    },
}

impl Answer {
    /// Whether it is kept, so that a repetition gets it again.
    pub fn is_kept(&self) -> bool {
        matches!(
            self,
            Self::Accepted(_) | Self::Repeated(_) | Self::Refused { .. }
        )
    }

    /// How the order stands, where the answer tells.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Accepted(receipt) | Self::Repeated(receipt) | Self::Behind(receipt) => {
                Some(receipt)
            }
            Self::Refused { receipt, .. } => receipt.as_ref(),
            _ => None,
        }
    }

    /// The same, to be added to.
    pub(super) fn receipt_mut(&mut self) -> Option<&mut Receipt> {
        match self {
            Self::Accepted(receipt) | Self::Repeated(receipt) | Self::Behind(receipt) => {
                Some(receipt)
            }
            Self::Refused { receipt, .. } => receipt.as_mut(),
            _ => None,
        }
    }
}

/// How an order stands after a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Its version: how many steps it has made.
    pub version: u64,
    /// The paths of its innermost active states, joined by ` + `.
    pub status: String,
    /// Whether it has ended.
    pub done: bool,
    /// Its flags.
    pub flags: BTreeMap<String, Json>,
    /// The ids of what was asked of the outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// When its next timer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<String>,
    /// When the event counts as having happened, where that is not when it did or was said to: an order's time does
    /// not run back behind its last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<String>,
}
