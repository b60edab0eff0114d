//! What slots are called.

use std::sync::Arc;

use super::tree::Home;
use crate::context::{ChildNames, Scope, Slots};

/// The names of the scope, shared with it.
#[derive(Debug)]
pub(super) struct Names {
    order: Arc<Slots>,
    settings: Arc<Slots>,
    event: Option<Arc<Slots>>,
    children: Arc<[ChildNames]>,
}

impl Names {
    pub(super) fn of(scope: &Scope) -> Self {
        Self {
            order: Arc::clone(&scope.order),
            settings: Arc::clone(&scope.settings),
            event: scope.event.clone(),
            children: Arc::clone(&scope.children),
        }
    }

    /// The name of a slot, `total`.
    pub(super) fn field(&self, home: Home, slot: usize) -> &str {
        let slots = match home {
            Home::Order => Some(&self.order),
            Home::Settings => Some(&self.settings),
            Home::Event => self.event.as_ref(),
        };
        let named = slots.and_then(|slots| slots.get_index(slot));
        named.map_or("", |(name, _)| name)
    }

    /// A field as it is written, `order.total`.
    pub(super) fn path(&self, home: Home, slot: usize) -> String {
        format!("{}.{}", home.root(), self.field(home, slot))
    }

    /// The name of a set of children.
    pub(super) fn children(&self, index: usize) -> &str {
        let set = self.children.get(index);
        set.map_or("", |set| &set.name)
    }
}
