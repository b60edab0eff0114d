//! What stands under which key of a workflow: things with names, lists of names, rows, or a value.
//!
//! This is what decides how an override is read: things are added, changed and removed by name, names
//! of a list too, everything else is replaced as a whole.

use std::collections::BTreeMap;

use crate::parse::known_keys;

/// How a value can be overridden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A mapping with the keys of a kind of thing.
    Record(Kind),
    /// A mapping of names that are declared there; each is a thing of a kind.
    Things(Kind),
    /// A list of names that are declared there, or a mapping of them.
    Declared,
    /// A mapping of names that are declared elsewhere, or of audiences; each has one value.
    Values,
    /// One name or a list of them.
    Names,
    /// One guard or a list of them: names, expressions, or expressions with a refusal.
    Guards,
    /// A list whose order counts and whose items have no names.
    Rows,
    /// One value.
    Whole,
}

/// The kinds of mappings with known keys that hold more than single values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    State,
    Timer,
    Enter,
    Event,
    Typed,
    Slot,
    Mandatory,
    Defaults,
    Group,
    Plain,
}

impl Shape {
    /// What stands under a key of such a value; nothing has a shape below rows and single values.
    pub(super) fn under(self, key: &str) -> Self {
        match self {
            Self::Record(kind) => kind.shape(key),
            Self::Things(kind) => Self::Record(kind),
            Self::Declared => Self::Record(Kind::Plain),
            Self::Values | Self::Names | Self::Guards | Self::Rows | Self::Whole => Self::Whole,
        }
    }

    /// Whether it is a state or an event, and a key is one of its properties.
    pub(super) fn has_key(self, key: &str) -> bool {
        let types: &[&str] = match self {
            Self::Record(Kind::State) => &["State"],
            Self::Record(Kind::Event) => &["Event", "Move"],
            _ => &[],
        };
        let known = if types.is_empty() {
            BTreeMap::new()
        } else {
            known_keys()
        };
        let mut keys = types.iter().filter_map(|of| known.get(of)).flatten();
        keys.any(|known| *known == key)
    }

    /// Whether what stands under its keys can be overridden one by one.
    pub(super) fn has_parts(self) -> bool {
        !matches!(self, Self::Whole | Self::Rows)
    }
}

impl Kind {
    fn shape(self, key: &str) -> Shape {
        use Shape::{Declared, Guards, Names, Record, Rows, Things, Values, Whole};
        match (self, key) {
            (Self::File, "settings" | "context" | "flags" | "attributes")
            | (Self::Event, "payload") => Things(Self::Typed),
            (Self::File, "actors" | "effects") => Declared,
            (Self::File, "slot") => Record(Self::Slot),
            (Self::File, "mandatory") => Record(Self::Mandatory),
            (Self::File, "guards" | "children") => Things(Self::Plain),
            (Self::File, "groups") => Things(Self::Group),
            (Self::File, "defaults") => Record(Self::Defaults),
            (Self::File | Self::State, "states") | (Self::State, "regions") => Things(Self::State),
            (Self::File, "transitions") => Things(Self::Event),
            (Self::State, "timers") => Things(Self::Timer),
            (Self::State, "expires") => Record(Self::Timer),
            (Self::State, "enter" | "exit") => Record(Self::Enter),
            (Self::State, "deprecated") => Record(Self::Plain),
            (Self::Timer, "when") | (Self::Timer | Self::Event, "guard") => Guards,
            (Self::File, "initial" | "always" | "partitions")
            | (Self::Event, "moves" | "branches")
            | (Self::Enter, "branches")
            | (Self::Slot, "required") => Rows,
            (Self::State, "attributes" | "flags" | "title")
            | (Self::Timer | Self::Event | Self::Enter, "set")
            | (Self::Enter | Self::Event, "send") => Values,
            (Self::Timer | Self::Event | Self::Enter, "effects" | "cancel")
            | (Self::Enter | Self::Event | Self::Defaults | Self::Slot, "by")
            | (Self::Event, "from")
            | (Self::Typed, "values")
            | (Self::Mandatory, "undeletable" | "undeactivatable")
            | (Self::Group, "in") => Names,
            _ => Whole,
        }
    }
}

/// The keys of an event that belong to its single move, and to a row where there are several.
pub(super) const OF_MOVE: [&str; 14] = [
    "by",
    "from",
    "guard",
    "to",
    "internal",
    "branches",
    "exclusive",
    "set",
    "effects",
    "send",
    "raise",
    "cancel",
    "advice",
    "inferred",
];
