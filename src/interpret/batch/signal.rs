//! A prepared event, and what guards are asked with it.

use std::sync::Arc;

use super::column::Column;
use crate::context::{Actor, Cells, CellsView};
use crate::graph::{ActorId, Id};
use crate::guard::Present;
use crate::instance::{Event, EventKind};

/// An event with everything that does not depend on the order looked up.
#[derive(Debug, Clone)]
pub struct Signal {
    pub(super) event: Event,
    pub(super) role: ActorId,
    pub(super) payload: Cells,
    pub(super) column: Arc<Column>,
}

impl Signal {
    /// The name of the event.
    pub fn name(&self) -> &str {
        match &self.event.kind {
            EventKind::Named { name, .. } => name,
            _ => "",
        }
    }

    pub(super) fn asked(&self, now: Present) -> Asked<'_> {
        Asked {
            actor: &self.event.actor,
            role: u32::try_from(self.role.index()).ok(),
            event: self.payload.view(),
            now,
        }
    }
}

/// Who asks, with what, and when.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) actor: &'a Actor,
    pub(super) role: Option<u32>,
    pub(super) event: CellsView<'a>,
    pub(super) now: Present,
}
