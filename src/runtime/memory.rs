//! Rows in memory: for tests, simulations and a first try.
//!
//! In: rows. Out: the same rows, for as long as the process lives. It keeps the whole contract of
//! [`Store`] but durability, and is what the other stores are compared with.

use std::collections::BTreeMap;

use super::row::{
    Change, DeploymentRow, EffectRow, Find, JournalRow, OrderKey, OrderRow, Settlement, Unit,
};
use super::store::{Standing, Store, StoreError};
use crate::time::Instant;

/// A store that forgets.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    orders: BTreeMap<OrderKey, OrderRow>,
    journal: BTreeMap<OrderKey, Vec<JournalRow>>,
    answers: BTreeMap<(OrderKey, String), String>,
    effects: Vec<EffectRow>,
    deployments: BTreeMap<(String, String), DeploymentRow>,
    current: BTreeMap<(String, String), String>,
}

impl Memory {
    /// Whether a change may be made.
    fn fits(&self, change: &Change) -> bool {
        let found = self.orders.get(&change.row.key).map(|row| row.sequence);
        let is_new = |answer: &&super::row::AnswerRow| {
            let known = (change.row.key.clone(), answer.event_id.clone());
            !self.answers.contains_key(&known)
        };
        found == change.expected
            && change.answers.iter().filter(is_new).count() == change.answers.len()
    }

    fn write(&mut self, change: &Change) {
        let key = &change.row.key;
        if change.expected != Some(change.row.sequence) {
            self.orders.insert(key.clone(), change.row.clone());
        }
        let journal = self.journal.entry(key.clone()).or_default();
        journal.extend(change.journal.iter().cloned());
        for answer in &change.answers {
            let known = (key.clone(), answer.event_id.clone());
            self.answers.insert(known, answer.body.clone());
        }
        self.effects.extend(change.effects.iter().cloned());
    }
}

impl Store for Memory {
    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        Ok(keys
            .iter()
            .map(|key| self.orders.get(key).cloned())
            .collect())
    }

    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError> {
        let rows = self.orders.values().filter(|row| {
            let above = row.parent.as_ref().map(|above| above.order.as_str());
            row.key.tenant == parent.tenant && above == Some(parent.order.as_str())
        });
        Ok(rows.cloned().collect())
    }

    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError> {
        Ok(asked
            .iter()
            .map(|asked| self.answers.get(asked).cloned())
            .collect())
    }

    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
        let mut written = Vec::new();
        for unit in units {
            let fits = unit.iter().all(|change| self.fits(change));
            if fits {
                for change in unit {
                    self.write(change);
                }
            }
            written.push(fits);
        }
        Ok(written)
    }

    fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        let rows = self.orders.values().filter(|row| row.stuck.is_none());
        let due = rows.filter_map(|row| Some((row.next_due.filter(|due| *due <= now)?, &row.key)));
        let mut due: Vec<_> = due.collect();
        due.sort();
        Ok(due
            .into_iter()
            .take(limit)
            .map(|(_, key)| key.clone())
            .collect())
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        let rows = self.orders.values().filter(|row| row.stuck.is_none());
        Ok(rows.filter_map(|row| row.next_due).min())
    }

    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let rows = self.journal.get(key).into_iter().flatten();
        let behind = rows.filter(|row| row.sequence > after).take(limit);
        Ok(behind.cloned().collect())
    }

    fn keys(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        let keys = self.orders.keys();
        let behind = keys.filter(|key| after.is_none_or(|after| *key > after));
        Ok(behind.take(limit).cloned().collect())
    }

    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError> {
        let stands = |row: &&OrderRow| match &find.standing {
            None => true,
            Some(standing) => standing
                .iter()
                .any(|(deployment, status)| *deployment == row.deployment && *status == row.status),
        };
        let before = |limit: Option<Instant>, at: Instant| limit.is_none_or(|limit| at < limit);
        let rows = self.orders.values().filter(|row| {
            row.key.tenant == find.tenant
                && before(find.updated_before, row.updated_at)
                && before(find.created_before, row.created_at)
                && (!find.stuck || row.stuck.is_some())
                && find
                    .after
                    .as_ref()
                    .is_none_or(|after| row.key.order > *after)
        });
        Ok(rows.filter(stands).take(find.limit).cloned().collect())
    }

    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for row in self.orders.values().filter(|row| row.key.tenant == tenant) {
            *counts.entry((&row.deployment, &row.status)).or_default() += 1;
        }
        let standings = counts
            .into_iter()
            .map(|((deployment, status), count)| Standing {
                deployment: deployment.to_owned(),
                status: status.to_owned(),
                count,
            });
        Ok(standings.collect())
    }

    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError> {
        let Some(row) = self.orders.get_mut(key) else {
            return Ok(false);
        };
        row.stuck = reason.map(str::to_owned);
        Ok(true)
    }

    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError> {
        let known = (row.tenant.clone(), row.id.clone());
        self.deployments.entry(known).or_insert_with(|| row.clone());
        let of = (row.tenant.clone(), row.workflow.clone());
        self.current.insert(of, row.id.clone());
        Ok(())
    }

    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError> {
        let known = (tenant.to_owned(), id.to_owned());
        Ok(self.deployments.get(&known).cloned())
    }

    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError> {
        let id = self.current.get(&(tenant.to_owned(), workflow.to_owned()));
        match id.cloned() {
            Some(id) => self.deployment(tenant, &id),
            None => Ok(None),
        }
    }

    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        let mut due: Vec<&mut EffectRow> = self
            .effects
            .iter_mut()
            .filter(|effect| !effect.dead && effect.due <= now)
            .filter(|effect| tenant.is_none_or(|tenant| effect.key.tenant == tenant))
            .collect();
        due.sort_by_key(|effect| effect.due);
        let mut claimed = Vec::new();
        for effect in due.into_iter().take(limit) {
            effect.due = until;
            effect.attempts += 1;
            claimed.push(effect.clone());
        }
        Ok(claimed)
    }

    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError> {
        let mut effects = self.effects.iter();
        let at = effects.position(|effect| {
            effect.id == id && effect.attempts == attempt && attempt > 0 && !effect.dead
        });
        let Some(at) = at else { return Ok(false) };
        if *settlement == Settlement::Done {
            self.effects.remove(at);
        } else if let Some(effect) = self.effects.get_mut(at) {
            match settlement {
                Settlement::Done => {}
                Settlement::Retry { due, error } => {
                    effect.due = *due;
                    effect.error = Some(error.clone());
                }
                Settlement::Dead { error } => {
                    effect.dead = true;
                    effect.error = Some(error.clone());
                }
            }
        }
        Ok(true)
    }

    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        let dead = self.effects.iter().filter(|effect| effect.dead);
        let mut dead: Vec<EffectRow> = dead
            .filter(|effect| effect.key.tenant == tenant)
            .cloned()
            .collect();
        dead.sort_by(|a, b| a.id.cmp(&b.id));
        dead.truncate(limit);
        Ok(dead)
    }

    fn revive(&mut self, id: &str, due: Instant) -> Result<bool, StoreError> {
        let mut effects = self.effects.iter_mut();
        let Some(effect) = effects.find(|effect| effect.id == id && effect.dead) else {
            return Ok(false);
        };
        effect.dead = false;
        effect.due = due;
        effect.attempts = 0;
        Ok(true)
    }
}
