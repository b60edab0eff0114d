//! What belongs where in a workflow file, as far as it is a name or an expression.
//!
//! In: the keys around a place, from the top of the file. Out: the [`Place`]: keys and values of which kind are
//! written there. A name may be spelt like a key of the format, so that every key is read by what is around it.

mod plan;
mod scenario;

pub(super) use plan::{End, place_in_plan};
pub(super) use scenario::place_in_scenario;

use super::cursor::Cursor;
use crate::symbols::Kind;

/// What is written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'c> {
    /// A name of one of these kinds, or one of these words.
    Names(&'static [Kind], &'static [&'static str]),
    /// A name of this kind.
    Kind(Kind),
    /// A state where orders can leave, or a group.
    Source,
    /// A state within the state of this path; a top-level one where it is empty.
    Within(String),
    /// A state with others within.
    Compound,
    /// A top-level state, or a group.
    Member,
    /// A timer of the state of this path.
    TimerOf(String),
    /// A value that this event brings.
    PayloadOf(&'c str),
    /// An expression; in the event of this name.
    Expression(Option<&'c str>),
    /// The same, or the name of a guard.
    Guard(Option<&'c str>),
    /// What a field of the order is set to; in the event of this name.
    Set(&'c str, Option<&'c str>),
    /// The default of this field or setting.
    Default(Kind, &'c str),
    /// A timer, `STATE.TIMER`, what `expires:` says among them.
    Timer,
    /// A duration, which a setting may hold.
    Duration,
    /// The value of this flag, which a setting may hold.
    Flag(&'c str),
    /// A date of the order, or one of these words.
    Date(&'static [&'static str]),
    Nothing,
}

/// What stands under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node<'c> {
    /// The file, or the part of it that a tenant adds or changes.
    File,
    /// The keys are names; each is of what is named.
    Each(Each),
    State(String),
    Timer,
    Row,
    Event,
    Guarded,
    Group,
    /// What makes up a group: members, or attributes with their values.
    Made,
    Raise,
    Target,
    Start(String),
    Deed,
    Slot,
    Set,
    With,
    /// A field or a setting.
    Variable(Kind, &'c str),
    Send,
    Flags,
    Attributes,
    /// Names of parts of the file, in this section.
    Paths,
    PathsOf(Kind),
    /// The same of what has this name.
    PathsIn(Kind, &'c str),
    /// A value, of which only the place matters.
    Value(Place<'c>),
}

/// What names stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Each {
    State(String),
    Timer,
    Event,
    Guard,
    Group,
    Variable(Kind),
    Other,
}

/// What belongs at the cursor.
pub(super) fn place(cursor: &Cursor) -> Place<'_> {
    let mut node = Node::File;
    let mut event = None;
    // What a tenant changes of its base has its name there.
    let changes = cursor.keys.first().is_some_and(|key| key == "change");
    for key in &cursor.keys {
        if matches!(node, Node::Each(Each::Event)) {
            event = Some(key.as_str());
        }
        node = under(node, key, event);
    }
    match cursor.is_key {
        true => match node {
            Node::With => brought(cursor),
            Node::Each(Each::State(around)) if changes => Place::Within(around),
            Node::Each(Each::Event) if changes => Place::Kind(Kind::Event),
            node => keys_of(&node),
        },
        false => value_of(node, event),
    }
}

/// What stands under a key of a node.
fn under<'c>(node: Node<'c>, key: &'c str, event: Option<&'c str>) -> Node<'c> {
    match node {
        Node::File => under_file(key),
        Node::Each(each) => under_name(each, key),
        Node::State(path) => under_state(path, key),
        Node::Timer => under_timer(key),
        Node::Row | Node::Event => under_row(key),
        Node::Deed => under_deed(key),
        Node::Start(path) if key == "to" => Node::Start(path),
        Node::Start(_) => match under_target(key) {
            NOTHING => under_deed(key),
            target => target,
        },
        Node::Target => under_target(key),
        Node::Guarded if key == "if" => Node::Value(Place::Expression(event)),
        Node::Group if key == "in" => Node::Made,
        Node::Made if key == "not" => Node::Value(Place::Member),
        Node::Raise => match key {
            "event" => EVENTS,
            "with" => Node::With,
            "after" => Node::Value(Place::Duration),
            _ => NOTHING,
        },
        Node::Slot => match key {
            "by" | "rank" => Node::Value(Place::Names(&[Kind::Attribute], &[])),
            "required" => Node::Attributes,
            _ => NOTHING,
        },
        Node::Set => Node::Value(Place::Set(key, event)),
        Node::With => Node::Value(Place::Expression(event)),
        Node::Variable(kind, name) if key == "default" => Node::Value(Place::Default(kind, name)),
        Node::Send => EVENTS,
        Node::Flags => Node::Value(Place::Flag(key)),
        Node::Paths => Kind::of_section(key).map_or(NOTHING, Node::PathsOf),
        Node::PathsOf(kind) => Node::PathsIn(kind, key),
        Node::PathsIn(kind, name) => match (kind, key) {
            (Kind::State, "states" | "regions") => Node::Value(Place::Within(name.to_owned())),
            (Kind::State, "timers") => Node::Value(Place::TimerOf(name.to_owned())),
            (Kind::Event, "payload") => Node::Value(Place::PayloadOf(name)),
            _ => Kind::of_section(key).map_or(NOTHING, Node::PathsOf),
        },
        Node::Guarded
        | Node::Group
        | Node::Made
        | Node::Attributes
        | Node::Variable(..)
        | Node::Value(_) => NOTHING,
    }
}

const NOTHING: Node<'static> = Node::Value(Place::Nothing);
const EVENTS: Node<'static> = Node::Value(Place::Names(&[Kind::Event], &[]));
const STATES: Node<'static> = Node::Value(Place::Names(&[Kind::State], &[]));
const ACTORS: Node<'static> = Node::Value(Place::Names(&[Kind::Actor], &["any", "system"]));

fn under_file(key: &str) -> Node<'_> {
    match key {
        "add" | "change" => Node::File,
        "remove" | "sealed" => Node::Paths,
        "states" => Node::Each(Each::State(String::new())),
        "transitions" => Node::Each(Each::Event),
        "guards" => Node::Each(Each::Guard),
        "groups" => Node::Each(Each::Group),
        "context" => Node::Each(Each::Variable(Kind::Field)),
        "settings" => Node::Each(Each::Variable(Kind::Setting)),
        "always" | "initial" | "defaults" => Node::Row,
        "slot" => Node::Slot,
        "mandatory" => Node::Each(Each::Other),
        "partitions" => Node::Value(Place::Names(&[Kind::Group], &[])),
        _ => NOTHING,
    }
}

/// What stands under the name of something.
fn under_name(each: Each, name: &str) -> Node<'_> {
    match (each, name) {
        (Each::State(around), name) => Node::State(match around.as_str() {
            "" => name.to_owned(),
            around => format!("{around}.{name}"),
        }),
        (Each::Timer, _) => Node::Timer,
        (Each::Event, _) => Node::Event,
        (Each::Guard, _) => Node::Guarded,
        (Each::Group, _) => Node::Group,
        (Each::Variable(kind), name) => Node::Variable(kind, name),
        (Each::Other, "undeletable" | "undeactivatable" | "successor") => STATES,
        (Each::Other, _) => NOTHING,
    }
}

fn under_state(path: String, key: &str) -> Node<'_> {
    match key {
        "states" | "regions" => Node::Each(Each::State(path)),
        "initial" => Node::Start(path),
        "timers" => Node::Each(Each::Timer),
        "expires" => Node::Timer,
        "enter" | "exit" => Node::Deed,
        "flags" => Node::Flags,
        "attributes" => Node::Attributes,
        "like" => STATES,
        "deprecated" => Node::Each(Each::Other),
        "done" => EVENTS,
        "at_most" => Node::Value(Place::Duration),
        _ => NOTHING,
    }
}

fn under_timer(key: &str) -> Node<'_> {
    match key {
        "after" => Node::Value(Place::Duration),
        "at" => Node::Value(Place::Date(&[])),
        "anchor" => Node::Value(Place::Date(&["entry", "day"])),
        "when" => Node::Guarded,
        "event" => EVENTS,
        "to" => Node::Target,
        key => under_deed(key),
    }
}

fn under_row(key: &str) -> Node<'_> {
    match key {
        "from" => Node::Value(Place::Source),
        "to" => Node::Target,
        "moves" => Node::Row,
        key => under_deed(key),
    }
}

/// What is done, by whom and where what holds.
fn under_deed(key: &str) -> Node<'_> {
    match key {
        "by" => ACTORS,
        "guard" => Node::Guarded,
        "branches" => Node::Row,
        "set" => Node::Set,
        "effects" => Node::Value(Place::Names(&[Kind::Effect], &[])),
        "send" => Node::Send,
        "raise" => Node::Raise,
        "cancel" => EVENTS,
        _ => NOTHING,
    }
}

fn under_target(key: &str) -> Node<'_> {
    match key {
        "choose" => Node::Value(Place::Names(&[Kind::State, Kind::Group], &["any"])),
        "history" => Node::Value(Place::Compound),
        "default" => Node::Start(String::new()),
        _ => NOTHING,
    }
}

/// The flags that every workflow has.
pub(super) const FLAGS: [&str; 3] = ["reserved", "counts_revenue", "contracted"];

/// The keys that are names in a node.
fn keys_of(node: &Node<'_>) -> Place<'static> {
    match node {
        Node::Flags => Place::Names(&[Kind::Flag], &FLAGS),
        Node::Attributes | Node::Made => Place::Names(&[Kind::Attribute], &[]),
        Node::Set => Place::Names(&[Kind::Field], &[]),
        Node::Send => Place::Names(&[Kind::Children], &[]),
        Node::PathsOf(kind) => Place::Kind(*kind),
        _ => Place::Nothing,
    }
}

/// The value of a node where it is no mapping.
fn value_of<'c>(node: Node<'c>, event: Option<&'c str>) -> Place<'c> {
    match node {
        Node::Value(place) => place,
        Node::Target => Place::Names(&[Kind::State], &["back"]),
        Node::Start(path) if !path.is_empty() => Place::Within(path),
        // `initial: open`, which is a row where it has branches.
        Node::Start(_) | Node::Row => Place::Names(&[Kind::State], &[]),
        Node::Guarded => Place::Guard(event),
        Node::Group | Node::Made => Place::Member,
        Node::Raise => Place::Names(&[Kind::Event], &[]),
        Node::PathsOf(kind) => Place::Kind(kind),
        Node::Timer => Place::Names(&[], &["never"]),
        // What a tenant gives a setting of its base.
        Node::Variable(kind, name) => Place::Default(kind, name),
        _ => Place::Nothing,
    }
}

/// A value that the event brings which was named last.
fn brought(cursor: &Cursor) -> Place<'_> {
    let event = cursor.raised.as_deref();
    event.map_or(Place::Nothing, Place::PayloadOf)
}
