//! What an expression reads: known from its syntax tree, before it ever runs.

use std::collections::BTreeMap;

use thin_vec::ThinVec;

use super::tree::Home;

/// What an expression reads. Numbers are slots of the [`Scope`](crate::context::Scope) it was compiled against;
/// each list is ascending and names nothing twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Slots of `order.NAME`.
    pub order: ThinVec<usize>,
    /// Slots of `settings.NAME`.
    pub settings: ThinVec<usize>,
    /// Slots of `event.NAME`.
    pub event: ThinVec<usize>,
    /// Child sets.
    pub children: ThinVec<usize>,
    /// The child states that it asks for, by child set.
    pub child_states: BTreeMap<usize, ThinVec<String>>,
    /// Whether it reads `now`: its answer may change without an event.
    pub now: bool,
    /// Whether it reads `actor.role` or `actor.id`.
    pub actor: bool,
    /// Which of `role` and `id` it reads of the actor.
    pub actor_parts: ThinVec<&'static str>,
    /// Whether its answer depends on the tenant's zone.
    pub zone: bool,
    /// The names that it gives to `in_state`.
    pub states: ThinVec<String>,
}

impl Reads {
    /// The slots that are read of each home.
    pub(super) fn homes(&self) -> [(Home, &[usize]); 3] {
        [
            (Home::Order, &self.order),
            (Home::Settings, &self.settings),
            (Home::Event, &self.event),
        ]
    }

    /// Gives back the room that was kept for more.
    pub(super) fn fit(&mut self) {
        for slots in [
            &mut self.order,
            &mut self.settings,
            &mut self.event,
            &mut self.children,
        ] {
            slots.shrink_to_fit();
        }
    }
}

/// Puts something into a list at its place, where it is not there yet.
pub(super) fn insert<T: Ord>(list: &mut ThinVec<T>, item: T) {
    if let Err(place) = list.binary_search(&item) {
        list.insert(place, item);
    }
}
