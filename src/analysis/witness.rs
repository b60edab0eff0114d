//! A situation that shows a finding, as data and as a line of text.
//!
//! In: a [`Moment`] and what the finding is about. Out: a [`Witness`], which names only what matters:
//! the fields that the guards in question read, and what differs from a new order.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::moment::{Moment, start};
use super::scene::base;
use super::space::Scene;
use crate::context::Value;
use crate::graph::{Condition, Row, StateId, Target, TimerId, Trigger, Workflow};
use crate::guard::ChildCounts;
use crate::time::format_instant;

/// An order, a site and what happens: `flagstate run FILE --witness` plays it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The state's path, several joined by ` + `; `None` for an order that is only about to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The fields that matter; all others have their defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Json>,
    /// The settings that matter; all others have their defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Json>,
    /// How the children stand, by set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub children: BTreeMap<String, ChildCounts>,
    /// The event that happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Occurrence>,
    /// The timer that is due, as `STATE.TIMER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<String>,
    /// What happens from the beginning of the order on until it stands so; none where it is put there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub story: Vec<Happening>,
    /// When.
    pub at: String,
}

/// One thing that happens in the story of an order: time passes, data changes, and then an event comes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happening {
    /// When; timers due by then fire first.
    pub at: String,
    /// What a new order is given, or what changes about one outside; `null` takes a value away.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Json>,
    /// The event; one without a name creates the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Occurrence>,
    /// The timer that is due then, as `STATE.TIMER`, where it is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<String>,
}

/// An event of a witness, or who creates the order where there is no state yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    /// The event; `None` where the order is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who causes it.
    pub by: String,
    /// Who that is, in the host's terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it brings.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub payload: Map<String, Json>,
    /// The state that the caller names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl Witness {
    /// The witness of a moment; `asked` are the conditions that the finding is about.
    pub(super) fn of<'c>(
        scene: &Scene<'_>,
        moment: &Moment,
        asked: impl IntoIterator<Item = &'c Condition>,
    ) -> Self {
        let workflow = scene.workflow;
        let (mut order, mut settings) = (Vec::new(), Vec::new());
        for condition in asked {
            if let Some(guard) = &condition.guard {
                order.extend(&guard.reads().order);
                settings.extend(&guard.reads().settings);
            }
        }
        let plain = base(scene);
        let fields = workflow
            .fields
            .rows()
            .iter()
            .map(|field| field.name.as_str());
        let context = named(fields, &moment.order, |slot| {
            let default = workflow.fields.rows().get(slot).map(|field| &field.default);
            order.contains(&slot) || moment.order.get(slot) != default
        });
        let names = workflow
            .settings
            .rows()
            .iter()
            .map(|setting| setting.name.as_str());
        let values: Vec<Option<Value>> = moment.settings.iter().cloned().map(Some).collect();
        let settings = named(names, &values, |slot| {
            settings.contains(&slot) || moment.settings.get(slot) != plain.settings.get(slot)
        });
        let sets = workflow.children.rows().iter().zip(&moment.children);
        let children = sets.filter(|(_, counts)| **counts != ChildCounts::default());
        Self {
            state: scene.source.map(|_| status(workflow, &moment.active)),
            context,
            settings,
            children: children
                .map(|(set, counts)| (set.name.clone(), counts.clone()))
                .collect(),
            event: occurrence(scene, moment),
            timer: None,
            story: Vec::new(),
            at: format_instant(moment.now),
        }
    }

    /// An order that comes to these states by what happens to it.
    pub(crate) fn of_story(workflow: &Workflow, active: &[StateId], story: Vec<Happening>) -> Self {
        let last = story.last().map(|last| last.at.clone());
        Self {
            state: Some(status(workflow, active)),
            at: last.unwrap_or_else(|| format_instant(start())),
            story,
            ..Self::default()
        }
    }

    /// When what it tells of begins.
    pub fn begins_at(&self) -> &str {
        self.story.first().map_or(&self.at, |first| &first.at)
    }

    /// With what sets a row off.
    pub(super) fn of_row(mut self, workflow: &Workflow, row: &Row) -> Self {
        if let Trigger::Timer(timer) = row.trigger {
            self.timer = Some(timer_name(workflow, timer));
        }
        let offered = row.branches.iter().find_map(|branch| match &branch.target {
            Target::Choose(states) => states.first(),
            _ => None,
        });
        if let (Some(event), Some(&state)) = (&mut self.event, offered) {
            event.target = Some(workflow.states.at(state).path.clone());
        }
        self
    }

    /// As data.
    pub(crate) fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Without what happens: only how the order stands.
    pub(super) fn standing(mut self) -> Self {
        self.event = None;
        self
    }
}

/// Where an order with these active states is: the paths of the innermost.
fn status(workflow: &Workflow, active: &[StateId]) -> String {
    let leaves = active.iter().map(|&id| workflow.states.at(id));
    let paths: Vec<&str> = leaves
        .filter(|state| state.is_atomic())
        .map(|state| state.path.as_str())
        .collect();
    paths.join(" + ")
}

/// The name of a timer with its state.
pub(crate) fn timer_name(workflow: &Workflow, id: TimerId) -> String {
    let timer = workflow.timers.at(id);
    format!("{}.{}", workflow.states.at(timer.state).path, timer.name)
}

fn occurrence(scene: &Scene<'_>, moment: &Moment) -> Option<Occurrence> {
    let workflow = scene.workflow;
    let event = scene.event.map(|event| workflow.events.at(event));
    if event.is_none() && scene.source.is_some() {
        return None;
    }
    let names = event
        .map(|event| event.payload.as_slice())
        .unwrap_or_default();
    let names = names.iter().map(|field| field.name.as_str());
    Some(Occurrence {
        name: event.map(|event| event.name.clone()),
        by: moment.actor.role.clone(),
        id: moment.actor.id.clone(),
        payload: named(names, &moment.event, |_| true),
        target: None,
    })
}

/// Values by name, those that are set and wanted.
fn named<'n>(
    names: impl Iterator<Item = &'n str>,
    values: &[Option<Value>],
    wanted: impl Fn(usize) -> bool,
) -> Map<String, Json> {
    let values = names.zip(values).enumerate();
    let set = values.filter(|(slot, _)| wanted(*slot));
    set.filter_map(|(_, (name, value))| Some((name.to_owned(), value.as_ref()?.to_json())))
        .collect()
}

impl fmt::Display for Witness {
    /// One line: ``an order in `booked` with `paid` = 0.01; `pay` by `clerk`; at 2026-03-01T09:00:00Z``. The time
    /// is left out where it is the one at which every story begins.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            Some(state) => write!(f, "an order in `{state}`")?,
            None => f.write_str("a new order")?,
        }
        let mut parts: Vec<String> = Vec::new();
        parts.extend(
            self.context
                .iter()
                .map(|(name, value)| shown("", name, value)),
        );
        parts.extend(
            self.settings
                .iter()
                .map(|(name, value)| shown("settings.", name, value)),
        );
        for (set, counts) in &self.children {
            parts.push(format!("{} `{set}`", counts.total));
            let states = counts.by_state.iter();
            parts.extend(states.map(|(state, count)| format!("{count} of them in `{state}`")));
        }
        if !parts.is_empty() {
            write!(f, " with {}", parts.join(", "))?;
        }
        if let Some(event) = &self.event {
            match &event.name {
                Some(name) => write!(f, "; `{name}` by `{}`", event.by)?,
                None => write!(f, "; created by `{}`", event.by)?,
            }
            let payload = event
                .payload
                .iter()
                .map(|(name, value)| shown("", name, value));
            let payload: Vec<String> = payload.collect();
            if !payload.is_empty() {
                write!(f, " with {}", payload.join(", "))?;
            }
        }
        match self.at == format_instant(start()) {
            true => Ok(()),
            false => write!(f, "; at {}", self.at),
        }
    }
}

impl fmt::Display for Happening {
    /// In some words: ``once `paid` = true, `pay` by `clerk` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &Map<String, Json>| {
            let values = values.iter().map(|(name, value)| shown("", name, value));
            values.collect::<Vec<_>>().join(" and ")
        };
        let data = list(&self.context);
        let happens = match (&self.event, &self.timer) {
            (Some(event), _) => match &event.name {
                Some(name) => format!("`{name}` by `{}`", event.by),
                None => "a new order".to_owned(),
            },
            (None, Some(timer)) => format!("the timer `{timer}`"),
            (None, None) if data.is_empty() => "an event that was raised for later".to_owned(),
            (None, None) => return write!(f, "the change to {data}"),
        };
        let is_new = self
            .event
            .as_ref()
            .is_some_and(|event| event.name.is_none());
        f.write_str(&happens)?;
        let payload = self.event.iter().map(|event| &event.payload);
        for payload in payload.filter(|payload| !payload.is_empty()) {
            write!(f, " with {}", list(payload))?;
        }
        match (data.is_empty(), is_new) {
            (true, _) => Ok(()),
            (false, true) => write!(f, " with {data}"),
            (false, false) => write!(f, " once {data}"),
        }
    }
}

fn shown(root: &str, name: &str, value: &Json) -> String {
    match value {
        Json::String(text) if text.is_empty() => format!("`{root}{name}` empty"),
        Json::String(text) => format!("`{root}{name}` = {text}"),
        value => format!("`{root}{name}` = {value}"),
    }
}
