//! Personal values that are kept no longer.
//!
//! In: a tenant, and before when its orders ended. Out: what became of each that still told of a person, page by
//! page, so that others are answered in between.

use super::personal::erasing;
use super::{Engine, EngineError};
use crate::context::Actor;
use crate::runtime::request::{Fire, Reply, Request};
use crate::runtime::row::{Find, OrderKey, OrderRow};
use crate::runtime::store::Store;
use crate::time::Instant;

/// How many orders are looked at, and written, at once.
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
    /// [`erase`](Self::erase) does. One that tells of nobody is left as it is; so is one that moves meanwhile.
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
            match self.tells(row) {
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
}

impl Outlived {
    /// The erasure of an order as it stands.
    fn erasing(&self, row: &OrderRow) -> Fire {
        let mut fire = erasing(&row.key, (&self.actor, &self.reason));
        fire.expected = Some(row.sequence);
        fire
    }
}
