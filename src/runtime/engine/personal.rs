//! What tells of a person: whether it is there, and erased.
//!
//! In: orders, who erases and why. Out: what became of each, and the steps that tell of a person all the same.

use super::{Engine, EngineError};
use crate::context::{Actor, Value};
use crate::graph::Field;
use crate::instance::{Event, EventKind, Override};
use crate::runtime::journal;
use crate::runtime::request::{Answer, Fire, Reply, Request};
use crate::runtime::row::OrderKey;
use crate::runtime::store::Store;
use crate::runtime::view::OrderView;
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
    /// When one of them cannot be read, or the store fails.
    pub fn erase(
        &mut self,
        keys: &[OrderKey],
        (actor, reason): (&Actor, &str),
        now: Instant,
    ) -> Result<Vec<Erased>, EngineError> {
        let mut asked = Vec::new();
        for key in keys {
            let tells = match self.get(key)? {
                Some(view) if view.stuck.is_none() => self.tells(key, &view)?,
                _ => true,
            };
            let event = Event {
                id: None,
                actor: actor.clone(),
                kind: EventKind::Override {
                    reason: reason.to_owned(),
                    action: Override::Erase,
                },
            };
            let fire = Fire::new(key.tenant.clone(), key.order.clone(), event);
            asked.push(tells.then_some(Request::Fire(fire)));
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

    /// Whether an order or its journal tells of a person.
    fn tells(&mut self, key: &OrderKey, view: &OrderView) -> Result<bool, EngineError> {
        let workflow = self.workflow_of(key)?;
        let fields = workflow.iter().flat_map(|workflow| workflow.fields.rows());
        let mut personal = fields.filter(|field| field.personal);
        let is_set = |field: &Field| {
            let default = field.default.as_ref().map(Value::to_json);
            view.context.get(&field.name) != default.as_ref()
        };
        if personal.any(is_set) {
            return Ok(true);
        }
        let mut after = 0;
        loop {
            let rows = self.store.journal(key, after, PAGE)?;
            if rows.iter().any(|row| row.personal.is_some()) {
                return Ok(true);
            }
            match rows.last() {
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
