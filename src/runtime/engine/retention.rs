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
const PAGE: usize = 200;

/// Orders whose personal values are kept no longer, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlived {
    /// Whose.
    pub tenant: String,
    /// Those that ended before, however late they were changed since.
    pub before: Instant,
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
    /// When the store fails: then it is as if the rest of this page had not been looked at, unless the error says that
    /// it is not known what was written.
    pub fn erase_outlived(
        &mut self,
        outlived: &Outlived,
        after: Option<String>,
        now: Instant,
    ) -> Result<OutlivedPage, EngineError> {
        let rows = self.store.find(&Find {
            tenant: outlived.tenant.clone(),
            standing: None,
            updated_before: None,
            // What a page costs is bounded by its orders alone.
            created_before: None,
            stuck: false,
            after,
            limit: PAGE,
        })?;
        let next = rows.last().map(|row| row.key.order.clone());
        let next = next.filter(|_| rows.len() == PAGE);
        let (mut requests, mut unread) = (Vec::new(), Vec::new());
        let may_be = |row: &&OrderRow| row.done && row.created_at < outlived.before;
        for row in rows.iter().filter(may_be) {
            match self.is_outlived(outlived, row) {
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

    fn is_outlived(&mut self, outlived: &Outlived, row: &OrderRow) -> Result<bool, EngineError> {
        let (deployed, order) = self.read(row)?;
        // An order that cannot tell when it ended ended at its last step at the latest.
        let ended_at = order.ended_at(&deployed.workflow).unwrap_or(row.updated_at);
        Ok(ended_at < outlived.before && self.tells(row)?)
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
