//! How orders are seen from outside, and looked for.
//!
//! In: nothing; these are data. Out: [`OrderView`], [`Query`], [`OrderPage`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::deployment::Deployed;
use crate::instance::{Instance, StoredEvent};
use crate::interpret;
use crate::time::Instant;

/// One order as it stands, with names alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderView {
    /// Its id.
    pub order: String,
    /// Whose it is.
    pub tenant: String,
    /// Its workflow.
    pub workflow: String,
    /// The author's version of that.
    pub workflow_version: u32,
    /// The deployment that it runs under.
    pub deployment: String,
    /// How many steps it has made.
    pub version: u64,
    /// The paths of its innermost active states, joined by ` + `.
    pub status: String,
    /// Whether it has ended.
    pub done: bool,
    /// Its flags; `expires` is the derived one.
    pub flags: BTreeMap<String, Json>,
    /// Its values; those that are not set are left out.
    pub context: Map<String, Json>,
    /// The timers that run, by `STATE.TIMER`, with when they are due.
    pub timers: BTreeMap<String, String>,
    /// The events that were raised for later, with when they come and what they bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<StoredEvent>,
    /// How many children it has, by set.
    pub children: BTreeMap<String, u32>,
    /// The order that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// When it made its last step.
    pub updated_at: String,
    /// When it ended, where it has; a later step changes nothing of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it cannot go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
}

/// Which orders of a tenant are looked for: those that fit all that is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Whose.
    pub tenant: String,
    /// The workflow.
    pub workflow: Option<String>,
    /// The path of a state that is active, as innermost one or around it.
    pub state: Option<String>,
    /// A group, one of whose states is active.
    pub group: Option<String>,
    /// A flag and its value; `expires` is the derived one.
    pub flag: Option<(String, Json)>,
    /// Those that have not made a step since.
    pub updated_before: Option<Instant>,
    /// Those that were created before.
    pub created_before: Option<Instant>,
    /// Those that cannot go on.
    pub stuck: bool,
    /// Those whose ids stand behind this one.
    pub after: Option<String>,
    /// At most so many; 100 where nothing is said.
    pub limit: Option<usize>,
}

/// Orders by id.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OrderPage {
    /// The orders.
    pub orders: Vec<OrderView>,
    /// What to ask for the next page with (`after`); absent on the last one. Orders that are created or
    /// move meanwhile never shift a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An order's flags by name; `expires` is the derived one.
pub(super) fn flags(deployed: &Deployed, instance: &Instance) -> BTreeMap<String, Json> {
    let workflow = &deployed.workflow;
    let flags = interpret::flags(workflow, &deployed.site, instance).into_iter();
    let named = flags.map(|(id, value)| {
        let declared = id.map(|id| workflow.flags.at(id).name.clone());
        let name = declared.unwrap_or_else(|| "expires".to_owned());
        (name, value.to_json())
    });
    named.collect()
}
