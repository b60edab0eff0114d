//! The store that forgets: all rows in memory.
//!
//! In: rows. Out: rows, for as long as the process lives. Tests run upon it, and it is the plain
//! statement of what every other store must answer.

mod commit;
mod effects;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};

use super::micros::{begun, ended, instant};
use super::row::{
    Change, DeploymentRow, ELSEWHERE, EffectRow, Find, JournalRow, OrderKey, OrderRow, Orphan,
    PlanRow, Settlement, Unit,
};
use super::store::{Standing, Store, StoreError};
use crate::time::Instant;
use effects::Effects;

/// A [`Store`] without a disk. A clone of it is a store of its own.
#[derive(Debug, Default, Clone)]
pub struct Memory {
    orders: BTreeMap<OrderKey, Order>,
    /// When timers of orders that are not stuck are due.
    timers: BTreeSet<(i64, OrderKey)>,
    /// Each parent with each order right below it.
    below: BTreeSet<(OrderKey, String)>,
    effects: Effects,
    /// By tenant and id.
    deployments: BTreeMap<(String, String), DeploymentRow>,
    plans: BTreeMap<(String, String), PlanRow>,
    /// The id of the deployment of new orders, by tenant and workflow.
    current: BTreeMap<(String, String), String>,
    /// What was committed, where somebody asks for it.
    committed: Option<Vec<Change>>,
}

/// All that is kept of one order.
#[derive(Debug, Clone)]
struct Order {
    row: OrderRow,
    journal: BTreeMap<u64, JournalRow>,
    answers: BTreeMap<String, String>,
}

impl Memory {
    /// Begins to keep what is committed from now on, for [`Memory::take_committed`].
    pub fn record(&mut self) {
        self.committed = Some(Vec::new());
    }

    /// What was committed since it was asked for, oldest first.
    pub fn take_committed(&mut self) -> Vec<Change> {
        self.committed
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// The orders of a tenant behind an id, by id.
    fn of<'a>(
        &'a self,
        tenant: &'a str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'a OrderRow> {
        let key = OrderKey::new(tenant, after.unwrap_or_default());
        // No id is before the empty one: it is left out only where it was asked to be.
        let from = match after {
            Some(_) => Excluded(key),
            None => Included(key),
        };
        let rows = self.orders.range((from, Unbounded));
        rows.map(|(_, order)| &order.row)
            .take_while(move |row| row.key.tenant == tenant)
    }

    /// Puts an order in place, or changes it, and keeps what is derived from it.
    fn put(&mut self, row: OrderRow) {
        if let Some(Order { row, .. }) = self.orders.get(&row.key) {
            timer(row).map(|timer| self.timers.remove(&timer));
            above(row).map(|above| self.below.remove(&above));
        }
        self.timers.extend(timer(&row));
        self.below.extend(above(&row));
        match self.orders.get_mut(&row.key) {
            Some(order) => order.row = row,
            None => {
                let order = Order {
                    row,
                    journal: BTreeMap::new(),
                    answers: BTreeMap::new(),
                };
                self.orders.insert(order.row.key.clone(), order);
            }
        }
    }
}

/// When an order's timer is due, where it has one that counts.
fn timer(row: &OrderRow) -> Option<(i64, OrderKey)> {
    let due = row.next_due.filter(|_| row.stuck.is_none())?;
    Some((ended(due), row.key.clone()))
}

/// The order right above one, with its id.
fn above(row: &OrderRow) -> Option<(OrderKey, String)> {
    let parent = row.parent.as_ref()?;
    let above = OrderKey::new(row.key.tenant.clone(), parent.order.clone());
    Some((above, row.key.order.clone()))
}

/// Whether an order is one of those that are looked for, its tenant and id apart.
fn found(find: &Find, row: &OrderRow) -> bool {
    let standing = find.standing.as_ref().is_none_or(|pairs| {
        let here = |(deployment, status): &(String, String)| {
            *deployment == row.deployment && *status == row.status
        };
        pairs.iter().any(here)
    });
    let before = |limit: Option<Instant>, at| limit.is_none_or(|limit| begun(at) < begun(limit));
    standing
        && before(find.updated_before, row.updated_at)
        && before(find.created_before, row.created_at)
        && (!find.stuck || is_stuck(row))
}

/// Whether an order cannot go on, and does not run elsewhere.
fn is_stuck(row: &OrderRow) -> bool {
    row.stuck.as_ref().is_some_and(|why| why != ELSEWHERE)
}

/// How many of the orders stand where.
fn counted<'a>(rows: impl Iterator<Item = &'a OrderRow>) -> Vec<Standing> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in rows {
        *counts.entry((&row.deployment, &row.status)).or_default() += 1;
    }
    let one = |((deployment, status), count): ((&str, &str), u64)| Standing {
        deployment: deployment.to_owned(),
        status: status.to_owned(),
        count,
    };
    counts.into_iter().map(one).collect()
}

impl Store for Memory {
    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        let one = |key| self.orders.get(key).map(|order| order.row.clone());
        Ok(keys.iter().map(one).collect())
    }

    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError> {
        let from = (parent.clone(), String::new());
        let below = self.below.range(from..);
        let ids = below.take_while(|(above, _)| above == parent);
        let rows = ids.filter_map(|(above, id)| {
            let key = OrderKey::new(above.tenant.clone(), id.clone());
            self.orders.get(&key)
        });
        Ok(rows.map(|order| order.row.clone()).collect())
    }

    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError> {
        let one = |(key, id): &(OrderKey, String)| self.orders.get(key)?.answers.get(id).cloned();
        Ok(asked.iter().map(one).collect())
    }

    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
        commit::commit(self, units)
    }

    fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        let now = begun(now);
        let due = self.timers.iter().take_while(|(due, _)| *due <= now);
        Ok(due.take(limit).map(|(_, key)| key.clone()).collect())
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.timers.first().and_then(|(due, _)| instant(*due, 0)))
    }

    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let Some(order) = self.orders.get(key) else {
            return Ok(Vec::new());
        };
        let rows = order.journal.range((Excluded(after), Unbounded));
        Ok(rows.take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn keys(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        let from = after.map_or(Unbounded, Excluded);
        let keys = self.orders.range((from, Unbounded)).take(limit);
        Ok(keys.map(|(key, _)| key.clone()).collect())
    }

    fn orphans(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<Orphan>, StoreError> {
        let is_one = |key: &&OrderKey| {
            after.is_none_or(|after| *key > after) && !self.orders.contains_key(*key)
        };
        let mut found = BTreeSet::new();
        for key in self.effects.owners().filter(is_one) {
            found.insert(key);
            if found.len() > limit {
                found.pop_last();
            }
        }
        // Steps and answers are kept with their order here.
        let orphan = |key: &OrderKey| Orphan {
            key: key.clone(),
            steps: false,
            answers: false,
            effects: true,
        };
        Ok(found.into_iter().map(orphan).collect())
    }

    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError> {
        let rows = self.of(&find.tenant, find.after.as_deref());
        let rows = rows.filter(|row| found(find, row)).take(find.limit);
        Ok(rows.cloned().collect())
    }

    fn standing(&mut self, tenant: &str) -> Result<Vec<(String, String)>, StoreError> {
        let one = |row: &OrderRow| (row.deployment.clone(), row.status.clone());
        let found: BTreeSet<_> = self.of(tenant, None).map(one).collect();
        Ok(found.into_iter().collect())
    }

    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        Ok(counted(self.of(tenant, None)))
    }

    fn stuck_standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        Ok(counted(self.of(tenant, None).filter(|row| is_stuck(row))))
    }

    fn tenants(&mut self) -> Result<Vec<String>, StoreError> {
        let of_orders = self.orders.keys().map(|key| &key.tenant);
        let all = of_orders.chain(self.deployments.keys().map(|(tenant, _)| tenant));
        let all: BTreeSet<_> = all.collect();
        Ok(all.into_iter().cloned().collect())
    }

    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError> {
        let Some(order) = self.orders.get(key) else {
            return Ok(false);
        };
        let mut row = order.row.clone();
        row.stuck = reason.map(str::to_owned);
        self.put(row);
        Ok(true)
    }

    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError> {
        let key = (row.tenant.clone(), row.id.clone());
        self.deployments.entry(key).or_insert_with(|| row.clone());
        let workflow = (row.tenant.clone(), row.workflow.clone());
        self.current.insert(workflow, row.id.clone());
        Ok(())
    }

    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError> {
        let key = (tenant.to_owned(), id.to_owned());
        Ok(self.deployments.get(&key).cloned())
    }

    fn deployments(&mut self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let theirs = self.deployments.keys().filter(|(own, _)| own == tenant);
        Ok(theirs.map(|(_, id)| id.clone()).collect())
    }

    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError> {
        match self.current.get(&(tenant.to_owned(), workflow.to_owned())) {
            Some(id) => self.deployment(tenant, &id.clone()),
            None => Ok(None),
        }
    }

    fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError> {
        let key = (row.tenant.clone(), row.id.clone());
        self.plans.entry(key).or_insert_with(|| row.clone());
        Ok(())
    }

    fn plan(&mut self, tenant: &str, id: &str) -> Result<Option<PlanRow>, StoreError> {
        let key = (tenant.to_owned(), id.to_owned());
        Ok(self.plans.get(&key).cloned())
    }

    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        Ok(self.effects.claim(tenant, now, until, limit))
    }

    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError> {
        Ok(self.effects.settle(id, attempt, settlement))
    }

    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        Ok(self.effects.dead(tenant, limit))
    }

    fn revive(&mut self, id: &str, due: Instant) -> Result<bool, StoreError> {
        Ok(self.effects.revive(id, due))
    }
}
