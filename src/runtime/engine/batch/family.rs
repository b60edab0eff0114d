//! A family that is brought to another version as a whole.
//!
//! In: an order of the old version, and a plan. Out: it and all that belong together with it under that
//! version, brought over, children first, so that their parents count them where they stand; or every reason against,
//! and nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Batch, Slot};
use crate::guard::ChildCounts;
use crate::interpret;
use crate::migrate::{Counts, Fates};
use crate::runtime::engine::migrate::{Brought, Family};
use crate::runtime::request::Answer;
use crate::runtime::row::OrderKey;
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::{Bringing, Done, Working};

impl<S: Store> Batch<'_, S> {
    /// Brings the family of an order over, as far as it runs under the old deployment; with its
    /// outermost order. `None` where the order no longer does.
    pub(in crate::runtime::engine) fn bring(
        &mut self,
        key: &OrderKey,
        bringing: &Bringing<'_>,
    ) -> Result<Option<(OrderKey, Family)>, StoreError> {
        match self.orders.get(key) {
            Some(Slot::Stuck(reason)) => {
                let refused = vec![(key.order.clone(), vec![reason.clone()])];
                return Ok(Some((key.clone(), Err(refused))));
            }
            Some(Slot::Order(order)) if order.deployed.id == bringing.old.id => {}
            _ => return Ok(None),
        }
        let top = self.top(key, &bringing.old.id)?;
        let mut members = Vec::new();
        let mut open = vec![top.clone()];
        while let Some(next) = open.pop() {
            if bringing.old.workflow.children.is_empty() {
                members.push(next);
                continue;
            }
            if let Err(reason) = self.bring_children(&next)? {
                let refused = vec![(key.order.clone(), vec![reason])];
                return Ok(Some((top, Err(refused))));
            }
            for slot in self.orders.values() {
                if let Slot::Order(child) = slot
                    && child.deployed.id == bringing.old.id
                    && child.key.tenant == next.tenant
                    && child
                        .parent
                        .as_ref()
                        .is_some_and(|at| at.order == next.order)
                {
                    open.push(child.key.clone());
                }
            }
            members.push(next);
        }
        let Some(root) = self.root(&top) else {
            return Ok(None);
        };
        Ok(Some((root, self.bring_all(&top, &members, bringing)?)))
    }

    /// The outermost order above one that runs under the same deployment.
    fn top(&mut self, key: &OrderKey, deployment: &str) -> Result<OrderKey, StoreError> {
        let mut top = key.clone();
        loop {
            let Some(Slot::Order(order)) = self.orders.get(&top) else {
                return Ok(top);
            };
            let Some(parent) = &order.parent else {
                return Ok(top);
            };
            let above = OrderKey::new(top.tenant.clone(), parent.order.clone());
            self.need(&above)?;
            match self.orders.get(&above) {
                Some(Slot::Order(order)) if order.deployed.id == deployment => top = above,
                _ => return Ok(top),
            }
        }
    }

    fn bring_all(
        &mut self,
        top: &OrderKey,
        members: &[OrderKey],
        bringing: &Bringing<'_>,
    ) -> Result<Family, StoreError> {
        let mut after: BTreeMap<OrderKey, (Working, (String, String), Fates)> = BTreeMap::new();
        let mut refused = Vec::new();
        // Children first: how they stand then is what their parents count.
        for key in members.iter().rev() {
            let Some(Slot::Order(order)) = self.orders.get(key) else {
                continue;
            };
            if let Some(reason) = self.left_behind(key, members, bringing) {
                refused.push((key.order.clone(), vec![reason]));
                continue;
            }
            let set = renamed(order, members, bringing);
            let counts = self.counts_of(order, &after, bringing);
            match order.brought(bringing, (set, counts)) {
                Ok(brought) => _ = after.insert(key.clone(), brought),
                Err(reasons) => refused.push((key.order.clone(), reasons)),
            }
        }
        refused.reverse();
        if !refused.is_empty() {
            let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
            let reason = format!("`{}`, of the same family, is refused", names.join("`, `"));
            let others = members
                .iter()
                .filter(|key| !names.contains(&key.order.as_str()));
            let others: Vec<_> = others
                .map(|key| (key.order.clone(), vec![reason.clone()]))
                .collect();
            refused.extend(others);
            return Ok(Err(refused));
        }
        let root = self.root(top).map_or_else(String::new, |root| root.order);
        let before = self.kin(&top.tenant, &root);
        let mut moved = Vec::new();
        for (order, (from, to), fates) in after.into_values() {
            moved.push(Brought {
                key: order.key.clone(),
                from,
                to,
                fates,
            });
            self.orders
                .insert(order.key.clone(), Slot::Order(Box::new(order)));
        }
        // An order of another workflow above them counts them by names that may have changed.
        let done = Done {
            moved: true,
            ..Done::default()
        };
        match self.settle(top, &done, bringing.now)? {
            Ok(()) => Ok(Ok(moved)),
            Err(answer) => {
                self.undo(&top.tenant, &root, before);
                let reason = match answer {
                    Answer::Stuck { reason } => reason,
                    Answer::Refused { message, .. } => message,
                    other => format!("{other:?}"),
                };
                Ok(Err(vec![(top.order.clone(), vec![reason])]))
            }
        }
    }

    /// How the children of an order stand that are brought over with it, by set of the new version, where all that it
    /// counts are at hand.
    fn counts_of(
        &self,
        order: &Working,
        after: &BTreeMap<OrderKey, (Working, (String, String), Fates)>,
        bringing: &Bringing<'_>,
    ) -> Counts {
        let mut counts = Counts::new();
        let mut unknown = BTreeSet::new();
        let sets = bringing.old.workflow.children.rows().iter();
        for (set, known) in sets.zip(&order.instance.children) {
            let Some(to) = bringing.plan.child_set(&set.name) else {
                continue;
            };
            let children: Vec<&Working> = self.children(&order.key, &set.name).collect();
            let mut before = ChildCounts::default();
            for child in &children {
                count(&mut before, child);
            }
            if !set.is_self || before != *known {
                unknown.insert(to.to_owned());
                continue;
            }
            let all = counts.entry(to.to_owned()).or_default();
            for child in children {
                let brought = after.get(&child.key).map(|(brought, ..)| brought);
                count(all, brought.unwrap_or(child));
            }
        }
        counts.retain(|set, _| !unknown.contains(set));
        counts
    }

    /// A child that does not come along, and whose set has another name in the new version.
    fn left_behind(
        &self,
        key: &OrderKey,
        members: &[OrderKey],
        bringing: &Bringing<'_>,
    ) -> Option<String> {
        let mut sets = bringing.old.workflow.children.rows().iter();
        sets.find_map(|set| {
            let same = bringing.plan.child_set(&set.name) == Some(set.name.as_str());
            let mut children = self.children(key, &set.name).filter(|_| !same);
            let left = children.find(|child| !members.contains(&child.key))?;
            Some(format!(
                "`{}` belongs to `{}`, which the new version has under another name or not at all, and does not come \
                 along: it runs another workflow or deployment",
                left.key.order, set.name
            ))
        })
    }
}

/// Counts an order by where it is.
fn count(counts: &mut ChildCounts, order: &Working) {
    let workflow = &order.deployed.workflow;
    let more = interpret::count_children(workflow, [&order.instance]);
    counts.total = counts.total.saturating_add(more.total);
    for (state, count) in more.by_state.iter() {
        counts.by_state.add(state, count);
    }
}

/// What the set that an order belongs to is called in the new version, where its parent comes along and calls it otherwise.
fn renamed(order: &Working, members: &[OrderKey], bringing: &Bringing<'_>) -> Option<String> {
    let parent = order.parent.as_ref()?;
    let above = OrderKey::new(order.key.tenant.clone(), parent.order.clone());
    let name = bringing.plan.child_set(&parent.set);
    let name = name.filter(|name| members.contains(&above) && *name != parent.set);
    name.map(str::to_owned)
}
