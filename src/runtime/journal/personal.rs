//! What tells of a person, apart from the journal.
//!
//! In: a step and the fields of its workflow that are `personal`. Out: the step with a mark in place of each
//! such value, and the values, which are stored beside it and not in its hash, so that they can be erased.
//! Nothing decides by them (`personal-value-read`): an order is made again without them just so.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::form::{CauseForm, Record};
use crate::context::{Type, Value};
use crate::graph::{Field, Workflow};
use crate::runtime::row::JournalRow;

/// What stands in a step for a value that is kept apart: as JSON, `{"personal":true}`.
const MARK: &str = "personal";

/// What stands in a step for a value that is kept apart.
pub(super) fn mark() -> Json {
    json!({ MARK: true })
}

/// Whether a value in a step only marks that a personal one was there.
pub fn is_mark(value: &Json) -> bool {
    *value == mark()
}

/// The personal values that something may bring, with their types.
type Names<'w> = BTreeMap<&'w str, &'w Type>;

/// The personal fields of an order.
fn fields(workflow: &Workflow) -> Names<'_> {
    let fields = workflow.fields.rows().iter().filter(|field| field.personal);
    fields
        .map(|field| (field.name.as_str(), &field.ty))
        .collect()
}

/// The personal values of an event.
fn payload<'w>(workflow: &'w Workflow, event: &str) -> Names<'w> {
    let event = workflow.event_named(event);
    let payload = event.map(|event| &workflow.events.at(event).payload);
    let personal = payload.into_iter().flatten().filter(|field| field.personal);
    personal
        .map(|field| (field.name.as_str(), &field.ty))
        .collect()
}

/// Does something with each value that a cause brings and that may be personal.
fn each(cause: &mut CauseForm, workflow: &Workflow, mut with: impl FnMut(&str, &Type, &mut Json)) {
    let mut within = |names: Names<'_>, values: &mut dyn Iterator<Item = (&String, &mut Json)>| {
        for (name, value) in values {
            if let Some(ty) = names.get(name.as_str()) {
                with(name, ty, value);
            }
        }
    };
    match cause {
        CauseForm::Created { context, .. } => within(fields(workflow), &mut context.iter_mut()),
        CauseForm::Context { changes } => within(fields(workflow), &mut changes.iter_mut()),
        CauseForm::Imported { order } => within(fields(workflow), &mut order.context.iter_mut()),
        CauseForm::Event {
            name,
            payload: brought,
            ..
        } => {
            within(payload(workflow, name), &mut brought.iter_mut());
        }
        _ => {}
    }
}

/// The step without what is personal, and that as JSON, where there is any.
pub(in crate::runtime) fn set_apart<'r>(
    record: &'r Record,
    workflow: &Workflow,
) -> (Cow<'r, Record>, Option<String>) {
    let fields = fields(workflow);
    let events = workflow.events.rows().iter();
    let mut payloads = events.flat_map(|event| &event.payload);
    if fields.is_empty() && !payloads.any(|field| field.personal) {
        return (Cow::Borrowed(record), None);
    }
    let mut record = record.clone();
    let mut apart = Map::new();
    each(&mut record.cause, workflow, |name, _, value| {
        if !value.is_null() {
            apart.insert(name.to_owned(), std::mem::replace(value, mark()));
        }
    });
    for changed in &mut record.context {
        if fields.contains_key(changed.name.as_str()) {
            let sides = [&mut changed.from, &mut changed.to].into_iter().flatten();
            sides.for_each(|side| *side = mark());
        }
    }
    let apart = (!apart.is_empty()).then(|| Json::Object(apart).to_string());
    (Cow::Owned(record), apart)
}

/// The step with what is personal; where that was erased, with something of the same type.
pub(super) fn put_back(
    record: &Record,
    workflow: &Workflow,
    personal: Option<&str>,
) -> Result<Record, String> {
    let mut record = record.clone();
    let mut apart: Map<String, Json> = match personal {
        Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
        None => Map::new(),
    };
    each(&mut record.cause, workflow, |name, ty, value| {
        if is_mark(value) {
            *value = apart.remove(name).unwrap_or_else(|| any(ty));
        }
    });
    Ok(record)
}

/// Whether two steps are the same, but for which personal fields they changed: what was erased does not
/// tell.
pub(super) fn same(one: &Record, other: &Record) -> bool {
    let plain = |record: &Record| {
        let mut record = record.clone();
        let marked = |side: &Option<Json>| side.as_ref().is_some_and(is_mark);
        let changes = &mut record.context;
        changes.retain(|changed| !marked(&changed.from) && !marked(&changed.to));
        record
    };
    one == other || plain(one) == plain(other)
}

/// Whether something was taken out of a row that is not there any more.
pub(in crate::runtime) fn is_erased(row: &JournalRow) -> bool {
    row.personal.is_none() && row.body.contains(&mark().to_string())
}

/// Whether the text of a step tells what is personal by now, and was not when it was made.
pub(in crate::runtime) fn tells(record: &Record, workflow: &Workflow) -> bool {
    let mut found = false;
    each(&mut record.cause.clone(), workflow, |_, _, value| {
        found |= !value.is_null() && !is_mark(value);
    });
    let fields = workflow.fields.rows().iter().filter(|field| field.personal);
    let changed = |field: &Field| {
        let default = field.default.as_ref().map(Value::to_json);
        let changes = record
            .context
            .iter()
            .filter(|change| change.name == field.name);
        let mut sides = changes
            .flat_map(|change| [&change.from, &change.to])
            .flatten();
        sides.any(|side| !is_mark(side) && Some(side) != default.as_ref())
    };
    found || fields.into_iter().any(changed)
}

/// Some value of a type.
fn any(ty: &Type) -> Json {
    match ty {
        Type::Boolean => json!(false),
        Type::Integer | Type::Decimal { .. } => json!(0),
        Type::String => json!(""),
        Type::Enum(words) => words.iter().next().map_or(Json::Null, |word| json!(word)),
        Type::Date => json!("1970-01-01"),
        Type::Datetime => json!("1970-01-01T00:00:00Z"),
        Type::Duration => json!("0s"),
        Type::List(_) => json!([]),
    }
}
