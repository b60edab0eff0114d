//! Events that are raised for later: whether each can come in the new version as it is.

use std::collections::BTreeMap;

use super::pair::{Fit, fit};
use crate::context::Type;
use crate::graph::{ActorId, Event, EventId, Trigger, Workflow};
use crate::source::Span;

/// Every event that a version raises for later, and where it first does.
pub(crate) fn waiting(workflow: &Workflow) -> BTreeMap<EventId, Span> {
    let mut found = BTreeMap::new();
    for raise in workflow.raises().filter(|raise| raise.after.is_some()) {
        found.entry(raise.event).or_insert(raise.span);
    }
    found
}

/// Why an old event cannot come as a new one, whatever it brings; `None` where it always can.
pub(crate) fn misfit(
    (old, event): (&Workflow, EventId),
    (new, target): (&Workflow, Option<EventId>),
) -> Option<String> {
    let Some(target) = target else {
        return Some("the new version has no such event".to_owned());
    };
    if by_system(old, event) && !by_system(new, target) {
        return Some("`system` may not cause it in the new version".to_owned());
    }
    brings(old.events.at(event), new.events.at(target))
}

/// Whether the order itself may cause an event somewhere.
fn by_system(workflow: &Workflow, event: EventId) -> bool {
    let mut rows = workflow.rows.rows().iter();
    rows.any(|row| row.trigger == Trigger::Event(event) && row.by.contains(ActorId::SYSTEM))
}

/// Why what an event brings is not what another takes.
fn brings(old: &Event, new: &Event) -> Option<String> {
    new.payload.iter().find_map(|field| {
        let name = &field.name;
        let known = old.payload.iter().find(|known| known.name == *name);
        match known {
            None if field.optional => None,
            None => Some(format!("it brings no `{name}`, which is required")),
            Some(known) if known.optional && !field.optional => {
                Some(format!("it may come without `{name}`, which is required"))
            }
            Some(known) if !takes(&known.ty, &field.ty) => Some(format!(
                "it brings {} as `{name}`, which is {}",
                worded(&known.ty),
                worded(&field.ty)
            )),
            Some(_) => None,
        }
    })
}

/// What an event brings that another does not take.
pub(crate) fn surplus(old: &Event, new: &Event) -> Option<String> {
    let mut lost = old.payload.iter();
    let lost = lost.find(|field| !new.payload.iter().any(|known| known.name == field.name))?;
    Some(format!("it brings `{}`, which goes with `keep`", lost.name))
}

/// Whether every value of a type is one of another.
fn takes(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Enum(old), Type::Enum(new)) => old.iter().all(|word| new.contains(word)),
        (Type::List(old), Type::List(new)) => takes(old, new),
        _ => fit(old, new) != Fit::Other,
    }
}

/// A type, down to what may tell it from another of its kind.
fn worded(ty: &Type) -> String {
    match ty {
        Type::Enum(words) => format!("one of {}", words.join(", ")),
        ty => ty.noun(),
    }
}
