//! What is declared about orders apart from their states: settings, context, flags, attributes,
//! slots, groups, children.

use schemars::JsonSchema;

use super::{Entries, Literal, LiteralOrList, Name, OneOrMany};
use crate::source::{Span, Spanned};

/// The name of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum TypeName {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// An exact decimal; `scale` says how many digits stand behind the point (default 2).
    Decimal,
    /// Text.
    String,
    /// One of `values`.
    Enum,
    /// A calendar date, `2026-03-01`.
    Date,
    /// A point in time, `2026-03-01T09:00:00Z`.
    Datetime,
    /// A length of time: `20m`, `36h` (exact), `3d` (calendar days in the site's zone).
    Duration,
    /// At most 256 entries, of the type that `of` names; for the context and payloads only.
    List,
}

/// A value that one site may change.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Setting {
    /// Its type; boolean, integer, decimal, duration, enum or string.
    #[schemars(rename = "type")]
    pub ty: Spanned<TypeName>,
    /// The words of an enum.
    #[schemars(default)]
    pub values: Vec<Name>,
    /// Digits behind the point of a decimal, 0 to 18 (default 2).
    pub scale: Option<Spanned<u8>>,
    /// The value where a site says nothing. Mandatory: a setting without a default is an error.
    pub default: Option<Literal>,
    /// The smallest value a site may choose.
    pub min: Option<Literal>,
    /// The largest value a site may choose.
    pub max: Option<Literal>,
    /// What people call it.
    pub title: Option<Spanned<String>>,
    /// What it decides.
    pub doc: Option<Spanned<String>>,
}

/// A field of the order's context. With a default, or if it is required, it always has a value. Any
/// other is unset until something sets it; an empty list is a value, and not the same as an unset one.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Field {
    /// Its type.
    #[schemars(rename = "type")]
    pub ty: Spanned<TypeName>,
    /// The type of a list's entries: any but a list.
    pub of: Option<Spanned<TypeName>>,
    /// The words of an enum, or of a list's entries that are one.
    #[schemars(default)]
    pub values: Vec<Name>,
    /// Digits behind the point of a decimal, or of a list's entries that are one, 0 to 18 (default 2).
    pub scale: Option<Spanned<u8>>,
    /// The value of a new order that brings none, and of one whose value is taken away with `null`.
    pub default: Option<LiteralOrList>,
    /// Whether every order has a value: none is created without it, and `null` cannot take it away.
    /// A field with a default always has one, so that `required: true` cannot stand beside it.
    pub required: Option<Spanned<bool>>,
    /// Whether it tells of a person: nothing decides by it, it is kept apart from the journal, and it can be
    /// erased. So it may be missing: `required: true` cannot stand beside it.
    pub personal: Option<Spanned<bool>>,
    /// What it means.
    pub doc: Option<Spanned<String>>,
}

/// A flag: something that a status decides.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Flag {
    /// Its type; boolean, enum, integer or string.
    #[schemars(rename = "type")]
    pub ty: Spanned<TypeName>,
    /// The words of an enum.
    #[schemars(default)]
    pub values: Vec<Name>,
    /// The value in states that say nothing. Mandatory.
    pub default: Option<Literal>,
    /// What people call it.
    pub title: Option<Spanned<String>>,
    /// What it decides.
    pub doc: Option<Spanned<String>>,
}

/// A typed column of the state list.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Attribute {
    /// Its type.
    #[schemars(rename = "type")]
    pub ty: Spanned<TypeName>,
    /// The words of an enum.
    #[schemars(default)]
    pub values: Vec<Name>,
    /// Whether no two top-level states may have the same value.
    pub unique: Option<Spanned<bool>>,
    /// The value of states that say nothing; without it, they have none.
    pub default: Option<Literal>,
    /// What it means.
    pub doc: Option<Spanned<String>>,
}

/// Attributes that together make a slot. In each slot the top-level state of the lowest rank is the
/// systemic one, the others are extras; two states of one slot may not have the same rank.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Slot {
    /// The attributes whose combination makes a slot.
    pub by: OneOrMany<Name>,
    /// The integer attribute that orders the states of one slot, lowest first.
    pub rank: Option<Name>,
    /// The combinations that must each have an active state, on every site.
    #[schemars(default)]
    pub required: Vec<Spanned<Entries<Literal>>>,
}

/// The default states that every site keeps.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Mandatory {
    /// States that must exist: no site may delete them.
    #[schemars(default)]
    pub undeletable: Vec<Name>,
    /// States that must exist and be active: no site may deactivate them.
    #[schemars(default)]
    pub undeactivatable: Vec<Name>,
}

/// A named set of top-level states.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Group {
    /// What people call the view; a group without a title is for `from:` only.
    pub title: Option<Spanned<String>>,
    /// Its members.
    #[schemars(rename = "in")]
    pub members: Members,
    /// Whether orders in it refuse every change of their context.
    pub immutable: Option<Spanned<bool>>,
    /// Whether lists leave these orders out until asked for them.
    pub hidden: Option<Spanned<bool>>,
    /// What it is for.
    pub doc: Option<Spanned<String>>,
}

/// Who is in a group.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Members {
    /// These states and groups.
    Names(OneOrMany<Name>),
    /// Every top-level state but these states and groups.
    Not(
        /// `not:`.
        Complement,
    ),
    /// The states with these attribute values; a site's own states join by themselves.
    Having(Entries<OneOrMany<Literal>>),
}

/// The key `not:` of a group's members.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Complement {
    /// The states and groups that are left out.
    pub not: OneOrMany<Name>,
}

/// A set of child orders or line items.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct ChildSet {
    /// `self` where children run this very workflow; otherwise left out.
    pub workflow: Option<Name>,
    /// The states of children that another system runs.
    #[schemars(default)]
    pub states: Vec<Name>,
    /// What they are.
    pub doc: Option<Spanned<String>>,
    /// The key and everything under it.
    #[schemars(skip)]
    pub span: Span,
}

/// A name that is only declared.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Declaration {
    /// What people call it.
    pub title: Option<Spanned<String>>,
    /// What it means.
    pub doc: Option<Spanned<String>>,
}
