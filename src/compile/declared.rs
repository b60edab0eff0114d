//! Declarations: settings, fields, actors, flags, attributes, effects, children, events.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Cx;
use super::rules::{
    BAD_CHILDREN, DEFAULT_OUT_OF_BOUNDS, MISSING_FLAG_DEFAULT, MISSING_SETTING_DEFAULT,
    RESERVED_NAME, UNSUITABLE_TYPE,
};
use super::values::{TypeParts, or_span, read_default, read_single, read_type, read_value};
use crate::context::{ChildNames, Layout, Scope, Slots, Type, Value};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entry, Literal, Name, TypeName};
use crate::graph::{Actor, Attribute, ChildSet, Effect, Event, Field, Flag, PayloadField, Setting};
use crate::source::{Span, Spanned};
use crate::time::{TimeError, Zone};

/// The flags that every workflow has, by id.
const BUILT_IN_FLAGS: [(&str, &str); 3] = [
    ("reserved", "Stock is reserved"),
    ("counts_revenue", "Counts as revenue"),
    ("contracted", "There is a contract"),
];

pub(super) fn compile(cx: &mut Cx<'_>) {
    settings(cx);
    fields(cx);
    actors(cx);
    flags(cx);
    attributes(cx);
    effects(cx);
    children(cx);
    events(cx);
}

fn text(text: Option<&Spanned<String>>) -> Option<String> {
    text.map(|text| text.value.clone())
}

fn settings(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.settings {
        let setting = setting(cx, entry);
        let id = cx.workflow.settings.push(setting);
        cx.names.settings.insert(&entry.name.value, id);
    }
    if !cx.names.settings.contains_key("timezone") {
        let id = cx.workflow.settings.push(Setting {
            name: "timezone".to_owned(),
            ty: Type::String,
            default: Some(Value::Text("UTC".into())),
            min: None,
            max: None,
            title: None,
            doc: Some("The time zone in which calendar days are counted".to_owned()),
            span: None,
        });
        cx.names.settings.insert("timezone", id);
    }
}

fn setting(cx: &mut Cx<'_>, entry: &Entry<document::Setting>) -> Setting {
    let written = &entry.value;
    let unsuitable = match written.ty.value {
        TypeName::Date | TypeName::Datetime => Some(("a date or a datetime", "dates")),
        TypeName::List => Some(("a list", "lists")),
        _ => None,
    };
    if let Some((one, several)) = unsuitable {
        let message = format!("a setting cannot be {one}");
        let found = Diagnostic::new(&UNSUITABLE_TYPE, written.ty.span, message);
        let help = format!("{several} belong to the order: declare a field under `context:`");
        cx.report.push(found.help(help));
    }
    let ty = read_single(
        cx,
        &TypeParts {
            name: &written.ty,
            of: None,
            values: &written.values,
            scale: written.scale.as_ref(),
        },
    );
    let name = &entry.name;
    let read = |cx: &mut Cx<'_>, literal: Option<&Literal>, what: &str| {
        let what = format!("{what} of setting `{}`", name.value);
        literal.and_then(|literal| read_value(cx, literal, &ty, &what))
    };
    let default = read(cx, written.default.as_ref(), "the default");
    let min = read(cx, written.min.as_ref(), "the smallest value");
    let max = read(cx, written.max.as_ref(), "the largest value");
    // A list has no default that could be read.
    if written.default.is_none() && written.ty.value != TypeName::List {
        let message = format!("setting `{}` has no default", name.value);
        let found = Diagnostic::new(&MISSING_SETTING_DEFAULT, name.span, message);
        cx.report
            .push(found.help("add `default:`, the value of a site that says nothing"));
    }
    timezone(cx, name, written.default.as_ref(), &ty);
    bounds(cx, name, written, [&default, &min, &max]);
    Setting {
        name: name.value.clone(),
        ty,
        default,
        min,
        max,
        title: text(written.title.as_ref()),
        doc: text(written.doc.as_ref()),
        span: Some(name.span),
    }
}

/// The setting `timezone` must be text that names a zone.
fn timezone(cx: &mut Cx<'_>, name: &Name, default: Option<&Literal>, ty: &Type) {
    if name.value != "timezone" {
        return;
    }
    if *ty != Type::String {
        let found = Diagnostic::new(
            &UNSUITABLE_TYPE,
            name.span,
            "setting `timezone` must be a string",
        );
        cx.report
            .push(found.help("it holds an IANA name such as `Europe/Oslo`"));
    } else if let Some(literal) = default
        && let Err(error) = literal.text.parse::<Zone>()
    {
        let found = Diagnostic::new(&super::rules::BAD_VALUE, literal.span, error.to_string());
        let meant = match error {
            TimeError::Zone { did_you_mean, .. } => did_you_mean,
            _ => None,
        };
        cx.report.push(match meant {
            Some(zone) => found.fix(literal.span, &zone, format!("replace with `{zone}`")),
            None => found,
        });
    }
}

fn bounds(cx: &mut Cx<'_>, name: &Name, written: &document::Setting, values: [&Option<Value>; 3]) {
    let [default, min, max] = values;
    let ordered = matches!(
        written.ty.value,
        TypeName::Integer | TypeName::Decimal | TypeName::Duration
    );
    for literal in [&written.min, &written.max].into_iter().flatten() {
        if !ordered {
            let message = "`min` and `max` belong to integers, decimals and durations only";
            cx.raise(&super::rules::BAD_TYPE, literal.span, message);
        }
    }
    let above = |a: &Option<Value>, b: &Option<Value>| match (a, b) {
        (Some(a), Some(b)) => a.compare(b).is_some_and(std::cmp::Ordering::is_gt),
        _ => false,
    };
    let span = |literal: Option<&Literal>| or_span(literal, name.span);
    let (low, high) = (span(written.min.as_ref()), span(written.max.as_ref()));
    let at = span(written.default.as_ref());
    let mut out_of_bounds = |message: String, at: Span, bound: Span, label: &str| {
        let found = Diagnostic::new(&DEFAULT_OUT_OF_BOUNDS, at, message);
        cx.report.push(found.also(bound, label));
    };
    if above(min, max) {
        let message = format!(
            "setting `{}` allows no value: `min` is above `max`",
            name.value
        );
        out_of_bounds(message, low, high, "the largest value");
    } else if above(min, default) {
        let message = format!("the default of setting `{}` is below its `min`", name.value);
        out_of_bounds(message, at, low, "the smallest value");
    } else if above(default, max) {
        let message = format!("the default of setting `{}` is above its `max`", name.value);
        out_of_bounds(message, at, high, "the largest value");
    }
}

fn fields(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.context {
        let written = &entry.value;
        let ty = read_type(
            cx,
            &TypeParts {
                name: &written.ty,
                of: written.of.as_ref(),
                values: &written.values,
                scale: written.scale.as_ref(),
            },
        );
        let what = format!("the default of field `{}`", entry.name.value);
        let default = written.default.as_ref();
        let default = default.and_then(|default| read_default(cx, default, &ty, &what));
        let id = cx.workflow.fields.push(Field {
            name: entry.name.value.clone(),
            ty,
            default,
            required: is_true(written.required.as_ref()),
            personal: is_true(written.personal.as_ref()),
            doc: text(written.doc.as_ref()),
            span: entry.name.span,
        });
        cx.names.fields.insert(&entry.name.value, id);
    }
}

fn is_true(written: Option<&Spanned<bool>>) -> bool {
    written.is_some_and(|written| written.value)
}

fn actors(cx: &mut Cx<'_>) {
    let system = cx.workflow.actors.push(Actor {
        name: crate::context::Actor::SYSTEM.to_owned(),
        title: None,
        span: None,
    });
    cx.names
        .actors
        .insert(crate::context::Actor::SYSTEM, system);
    let document = cx.document;
    for entry in &document.actors.0 {
        if cx.names.actors.contains_key(entry.name.value.as_str()) {
            reserved(cx, &entry.name, "the actor", "is built in");
            continue;
        }
        let id = cx.workflow.actors.push(Actor {
            name: entry.name.value.clone(),
            title: text(entry.value.title.as_ref()),
            span: Some(entry.name.span),
        });
        cx.names.actors.insert(&entry.name.value, id);
    }
}

fn reserved(cx: &mut Cx<'_>, name: &Name, what: &str, why: &str) {
    let message = format!("{what} `{}` {why}", name.value);
    let found = Diagnostic::new(&RESERVED_NAME, name.span, message);
    cx.report
        .push(found.help("remove it, or choose another name"));
}

fn flags(cx: &mut Cx<'_>) {
    for (name, title) in BUILT_IN_FLAGS {
        let id = cx.workflow.flags.push(Flag {
            name: name.to_owned(),
            ty: Type::Boolean,
            default: Value::Boolean(false),
            title: Some(title.to_owned()),
            span: None,
        });
        cx.names.flags.insert(name, id);
    }
    let document = cx.document;
    for entry in &document.flags {
        let name = &entry.name;
        if cx.names.flags.contains_key(name.value.as_str()) {
            reserved(cx, name, "the flag", "is built in");
            continue;
        }
        if name.value == "expires" {
            reserved(
                cx,
                name,
                "the flag",
                "is derived from the timer of that name",
            );
            continue;
        }
        let flag = flag(cx, entry);
        let id = cx.workflow.flags.push(flag);
        cx.names.flags.insert(&name.value, id);
    }
}

fn flag(cx: &mut Cx<'_>, entry: &Entry<document::Flag>) -> Flag {
    let (name, written) = (&entry.name, &entry.value);
    let suits = matches!(
        written.ty.value,
        TypeName::Boolean | TypeName::Enum | TypeName::Integer | TypeName::String
    );
    if !suits {
        let message = "a flag is a boolean, an enum, an integer or a string";
        cx.raise(&UNSUITABLE_TYPE, written.ty.span, message);
    }
    let parts = TypeParts {
        name: &written.ty,
        of: None,
        values: &written.values,
        scale: None,
    };
    let ty = read_single(cx, &parts);
    // A list has no default that could be read.
    if written.default.is_none() && written.ty.value != TypeName::List {
        let message = format!("flag `{}` has no default", name.value);
        let found = Diagnostic::new(&MISSING_FLAG_DEFAULT, name.span, message);
        cx.report
            .push(found.help("add `default:`, the value in states that say nothing"));
    }
    let what = format!("the default of flag `{}`", name.value);
    let default = written.default.as_ref();
    let default = default.and_then(|literal| read_value(cx, literal, &ty, &what));
    Flag {
        name: name.value.clone(),
        default: default.unwrap_or(Value::Boolean(false)),
        ty,
        title: text(written.title.as_ref()),
        span: Some(name.span),
    }
}

fn attributes(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.attributes {
        let written = &entry.value;
        if written.ty.value == TypeName::List {
            let message = "an attribute cannot be a list";
            let found = Diagnostic::new(&UNSUITABLE_TYPE, written.ty.span, message);
            cx.report
                .push(found.help("a state has one value of each attribute: declare several"));
        }
        let parts = TypeParts {
            name: &written.ty,
            of: None,
            values: &written.values,
            scale: None,
        };
        let ty = read_single(cx, &parts);
        let what = format!("the default of attribute `{}`", entry.name.value);
        let default = written.default.as_ref();
        let default = default.and_then(|literal| read_value(cx, literal, &ty, &what));
        let id = cx.workflow.attributes.push(Attribute {
            name: entry.name.value.clone(),
            ty,
            unique: written.unique.as_ref().is_some_and(|unique| unique.value),
            default,
            span: entry.name.span,
        });
        cx.names.attributes.insert(&entry.name.value, id);
    }
}

/// The effect that is built in.
pub(super) const OVERDUE: &str = "overdue";

fn effects(cx: &mut Cx<'_>) {
    let overdue = cx.workflow.effects.push(Effect {
        name: OVERDUE.to_owned(),
        title: None,
        span: None,
    });
    cx.names.effects.insert(OVERDUE, overdue);
    let document = cx.document;
    for entry in &document.effects.0 {
        if entry.name.value == OVERDUE {
            reserved(cx, &entry.name, "the effect", "is built in");
            continue;
        }
        let id = cx.workflow.effects.push(Effect {
            name: entry.name.value.clone(),
            title: text(entry.value.title.as_ref()),
            span: Some(entry.name.span),
        });
        cx.names.effects.insert(&entry.name.value, id);
    }
}

fn children(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.children {
        let written = &entry.value;
        let is_self = written
            .workflow
            .as_ref()
            .is_some_and(|name| name.value == "self");
        if let Some(name) = written.workflow.as_ref().filter(|_| !is_self) {
            let message = format!("children cannot run `{}`", name.value);
            let found = Diagnostic::new(&BAD_CHILDREN, name.span, message);
            let help =
                "write `workflow: self`, or list the `states` of children that another system runs";
            cx.report.push(found.help(help));
        }
        let wrong_workflow = written.workflow.is_some() && !is_self;
        if !wrong_workflow && is_self != written.states.is_empty() {
            let message = format!(
                "child set `{}` needs `workflow: self` or `states`, one of them",
                entry.name.value
            );
            cx.raise(&BAD_CHILDREN, written.span, message);
        }
        let id = cx.workflow.children.push(ChildSet {
            name: entry.name.value.clone(),
            is_self,
            states: written
                .states
                .iter()
                .map(|name| name.value.clone())
                .collect(),
            span: entry.name.span,
        });
        cx.names.children.insert(&entry.name.value, id);
    }
}

fn events(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.transitions {
        let written = &entry.value;
        let payload = written.payload.iter().map(|entry| payload_field(cx, entry));
        let payload: Vec<PayloadField> = payload.collect();
        let id = cx.workflow.events.push(Event {
            layout: Layout::new(payload.iter().map(|field| field.ty.clone())),
            name: entry.name.value.clone(),
            title: text(written.title.as_ref()),
            doc: text(written.doc.as_ref()),
            payload,
            repeat: written.repeat.as_ref().map(|r| r.value).unwrap_or_default(),
            exclusive: super::rows::marked(written.single.exclusive.as_deref())
                .filter(|_| !written.moves.is_empty()),
            span: entry.name.span,
        });
        cx.names.events.insert(&entry.name.value, id);
    }
}

fn payload_field(cx: &mut Cx<'_>, entry: &Entry<document::PayloadField>) -> PayloadField {
    let written = &entry.value;
    let parts = TypeParts {
        name: &written.ty,
        of: written.of.as_ref(),
        values: &written.values,
        scale: written.scale.as_ref(),
    };
    PayloadField {
        name: entry.name.value.clone(),
        ty: read_type(cx, &parts),
        optional: is_true(written.optional.as_ref()),
        personal: is_true(written.personal.as_ref()),
        span: entry.name.span,
    }
}

/// Works out what guards may name, once states are known.
pub(super) fn finish_scope(cx: &mut Cx<'_>) {
    let states: Vec<String> = cx
        .workflow
        .states
        .rows()
        .iter()
        .skip(1)
        .map(|s| s.path.clone())
        .collect();
    for id in cx.workflow.children.ids() {
        let set = cx.workflow.children.at_mut(id);
        if set.is_self {
            set.states.clone_from(&states);
        }
    }
    let document = cx.document;
    let fields = document.context.iter().enumerate();
    let optional = fields.filter(|(_, field)| {
        // A default that could not be read is a mistake of its own.
        field.value.default.is_none() && !is_true(field.value.required.as_ref())
    });
    let workflow = &mut cx.workflow;
    let slots = |names: &mut dyn Iterator<Item = (&String, &Type)>| {
        let named = names.map(|(name, ty)| (name.clone(), ty.clone()));
        Arc::new(named.collect::<Slots>())
    };
    let children = workflow.children.rows().iter().map(|set| ChildNames {
        name: set.name.clone(),
        states: set.states.clone(),
    });
    workflow.layout = Layout::new(workflow.fields.rows().iter().map(|f| f.ty.clone()));
    let settings = workflow.settings.rows().iter();
    workflow.settings_layout = Layout::new(settings.map(|s| s.ty.clone()));
    let guards = document.guards.iter().map(|entry| {
        let says = entry.value.condition.text.clone();
        (entry.name.value.clone(), says)
    });
    workflow.scope = Scope {
        order: slots(&mut workflow.fields.rows().iter().map(|f| (&f.name, &f.ty))),
        optional_order: optional.map(|(slot, _)| slot).collect(),
        settings: slots(&mut workflow.settings.rows().iter().map(|s| (&s.name, &s.ty))),
        event: None,
        optional_event: BTreeSet::new(),
        children: children.collect(),
        states: Arc::from(states),
        actors: workflow
            .actors
            .rows()
            .iter()
            .map(|actor| actor.name.clone())
            .collect(),
        guards: Arc::new(guards.collect()),
    };
}
