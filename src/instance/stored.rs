//! One order as a line of a file: names instead of ids, so that it outlives the version it was made
//! under.
//!
//! In: an [`Instance`] and its workflow, or a line. Out: the other. Reading back what was written gives
//! the same order. Within one [`FORMAT`] fields are added, never changed or taken away.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Instance, PendingEvent, RunningTimer, SuspendedTimer, reading};
use crate::graph::{StateId, TimerId, Workflow};
use crate::guard::ChildCounts;
use crate::time::format_instant;

/// The version of the form.
pub const FORMAT: u32 = 1;

/// An order under way, one line of a file of JSON lines. What is left out is empty; a field that is
/// not set is left out of `context`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an order: an object")]
pub struct Stored {
    /// The version of this form: 1.
    pub instance: u32,
    /// The host's id of the order, for messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The order that it belongs to, where the host keeps both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<StoredParent>,
    /// The id of the workflow that it was made under.
    pub workflow: String,
    /// The version of that workflow.
    pub version: u32,
    /// The paths of the innermost active states.
    pub states: Vec<String>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Json>,
    /// The settings of its site that differ from their defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Json>,
    /// How its children stand, by set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub children: BTreeMap<String, ChildCounts>,
    /// When each active state was entered, by path; `updated_at` where nothing is said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entered_at: BTreeMap<String, String>,
    /// The timers that run, by `STATE.TIMER`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timers: BTreeMap<String, StoredTimer>,
    /// Timers of active states that fired, and are not armed again before their state is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spent: Vec<String>,
    /// Timers of states that were left and may be entered again through history.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub suspended: BTreeMap<String, StoredSuspended>,
    /// What was active within a state when it was last left, by its path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub past: BTreeMap<String, Vec<String>>,
    /// The innermost states that were left for a state with a way `back`, by its path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, Vec<String>>,
    /// Events raised for later, in the order in which they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<StoredEvent>,
    /// How many steps it has made, its creation included.
    #[serde(default)]
    pub sequence: u64,
    /// How many timers were ever armed and events raised for later.
    #[serde(default)]
    pub generations: u64,
    /// When the last step was made.
    pub updated_at: String,
}

/// The order that another belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `order` and `set`")]
pub struct StoredParent {
    /// Its id.
    pub order: String,
    /// The child set, as its workflow names it.
    pub set: String,
}

/// A timer that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `due`")]
pub struct StoredTimer {
    /// When it is due.
    pub due: String,
    /// Which arming this is, unique within the order; one is handed out where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
}

/// An event that was raised for later.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `event` and `due`")]
pub struct StoredEvent {
    /// The event.
    pub event: String,
    /// When it comes.
    pub due: String,
    /// The values that it brings.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub payload: Map<String, Json>,
    /// Which raising this is, unique within the order; one is handed out where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
}

/// A timer whose state was left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `due` and `left_at`")]
pub struct StoredSuspended {
    /// When it would have been due.
    pub due: String,
    /// When its state was left.
    pub left_at: String,
}

/// The full name of a timer, `STATE.TIMER`.
pub fn timer_path(workflow: &Workflow, id: TimerId) -> String {
    let timer = workflow.timers.at(id);
    format!("{}.{}", workflow.states.at(timer.state).path, timer.name)
}

/// The timer of a full name.
pub fn timer_at(workflow: &Workflow, path: &str) -> Option<TimerId> {
    let (state, name) = path.rsplit_once('.')?;
    let state = workflow.states.get(workflow.state_named(state)?)?;
    let mut timers = state.timers.iter().copied();
    timers.find(|&id| workflow.timers.at(id).name == name)
}

impl Stored {
    /// Writes an order down. Neither who it is nor which site it belongs to is part of it: `id`, `parent` and `settings`
    /// are the host's to fill.
    pub fn of(workflow: &Workflow, instance: &Instance) -> Self {
        let path = |id: StateId| workflow.states.at(id).path.clone();
        let paths = |ids: &[StateId]| ids.iter().map(|&id| path(id)).collect();
        let timer = |id: TimerId| timer_path(workflow, id);
        let fields = workflow.fields.rows().iter().zip(instance.context.iter());
        let sets = workflow.children.rows().iter().zip(&instance.children);
        let leaves: Vec<StateId> = instance.leaves(workflow).collect();
        Self {
            instance: FORMAT,
            id: None,
            parent: None,
            workflow: workflow.name.clone(),
            version: workflow.version,
            states: paths(&leaves),
            context: fields
                .filter_map(|(field, value)| Some((field.name.clone(), value?.to_json())))
                .collect(),
            settings: Map::new(),
            children: sets
                .filter(|(_, counts)| **counts != ChildCounts::default())
                .map(|(set, counts)| (set.name.clone(), counts.clone()))
                .collect(),
            entered_at: instance
                .entered_at
                .iter()
                .map(|(&id, &at)| (path(id), format_instant(at)))
                .collect(),
            timers: instance
                .timers
                .iter()
                .map(|(&id, running)| (timer(id), StoredTimer::of(running)))
                .collect(),
            spent: instance.spent.iter().map(|&id| timer(id)).collect(),
            suspended: instance
                .suspended
                .iter()
                .map(|(&id, suspended)| (timer(id), StoredSuspended::of(suspended)))
                .collect(),
            past: lists(&instance.past, path, paths),
            origins: lists(&instance.origins, path, paths),
            pending: instance
                .pending
                .iter()
                .map(|pending| StoredEvent::of(workflow, pending))
                .collect(),
            sequence: instance.sequence,
            generations: instance.generations,
            updated_at: format_instant(instance.updated_at),
        }
    }

    /// Reads the order back, under the workflow that it was made under. `id`, `parent` and `settings` are not looked at;
    /// the latter are bound by [`Site::new`](super::Site::new).
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use flagstate::context::Actor;
    /// # use flagstate::instance::{Site, Stored};
    /// # use flagstate::interpret;
    /// # use flagstate::load::load;
    /// # use flagstate::source::{FileId, SourceFile};
    /// # use flagstate::time::parse_instant;
    /// # let text = include_str!("../../workflows/sharefox.yaml");
    /// # let workflow = load(FileId(0), &SourceFile::new("sharefox.yaml", text)).runnable().unwrap();
    /// # let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    /// # let context = BTreeMap::from([("origin".to_owned(), "online".into())]);
    /// # let now = parse_instant("2026-01-05T09:00:00Z")?;
    /// # let order = interpret::create(&workflow, &site, &context, &Actor::new("customer"), now)?.instance;
    /// // One line of a file, or a column of a table; its settings the host keeps beside it.
    /// let line = serde_json::to_string(&Stored::of(&workflow, &order))?;
    /// let again: Stored = serde_json::from_str(&line)?;
    /// assert_eq!(again.read(&workflow), Ok(order));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// One sentence for everything that does not fit the workflow.
    pub fn read(&self, workflow: &Workflow) -> Result<Instance, Vec<String>> {
        match reading::read(workflow, self) {
            (Some(instance), problems) if problems.is_empty() => Ok(instance),
            (_, problems) => Err(problems),
        }
    }
}

fn lists(
    lists: &BTreeMap<StateId, Vec<StateId>>,
    path: impl Fn(StateId) -> String,
    paths: impl Fn(&[StateId]) -> Vec<String>,
) -> BTreeMap<String, Vec<String>> {
    let lists = lists.iter();
    lists.map(|(&id, inner)| (path(id), paths(inner))).collect()
}

impl StoredEvent {
    /// Writes such an event down.
    pub fn of(workflow: &Workflow, pending: &PendingEvent) -> Self {
        let event = workflow.events.at(pending.event);
        let values = event.payload.iter().zip(pending.payload.iter());
        Self {
            event: event.name.clone(),
            due: format_instant(pending.due),
            payload: values
                .filter_map(|(field, value)| Some((field.name.clone(), value?.to_json())))
                .collect(),
            generation: Some(pending.generation),
        }
    }
}

impl StoredTimer {
    fn of(running: &RunningTimer) -> Self {
        Self {
            due: format_instant(running.due),
            generation: Some(running.generation),
        }
    }
}

impl StoredSuspended {
    fn of(suspended: &SuspendedTimer) -> Self {
        Self {
            due: format_instant(suspended.due),
            left_at: format_instant(suspended.left_at),
        }
    }
}
