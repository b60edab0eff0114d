//! What orders have been in before, where a way leads back to that.
//!
//! In: steps. Out: for each state the pasts that orders may have had ([`Recorded`]), or the one that an order has
//! ([`Remembered`]).

use std::collections::{BTreeMap, BTreeSet};

use super::Configuration;
use crate::graph::{StateId, Target, Workflow};
use crate::instance::Instance;
use crate::interpret::outlook::{Landing, Past};

/// What was active within states that were left, and what was left for states, of all orders together.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorded {
    within: BTreeMap<StateId, BTreeSet<Configuration>>,
    before: BTreeMap<StateId, BTreeSet<Configuration>>,
}

impl Past for Recorded {
    fn within(&self, state: StateId) -> Vec<Vec<StateId>> {
        let known = self.within.get(&state).into_iter().flatten();
        known.cloned().collect()
    }

    fn before(&self, state: StateId) -> Vec<Vec<StateId>> {
        let known = self.before.get(&state).into_iter().flatten();
        known.cloned().collect()
    }

    fn is_whole(&self) -> bool {
        false
    }
}

impl Recorded {
    /// What was left for states that a way leads back from, and what was active within states that were left.
    pub(super) fn all(self) -> [BTreeMap<StateId, BTreeSet<Configuration>>; 2] {
        [self.before, self.within]
    }

    /// How much is known.
    pub(super) fn len(&self) -> usize {
        let tables = [&self.within, &self.before];
        let pasts = tables.iter().flat_map(|table| table.values());
        pasts.map(BTreeSet::len).sum()
    }

    /// Records what was active when states were left.
    pub(super) fn record(&mut self, workflow: &Workflow, active: &[StateId], landing: &Landing) {
        for &outer in &landing.left {
            if !workflow.states.at(outer).is_atomic() {
                let known = self.within.entry(outer).or_default();
                known.insert(inside(workflow, active, outer));
            }
        }
        for (state, left) in &landing.origins {
            let known = self.before.entry(*state).or_default();
            known.insert(left.clone());
        }
    }
}

/// The past of one order, as far as a way leads back to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Remembered {
    within: BTreeMap<StateId, Configuration>,
    before: BTreeMap<StateId, Configuration>,
}

impl Past for Remembered {
    fn within(&self, state: StateId) -> Vec<Vec<StateId>> {
        self.within.get(&state).cloned().into_iter().collect()
    }

    fn before(&self, state: StateId) -> Vec<Vec<StateId>> {
        self.before.get(&state).cloned().into_iter().collect()
    }

    fn is_whole(&self) -> bool {
        true
    }
}

impl Remembered {
    /// That of an order; `histories` are the states whose pasts are entered anywhere.
    pub(super) fn of(workflow: &Workflow, order: &Instance, histories: &BTreeSet<StateId>) -> Self {
        let mut remembered = Self {
            within: order.past.clone(),
            before: order.origins.clone(),
        };
        remembered.within.retain(|id, _| histories.contains(id));
        remembered.forget(workflow, &order.configuration);
        remembered
    }

    /// What it is behind a step.
    pub(super) fn after(
        &self,
        workflow: &Workflow,
        active: &[StateId],
        landing: &Landing,
        histories: &BTreeSet<StateId>,
    ) -> Self {
        let mut after = self.clone();
        for &outer in landing.left.iter().filter(|id| histories.contains(id)) {
            after.within.insert(outer, inside(workflow, active, outer));
        }
        after.before.extend(landing.origins.iter().cloned());
        after.forget(workflow, &landing.active);
        after
    }

    /// Forgets from where states were come to that are left again: that is told anew where they are entered.
    fn forget(&mut self, workflow: &Workflow, active: &[StateId]) {
        self.before
            .retain(|id, _| active.contains(id) && workflow.states.at(*id).leads_back);
    }
}

/// What is active within a state.
fn inside(workflow: &Workflow, active: &[StateId], outer: StateId) -> Configuration {
    let inner = active.iter().copied();
    let inner = inner.filter(|&id| id != outer && workflow.within(id, outer));
    inner.collect()
}

/// The states whose pasts are entered anywhere.
pub(crate) fn histories(workflow: &Workflow) -> BTreeSet<StateId> {
    let rows = workflow.rows.rows().iter();
    let of_rows = rows.flat_map(|row| row.branches.iter().map(|branch| &branch.target));
    let starts = workflow.starts.rows().iter();
    let of_starts = starts.map(|start| &start.target);
    let parts = of_rows.chain(of_starts).flat_map(Target::parts);
    parts
        .filter_map(|part| match part {
            Target::History { state, .. } => Some(*state),
            _ => None,
        })
        .collect()
}
