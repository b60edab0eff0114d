//! What can happen on which sites: every combination of settings at once.
//!
//! In: a workflow. Out: a [`Grid`] of the settings that matter, with the [`Ways`] that are open on which
//! [`Sites`]. Reachability and the like are then fixpoints over sets of sites, exact for 2^24
//! combinations as for two. A site is one combination for as long as its orders live.

mod cells;
mod diagram;
mod grid;
mod may;
mod ways;

pub(crate) use diagram::Sites;
pub(crate) use grid::{Combination, Grid};
pub(crate) use ways::Ways;

use crate::graph::Workflow;

impl<'w> Grid<'w> {
    /// The grid of a workflow with its ways. Where there is too much to calculate, it has no settings
    /// and every way is open.
    pub(crate) fn of(workflow: &'w Workflow, looks: bool) -> (Self, Ways) {
        if !looks {
            return (Self::plain(workflow), Ways::default());
        }
        let grid = Self::new(workflow);
        let ways = ways::ways(&grid);
        (grid, ways)
    }

    /// Whether there was too much to calculate, so that nothing may be made of the sets.
    pub(crate) fn is_lost(&self) -> bool {
        self.diagram.is_full() || self.too_many
    }
}
