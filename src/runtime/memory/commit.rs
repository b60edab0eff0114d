//! Units that are written or not.
//!
//! In: units. Out: which of them won. First all of them are judged, each upon what those before it will
//! have written; then those that won are written, which cannot fail.

use std::collections::{BTreeMap, BTreeSet};

use super::Memory;
use crate::runtime::row::{Change, ERASED, OrderKey, Unit};
use crate::runtime::store::StoreError;

/// Writes the units that win.
pub(super) fn commit(store: &mut Memory, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
    let mut plan = Plan::default();
    let mut won = Vec::with_capacity(units.len());
    for unit in units {
        let mut next = Plan::default();
        let mut wins = true;
        for change in unit {
            wins = wins && next.admits(&plan, store, change)?;
        }
        if wins {
            plan.extend(next);
        }
        won.push(wins);
    }
    let winners = units.iter().zip(&won).filter(|(_, won)| **won);
    for change in winners.flat_map(|(unit, _)| unit) {
        write(store, change);
    }
    Ok(won)
}

/// What units that won will have written.
#[derive(Default)]
struct Plan<'a> {
    versions: BTreeMap<&'a OrderKey, u64>,
    answers: BTreeSet<(&'a OrderKey, &'a str)>,
    steps: BTreeSet<(&'a OrderKey, u64)>,
    effects: BTreeSet<&'a str>,
}

impl<'a> Plan<'a> {
    fn extend(&mut self, other: Self) {
        self.versions.extend(other.versions);
        self.answers.extend(other.answers);
        self.steps.extend(other.steps);
        self.effects.extend(other.effects);
    }

    /// Whether a change wins upon the store, the units before it and the changes before it in its unit;
    /// then it is planned.
    fn admits(
        &mut self,
        before: &Self,
        store: &Memory,
        change: &'a Change,
    ) -> Result<bool, StoreError> {
        let key = &change.row.key;
        let stored = store.orders.get(key);
        let planned = self.versions.get(key).or(before.versions.get(key)).copied();
        if planned.or(stored.map(|order| order.row.sequence)) != change.expected {
            return Ok(false);
        }
        for answer in &change.answers {
            let id = (key, answer.event_id.as_str());
            let known = stored.is_some_and(|order| order.answers.contains_key(id.1));
            if known || before.answers.contains(&id) || !self.answers.insert(id) {
                return Ok(false);
            }
        }
        for step in &change.journal {
            let id = (key, step.sequence);
            let known = stored.is_some_and(|order| order.journal.contains_key(&id.1));
            if known || before.steps.contains(&id) || !self.steps.insert(id) {
                return Err(there(&format!("step {} of `{key}`", step.sequence)));
            }
        }
        for effect in &change.effects {
            let id = effect.id.as_str();
            let known = store.effects.contains(id) || before.effects.contains(id);
            if known || !self.effects.insert(id) {
                return Err(there(&format!("effect `{id}`")));
            }
        }
        self.versions.insert(key, change.row.sequence);
        Ok(true)
    }
}

fn there(what: &str) -> StoreError {
    StoreError::Failed(format!("{what} is there already"))
}

fn write(store: &mut Memory, change: &Change) {
    if change.expected != Some(change.row.sequence) {
        store.put(change.row.clone());
    }
    if let Some(order) = store.orders.get_mut(&change.row.key) {
        if change.erases {
            let steps = order.journal.values_mut();
            steps.for_each(|step| step.personal = None);
            let answers = order.answers.values_mut();
            answers.for_each(|answer| ERASED.clone_into(answer));
        }
        let steps = change
            .journal
            .iter()
            .map(|step| (step.sequence, step.clone()));
        order.journal.extend(steps);
        let answers = change.answers.iter();
        let answers = answers.map(|answer| (answer.event_id.clone(), answer.body.clone()));
        order.answers.extend(answers);
    }
    for effect in &change.effects {
        store.effects.add(effect);
    }
}
