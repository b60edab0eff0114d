//! What belongs where in a scenario file.

use super::super::cursor::Cursor;
use super::{Place, brought};
use crate::symbols::Kind::{
    Actor, Attribute, Children, Effect, Event, Field, Flag, Group, Setting, State,
};

/// Flags that hold.
const HOLDS: Place<'static> = Place::Names(
    &[Flag],
    &["reserved", "counts_revenue", "contracted", "expires"],
);

/// What belongs at the cursor of a scenario file.
pub(in super::super) fn place_in_scenario(cursor: &Cursor) -> Place<'_> {
    let keys: Vec<&str> = cursor.keys.iter().map(String::as_str).collect();
    match cursor.is_key {
        true => key(cursor, &keys),
        false => value(cursor, &keys),
    }
}

fn key<'c>(cursor: &'c Cursor, keys: &[&'c str]) -> Place<'c> {
    match (cursor.key(), keys) {
        ("timers", ["states", state, ..]) => Place::TimerOf((*state).to_owned()),
        ("timers", _) => Place::Timer,
        ("payload", _) => brought(cursor),
        ("attributes", _) | ("required", ["slot", ..]) => Place::Names(&[Attribute], &[]),
        ("context" | "fields", _) => Place::Names(&[Field], &[]),
        ("flags", _) => HOLDS,
        ("settings", _) => Place::Names(&[Setting], &[]),
        ("available" | "unavailable", _) => Place::Names(&[Actor], &["system"]),
        ("children" | "sent", _) => Place::Names(&[Children], &[]),
        (_, ["states"]) => Place::Names(&[State], &[]),
        ("pending", _) | (_, ["transitions"]) => Place::Names(&[Event], &[]),
        _ => Place::Nothing,
    }
}

fn value<'c>(cursor: &'c Cursor, keys: &[&'c str]) -> Place<'c> {
    match keys {
        ["states", _, "flags", flag] => return Place::Flag(flag),
        // `after settings.NAME -> STATE`.
        ["states", _, "timers", _] if cursor.value.contains("-> ") => {
            return Place::Names(&[State, Event], &[]);
        }
        ["states", _, "timers", _] => return Place::Expression(None),
        ["transitions", event, .., "guard"] => return Place::Guard(Some(event)),
        ["slot", "by" | "rank"] => return Place::Names(&[Attribute], &[]),
        _ => {}
    }
    match cursor.around(1) {
        "available" | "unavailable" | "sent" => return Place::Names(&[Event], &[]),
        "context" | "fields" | "payload" | "settings" | "attributes" => return Place::Nothing,
        _ => {}
    }
    match cursor.key() {
        "guard" => Place::Guard(None),
        "timer" => Place::Timer,
        // `CHILDREN/NAME`.
        "create" | "order" if !cursor.value.contains('/') => Place::Names(&[Children], &[]),
        "event" => Place::Names(&[Event], &[]),
        "by" | "actor" | "role" => Place::Names(&[Actor], &["system"]),
        "enter" => Place::Names(&[Actor], &["any", "system"]),
        "state" | "target" | "from" | "initial" | "shared" => Place::Names(&[State], &[]),
        "to" => Place::Names(&[State], &["stay", "back"]),
        "flags" => HOLDS,
        "effects" => Place::Names(&[Effect], &[]),
        "groups" => Place::Names(&[Group], &[]),
        _ => Place::Nothing,
    }
}
