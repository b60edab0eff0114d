//! Events and what they bring; which rows they have is compared elsewhere.

use super::change::{Change, Class, Kind};
use super::pair::{Fit, Pair, fit, matched, words};
use super::settings::personal;
use crate::graph::{Event, PayloadField};

/// Compares the events.
pub(super) fn compare(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old.events.rows(), pair.new.events.rows());
    let found = matched(
        &old.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(),
        &new.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(),
    );
    let fresh: Vec<&Event> = found.new.iter().filter_map(|&at| new.get(at)).collect();
    for event in found.gone.iter().filter_map(|&at| old.get(at)) {
        let message = format!(
            "the event `{}` is gone: whoever sends it is refused",
            event.name
        );
        let what = (Kind::EventRemoved, Class::Behaviour);
        let change = Change::new(what, &event.name, message).at(event.span, None);
        let known = fresh.iter().map(|other| other.name.as_str());
        pair.push(match crate::diagnostic::closest(&event.name, known) {
            Some(like) => change.hint(format!("`{like}` is new: is it the same?")),
            None => change,
        });
    }
    for event in &fresh {
        let message = format!("the event `{}` is new", event.name);
        let what = (Kind::EventAdded, Class::Safe);
        pair.push(Change::new(what, &event.name, message).at(None, event.span));
    }
    for (before, after) in found.both {
        if let (Some(before), Some(after)) = (old.get(before), new.get(after)) {
            event(pair, before, after);
        }
    }
}

fn event(pair: &mut Pair<'_>, old: &Event, new: &Event) {
    let name = &new.name;
    if old.title != new.title {
        let title = |event: &Event| event.title.clone().unwrap_or_default();
        let message = format!(
            "the event `{name}` is called \"{}\", and was \"{}\"",
            title(new),
            title(old)
        );
        let change = Change::new((Kind::WordingChanged, Class::Safe), name, message);
        pair.push(change.at(old.span, new.span));
    }
    if old.repeat != new.repeat {
        let message = match new.repeat {
            crate::document::Repeat::Accept => {
                format!("`{name}` is accepted where the order already is where it leads")
            }
            crate::document::Repeat::Refuse => {
                format!("`{name}` is refused where the order already is where it leads")
            }
        };
        let change = Change::new((Kind::RepeatChanged, Class::Behaviour), name, message);
        pair.push(change.at(old.span, new.span));
    }
    payload(pair, old, new);
}

fn payload(pair: &mut Pair<'_>, old: &Event, new: &Event) {
    let found = matched(
        &old.payload
            .iter()
            .map(|f| f.name.as_str())
            .collect::<Vec<_>>(),
        &new.payload
            .iter()
            .map(|f| f.name.as_str())
            .collect::<Vec<_>>(),
    );
    let event = &new.name;
    for field in found.gone.iter().filter_map(|&at| old.payload.get(at)) {
        let message = format!("`{event}` no longer takes `{}`", field.name);
        let what = (Kind::PayloadRemoved, Class::Behaviour);
        pair.push(Change::new(what, event, message).at(field.span, None));
    }
    for field in found.new.iter().filter_map(|&at| new.payload.get(at)) {
        let (kind, class, verb) = match field.optional {
            true => (Kind::PayloadAdded, Class::Safe, "may bring"),
            false => (Kind::PayloadRequired, Class::Behaviour, "has to bring"),
        };
        let message = format!("`{event}` {verb} `{}`", field.name);
        pair.push(Change::new((kind, class), event, message).at(None, field.span));
    }
    for (before, after) in found.both {
        if let (Some(before), Some(after)) = (old.payload.get(before), new.payload.get(after)) {
            value(pair, event, before, after);
        }
    }
}

fn value(pair: &mut Pair<'_>, event: &str, old: &PayloadField, new: &PayloadField) {
    let name = &new.name;
    let mut push = |kind, class, message: String| {
        pair.push(Change::new((kind, class), event, message).at(old.span, new.span));
    };
    match (old.optional, new.optional) {
        (true, false) => {
            let message = format!("`{event}` has to bring `{name}`, which it could lack");
            push(Kind::PayloadRequired, Class::Behaviour, message);
        }
        (false, true) => {
            let message = format!("`{event}` may lack `{name}`, which it had to bring");
            push(Kind::PayloadOptional, Class::Safe, message);
        }
        _ => {}
    }
    let called = format!("`{name}` of `{event}`");
    if let Some((class, message)) = personal(&called, old.personal, new.personal) {
        push(Kind::PersonalChanged, class, message);
    }
    match fit(&old.ty, &new.ty) {
        Fit::Same => {
            let what = format!("`{name}` of `{event}`");
            let places = (Some(old.span), Some(new.span));
            words(
                pair,
                (event, &what),
                (&old.ty, &new.ty),
                places,
                Class::Behaviour,
            );
        }
        Fit::Wider | Fit::Other => {
            let message = format!(
                "`{name}` of `{event}` is {}, and was {}",
                new.ty.noun(),
                old.ty.noun()
            );
            push(Kind::PayloadRetyped, Class::Behaviour, message);
        }
    }
}
