//! States with names written out.

use indexmap::IndexMap;
use serde::Serialize;

use super::edge::{Guard, Send, guards, sends};
use super::{Fate, actor_names, effect_names};
use crate::context::Value;
use crate::graph::{self, Amount, Anchor, Expires, Origin, StateId, TimerKind, Workflow};

/// A state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct State {
    /// Its dotted path, which is its id.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Titles by audience or locale.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub titles: IndexMap<String, String>,
    /// What pictures call it: the title, or the name where the title is that of the state around it.
    pub label: String,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The path of the state around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What it is made of.
    pub kind: Kind,
    /// Whether it is entered first when the state around it is entered.
    pub initial: bool,
    /// Whether it is one of several regions that are active at once.
    pub region: bool,
    /// The value of every flag.
    pub flags: Vec<FlagOf>,
    /// Whether and how orders in it expire: `never`, `timer` or `unstated`.
    pub expires: &'static str,
    /// Its timers, the one behind `expires` and the one of `at_most` included.
    pub timers: Vec<Timer>,
    /// What marks it.
    pub markers: Vec<Marker>,
    /// What is used in place of a deprecated state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// What the vendor's page does not state.
    pub inferred: Inferred,
    /// The groups it is in, by itself or with the state around it.
    pub groups: Vec<String>,
    /// The values of its attributes.
    pub attributes: IndexMap<String, Value>,
    /// What happens on the way in.
    pub enter: Hook,
    /// What happens on the way out.
    pub exit: Hook,
    /// What became of it since an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
}

impl State {
    /// Whether it has states within.
    pub fn has_within(&self) -> bool {
        matches!(self.kind, Kind::Compound | Kind::Parallel)
    }
}

/// What a state is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing within.
    Atomic,
    /// Nothing within, and no way out.
    Final,
    /// States of which one is active.
    Compound,
    /// Regions that are all active.
    Parallel,
}

/// The value that a state gives a flag.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlagOf {
    /// The flag's name.
    pub name: String,
    /// The value; where a setting holds it, the setting's default.
    pub value: Option<Value>,
    /// The setting that holds the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// Whether it differs from what holds around the state: the value of the state around it, or the
    /// flag's default at the top. Pictures show these.
    pub set: bool,
}

/// What marks a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    /// Orders end here.
    Final,
    /// Lists leave it out.
    Hidden,
    /// Orders in it refuse changes.
    Immutable,
    /// Orders stay for moments only.
    Transient,
    /// It is kept for orders of earlier versions.
    Deprecated,
    /// It is switched off.
    Inactive,
    /// The vendor's page states none of it.
    Inferred,
}

impl Marker {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Hidden => "hidden",
            Self::Immutable => "immutable",
            Self::Transient => "transient",
            Self::Deprecated => "deprecated",
            Self::Inactive => "inactive",
            Self::Inferred => "inferred",
        }
    }
}

/// What the vendor's page does not state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inferred {
    /// The page states all of it.
    Nothing,
    /// The page states none of it.
    Whole,
    /// The page does not state these properties.
    Properties(Vec<String>),
}

/// A timer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timer {
    /// Its name: `expires`, `at_most`, or the key under `timers:`.
    pub name: String,
    /// When it is due.
    pub due: Deadline,
    /// What must hold for it to be armed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Guard>,
    /// What must hold when it is due.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// The event that it raises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raises: Option<String>,
    /// What it asks the outside to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// Whether it watches a transient state (`at_most`).
    pub watch: bool,
}

/// When a timer is due: `after` behind its anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deadline {
    /// `entry`, `day` or `field`.
    pub anchor: &'static str,
    /// The field of the order that is the anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The duration; where a setting holds it, the setting's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The setting that holds the duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
}

/// What happens on the way in or out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Hook {
    /// Who alone may cause it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Vec<String>>,
    /// What is asked of the outside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// What is sent to children.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<Send>,
}

pub(super) fn states(workflow: &Workflow) -> Vec<State> {
    let states = workflow.states.rows().iter().skip(1);
    states.map(|state| describe(workflow, state)).collect()
}

fn describe(workflow: &Workflow, state: &graph::State) -> State {
    let around = state.parent.filter(|&id| id != StateId::ROOT);
    let around = around.and_then(|id| workflow.states.get(id));
    let deprecated = state.deprecated.as_ref();
    let successor = deprecated.and_then(|deprecated| deprecated.successor);
    State {
        path: state.path.clone(),
        name: state.name.clone(),
        title: state.title.text.clone(),
        titles: state.title.by.iter().cloned().collect(),
        label: label(state, around),
        doc: state.doc.clone(),
        parent: around.map(|around| around.path.clone()),
        kind: match state.kind {
            graph::Kind::Atomic => Kind::Atomic,
            graph::Kind::Final => Kind::Final,
            graph::Kind::Compound { .. } => Kind::Compound,
            graph::Kind::Parallel => Kind::Parallel,
        },
        initial: around.is_some_and(
            |around| matches!(around.kind, graph::Kind::Compound { initial } if initial == state.id),
        ),
        region: around.is_some_and(|around| around.kind == graph::Kind::Parallel),
        flags: flags(workflow, state, around),
        expires: match state.expires {
            Expires::Unstated => "unstated",
            Expires::Never(_) => "never",
            Expires::Timer(_) => "timer",
        },
        timers: timers(workflow, state),
        markers: markers(state),
        successor: successor.map(|id| workflow.states.at(id).path.clone()),
        inferred: match &state.inferred {
            graph::Inferred::Nothing => Inferred::Nothing,
            graph::Inferred::Whole => Inferred::Whole,
            graph::Inferred::Properties(names) => Inferred::Properties(names.clone()),
        },
        groups: groups(workflow, state.id),
        attributes: attributes(workflow, state),
        enter: hook(workflow, &state.enter),
        exit: hook(workflow, &state.exit),
        fate: None,
    }
}

/// A substate takes over the title of the state around it, which would make all of them look alike.
fn label(state: &graph::State, around: Option<&graph::State>) -> String {
    match around {
        Some(around) if around.title.text == state.title.text => {
            super::super::text::humane(&state.name)
        }
        _ => state.title.text.clone(),
    }
}

fn flags(workflow: &Workflow, state: &graph::State, around: Option<&graph::State>) -> Vec<FlagOf> {
    let flags = workflow.flags.rows().iter().zip(&state.flags).enumerate();
    let described = flags.map(|(index, (flag, given))| {
        let outer = around.and_then(|around| around.flags.get(index));
        let set = match (outer, &given.value) {
            (Some(outer), value) => outer.value != *value,
            (None, Origin::Literal(value)) => *value != flag.default,
            (None, Origin::Setting(_)) => true,
        };
        let setting = match &given.value {
            Origin::Literal(_) => None,
            Origin::Setting(id) => workflow.settings.get(*id),
        };
        let value = match &given.value {
            Origin::Literal(value) => Some(value.clone()),
            Origin::Setting(_) => setting.and_then(|setting| setting.default.clone()),
        };
        FlagOf {
            name: flag.name.clone(),
            value,
            setting: setting.map(|setting| setting.name.clone()),
            set,
        }
    });
    described.collect()
}

fn markers(state: &graph::State) -> Vec<Marker> {
    let marks = [
        (state.is_final(), Marker::Final),
        (state.hidden, Marker::Hidden),
        (state.immutable, Marker::Immutable),
        (state.transient, Marker::Transient),
        (state.deprecated.is_some(), Marker::Deprecated),
        (state.inactive, Marker::Inactive),
        (state.inferred == graph::Inferred::Whole, Marker::Inferred),
    ];
    let marks = marks.into_iter().filter(|(holds, _)| *holds);
    marks.map(|(_, marker)| marker).collect()
}

fn groups(workflow: &Workflow, id: StateId) -> Vec<String> {
    let groups = workflow.groups.rows().iter();
    let member = |group: &&graph::Group| {
        let mut around = workflow.ancestors(id).chain([id]);
        around.any(|id| group.states.contains(&id))
    };
    groups
        .filter(member)
        .map(|group| group.name.clone())
        .collect()
}

fn attributes(workflow: &Workflow, state: &graph::State) -> IndexMap<String, Value> {
    let attributes = workflow.attributes.rows().iter().zip(&state.attributes);
    let known = attributes.filter_map(|(attribute, value)| {
        let value = value.clone()?;
        Some((attribute.name.clone(), value))
    });
    known.collect()
}

fn hook(workflow: &Workflow, hook: &graph::Hook) -> Hook {
    let by = hook.by.as_ref();
    Hook {
        by: by.map(|actors| actor_names(workflow, actors)),
        effects: effect_names(workflow, &hook.deed.effects),
        sends: sends(workflow, &hook.deed.send),
    }
}

fn timers(workflow: &Workflow, state: &graph::State) -> Vec<Timer> {
    let timers = state
        .timers
        .iter()
        .filter_map(|&id| workflow.timers.get(id));
    let described = timers.map(|timer| {
        let row = workflow.rows.get(timer.row);
        let raises = row.and_then(|row| row.deed.raise.first());
        let raises = raises.and_then(|raise| workflow.events.get(raise.event));
        let mut effects = row.map(|row| row.deed.effects.clone()).unwrap_or_default();
        let branches = row.map(|row| row.branches.as_slice()).unwrap_or_default();
        effects.extend(
            branches
                .iter()
                .flat_map(|branch| branch.deed.effects.iter().copied()),
        );
        Timer {
            name: timer.name.clone(),
            due: deadline(workflow, timer),
            when: guards(&timer.when),
            guards: row.map(|row| guards(&row.conditions)).unwrap_or_default(),
            raises: raises.map(|event| event.name.clone()),
            effects: effect_names(workflow, &effects),
            inferred: timer.inferred,
            watch: timer.kind == TimerKind::AtMost,
        }
    });
    described.collect()
}

fn deadline(workflow: &Workflow, timer: &graph::Timer) -> Deadline {
    let (anchor, field) = match timer.due.anchor {
        Anchor::Entry => ("entry", None),
        Anchor::Day => ("day", None),
        Anchor::Field(id) => ("field", workflow.fields.get(id)),
    };
    let (after, setting) = match timer.due.after {
        Amount::Literal(after) if after == crate::time::Duration::default() => (None, None),
        Amount::Literal(after) => (Some(after.to_string()), None),
        Amount::Setting(id) => {
            let setting = workflow.settings.get(id);
            let default = setting.and_then(|setting| setting.default.as_ref());
            (default.map(Value::to_string), setting)
        }
    };
    Deadline {
        anchor,
        field: field.map(|field| field.name.clone()),
        after,
        setting: setting.map(|setting| setting.name.clone()),
    }
}
