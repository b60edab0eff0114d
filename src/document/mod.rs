//! The workflow file as written: every name and value with its place, nothing resolved yet.
//!
//! In: nothing; these are the types that `parse` fills. Out: [`Document`], which `compile` resolves
//! and from which the JSON Schema is derived, so a doc comment here is also the hint an editor shows.
//! Invariant: whatever a person wrote keeps its [`Span`]. This module does not check references.

mod expression;
mod literal;
mod order;
mod rare;
mod shape;
mod state;
mod tenant;
mod transition;

pub use expression::Expression;
pub use literal::{Literal, LiteralOrList};
pub use order::{
    Attribute, ChildSet, Complement, Declaration, Field, Flag, Group, Mandatory, Members, Setting,
    Slot, TypeName,
};
pub use rare::{Idle, Rare};
pub use shape::{Declared, Entries, Entry, Listed, Name, OneOrMany, Or};
pub use state::{
    Deprecated, Enter, Exit, Expires, GuardedDeed, Inferred, Never, Otherwise, Restore, State,
    Timer, Title,
};
pub use tenant::{Part, Paths, Tenant};
pub use transition::{
    Assigned, Automatic, Branch, Choose, Deed, Defaults, Event, Guard, HistoryDepth, HistoryTarget,
    Initial, InitialBranch, Move, NamedGuard, PayloadField, Raise, RaisedEvent, Repeat, Start,
    StartWay, Target,
};

use schemars::JsonSchema;

use crate::source::{Span, Spanned};

/// A workflow file: the statuses of one vendor's orders, what each of them decides, and how an order
/// moves between them.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Document {
    /// The format version: `1`.
    pub flagstate: Spanned<u32>,
    /// The workflow's id, for example `sharefox`.
    pub workflow: Name,
    /// The author's version of this workflow, counted up with each published change.
    pub version: Option<Spanned<u32>>,
    /// What people call it.
    pub title: Option<Spanned<String>>,
    /// What it is for and where its facts come from.
    pub doc: Option<Spanned<String>>,
    /// What one site may change. Each setting has a type and a default. `timezone` is built in (a
    /// string, default `UTC`) and may be declared to change its default.
    #[schemars(default)]
    pub settings: Entries<Setting>,
    /// The fields an order carries, read as `order.NAME` in guards.
    #[schemars(default)]
    pub context: Entries<Field>,
    /// Who causes events. The actor `system` is built in: timers, `always` and children act as it.
    #[schemars(default)]
    pub actors: Declared,
    /// Flags beyond the built-in ones (`reserved`, `counts_revenue`, `contracted`: boolean, default
    /// false; `expires` is derived from the timer of that name).
    #[schemars(default)]
    pub flags: Entries<Flag>,
    /// Typed columns of the state list.
    #[schemars(default)]
    pub attributes: Entries<Attribute>,
    /// Which attributes together make a slot that one state fills.
    pub slot: Option<Slot>,
    /// The default states that every site keeps.
    pub mandatory: Option<Mandatory>,
    /// Named guards, used by name in `guard:`.
    #[schemars(default)]
    pub guards: Entries<NamedGuard>,
    /// What a step may ask the outside to do. An effect is a name; the host performs it.
    #[schemars(default)]
    pub effects: Declared,
    /// Named sets of states: views for people, and what `from:` accepts.
    #[schemars(default)]
    pub groups: Entries<Group>,
    /// Lists of groups that together hold every top-level state exactly once.
    #[schemars(default)]
    pub partitions: Vec<Spanned<Vec<Name>>>,
    /// Sets of child orders or line items, seen by guards as counts per state.
    #[schemars(default)]
    pub children: Entries<ChildSet>,
    /// Values for properties that transitions leave out.
    pub defaults: Option<Defaults>,
    /// Where a new order starts: a state (or several that are active together), or branches in order
    /// of which the last has no guard.
    pub initial: Initial,
    /// The states, in the order people list them.
    pub states: Entries<State>,
    /// Automatic transitions, in order: taken as soon as the guard holds.
    #[schemars(default)]
    pub always: Vec<Automatic>,
    /// Transitions by the event that causes them.
    #[schemars(default)]
    pub transitions: Entries<Event>,
    /// What those who extend this file may not change: names under the keys of this file,
    /// `{ states: [booked], transitions: { cancel: [guard] } }`.
    pub sealed: Option<Paths>,
    /// The whole text.
    #[schemars(skip)]
    pub span: Span,
}
