//! The values of an order, moved to the fields of the new version.

use serde_json::Value as Json;

use super::apply::Refused;
use super::plan::{FieldMove, Plan};
use crate::context::{Cells, Type, Value};
use crate::graph::Id;

/// The new context.
///
/// # Errors
/// One refusal for each value that does not fit, or is missing.
pub(super) fn moved(plan: &Plan<'_>, before: &Cells) -> Result<Cells, Vec<Refused>> {
    let mut refused = Vec::new();
    let mut after = Cells::new(&plan.new.layout);
    for moved in &plan.fields {
        let field = plan.new.fields.at(moved.to);
        let mut refuse = |problem: String| {
            refused.push(Refused::Value {
                field: field.name.clone(),
                problem,
            });
        };
        let old = moved.from.and_then(|from| before.get(from.index()));
        let from = moved.from.map(|from| plan.old.fields.at(from));
        let personal = field.personal || from.is_some_and(|from| from.personal);
        let value = match old.map(|old| value(moved, &old, &field.ty, personal)) {
            Some(Ok(value)) => Some(value),
            Some(Err(problem)) => {
                refuse(problem);
                None
            }
            None => moved.default.clone().or_else(|| field.default.clone()),
        };
        if value.is_none() && field.required && old_is_missing(moved, before) {
            refuse("it is missing, and every order carries it".to_owned());
        }
        after.set(moved.to.index(), value);
    }
    match refused.is_empty() {
        true => Ok(after),
        false => Err(refused),
    }
}

fn old_is_missing(moved: &FieldMove, before: &Cells) -> bool {
    moved
        .from
        .is_none_or(|from| before.get(from.index()).is_none())
}

/// A value in the new type: what the plan maps it to, else itself. What is wrong with a personal one does not
/// tell it.
fn value(moved: &FieldMove, old: &Value, ty: &Type, personal: bool) -> Result<Value, String> {
    if let (Value::List(entries), Type::List(of)) = (old, ty) {
        let entries = entries
            .iter()
            .map(|entry| value(moved, entry, of, personal));
        return entries.collect::<Result<_, _>>().map(Value::List);
    }
    if let Type::List(of) = ty {
        // One value becomes a list of one.
        return value(moved, old, of, personal).map(|entry| Value::List([entry].into()));
    }
    let text = old.to_string();
    let mapped = moved.values.iter().find(|(known, _)| *known == text);
    match mapped {
        // What it is mapped to was read as a value of the type, or of an entry.
        Some((_, Some(value))) if !matches!(old, Value::List(_)) => Ok(value.clone()),
        _ => {
            // What is no text comes as its text.
            let json = match ty {
                Type::String => Json::String(text),
                _ => old.to_json(),
            };
            let read = ty.read_field(&json, personal);
            read.map_err(|error| error.to_string())
        }
    }
}
