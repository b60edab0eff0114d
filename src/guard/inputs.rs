//! What an expression is asked with.

use super::bound::Around;
use super::counts::ChildCounts;
use super::present::Present;
use super::tree::Home;
use crate::context::{Actor, BESIDE, CellsView};
use crate::time::Zone;

/// Everything that an expression may read. Slots follow the scope's order; one that is not there is not set.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The context.
    pub order: CellsView<'a>,
    /// The bound settings.
    pub settings: CellsView<'a>,
    /// The payload of the event.
    pub event: CellsView<'a>,
    /// Who caused the event.
    pub actor: &'a Actor,
    /// The place of the actor's role among the scope's actors, where the asker knows it: comparing
    /// roles is cheaper then.
    pub role: Option<u32>,
    /// The child sets.
    pub children: &'a [ChildCounts],
    /// The time of the event.
    pub now: Present,
    /// The tenant's zone.
    pub zone: &'a Zone,
    /// Whether the state of a dotted path is active.
    pub in_state: &'a dyn Fn(&str) -> bool,
}

impl<'a> Inputs<'a> {
    /// The time and the role, as words.
    #[inline]
    pub(super) fn around(&self) -> Around {
        Around {
            now: self.now.word(),
            role: self.role.map_or(BESIDE, i64::from),
        }
    }

    /// The values of a home.
    pub(super) fn home(&self, home: Home) -> CellsView<'a> {
        match home {
            Home::Order => self.order,
            Home::Settings => self.settings,
            Home::Event => self.event,
        }
    }
}
