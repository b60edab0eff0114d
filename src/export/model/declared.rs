//! What a workflow declares apart from states and edges, with names written out.

use serde::Serialize;

use crate::context::{Type, Value};
use crate::graph::Workflow;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeOf {
    /// `boolean`, `integer`, `decimal`, `string`, `enum`, `date`, `datetime`, `duration` or `list`.
    #[serde(rename = "type")]
    pub name: &'static str,
    /// The type of a list's entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<&'static str>,
    /// The words of an enum, or of a list's entries that are one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Digits behind the point of a decimal, or of a list's entries that are one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<u8>,
}

impl From<&Type> for TypeOf {
    fn from(ty: &Type) -> Self {
        let plain = |name| Self {
            name,
            of: None,
            values: Vec::new(),
            scale: None,
        };
        match ty {
            Type::Boolean => plain("boolean"),
            Type::Integer => plain("integer"),
            Type::Decimal { scale } => Self {
                scale: Some(*scale),
                ..plain("decimal")
            },
            Type::String => plain("string"),
            Type::Enum(values) => Self {
                values: values.to_vec(),
                ..plain("enum")
            },
            Type::Date => plain("date"),
            Type::Datetime => plain("datetime"),
            Type::Duration => plain("duration"),
            Type::List(of) => {
                let of = Self::from(&**of);
                Self {
                    name: "list",
                    of: Some(of.name),
                    ..of
                }
            }
        }
    }
}

/// A value that one site may change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(flatten)]
    pub ty: TypeOf,
    /// The value where a site says nothing.
    pub default: Option<Value>,
    /// The smallest value a site may choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Value>,
    /// The largest value a site may choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Value>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

/// A field of an order, or a value that an event brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(flatten)]
    pub ty: TypeOf,
    /// The value of an order that brings none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether every order brings it; `false` for what an event brings.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether an event may come without it; `false` for fields of an order.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Whether it tells of a person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

/// Who causes events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// Its name.
    pub name: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Something that a status decides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(flatten)]
    pub ty: TypeOf,
    /// The value in states that say nothing.
    pub default: Value,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Something that may happen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// What people call the action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The values it brings.
    pub payload: Vec<Field>,
}

/// A named set of states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What people call the view; absent for a group that only the file uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The paths of its states, in document order.
    pub states: Vec<String>,
}

/// A set of children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChildSet {
    /// Its name.
    pub name: String,
    /// Whether the children run this very workflow.
    pub same_workflow: bool,
    /// The names of the children's states.
    pub states: Vec<String>,
}

pub(super) fn settings(workflow: &Workflow) -> Vec<Setting> {
    let settings = workflow.settings.rows().iter();
    let described = settings.map(|setting| Setting {
        name: setting.name.clone(),
        ty: (&setting.ty).into(),
        default: setting.default.clone(),
        min: setting.min.clone(),
        max: setting.max.clone(),
        title: setting.title.clone(),
        doc: setting.doc.clone(),
    });
    described.collect()
}

pub(super) fn fields(workflow: &Workflow) -> Vec<Field> {
    let fields = workflow.fields.rows().iter();
    let described = fields.map(|field| Field {
        name: field.name.clone(),
        ty: (&field.ty).into(),
        default: field.default.clone(),
        required: field.required,
        optional: false,
        personal: field.personal,
        doc: field.doc.clone(),
    });
    described.collect()
}

pub(super) fn actors(workflow: &Workflow) -> Vec<Actor> {
    let actors = workflow.actors.rows().iter();
    let described = actors.map(|actor| Actor {
        name: actor.name.clone(),
        title: actor.title.clone(),
    });
    described.collect()
}

pub(super) fn flags(workflow: &Workflow) -> Vec<Flag> {
    let flags = workflow.flags.rows().iter();
    let described = flags.map(|flag| Flag {
        name: flag.name.clone(),
        ty: (&flag.ty).into(),
        default: flag.default.clone(),
        title: flag.title.clone(),
    });
    described.collect()
}

pub(super) fn events(workflow: &Workflow) -> Vec<Event> {
    let events = workflow.events.rows().iter();
    let described = events.map(|event| Event {
        name: event.name.clone(),
        title: event.title.clone(),
        doc: event.doc.clone(),
        payload: payload(event),
    });
    described.collect()
}

fn payload(event: &crate::graph::Event) -> Vec<Field> {
    let described = event.payload.iter().map(|field| Field {
        name: field.name.clone(),
        ty: (&field.ty).into(),
        default: None,
        required: false,
        optional: field.optional,
        personal: field.personal,
        doc: None,
    });
    described.collect()
}

pub(super) fn groups(workflow: &Workflow) -> Vec<Group> {
    let groups = workflow.groups.rows().iter();
    let described = groups.map(|group| {
        let states = group
            .states
            .iter()
            .filter_map(|&id| workflow.states.get(id));
        Group {
            name: group.name.clone(),
            title: group.title.clone(),
            states: states.map(|state| state.path.clone()).collect(),
        }
    });
    described.collect()
}

pub(super) fn children(workflow: &Workflow) -> Vec<ChildSet> {
    let sets = workflow.children.rows().iter();
    let described = sets.map(|set| ChildSet {
        name: set.name.clone(),
        same_workflow: set.is_self,
        states: set.states.clone(),
    });
    described.collect()
}
