//! The readable trace of a family: one row for each thing that happened.
//!
//! In: a workflow and the [`Entry`]s of a [`Family`](super::Family). Out: [`Row`]s, whose names are
//! those of the file, as a plain-text table ([`text`]) that a reviewer approves in a golden file, or as
//! JSON lines ([`json_lines`]). Neither depends on a terminal.

mod rows;
mod text;

pub use text::text;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::Entry;
use crate::context::Actor;
use crate::graph::Workflow;
use crate::instance::Refusal;

/// One thing that happened to one order. Empty lists and absent values are left out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    /// When, as RFC 3339 in UTC; for a timer, when that was due.
    pub at: String,
    /// How long after the first row.
    pub elapsed: String,
    /// To which order: `root` or `SET/NAME`.
    pub order: String,
    /// What kind of thing.
    pub kind: RowKind,
    /// The event or the timer (`STATE.TIMER`); for other kinds, what was told or intended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who caused it.
    #[schemars(with = "ActorForm")]
    pub by: Actor,
    /// The order's step number, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    /// The host's id of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the event brought, or what changed outside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<Named>,
    /// Where the order was: the paths of its innermost states.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The innermost states that it entered and left again within the step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// Whether it left the states it is in and entered them again, so that their timers began anew.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Where it is now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// The guards that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardResult>,
    /// Flags that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Change>,
    /// Fields of the context that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Change>,
    /// Effects asked for, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// Events sent to children, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
    /// Timers armed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub armed: Vec<ArmedTimer>,
    /// Timers cancelled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<String>,
    /// Events raised for later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub raised: Vec<RaisedEvent>,
    /// Events raised for later that were called off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub called_off: Vec<String>,
    /// Why what a timer or a raised event sets off was not carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The refusal in words, the closest reason first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The refusal in full: every candidate with its reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Json>")]
    pub refusal: Option<Refusal>,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// The order was created.
    Created,
    /// An event was accepted.
    Event,
    /// A timer was due and did what it does.
    Timer,
    /// A timer was due and did nothing: its guard did not hold, or there was trouble. It is spent.
    TimerSpent,
    /// An event came that was raised for later.
    Raised,
    /// An event came that was raised for later, and nothing waited for it, or there was trouble.
    RaisedSpent,
    /// The order's data changed outside.
    ContextChanged,
    /// The order's children moved.
    ChildrenChanged,
    /// An operator intervened.
    Override,
    /// An event was accepted without a step.
    Repeated,
    /// Something was refused.
    Refused,
    /// A child that another system runs moved.
    ChildMoved,
}

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Its plain value; `null` where there is none.
    pub value: Json,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Before; `null` where there was none.
    pub from: Json,
    /// After; `null` where there is none.
    pub to: Json,
}

/// What a guard said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GuardResult {
    /// Its name, or its text.
    pub guard: String,
    /// Whether it held; one that cannot be judged does not.
    pub held: bool,
    /// Why it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An event that was sent to children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sent {
    /// To every child of this set.
    pub children: String,
    /// The event.
    pub event: String,
}

/// An event that was raised for later.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RaisedEvent {
    /// The event.
    pub event: String,
    /// When it comes.
    pub due: String,
    /// How long that is from now.
    pub due_in: String,
}

/// A timer that was armed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArmedTimer {
    /// `STATE.TIMER`.
    pub timer: String,
    /// When it is due, as RFC 3339 in UTC.
    pub due: String,
    /// How long from now.
    pub due_in: String,
}

/// Who caused something, for the schema.
#[derive(JsonSchema)]
#[schemars(rename = "Actor")]
#[expect(dead_code, reason = "it stands for the core's actor in the schema")]
struct ActorForm {
    /// An actor of the workflow, or `system`.
    role: String,
    /// Who it is, in the host's terms.
    id: Option<String>,
}

/// The rows of a trace.
pub fn rows(workflow: &Workflow, entries: &[Entry]) -> Vec<Row> {
    let start = entries.first().map(|entry| entry.at);
    let row = |entry| rows::row(workflow, entry, start);
    entries.iter().map(row).collect()
}

/// The trace as JSON lines: one [`Row`] a line.
pub fn json_lines(rows: &[Row]) -> String {
    let lines = rows
        .iter()
        .filter_map(|row| serde_json::to_string(row).ok());
    lines.map(|line| line + "\n").collect()
}
