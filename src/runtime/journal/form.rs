//! The form in which a step is stored.
//!
//! In: nothing; these are data. Out: [`Record`] and its parts. Within one [`FORMAT`] fields are added, never
//! changed or taken away.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::guard::ChildCounts;
use crate::instance::{Stored, StoredEvent, StoredParent};

/// The version of the form.
pub const FORMAT: u32 = 1;

/// One step of an order. What is left out is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of this form: 1.
    pub record: u32,
    /// Which step of the order, from 1.
    pub sequence: u64,
    /// When it happened, as RFC 3339 in UTC; for a timer, when that was due.
    pub at: String,
    /// The deployment under which it was made.
    pub deployment: String,
    /// The role of who caused it.
    pub by: String,
    /// Who it was, in the host's terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_id: Option<String>,
    /// The host's id of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What caused it.
    pub cause: CauseForm,
    /// The guards that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardForm>,
    /// The transitions taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<TakenForm>,
    /// States left, in the order they were left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exited: Vec<String>,
    /// States entered, in the order they were entered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<String>,
    /// Flags that changed; `expires` is the derived one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Changed>,
    /// Fields that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Changed>,
    /// What was asked of the outside, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Asked>,
    /// Events for every child of a set: `SET.EVENT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<String>,
    /// Timers armed and still running at the end, with when they are due.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub armed: BTreeMap<String, String>,
    /// Timers that ran before and no longer do, other than the one that fired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<String>,
    /// Events raised for later that wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raised: Vec<StoredEvent>,
    /// Events that waited before and no longer do, other than the one that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called_off: Vec<String>,
    /// The innermost active states after.
    pub states: Vec<String>,
}

/// What caused a step: all that is needed to make it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CauseForm {
    /// The order was created with these values.
    Created {
        /// As they were given.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        context: BTreeMap<String, Json>,
        /// The order that it belongs to; earlier versions did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<StoredParent>,
    },
    /// The order ran elsewhere, and stood like this.
    Imported {
        /// As it was given.
        order: Box<Stored>,
    },
    /// An event of the workflow.
    Event {
        /// Its name.
        name: String,
        /// Its values.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        payload: BTreeMap<String, Json>,
        /// The state that the caller named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// A timer was due.
    Timer {
        /// `STATE.TIMER`.
        timer: String,
        /// Whether it did anything; otherwise it is spent.
        applied: bool,
        /// Why what it sets off was not carried out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trouble: Option<String>,
    },
    /// An event came that was raised for later.
    Raised {
        /// Its name.
        name: String,
        /// Its values.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        payload: BTreeMap<String, Json>,
        /// Whether some transition applied.
        applied: bool,
        /// Why what it sets off was not carried out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trouble: Option<String>,
    },
    /// The order's data changed outside.
    Context {
        /// The changes as given.
        changes: BTreeMap<String, Json>,
    },
    /// The order was brought to another version.
    Migrated {
        /// The deployment that it comes from.
        from: String,
        /// The plan by which.
        plan: String,
        /// What the set that it belongs to is called from then on, where that has another name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<String>,
        /// How its children stand from then on, of sets of which the plan alone does not tell it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        children: BTreeMap<String, ChildCounts>,
    },
    /// Children moved.
    Children {
        /// How each named set stands.
        counts: BTreeMap<String, ChildCounts>,
    },
    /// Time passed. Never stored: the timers that fired are.
    Tick,
    /// An operator intervened.
    Override {
        /// Why.
        reason: String,
        /// What.
        action: Intervention,
    },
}

/// What an operator did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Intervention {
    /// Put the order into a state.
    ForceState {
        /// The state's path.
        to: String,
    },
    /// Erased what is personal.
    Erase,
    /// Moved a timer.
    MoveTimer {
        /// `STATE.TIMER`.
        timer: String,
        /// When it is due from then on.
        due: String,
    },
}

/// What a guard said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardForm {
    /// Its text.
    pub guard: String,
    /// Whether it held.
    pub held: bool,
    /// Why it could not be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A transition that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakenForm {
    /// The event, the timer, or `always`.
    pub on: String,
    /// The state that it leads out of.
    pub from: String,
    /// Which branch of it, from 0.
    pub branch: usize,
}

/// A value that changed; absent where unset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// The flag or the field.
    pub name: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Json>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Json>,
}

/// Something asked of the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The effect.
    pub effect: String,
    /// The state whose entry, exit, transition or timer asked for it.
    pub state: String,
}
