//! One group of requests, upon what they touch.
//!
//! In: requests, one after the other. Out: replies, and the units that must be written before these are
//! given. A child's step moves its parent, and what a parent sends reaches its children, before the
//! next request is looked at; all of it stands in one unit, that of the outermost order.

mod family;
mod head;
mod kin;
mod made;

pub(super) use head::{check_name, check_now, check_who};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::instance::Event;
use crate::runtime::deployment::Deployed;
use crate::runtime::failures::Failures;
use crate::runtime::request::{Answer, Fire, Reply, Request};
use crate::runtime::row::{AnswerRow, OrderKey, OrderRow, Unit};
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::{Done, Working};
use crate::time::{Instant, format_instant};
use head::{check, fingerprint, head};

/// A first answer as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// A digest of what was asked.
    asked: String,
    answer: Answer,
}

/// An order that requests name.
enum Slot {
    Order(Box<Working>),
    Missing,
    Stuck(String),
}

/// A group that is being answered.
pub(super) struct Batch<'e, S> {
    engine: &'e mut Engine<S>,
    orders: BTreeMap<OrderKey, Slot>,
    /// Parents whose children are all here.
    families: BTreeSet<OrderKey>,
    kept: BTreeMap<(OrderKey, String), Kept>,
    current: BTreeMap<(String, String), Option<Arc<Deployed>>>,
}

impl<'e, S: Store> Batch<'e, S> {
    /// Reads what the requests name.
    pub(super) fn open<'r>(
        engine: &'e mut Engine<S>,
        requests: impl Iterator<Item = &'r Request>,
    ) -> Result<Self, StoreError> {
        let mut keys = BTreeSet::new();
        let mut asked = BTreeSet::new();
        for request in requests {
            let (key, id, _) = head(request);
            keys.insert(key.clone());
            asked.extend(id.map(|id| (key.clone(), id.to_owned())));
        }
        let asked: Vec<(OrderKey, String)> = asked.into_iter().collect();
        let answers = match asked.is_empty() {
            true => Vec::new(),
            false => engine.store.answers(&asked)?,
        };
        let mut kept = BTreeMap::new();
        for (asked, body) in asked.into_iter().zip(answers) {
            let Some(body) = body else { continue };
            let read = serde_json::from_str(&body);
            let read = read.map_err(|error| StoreError::Corrupt(format!("an answer: {error}")))?;
            kept.insert(asked, read);
        }
        let mut batch = Self {
            engine,
            orders: BTreeMap::new(),
            families: BTreeSet::new(),
            kept,
            current: BTreeMap::new(),
        };
        batch.load(&keys.into_iter().collect::<Vec<_>>())?;
        Ok(batch)
    }

    /// Reads orders that nobody asked anything of.
    pub(super) fn of(engine: &'e mut Engine<S>, keys: &[OrderKey]) -> Result<Self, StoreError> {
        let ticks: Vec<Request> = keys.iter().cloned().map(Request::Tick).collect();
        Self::open(engine, ticks.iter())
    }

    fn load(&mut self, keys: &[OrderKey]) -> Result<(), StoreError> {
        let rows = self.engine.store.load(keys)?;
        for (key, row) in keys.iter().zip(rows) {
            let slot = match row {
                None => Slot::Missing,
                Some(row) => self.read(&row)?,
            };
            self.orders.insert(key.clone(), slot);
        }
        Ok(())
    }

    fn read(&mut self, row: &OrderRow) -> Result<Slot, StoreError> {
        if let Some(reason) = &row.stuck {
            return Ok(Slot::Stuck(reason.clone()));
        }
        let working = self.engine.deployment_of(row)?;
        let working = working.and_then(|deployed| Working::read(row, deployed));
        Ok(match working {
            Ok(working) => Slot::Order(Box::new(working)),
            Err(reason) => Slot::Stuck(reason),
        })
    }

    /// What is to be written, by the outermost order, and what of it tells of failures.
    pub(super) fn close(self) -> (BTreeMap<OrderKey, Unit>, Failures) {
        let mut units: BTreeMap<OrderKey, Unit> = BTreeMap::new();
        let mut failures = Failures::new();
        for slot in self.orders.into_values() {
            if let Slot::Order(mut order) = slot
                && order.is_changed()
            {
                let root = OrderKey::new(order.key.tenant.clone(), order.root.clone());
                let failed = std::mem::take(&mut order.failures);
                if !failed.is_empty() {
                    failures.entry(root.clone()).or_default().extend(failed);
                }
                units.entry(root).or_default().push(order.change());
            }
        }
        (units, failures)
    }

    /// Answers a request; with the outermost order whose unit must be written first.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        now: Instant,
    ) -> Result<(Reply, Option<OrderKey>), StoreError> {
        let (key, id, at) = head(request);
        let asked = id.map_or_else(String::new, |_| fingerprint(request));
        let plain = |answer| Reply {
            answer,
            duplicate: false,
        };
        if let Err(message) = check(request, now) {
            return Ok((plain(Answer::Invalid { message }), None));
        }
        let kept = id.and_then(|id| self.kept.get(&(key.clone(), id.to_owned())));
        if let Some(kept) = kept {
            // What was erased is not known, and is certainly not done again.
            let same = kept.asked == asked || kept.answer == Answer::Erased;
            let reply = Reply {
                answer: if same {
                    kept.answer.clone()
                } else {
                    Answer::IdUsed
                },
                duplicate: same,
            };
            return Ok((reply, self.root(key)));
        }
        let at = at.unwrap_or(now);
        let answer = match request {
            Request::Create(create) => self.create(create, at)?,
            Request::Fire(fire) => self.fire(fire, at)?,
            Request::Import(import) => self.import(import, at)?,
            Request::Tick(key) => self.happen(key, &Event::tick(), at)?,
        };
        if let Some(id) = id
            && answer.is_kept()
            && let Some(Slot::Order(order)) = self.orders.get_mut(key)
        {
            let kept = Kept {
                asked,
                answer: answer.clone(),
            };
            order.answers.push(AnswerRow {
                event_id: id.to_owned(),
                body: serde_json::to_string(&kept).unwrap_or_default(),
            });
            self.kept.insert((key.clone(), id.to_owned()), kept);
        }
        Ok((plain(answer), self.root(key)))
    }

    /// How many steps of an order are to be written.
    pub(super) fn steps_of(&self, key: &OrderKey) -> usize {
        match self.orders.get(key) {
            Some(Slot::Order(order)) => order.steps(),
            _ => 0,
        }
    }

    fn root(&self, key: &OrderKey) -> Option<OrderKey> {
        match self.orders.get(key) {
            Some(Slot::Order(order)) => Some(OrderKey::new(key.tenant.clone(), order.root.clone())),
            _ => None,
        }
    }

    fn fire(&mut self, fire: &Fire, at: Instant) -> Result<Answer, StoreError> {
        if let (Some(expected), Some(Slot::Order(order))) =
            (fire.expected, self.orders.get(&fire.key))
            && order.instance.sequence != expected
        {
            let found = order.instance.sequence;
            return Ok(Answer::Conflict { expected, found });
        }
        let last = match self.orders.get(&fire.key) {
            Some(Slot::Order(order)) => Some(order.instance.updated_at),
            _ => None,
        };
        let mut answer = self.happen(&fire.key, &fire.event, at)?;
        let counted = last.filter(|last| at < *last);
        if let (Some(counted), Some(receipt)) = (counted, answer.receipt_mut()) {
            receipt.counted_at = Some(format_instant(counted));
        }
        Ok(answer)
    }

    /// Lets something happen to an order and all that follows from it.
    fn happen(&mut self, key: &OrderKey, event: &Event, at: Instant) -> Result<Answer, StoreError> {
        let order = match self.orders.get_mut(key) {
            Some(Slot::Order(order)) => order,
            Some(Slot::Stuck(reason)) => {
                let reason = reason.clone();
                return Ok(Answer::Stuck { reason });
            }
            Some(Slot::Missing) | None => return Ok(Answer::UnknownOrder),
        };
        let has_kin = order.parent.is_some() || !order.deployed.workflow.children.is_empty();
        if !has_kin {
            let done = order.step(event, at);
            return Ok(order.answer(done));
        }
        let root = order.root.clone();
        let before = self.kin(&key.tenant, &root);
        let Some(Slot::Order(order)) = self.orders.get_mut(key) else {
            return Ok(Answer::UnknownOrder);
        };
        let done = order.step(event, at);
        match self.settle(key, &done, at)? {
            Ok(()) => Ok(self.told(key, done)),
            Err(answer) => {
                self.undo(&key.tenant, &root, before);
                Ok(answer)
            }
        }
    }

    fn told(&self, key: &OrderKey, done: Done) -> Answer {
        match self.orders.get(key) {
            Some(Slot::Order(order)) => order.answer(done),
            _ => Answer::UnknownOrder,
        }
    }

    /// Reads an order that is not here yet.
    fn need(&mut self, key: &OrderKey) -> Result<(), StoreError> {
        match self.orders.contains_key(key) {
            true => Ok(()),
            false => self.load(std::slice::from_ref(key)),
        }
    }
}
