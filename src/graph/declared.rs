//! What a workflow declares apart from states and transitions.

use std::collections::BTreeSet;

use super::{AttributeId, FlagId, GroupId, StateId};
use std::sync::Arc;

use crate::context::{Layout, Type, Value};
use crate::document::Repeat;
use crate::source::Span;

/// A value that one site may change.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The value where a site says nothing; `None` only in a workflow with errors.
    pub default: Option<Value>,
    /// The smallest value a site may choose.
    pub min: Option<Value>,
    /// The largest value a site may choose.
    pub max: Option<Value>,
    /// What people call it.
    pub title: Option<String>,
    /// What it decides.
    pub doc: Option<String>,
    /// Its name in the file; `None` for the built-in `timezone` where the file does not declare it.
    pub span: Option<Span>,
}

/// A field of the context.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The value of an order that brings none.
    pub default: Option<Value>,
    /// Whether every order brings a value; never beside a default.
    pub required: bool,
    /// Whether it tells of a person: it is kept apart from the journal, and can be erased.
    pub personal: bool,
    /// What it means.
    pub doc: Option<String>,
    /// Its name in the file.
    pub span: Span,
}

/// Who causes events.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// Its name in the file; `None` for the built-in `system`.
    pub span: Option<Span>,
}

/// Something that a status decides.
#[derive(Debug, Clone)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The value in states that say nothing.
    pub default: Value,
    /// What people call it.
    pub title: Option<String>,
    /// Its name in the file; `None` for built-in flags.
    pub span: Option<Span>,
}

impl FlagId {
    /// Whether the flag is built in.
    pub fn is_built_in(self) -> bool {
        self <= Self::CONTRACTED
    }
}

/// A column of the state list.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether no two top-level states may have the same value.
    pub unique: bool,
    /// The value of states that say nothing.
    pub default: Option<Value>,
    /// Its name in the file.
    pub span: Span,
}

/// Attributes that together make a slot.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The attributes whose combination makes a slot.
    pub by: Vec<AttributeId>,
    /// The attribute that orders the states of one slot.
    pub rank: Option<AttributeId>,
    /// The combinations, in the order of `by`, that must each have an active state.
    pub required: Vec<(Vec<Value>, Span)>,
    /// The key in the file.
    pub span: Span,
}

/// The defaults that every site keeps: the name as written, its place, and the state where it exists.
#[derive(Debug, Clone, Default)]
pub struct Mandatory {
    /// States that no site may delete.
    pub undeletable: Vec<(String, Span, Option<StateId>)>,
    /// States that no site may deactivate.
    pub undeactivatable: Vec<(String, Span, Option<StateId>)>,
}

/// What a step may ask the outside to do.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// Its name in the file; `None` for the built-in `overdue`.
    pub span: Option<Span>,
}

/// A named set of top-level states.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What people call the view; `None` for a group that only `from:` uses.
    pub title: Option<String>,
    /// Its members.
    pub states: BTreeSet<StateId>,
    /// Whether its states are immutable; the states' own marker holds this already.
    pub immutable: bool,
    /// Whether its states are hidden; the states' own marker holds this already.
    pub hidden: bool,
    /// Its name in the file.
    pub span: Span,
}

/// Groups that together hold every top-level state once.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The groups.
    pub groups: Vec<GroupId>,
    /// The list in the file.
    pub span: Span,
}

/// A set of children.
#[derive(Debug, Clone)]
pub struct ChildSet {
    /// Its name.
    pub name: String,
    /// Whether the children run this very workflow.
    pub is_self: bool,
    /// The names of the children's states (dotted paths where they run this workflow).
    pub states: Vec<String>,
    /// Its name in the file.
    pub span: Span,
}

impl ChildSet {
    /// Whether its children have a state of this name.
    pub fn has_state(&self, name: &str) -> bool {
        self.states.iter().any(|known| known == name)
    }
}

/// An event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// What people call the action.
    pub title: Option<String>,
    /// What it means.
    pub doc: Option<String>,
    /// The values it brings; the index is the slot.
    pub payload: Vec<PayloadField>,
    /// How its values are packed.
    pub layout: Arc<Layout>,
    /// What happens when the order already is where the event leads.
    pub repeat: Repeat,
    /// Where the author says that at most one of its rows applies.
    pub exclusive: Option<Span>,
    /// Its name in the file.
    pub span: Span,
}

/// A value that an event brings.
#[derive(Debug, Clone)]
pub struct PayloadField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether the event may come without it.
    pub optional: bool,
    /// Whether it tells of a person: it is kept apart from the journal.
    pub personal: bool,
    /// Its name in the file.
    pub span: Span,
}
