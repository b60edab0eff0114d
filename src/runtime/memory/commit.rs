//! Units that are written or not.
//!
//! In: units. Out: which of them won. First all of them are judged; then those that won are written, which
//! cannot fail.

use super::Memory;
use crate::runtime::judge::{Known, judge};
use crate::runtime::row::{Change, ERASED, OrderKey, Unit};
use crate::runtime::store::StoreError;

/// Writes the units that win.
pub(super) fn commit(store: &mut Memory, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
    let verdict = judge(store, units)?;
    for change in verdict.winners(units) {
        write(store, change);
        if let Some(committed) = &mut store.committed {
            committed.push(change.clone());
        }
    }
    Ok(verdict.won)
}

impl Known for Memory {
    fn version(&self, key: &OrderKey) -> Option<(u64, &str)> {
        let row = &self.orders.get(key)?.row;
        Some((row.sequence, &row.head))
    }

    fn answered(&self, key: &OrderKey, event_id: &str) -> bool {
        let order = self.orders.get(key);
        order.is_some_and(|order| order.answers.contains_key(event_id))
    }

    fn stepped(&self, key: &OrderKey, sequence: u64) -> bool {
        let order = self.orders.get(key);
        order.is_some_and(|order| order.journal.contains_key(&sequence))
    }

    fn asked(&self, effect: &str) -> bool {
        self.effects.contains(effect)
    }
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
