//! What tells of a person: whether it is there, and erased.
//!
//! In: orders, who erases and why. Out: what became of each, and the steps that tell of a person all the same.

use super::batch::check_who;
use super::{Engine, EngineError};
use crate::context::{Actor, Value};
use crate::graph::Field;
use crate::instance::{Event, EventKind, Instance, Override};
use crate::runtime::deployment::Deployed;
use crate::runtime::journal;
use crate::runtime::request::{Answer, Fire, Reply, Request};
use crate::runtime::row::{OrderKey, OrderRow};
use crate::runtime::store::Store;
use crate::time::Instant;

/// How many rows of a journal are read at once.
const PAGE: usize = 500;

/// What became of an order whose personal values were to be erased.
#[derive(Debug, Clone, PartialEq)]
pub enum Erased {
    /// They are erased.
    Done {
        /// The steps that were made before what they say was personal, and still tell it.
        remains: Vec<u64>,
    },
    /// There was nothing to erase, and nothing was done.
    Nothing {
        /// The same.
        remains: Vec<u64>,
    },
    /// The order did not take it.
    Not(Box<Reply>),
}

impl<S: Store> Engine<S> {
    /// Erases the personal values of orders, for good; what became of each, in their order. Of one that cannot go
    /// on nothing is known.
    ///
    /// # Errors
    /// When nobody erases or no reason is given, one of them cannot be read, or the store fails.
    pub fn erase(
        &mut self,
        keys: &[OrderKey],
        (actor, reason): (&Actor, &str),
        now: Instant,
    ) -> Result<Vec<Erased>, EngineError> {
        check_who(actor).map_err(EngineError::Invalid)?;
        if reason.trim().is_empty() {
            return Err(EngineError::Invalid("a reason is needed".to_owned()));
        }
        let mut asked = Vec::new();
        for key in keys {
            let row = self.store.load(std::slice::from_ref(key))?.pop().flatten();
            let tells = match row {
                Some(row) if row.stuck.is_none() => self.tells(&row)?,
                _ => true,
            };
            asked.push(tells.then(|| Request::Fire(erasing(key, (actor, reason)))));
        }
        let requests: Vec<Request> = asked.iter().flatten().cloned().collect();
        let mut replies = self.handle(&requests, now)?.into_iter();
        let mut became = Vec::new();
        for (key, asked) in keys.iter().zip(&asked) {
            let reply = asked.as_ref().and_then(|_| replies.next());
            became.push(match reply {
                None => Erased::Nothing {
                    remains: self.telling(key)?,
                },
                Some(Reply {
                    answer: Answer::Accepted(_),
                    ..
                }) => Erased::Done {
                    remains: self.telling(key)?,
                },
                Some(reply) => Erased::Not(Box::new(reply)),
            });
        }
        Ok(became)
    }

    /// Whether an order or what stands beside its journal tells of a person.
    pub(super) fn tells(&mut self, row: &OrderRow) -> Result<bool, EngineError> {
        let (deployed, order) = self.read(row)?;
        if has_personal(&deployed, &order) {
            return Ok(true);
        }
        let mut after = 0;
        loop {
            let steps = self.store.journal(&row.key, after, PAGE)?;
            if steps.iter().any(|step| step.personal.is_some()) {
                return Ok(true);
            }
            match steps.last() {
                Some(last) => after = last.sequence,
                None => return Ok(false),
            }
        }
    }

    /// The steps of an order whose text tells what is personal by now and was not when they were made:
    /// erasing leaves them, since the journal is never changed. Fields are known by the names that they have
    /// now.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn telling(&mut self, key: &OrderKey) -> Result<Vec<u64>, EngineError> {
        let Some(workflow) = self.workflow_of(key)? else {
            return Ok(Vec::new());
        };
        let rows = self.whole_journal(key)?;
        let telling = rows.iter().filter(|row| {
            journal::read(row).is_ok_and(|record| journal::tells(&record, &workflow))
        });
        Ok(telling.map(|row| row.sequence).collect())
    }
}

/// The erasure of an order.
pub(super) fn erasing(key: &OrderKey, (actor, reason): (&Actor, &str)) -> Fire {
    let event = Event {
        id: None,
        actor: actor.clone(),
        kind: EventKind::Override {
            reason: reason.to_owned(),
            action: Override::Erase,
        },
    };
    Fire::new(key.tenant.clone(), key.order.clone(), event)
}

/// Whether a personal field of an order has another value than it begins with.
fn has_personal(deployed: &Deployed, order: &Instance) -> bool {
    let fields = deployed.workflow.fields.iter();
    let mut personal = fields.filter(|(_, field): &(_, &Field)| field.personal);
    personal.any(|(id, field)| {
        let value = order.field(id).as_ref().map(Value::to_json);
        value != field.default.as_ref().map(Value::to_json)
    })
}
