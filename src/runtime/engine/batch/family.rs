//! A family that is brought to another version as a whole.
//!
//! In: an order of the old version, and a plan. Out: it and all that belong together with it under that
//! version, brought over; or every reason against, and nothing is changed.

use super::{Batch, Slot};
use crate::runtime::engine::migrate::{Brought, Family};
use crate::runtime::request::Answer;
use crate::runtime::row::OrderKey;
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::{Bringing, Done};

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
        let mut after = Vec::new();
        let mut refused = Vec::new();
        for key in members {
            let Some(Slot::Order(order)) = self.orders.get(key) else {
                continue;
            };
            match order.brought(bringing) {
                Ok(brought) => after.push(brought),
                Err(reasons) => refused.push((key.order.clone(), reasons)),
            }
        }
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
        for (order, (from, to), fates) in after {
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
}
