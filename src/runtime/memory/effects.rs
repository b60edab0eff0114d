//! Effects that wait, that are handed out, and that were given up.
//!
//! In: what the store is told of them. Out: those that may be handed out, the oldest first.

use std::collections::{BTreeMap, BTreeSet};

use crate::runtime::micros::{begun, ended};
use crate::runtime::row::{EffectRow, OrderKey, Settlement};
use crate::time::Instant;

/// All effects of a store.
#[derive(Debug, Default, Clone)]
pub(super) struct Effects {
    by_id: BTreeMap<String, Effect>,
    /// Those that were not given up: when each is due, when it was added, and its id.
    waiting: BTreeSet<(i64, u64, String)>,
    added: u64,
}

#[derive(Debug, Clone)]
struct Effect {
    row: EffectRow,
    /// Which one it was that was added.
    added: u64,
    /// Whether somebody was given it and has not yet said what became of it.
    out: bool,
}

impl Effect {
    fn place(&self) -> (i64, u64, String) {
        (ended(self.row.due), self.added, self.row.id.clone())
    }
}

impl Effects {
    /// Whether there is one of this id.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Whose they are.
    pub(super) fn owners(&self) -> impl Iterator<Item = &OrderKey> {
        self.by_id.values().map(|effect| &effect.row.key)
    }

    /// Adds one behind all others.
    pub(super) fn add(&mut self, row: &EffectRow) {
        self.added += 1;
        let effect = Effect {
            row: row.clone(),
            added: self.added,
            out: false,
        };
        self.put(effect);
    }

    fn put(&mut self, effect: Effect) {
        if !effect.row.dead {
            self.waiting.insert(effect.place());
        }
        self.by_id.insert(effect.row.id.clone(), effect);
    }

    fn take(&mut self, id: &str) -> Option<Effect> {
        let effect = self.by_id.remove(id)?;
        self.waiting.remove(&effect.place());
        Some(effect)
    }

    /// Hands out what is due.
    pub(super) fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Vec<EffectRow> {
        let now = begun(now);
        let due = self.waiting.iter().take_while(|(due, ..)| *due <= now);
        let theirs = |id: &&String| {
            let owner = self
                .by_id
                .get(*id)
                .map(|effect| effect.row.key.tenant.as_str());
            tenant.is_none() || owner == tenant
        };
        let ids = due.map(|(.., id)| id).filter(theirs).take(limit);
        let ids: Vec<String> = ids.cloned().collect();
        let mut claimed = Vec::with_capacity(ids.len());
        for mut effect in ids
            .iter()
            .filter_map(|id| self.take(id))
            .collect::<Vec<_>>()
        {
            effect.row.due = until;
            effect.row.attempts = effect.row.attempts.saturating_add(1);
            effect.out = true;
            claimed.push(effect.row.clone());
            self.put(effect);
        }
        claimed
    }

    /// Settles one that is handed out at this attempt.
    pub(super) fn settle(&mut self, id: &str, attempt: u32, settlement: &Settlement) -> bool {
        let out = |effect: &Effect| effect.out && effect.row.attempts == attempt;
        if !self.by_id.get(id).is_some_and(out) {
            return false;
        }
        let Some(mut effect) = self.take(id) else {
            return false;
        };
        effect.out = false;
        match settlement {
            Settlement::Done => return true,
            Settlement::Retry { due, error } => {
                effect.row.due = *due;
                effect.row.error = Some(error.clone());
            }
            Settlement::Dead { error } => {
                effect.row.dead = true;
                effect.row.error = Some(error.clone());
            }
        }
        self.put(effect);
        true
    }

    /// Those of a tenant that were given up, by id.
    pub(super) fn dead(&self, tenant: &str, limit: usize) -> Vec<EffectRow> {
        let rows = self.by_id.values().map(|effect| &effect.row);
        let dead = rows.filter(|row| row.dead && row.key.tenant == tenant);
        dead.take(limit).cloned().collect()
    }

    /// Lets one that was given up wait again.
    pub(super) fn revive(&mut self, id: &str, due: Instant) -> bool {
        if !self.by_id.get(id).is_some_and(|effect| effect.row.dead) {
            return false;
        }
        if let Some(mut effect) = self.take(id) {
            effect.row.dead = false;
            effect.row.due = due;
            self.put(effect);
        }
        true
    }
}
