//! The migration file as written: how orders of one version come to stand in another.
//!
//! In: nothing; these are the types that reading fills. Out: [`PlanFile`], from which the JSON Schema is
//! derived, so a doc comment here is also the hint an editor shows.

use schemars::JsonSchema;

use super::shape::{ByPath, Places};
use crate::document::{Entries, Listed, Literal, LiteralOrList, Name};
use crate::source::{Span, Spanned};

/// A migration: where orders of one version of a workflow come to stand in another, what becomes of
/// their timers, of events that wait for their time, of their children and of their values, and which obligations
/// they keep or let go. States, timers, events, sets of children and fields that both versions have alike need not be
/// named.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct PlanFile {
    /// The version of this format: `1`.
    pub flagstate_migration: Spanned<u32>,
    /// The version that orders come from.
    pub from: End,
    /// The version that they come to.
    pub to: End,
    /// What the migration is for.
    pub doc: Option<Spanned<String>>,
    /// By the path of an old state, where its orders come to stand. A state with others within stands
    /// for each of them that is not named itself.
    #[schemars(default)]
    pub states: ByPath<Mapping>,
    /// By `STATE.TIMER` of the old version, or of the new one where the timer is new, what becomes of it.
    #[schemars(default)]
    pub timers: ByPath<TimerRule>,
    /// By the name of an old event, what becomes of one that was raised for later and still waits.
    #[schemars(default)]
    pub events: Entries<EventRule>,
    /// By the name of an old set of children, which set of the new version they are, and what their states are called.
    #[schemars(default)]
    pub children: Entries<ChildRule>,
    /// By the name of a new field, where its value comes from.
    #[schemars(default)]
    pub context: Entries<FieldRule>,
    /// Old fields whose values are let go.
    #[schemars(default)]
    pub drop: Listed<Name>,
    /// The whole text.
    #[schemars(skip)]
    pub span: Span,
}

/// One of the two versions: its file, or a mapping.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct End {
    /// The file, as a path from this one; it may be named on the command line instead.
    pub file: Option<Spanned<String>>,
    /// The id of the workflow, which is then compared with the file's.
    pub workflow: Option<Name>,
    /// The version of the workflow, which is then compared with the file's.
    pub version: Option<Spanned<u32>>,
    /// All of it.
    pub span: Span,
}

/// Where orders come to stand: a state, a list of states in several regions, or a mapping.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping {
    /// The state, or one for each region.
    pub to: Places,
    /// Flags that the orders are known to keep: where one would lose such a flag, it is refused.
    pub keep: Listed<Name>,
    /// Flags that the orders let go: stock is freed, revenue is no longer counted, the contract ends.
    pub release: Listed<Name>,
    /// What is asked of the outside when a flag is let go: effects of the new version; `[]` for nothing.
    pub effects: Option<Listed<Name>>,
    /// Where a way `to: back` takes those that bring no state to go back to: a state of the new version, or one for
    /// each region.
    pub back: Option<Places>,
    /// Of a state with others within: what a way to the history of the state that stands for it enters, for orders whose
    /// past has no place there. States within that one; `[]` for what is entered where there is no past.
    pub past: Option<Listed<Name>>,
    /// Why.
    pub doc: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

/// What becomes of a timer: a word, or the word with the new timer that goes on for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimerRule {
    /// What becomes of it.
    pub action: TimerAction,
    /// The new timer, `STATE.TIMER`; the one of the same name in the mapped state where nothing is said.
    pub target: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// What becomes of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimerAction {
    /// It is due when it was due; one that is new, or did not run, runs as if it had since its state was entered.
    #[default]
    Keep,
    /// It begins anew at the time of the migration.
    Restart,
    /// It does not run before its state is entered again.
    Drop,
}

/// What becomes of an event that was raised for later: a word, or the new event that comes in its place.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum EventRule {
    /// It comes as the event of the same name, at the same instant, with the same values.
    #[default]
    Keep,
    /// It comes as this event of the new version.
    As(Name),
    /// It does not come.
    Drop,
}

/// Which set of the new version a set of children is: a name, `drop` where the new version does not count them, or a
/// mapping.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChildRule {
    /// The set of the new version; that of the same name where nothing is said.
    pub to: Option<Name>,
    /// By the name of a state of children that run another workflow, what it is called in the new version.
    pub states: ByPath<Name>,
    /// Whether the new version does not count them.
    pub drop: bool,
    /// Why.
    pub doc: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

/// Where the value of a new field comes from.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct FieldRule {
    /// The old field; that of the same name where nothing is said.
    pub from: Option<Name>,
    /// Old values, as text, with the new ones that take their places: `{ online: web }`. Others stay. Of a list they
    /// are its entries; where one value comes to a list, it becomes a list of one, and where it comes to a text, its text.
    #[schemars(default)]
    pub values: Values,
    /// The value of orders that bring none.
    pub default: Option<LiteralOrList>,
    /// Why.
    pub doc: Option<Spanned<String>>,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}

/// Old values with new ones in their places.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(pub Entries<Literal>);
