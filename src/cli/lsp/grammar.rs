//! What belongs where in a workflow file, as far as it is a name or an expression.
//!
//! In: the keys around a place, from the top of the file. Out: the [`Place`]: keys and values of which kind are
//! written there. A name may be spelt like a key of the format, so that every key is read by what is around it.

use super::cursor::Cursor;
use crate::symbols::Kind;

/// What is written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'c> {
    /// A name of one of these kinds, or one of these words.
    Names(&'static [Kind], &'static [&'static str]),
    /// A state where orders can leave, or a group.
    Source,
    /// A state within the state of this path; a top-level one where it is empty.
    Within(String),
    /// A state with others within.
    Compound,
    /// A top-level state, or a group.
    Member,
    /// An expression; in the event of this name.
    Expression(Option<&'c str>),
    /// The same, or the name of a guard.
    Guard(Option<&'c str>),
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
    Raise,
    Target,
    Start(String),
    Deed,
    Slot,
    Set,
    Send,
    Flags,
    Attributes,
    /// Names of parts of the file, in this section.
    Paths,
    PathsOf(Kind),
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
            Node::Each(Each::State(around)) if changes => Place::Within(around),
            Node::Each(Each::Event) if changes => names_of(Kind::Event),
            node => keys_of(&node),
        },
        false => value_of(node, event),
    }
}

/// What stands under a key of a node.
fn under<'c>(node: Node<'c>, key: &'c str, event: Option<&'c str>) -> Node<'c> {
    use Kind::{Actor, Attribute, Effect, Event, State};
    let names = |kinds, words| Node::Value(Place::Names(kinds, words));
    let nothing = Node::Value(Place::Nothing);
    match (node, key) {
        (Node::File, "add" | "change") => Node::File,
        (Node::File, "remove" | "sealed") => Node::Paths,
        (Node::File, "states") => Node::Each(Each::State(String::new())),
        (Node::File, "transitions") => Node::Each(Each::Event),
        (Node::File, "guards") => Node::Each(Each::Guard),
        (Node::File, "groups") => Node::Each(Each::Group),
        (Node::File, "always") => Node::Row,
        (Node::File, "initial") => Node::Row,
        (Node::File, "slot") => Node::Slot,
        (Node::File, "defaults") => Node::Row,
        (Node::File, "mandatory") => Node::Each(Each::Other),
        (Node::File, "partitions") => names(&[Kind::Group], &[]),
        (Node::File, _) => nothing,

        (Node::Each(Each::State(around)), name) => Node::State(match around.as_str() {
            "" => name.to_owned(),
            around => format!("{around}.{name}"),
        }),
        (Node::Each(Each::Timer), _) => Node::Timer,
        (Node::Each(Each::Event), _) => Node::Event,
        (Node::Each(Each::Guard), _) => Node::Guarded,
        (Node::Each(Each::Group), _) => Node::Group,
        (Node::Each(Each::Other), "undeletable" | "undeactivatable" | "successor") => {
            names(&[State], &[])
        }

        (Node::State(path), "states" | "regions") => Node::Each(Each::State(path)),
        (Node::State(path), "initial") => Node::Start(path),
        (Node::State(_), "timers") => Node::Each(Each::Timer),
        (Node::State(_), "expires") => Node::Timer,
        (Node::State(_), "enter" | "exit") => Node::Deed,
        (Node::State(_), "flags") => Node::Flags,
        (Node::State(_), "attributes") => Node::Attributes,
        (Node::State(_), "like") => names(&[State], &[]),
        (Node::State(_), "deprecated") => Node::Each(Each::Other),
        (Node::State(_), "done") => names(&[Event], &[]),
        (Node::State(_), "at_most") => Node::Value(Place::Duration),
        (Node::State(_), _) => nothing,

        (Node::Timer, "after") => Node::Value(Place::Duration),
        (Node::Timer, "at") => Node::Value(Place::Date(&[])),
        (Node::Timer, "anchor") => Node::Value(Place::Date(&["entry", "day"])),
        (Node::Timer, "when" | "guard") => Node::Guarded,
        (Node::Timer, "event") => names(&[Event], &[]),

        (Node::Event, "payload") => nothing,
        (Node::Event, "moves") => Node::Row,
        (Node::Row | Node::Event, "by") => names(&[Actor], &["any", "system"]),
        (Node::Row | Node::Event, "from") => Node::Value(Place::Source),
        (Node::Row | Node::Event | Node::Deed, "branches") => Node::Row,
        (Node::Row | Node::Event | Node::Deed, "guard") => Node::Guarded,
        (Node::Row | Node::Event | Node::Deed, "send") => Node::Send,
        (Node::Row | Node::Event | Node::Deed | Node::Start(_), "raise") => Node::Raise,
        (Node::Row | Node::Event | Node::Deed | Node::Start(_), "cancel") => names(&[Event], &[]),
        (Node::Deed, "by") => names(&[Actor], &["any", "system"]),
        (Node::Row | Node::Event | Node::Timer | Node::Deed | Node::Start(_), "set") => Node::Set,
        (Node::Row | Node::Event | Node::Timer | Node::Deed | Node::Start(_), "effects") => {
            names(&[Effect], &[])
        }
        (Node::Row | Node::Event | Node::Timer, "to") => Node::Target,
        (Node::Start(path), "to") => Node::Start(path),
        (Node::Target | Node::Start(_), "choose") => names(&[State, Kind::Group], &["any"]),
        (Node::Target | Node::Start(_), "history") => Node::Value(Place::Compound),
        (Node::Target, "default") => Node::Start(String::new()),

        (Node::Guarded, "if") => Node::Value(Place::Expression(event)),
        (Node::Group, "in") => Node::Group,
        (Node::Group, "not") => Node::Value(Place::Member),
        (Node::Raise, "event") => names(&[Event], &[]),
        (Node::Raise, "with") => Node::Set,
        (Node::Raise, "after") => Node::Value(Place::Duration),
        (Node::Slot, "by" | "rank") => names(&[Attribute], &[]),
        (Node::Slot, "required") => Node::Attributes,
        (Node::Set, _) => Node::Value(Place::Expression(event)),
        (Node::Send, _) => names(&[Event], &[]),
        (Node::Flags, flag) => Node::Value(Place::Flag(flag)),

        (Node::Paths, section) => section_of(section).map_or(nothing, Node::PathsOf),
        _ => nothing,
    }
}

/// The kind of the names under a key of a file.
fn section_of(section: &str) -> Option<Kind> {
    Some(match section {
        "states" => Kind::State,
        "transitions" => Kind::Event,
        "settings" => Kind::Setting,
        "context" => Kind::Field,
        "actors" => Kind::Actor,
        "flags" => Kind::Flag,
        "attributes" => Kind::Attribute,
        "guards" => Kind::Guard,
        "effects" => Kind::Effect,
        "groups" => Kind::Group,
        "children" => Kind::Children,
        _ => return None,
    })
}

/// The flags that every workflow has.
pub(super) const FLAGS: [&str; 3] = ["reserved", "counts_revenue", "contracted"];

/// The keys that are names in a node.
fn keys_of(node: &Node<'_>) -> Place<'static> {
    match node {
        Node::Flags => Place::Names(&[Kind::Flag], &FLAGS),
        Node::Attributes => Place::Names(&[Kind::Attribute], &[]),
        Node::Set => Place::Names(&[Kind::Field], &[]),
        Node::Send => Place::Names(&[Kind::Children], &[]),
        Node::PathsOf(kind) => names_of(*kind),
        _ => Place::Nothing,
    }
}

fn names_of(kind: Kind) -> Place<'static> {
    let kinds: &'static [Kind] = match kind {
        Kind::State => &[Kind::State],
        Kind::Event => &[Kind::Event],
        Kind::Setting => &[Kind::Setting],
        Kind::Field => &[Kind::Field],
        Kind::Actor => &[Kind::Actor],
        Kind::Flag => &[Kind::Flag],
        Kind::Attribute => &[Kind::Attribute],
        Kind::Guard => &[Kind::Guard],
        Kind::Effect => &[Kind::Effect],
        Kind::Group => &[Kind::Group],
        Kind::Children => &[Kind::Children],
        Kind::Payload | Kind::Timer => &[],
    };
    Place::Names(kinds, &[])
}

/// The value of a node where it is no mapping.
fn value_of<'c>(node: Node<'c>, event: Option<&'c str>) -> Place<'c> {
    match node {
        Node::Value(place) => place,
        Node::Target => Place::Names(&[Kind::State], &["back"]),
        Node::Start(path) if path.is_empty() => Place::Names(&[Kind::State], &[]),
        Node::Start(path) => Place::Within(path),
        Node::Guarded => Place::Guard(event),
        Node::Group => Place::Member,
        Node::Raise => Place::Names(&[Kind::Event], &[]),
        // `initial: open`, which is a row where it has branches.
        Node::Row => Place::Names(&[Kind::State], &[]),
        Node::PathsOf(kind) => names_of(kind),
        Node::Timer => Place::Names(&[], &["never"]),
        _ => Place::Nothing,
    }
}

/// What belongs at the cursor of a scenario file.
pub(super) fn place_in_scenario(cursor: &Cursor) -> Place<'_> {
    use Kind::{Actor, Attribute, Children, Effect, Event, Field, Flag, Group, Setting, State};
    let flags = || {
        Place::Names(
            &[Flag],
            &["reserved", "counts_revenue", "contracted", "expires"],
        )
    };
    if cursor.is_key {
        return match cursor.key() {
            "context" | "fields" => Place::Names(&[Field], &[]),
            "flags" => flags(),
            "settings" => Place::Names(&[Setting], &[]),
            "attributes" => Place::Names(&[Attribute], &[]),
            "available" | "unavailable" => Place::Names(&[Actor], &["system"]),
            "children" | "sent" => Place::Names(&[Children], &[]),
            "states" if cursor.keys.len() == 1 => Place::Names(&[State], &[]),
            "transitions" if cursor.keys.len() == 1 => Place::Names(&[Event], &[]),
            _ => Place::Nothing,
        };
    }
    if matches!(cursor.around(1), "available" | "unavailable") {
        return Place::Names(&[Event], &[]);
    }
    if matches!(
        cursor.around(1),
        "context" | "fields" | "payload" | "settings" | "attributes"
    ) {
        return Place::Nothing;
    }
    match cursor.key() {
        "event" => Place::Names(&[Event], &[]),
        "by" | "actor" | "role" => Place::Names(&[Actor], &["system"]),
        "enter" => Place::Names(&[Actor], &["any", "system"]),
        "state" | "target" | "from" | "initial" | "shared" => Place::Names(&[State], &[]),
        "to" => Place::Names(&[State], &["stay", "back"]),
        "flags" => flags(),
        "effects" => Place::Names(&[Effect], &[]),
        "groups" => Place::Names(&[Group], &[]),
        _ => Place::Nothing,
    }
}
