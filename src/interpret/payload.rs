//! Plain values typed against what is declared: payloads and the context.
//!
//! In: JSON by name. Out: typed values by slot, or one sentence for each value that does not fit.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::context::{Cells, Type, Value};
use crate::diagnostic::closest;
use crate::graph::{Event, Workflow};

/// The payload of an event by slot. `null` counts as left out.
pub(super) fn payload(event: &Event, given: &BTreeMap<String, Json>) -> Result<Cells, Vec<String>> {
    let mut problems = Vec::new();
    let mut values = Vec::with_capacity(event.payload.len());
    for field in &event.payload {
        let plain = given.get(&field.name).filter(|plain| !plain.is_null());
        if plain.is_none() && !field.optional {
            problems.push(format!("`{}` is missing", field.name));
        }
        values.push(plain.and_then(|plain| read(&field.name, &field.ty, plain, &mut problems)));
    }
    let names = || event.payload.iter().map(|field| field.name.as_str());
    unknown("the event has no", given.keys(), names, &mut problems);
    settled(Cells::with(&event.layout, values), problems)
}

/// The context of a new order: what is given, and the defaults of the rest.
pub(super) fn context(
    workflow: &Workflow,
    given: &BTreeMap<String, Json>,
) -> Result<Cells, Vec<String>> {
    let defaults = workflow.fields.rows().iter();
    let defaults = defaults.map(|field| field.default.clone());
    changed(workflow, Cells::with(&workflow.layout, defaults), given)
}

/// A context with changes; `null` unsets a field.
pub(super) fn changed(
    workflow: &Workflow,
    mut cells: Cells,
    changes: &BTreeMap<String, Json>,
) -> Result<Cells, Vec<String>> {
    let fields = workflow.fields.rows();
    let mut problems = Vec::new();
    for (slot, field) in fields.iter().enumerate() {
        match changes.get(&field.name) {
            None => {}
            Some(Json::Null) => cells.set(slot, None),
            Some(plain) => cells.set(slot, read(&field.name, &field.ty, plain, &mut problems)),
        }
    }
    let names = || fields.iter().map(|field| field.name.as_str());
    unknown("there is no field", changes.keys(), names, &mut problems);
    settled(cells, problems)
}

fn read(name: &str, ty: &Type, plain: &Json, problems: &mut Vec<String>) -> Option<Value> {
    let value = ty.read(plain);
    value
        .map_err(|error| problems.push(format!("`{name}`: {error}")))
        .ok()
}

/// Adds a sentence for each given name that is not among the declared ones.
pub(super) fn unknown<'a, 'n, N: Iterator<Item = &'n str>>(
    missing: &str,
    given: impl IntoIterator<Item = &'a String>,
    declared: impl Fn() -> N,
    problems: &mut Vec<String>,
) {
    for name in given {
        if !declared().any(|known| known == name) {
            let hint = closest(name, declared()).map(|known| format!(": did you mean `{known}`?"));
            problems.push(format!("{missing} `{name}`{}", hint.unwrap_or_default()));
        }
    }
}

fn settled<T>(values: T, problems: Vec<String>) -> Result<T, Vec<String>> {
    match problems.is_empty() {
        true => Ok(values),
        false => Err(problems),
    }
}
