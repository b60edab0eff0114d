//! Which units win.
//!
//! In: what is stored of the orders that units are about, and the units. Out: which of them win, each upon
//! what those before it will have written. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};

use super::row::{Change, OrderKey, Unit};
use super::store::StoreError;

/// What is stored.
pub(super) trait Known {
    /// The version of an order, with the hash of the step that made it.
    fn version(&self, key: &OrderKey) -> Option<(u64, &str)>;
    /// Whether an event has an answer.
    fn answered(&self, key: &OrderKey, event_id: &str) -> bool;
    /// Whether a step is there.
    fn stepped(&self, key: &OrderKey, sequence: u64) -> bool;
    /// Whether an effect is there.
    fn asked(&self, effect: &str) -> bool;
}

/// What becomes of units.
pub(super) struct Verdict<'a> {
    /// Which units win.
    pub(super) won: Vec<bool>,
    /// Changes that win in units that lose by another.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "asked where not all is known beforehand")
    )]
    pub(super) vain: Vec<&'a Change>,
}

impl<'a> Verdict<'a> {
    /// The changes that are to be written.
    pub(super) fn winners(&self, units: &'a [Unit]) -> impl Iterator<Item = &'a Change> {
        let winners = units.iter().zip(&self.won).filter(|(_, won)| **won);
        winners.flat_map(|(unit, _)| unit)
    }
}

/// Judges units in their order; a step or an effect that is there already is an error.
pub(super) fn judge<'a>(known: &impl Known, units: &'a [Unit]) -> Result<Verdict<'a>, StoreError> {
    let mut plan = Plan::default();
    let (mut won, mut vain) = (Vec::with_capacity(units.len()), Vec::new());
    for unit in units {
        let mut next = Plan::default();
        let mut admitted = 0;
        for change in unit {
            if !next.admits(&plan, known, change)? {
                break;
            }
            admitted += 1;
        }
        let wins = admitted == unit.len();
        if wins {
            plan.extend(next);
        } else {
            vain.extend(unit.iter().take(admitted));
        }
        won.push(wins);
    }
    Ok(Verdict { won, vain })
}

/// What units that won will have written.
#[derive(Default)]
struct Plan<'a> {
    versions: BTreeMap<&'a OrderKey, (u64, &'a str)>,
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
        known: &impl Known,
        change: &'a Change,
    ) -> Result<bool, StoreError> {
        let key = &change.row.key;
        let planned = self.versions.get(key).or(before.versions.get(key)).copied();
        if planned.or_else(|| known.version(key)) != change.before() {
            return Ok(false);
        }
        for answer in &change.answers {
            let id = (key, answer.event_id.as_str());
            let known = known.answered(key, id.1) || before.answers.contains(&id);
            if known || !self.answers.insert(id) {
                return Ok(false);
            }
        }
        for step in &change.journal {
            let id = (key, step.sequence);
            let known = known.stepped(key, id.1) || before.steps.contains(&id);
            if known || !self.steps.insert(id) {
                return Err(there(&format!("step {} of `{key}`", step.sequence)));
            }
        }
        for effect in &change.effects {
            let id = effect.id.as_str();
            let known = known.asked(id) || before.effects.contains(id);
            if known || !self.effects.insert(id) {
                return Err(there(&format!("effect `{id}`")));
            }
        }
        let after = match change.before() {
            // Nothing of the order is written.
            Some(before) if before.0 == change.row.sequence => before,
            _ => (change.row.sequence, change.row.head.as_str()),
        };
        self.versions.insert(key, after);
        Ok(true)
    }
}

/// What is wrong where something must not be there and is.
pub(super) fn there(what: &str) -> StoreError {
    StoreError::Failed(format!("{what} is there already"))
}
