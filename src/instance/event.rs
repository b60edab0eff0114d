//! What happens to an order.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::context::Actor;
use crate::guard::ChildCounts;
use crate::time::Instant;

/// Something that happened, as the host tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The host's id of this occurrence, kept in the record.
    pub id: Option<String>,
    /// Who caused it.
    pub actor: Actor,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// An event of the workflow, without payload.
    pub fn named(name: impl Into<String>, actor: Actor) -> Self {
        let kind = EventKind::Named {
            name: name.into(),
            payload: BTreeMap::new(),
            target: None,
        };
        Self {
            id: None,
            actor,
            kind,
        }
    }

    /// Nothing but the passing of time.
    pub fn tick() -> Self {
        Self {
            id: None,
            actor: Actor::system(),
            kind: EventKind::Tick,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// An event that the workflow declares.
    Named {
        /// Its name.
        name: String,
        /// Its values, plain; they are typed against the declaration.
        payload: BTreeMap<String, Json>,
        /// The state that the caller names, where the transition lets it `choose`.
        target: Option<String>,
    },
    /// The order's data changed outside (a payment arrived): new values by field; `null` puts a field
    /// back to its default, or unsets it where it has none.
    ContextChanged {
        /// The changes.
        changes: BTreeMap<String, Json>,
    },
    /// Children moved: how each named set stands now.
    ChildrenChanged {
        /// The counts by child set.
        counts: BTreeMap<String, ChildCounts>,
    },
    /// Nothing: only the timers due by now fire.
    Tick,
    /// An operator's intervention, outside the transitions, with a reason for the journal.
    Override {
        /// Why.
        reason: String,
        /// What.
        action: Override,
    },
}

/// An operator's intervention.
#[derive(Debug, Clone, PartialEq)]
pub enum Override {
    /// Puts the order into a state, whatever the transitions, guards and `enter.by` say.
    ForceState {
        /// The state's path.
        to: String,
    },
    /// Puts every personal field back to its default, and unsets those that have none, also where the order
    /// is immutable.
    Erase,
    /// Moves a running timer.
    MoveTimer {
        /// `STATE.TIMER`, for example `in_cart.expires`.
        timer: String,
        /// When it is due from now on.
        due: Instant,
    },
}
