//! Personal values that are kept no longer.
//!
//! In: a tenant, and before when its orders ended. Out: what became of each that still told of a person, page by
//! page, so that others are answered in between.

use super::{Engine, EngineError};
use crate::context::{Actor, Value};
use crate::graph::Field;
use crate::instance::{Event, EventKind, Instance, Override};
use crate::runtime::deployment::Deployed;
use crate::runtime::request::{Fire, Reply, Request};
use crate::runtime::row::{Find, OrderKey, OrderRow};
use crate::runtime::store::{Store, StoreError};
use crate::time::Instant;

/// How many orders, and steps of their journals, are looked at, and how many orders written, at once.
const PAGE: usize = 500;

/// Orders whose personal values are kept no longer, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlived {
    /// Whose.
    pub tenant: String,
    /// Those that have ended, and made their last step before.
    pub before: Instant,
    /// Of these, those that made it at this time or later: the others were looked at.
    pub since: Option<Instant>,
    /// Who erases.
    pub actor: Actor,
    /// Why.
    pub reason: String,
}

/// What became of some of them.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlivedPage {
    /// Those that told of a person, and what the erasure was told.
    pub replies: Vec<(OrderKey, Reply)>,
    /// Why others could not be looked at.
    pub unread: Vec<EngineError>,
    /// Behind which order the next page begins; none on the last one.
    pub next: Option<String>,
}

impl<S: Store> Engine<S> {
    /// Erases what is personal of orders that have ended, behind one of them by id, as
    /// [`Override::Erase`] says. One that tells of nobody is left as it is; so is one that moves meanwhile.
    ///
    /// # Errors
    /// When the store fails: then nothing of this page was written, unless the error says that this is not known.
    pub fn erase_outlived(
        &mut self,
        outlived: &Outlived,
        after: Option<String>,
        now: Instant,
    ) -> Result<OutlivedPage, EngineError> {
        let rows = self.store.find(&Find {
            tenant: outlived.tenant.clone(),
            standing: None,
            updated_before: Some(outlived.before),
            created_before: None,
            stuck: false,
            after,
            limit: PAGE,
        })?;
        let next = rows.last().map(|row| row.key.order.clone());
        let next = next.filter(|_| rows.len() == PAGE);
        let is_meant = |row: &&OrderRow| {
            row.done && outlived.since.is_none_or(|since| row.updated_at >= since)
        };
        let (mut requests, mut unread) = (Vec::new(), Vec::new());
        for row in rows.iter().filter(is_meant) {
            match self.row_tells(row) {
                Ok(true) => requests.push(Request::Fire(outlived.erasing(row))),
                Ok(false) => {}
                Err(EngineError::Store(error)) => return Err(error.into()),
                Err(error) => unread.push(error),
            }
        }
        let replies = self.handle(&requests, now)?;
        let keys = requests.iter().map(|request| request.key().clone());
        Ok(OutlivedPage {
            replies: keys.zip(replies).collect(),
            unread,
            next,
        })
    }

    /// Whether an order or its journal tells of a person; not where there is no such order.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn is_telling(&mut self, key: &OrderKey) -> Result<bool, EngineError> {
        let row = self.store.load(std::slice::from_ref(key))?.pop().flatten();
        row.map_or(Ok(false), |row| self.row_tells(&row))
    }

    fn row_tells(&mut self, row: &OrderRow) -> Result<bool, EngineError> {
        let (deployed, order) = self.read(row)?;
        Ok(has_personal(&deployed, &order) || self.journal_tells(&row.key)?)
    }

    /// Whether something personal stands beside the steps of an order.
    fn journal_tells(&mut self, key: &OrderKey) -> Result<bool, StoreError> {
        let mut after = 0;
        loop {
            let steps = self.store.journal(key, after, PAGE)?;
            if steps.iter().any(|step| step.personal.is_some()) {
                return Ok(true);
            }
            match steps.last() {
                Some(last) => after = last.sequence,
                None => return Ok(false),
            }
        }
    }
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

impl Outlived {
    /// The erasure of an order as it stands.
    fn erasing(&self, row: &OrderRow) -> Fire {
        Fire {
            key: row.key.clone(),
            event: Event {
                id: None,
                actor: self.actor.clone(),
                kind: EventKind::Override {
                    reason: self.reason.clone(),
                    action: Override::Erase,
                },
            },
            expected: Some(row.sequence),
            at: None,
        }
    }
}
