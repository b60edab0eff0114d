//! What an expression reads: known from its syntax tree, before it ever runs.

use std::collections::{BTreeMap, BTreeSet};

/// What an expression reads. Numbers are slots of the [`Scope`](crate::context::Scope) it was compiled against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Slots of `order.NAME`.
    pub order: BTreeSet<usize>,
    /// Slots of `settings.NAME`.
    pub settings: BTreeSet<usize>,
    /// Slots of `event.NAME`.
    pub event: BTreeSet<usize>,
    /// Child sets.
    pub children: BTreeSet<usize>,
    /// The child states that it asks for, by child set.
    pub child_states: BTreeMap<usize, BTreeSet<String>>,
    /// Whether it reads `now`: its answer may change without an event.
    pub now: bool,
    /// Whether it reads `actor.role` or `actor.id`.
    pub actor: bool,
    /// Which of `role` and `id` it reads of the actor.
    pub actor_parts: BTreeSet<&'static str>,
    /// Whether its answer depends on the tenant's zone.
    pub zone: bool,
    /// The names that it gives to `in_state`.
    pub states: BTreeSet<String>,
}
