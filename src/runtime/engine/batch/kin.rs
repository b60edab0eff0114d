//! What a step means for the orders above and below it.
//!
//! In: an order that has moved. Out: its parent told how its children stand, its children told what it
//! sends, and so on until nothing is left to tell; a parent hears before anybody else.

use std::collections::VecDeque;

use super::{Batch, Slot};
use crate::context::Actor;
use crate::graph::Workflow;
use crate::instance::{Event, Instance, Refusal};
use crate::interpret::check_child;
use crate::runtime::request::Answer;
use crate::runtime::row::OrderKey;
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::{Done, Working, counted, refused};
use crate::time::Instant;

/// The most messages between orders that one request sets off.
const MESSAGES: usize = 10_000;

/// What an order is told by another.
enum Message {
    /// This child of this set has moved.
    Moved(OrderKey, String, OrderKey),
    /// A parent sends this.
    Sent(OrderKey, String),
}

impl<S: Store> Batch<'_, S> {
    /// Tells parents and children what a step means for them, until nothing is left to tell.
    pub(super) fn settle(
        &mut self,
        key: &OrderKey,
        done: &Done,
        at: Instant,
    ) -> Result<Result<(), Answer>, StoreError> {
        let mut open = VecDeque::new();
        if let Err(reason) = self.spread(key, done, &mut open)? {
            return Ok(Err(Answer::Stuck { reason }));
        }
        for _ in 0..MESSAGES {
            let Some(message) = open.pop_front() else {
                return Ok(Ok(()));
            };
            let (to, event) = match message {
                Message::Sent(to, event) => (to, Some(Event::named(event, Actor::system()))),
                Message::Moved(to, set, child) => {
                    self.need(&to)?;
                    if let Err(refusal) = self.check_child(&to, &set, &child) {
                        return Ok(Err(refused(&refusal, None)));
                    }
                    match self.counts(&to, &set)? {
                        Ok(event) => (to, event),
                        Err(reason) => return Ok(Err(Answer::Stuck { reason })),
                    }
                }
            };
            let Some(event) = event else { continue };
            let done = match self.orders.get_mut(&to) {
                Some(Slot::Order(order)) => order.step_through(&event, at),
                Some(Slot::Stuck(reason)) => {
                    let reason = format!("`{}`, which belongs to it: {reason}", to.order);
                    return Ok(Err(Answer::Stuck { reason }));
                }
                Some(Slot::Missing) | None => continue,
            };
            if let Err(reason) = self.spread(&to, &done, &mut open)? {
                return Ok(Err(Answer::Stuck { reason }));
            }
        }
        let restless = Refusal::Failed {
            message: format!("more than {MESSAGES} messages between orders"),
        };
        Ok(Err(refused(&restless, None)))
    }

    /// What is to be told after a step: its parent hears before anybody else.
    fn spread(
        &mut self,
        key: &OrderKey,
        done: &Done,
        open: &mut VecDeque<Message>,
    ) -> Result<Result<(), String>, StoreError> {
        if !done.moved {
            return Ok(Ok(()));
        }
        if !done.sends.is_empty() {
            if let Err(reason) = self.bring_children(key)? {
                return Ok(Err(reason));
            }
            for (set, event) in &done.sends {
                let sent = |child: &Working| Message::Sent(child.key.clone(), event.clone());
                open.extend(self.children(key, set).map(sent));
            }
        }
        if let Some(Slot::Order(order)) = self.orders.get(key)
            && let Some(parent) = &order.parent
        {
            let above = OrderKey::new(key.tenant.clone(), parent.order.clone());
            open.push_front(Message::Moved(above, parent.set.clone(), key.clone()));
        }
        Ok(Ok(()))
    }

    /// Whether a parent knows where its child stands.
    fn check_child(&self, parent: &OrderKey, set: &str, child: &OrderKey) -> Result<(), Refusal> {
        let Some(Slot::Order(order)) = self.orders.get(child) else {
            return Ok(());
        };
        self.is_known_to(parent, set, (&order.deployed.workflow, &order.instance))
    }

    /// Whether a parent knows where an order stands that belongs to it, or will.
    pub(super) fn is_known_to(
        &self,
        parent: &OrderKey,
        set: &str,
        (workflow, child): (&Workflow, &Instance),
    ) -> Result<(), Refusal> {
        let Some(Slot::Order(above)) = self.orders.get(parent) else {
            return Ok(());
        };
        let mut sets = above.deployed.workflow.children.rows().iter();
        match sets.find(|known| known.name == set) {
            Some(set) => check_child(set, workflow, child),
            None => Ok(()),
        }
    }

    /// What a parent is told of one set of its children.
    fn counts(
        &mut self,
        parent: &OrderKey,
        set: &str,
    ) -> Result<Result<Option<Event>, String>, StoreError> {
        if let Err(reason) = self.bring_children(parent)? {
            return Ok(Err(reason));
        }
        let Some(Slot::Order(order)) = self.orders.get(parent) else {
            return Ok(Ok(None));
        };
        let workflow: &Workflow = &order.deployed.workflow;
        let children = self.children(parent, set);
        Ok(Ok(counted(workflow, &order.instance, set, children)))
    }

    /// Reads the children of an order; the inner error says which of them cannot go on, so that nobody
    /// knows how they stand.
    pub(super) fn bring_children(
        &mut self,
        parent: &OrderKey,
    ) -> Result<Result<(), String>, StoreError> {
        if self.families.contains(parent) {
            return Ok(Ok(()));
        }
        for row in self.engine.store.children(parent)? {
            if !self.orders.contains_key(&row.key) {
                let slot = self.read(&row)?;
                self.orders.insert(row.key.clone(), slot);
            }
            if let Some(Slot::Stuck(reason)) = self.orders.get(&row.key) {
                let reason = format!("`{}`, which belongs to it: {reason}", row.key.order);
                return Ok(Err(reason));
            }
        }
        self.families.insert(parent.clone());
        Ok(Ok(()))
    }

    /// The children of a set that can go on, by id.
    pub(super) fn children<'b>(
        &'b self,
        parent: &OrderKey,
        set: &str,
    ) -> impl Iterator<Item = &'b Working> {
        let (tenant, above, set) = (parent.tenant.clone(), parent.order.clone(), set.to_owned());
        self.orders.values().filter_map(move |slot| match slot {
            Slot::Order(order) => {
                let at = order.parent.as_ref()?;
                let belongs = order.key.tenant == tenant && at.order == above && at.set == set;
                belongs.then_some(&**order)
            }
            _ => None,
        })
    }

    /// The orders of a family that are here, as they are.
    pub(super) fn kin(&self, tenant: &str, root: &str) -> Vec<Working> {
        let orders = self.orders.values().filter_map(|slot| match slot {
            Slot::Order(order) if order.key.tenant == tenant && order.root == root => {
                Some(Working::clone(order))
            }
            _ => None,
        });
        orders.collect()
    }

    /// Puts a family back to what it was; those that were read meanwhile are read again.
    pub(super) fn undo(&mut self, tenant: &str, root: &str, before: Vec<Working>) {
        self.orders.retain(|key, slot| match slot {
            Slot::Order(order) => key.tenant != tenant || order.root != root,
            _ => true,
        });
        self.families.retain(|key| key.tenant != tenant);
        for order in before {
            self.orders
                .insert(order.key.clone(), Slot::Order(Box::new(order)));
        }
    }
}
