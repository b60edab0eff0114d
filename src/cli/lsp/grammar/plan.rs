//! What belongs where in a migration file, and of which version it is.

use super::super::cursor::Cursor;
use super::{FLAGS, Place};
use crate::symbols::Kind;

/// Which version's name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum End {
    Old,
    New,
}

/// What belongs at the cursor of a migration file, and of which versions.
pub(in super::super) fn place_in_plan(cursor: &Cursor) -> (&'static [End], Place<'_>) {
    const OLD: &[End] = &[End::Old];
    const NEW: &[End] = &[End::New];
    use Kind::{Children, Effect, Event, Field, Flag, State};
    let keys: Vec<&str> = cursor.keys.iter().map(String::as_str).collect();
    let (end, kind) = match (keys.as_slice(), cursor.is_key) {
        (["states"], true) => (OLD, State),
        (["states", _] | ["states", _, "to" | "back" | "past"], false) => (NEW, State),
        (["states", _, "keep" | "release"], false) => {
            return (OLD, Place::Names(&[Flag], &FLAGS));
        }
        (["states", _, "effects"], false) => (NEW, Effect),
        (["timers"], true) => return (&[End::Old, End::New], Place::Timer),
        (["timers", _], false) => {
            return (NEW, Place::Names(&[], &["keep", "restart", "drop"]));
        }
        (["timers", _, "keep" | "restart"], false) => return (NEW, Place::Timer),
        (["events"], true) => (OLD, Event),
        (["events", _], false) => return (NEW, Place::Names(&[], &["keep", "drop"])),
        (["events", _, "keep"], false) => (NEW, Event),
        (["children"], true) => (OLD, Children),
        (["children", _], false) => return (NEW, Place::Names(&[Children], &["drop"])),
        (["children", _, "to"], false) => (NEW, Children),
        (["context"], true) => (NEW, Field),
        (["context", _, "from"] | ["drop"], false) => (OLD, Field),
        (["context", field, "default"] | ["context", field, "values", _], false) => {
            return (NEW, Place::Default(Field, field));
        }
        (["context", field, "values"], true) => return (OLD, Place::Default(Field, field)),
        _ => return (NEW, Place::Nothing),
    };
    (end, Place::Kind(kind))
}
