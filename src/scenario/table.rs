//! The tables of a scenario file as written: what the vendor's page says of settings, states and rows.

use schemars::JsonSchema;

use crate::document::Listed;
use crate::document::{Entries, Literal, Name};
use crate::source::{Span, Spanned};

/// A setting as the vendor's page describes it.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct SettingRow {
    /// The value where a site says nothing.
    pub default: Option<Literal>,
    /// The smallest value a site may choose; `none`.
    pub min: Option<Literal>,
    /// The largest value a site may choose; `none`.
    pub max: Option<Literal>,
}

/// A state as the vendor's page describes it.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct StateRow {
    /// What people call it: for everyone, or by audience or locale with `default` among them.
    pub title: Option<TitleRow>,
    /// Every attribute that has a value.
    pub attributes: Option<Entries<Literal>>,
    /// Every flag whose value differs from the flag's default: a value, or `settings.NAME`.
    pub flags: Option<Entries<Literal>>,
    /// Every timer, by name (`expires`, `at_most`, or its own): `after 20m`, `after settings.NAME`,
    /// `at order.NAME`, with ` -> STATE` or ` -> EVENT` where it leads; `expires: never` for the waiver.
    pub timers: Option<Entries<Spanned<String>>>,
    /// Every marker; `[]` for none.
    pub is: Option<Listed<Spanned<Marker>>>,
    /// What the vendor's page does not state: `true` for all of it, `false` for nothing, or
    /// properties.
    pub inferred: Option<InferredRow>,
    /// Every group it is in; `[]` for none.
    pub groups: Option<Listed<Name>>,
    /// Who alone may enter; `any` where the state does not say.
    pub enter: Option<Listed<Name>>,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}

/// Something that holds of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Marker {
    /// Orders end here.
    Final,
    /// Lists leave it out.
    Hidden,
    /// Orders in it refuse changes.
    Immutable,
    /// Orders stay for moments only.
    Transient,
    /// It is switched off.
    Inactive,
    /// It is kept for orders of earlier versions only.
    Deprecated,
    /// No site may delete it.
    Undeletable,
    /// No site may deactivate it.
    Undeactivatable,
}

/// What people call a state.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum TitleRow {
    /// The same for everyone.
    Text(Spanned<String>),
    /// By audience or locale.
    By(Entries<Spanned<String>>),
}

/// What the vendor's page does not state.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum InferredRow {
    /// The whole of it, or nothing.
    Whole(Spanned<bool>),
    /// These properties.
    Properties(Vec<Name>),
}

/// Which attributes make a slot.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct SlotTable {
    /// The attributes whose combination makes a slot, in order.
    pub by: Option<Listed<Name>>,
    /// The attribute that orders the states of one slot.
    pub rank: Option<Name>,
    /// Every combination that must have an active state.
    pub required: Option<Vec<Entries<Literal>>>,
    /// For each slot that has several states, the states from the systemic one down.
    pub shared: Option<Vec<Listed<Name>>>,
}

/// A row of the workflow: from where to where, and who may.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct TransitionRow {
    /// Every state it leads out of, in order. A group that the workflow names is written out.
    #[schemars(default)]
    pub from: Listed<Name>,
    /// To where: every target in order, whether by branches or by the caller's choice; `stay`, `back`,
    /// or `history of STATE`.
    #[schemars(default)]
    pub to: Listed<Spanned<String>>,
    /// Everyone who may, in any order.
    pub by: Option<Listed<Name>>,
    /// Everything that must hold: the names of named guards, the text of others.
    pub guard: Option<Listed<Spanned<String>>>,
    /// Every effect, those of branches included.
    pub effects: Option<Listed<Name>>,
    /// Whether the vendor's page does not state it.
    pub inferred: Option<Spanned<bool>>,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}
