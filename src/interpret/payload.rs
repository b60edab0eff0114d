//! Plain values typed against what is declared: payloads and the context.
//!
//! In: JSON by name. Out: typed values by slot, or one sentence for each value that does not fit.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::context::{Cells, Value, ValueError};
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
        values.push(plain.and_then(|plain| {
            let value = field.ty.read_field(plain, field.personal);
            told(&field.name, value, &mut problems)
        }));
    }
    let names = || event.payload.iter().map(|field| field.name.as_str());
    unknown(
        "the event has no",
        given.keys().map(String::as_str),
        names,
        &mut problems,
    );
    settled(Cells::with(&event.layout, values), problems)
}

/// The context of a new order: what is given, and the defaults of the rest. `null` counts as not given.
pub(super) fn context(
    workflow: &Workflow,
    given: &BTreeMap<String, Json>,
) -> Result<Cells, Vec<String>> {
    let fields = workflow.fields.rows();
    let is_missing = |name: &str| given.get(name).is_none_or(Json::is_null);
    let required = fields.iter().filter(|field| field.required);
    let missing = required.filter(|field| is_missing(&field.name));
    let problems = missing.map(|field| format!("`{}` is missing", field.name));
    let defaults = fields.iter().map(|field| field.default.clone());
    let cells = Cells::with(&workflow.layout, defaults);
    apply(workflow, cells, given, problems.collect())
}

/// A context with changes: `null` puts a field back to its default, and unsets one that has none. What
/// is required cannot be unset.
pub(super) fn changed(
    workflow: &Workflow,
    cells: Cells,
    changes: &BTreeMap<String, Json>,
) -> Result<Cells, Vec<String>> {
    let is_unset = |name: &str| changes.get(name).is_some_and(Json::is_null);
    let required = workflow.fields.rows().iter().filter(|field| field.required);
    let unset = required.filter(|field| is_unset(&field.name));
    let problems = unset.map(|field| format!("`{}` is required and cannot be unset", field.name));
    apply(workflow, cells, changes, problems.collect())
}

fn apply(
    workflow: &Workflow,
    mut cells: Cells,
    changes: &BTreeMap<String, Json>,
    mut problems: Vec<String>,
) -> Result<Cells, Vec<String>> {
    let fields = workflow.fields.rows();
    for (slot, field) in fields.iter().enumerate() {
        match changes.get(&field.name) {
            None => {}
            Some(Json::Null) => cells.set(slot, field.default.clone()),
            Some(plain) => {
                let value = field.ty.read_field(plain, field.personal);
                cells.set(slot, told(&field.name, value, &mut problems));
            }
        }
    }
    let names = || fields.iter().map(|field| field.name.as_str());
    unknown(
        "there is no field",
        changes.keys().map(String::as_str),
        names,
        &mut problems,
    );
    settled(cells, problems)
}

fn told(name: &str, value: Result<Value, ValueError>, problems: &mut Vec<String>) -> Option<Value> {
    value
        .map_err(|error| problems.push(format!("`{name}`: {error}")))
        .ok()
}

/// Adds a sentence for each given name that is not among the declared ones.
pub(super) fn unknown<'a, 'n, N: Iterator<Item = &'n str>>(
    missing: &str,
    given: impl IntoIterator<Item = &'a str>,
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
