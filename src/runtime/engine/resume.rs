//! Orders that could not go on, and can again.
//!
//! In: orders. Out: what became of each: it goes on, or why it still cannot. Whoever found that an order cannot go
//! on has said so in its row, and nothing happens to it until somebody says that this is mended.

use super::Engine;
use crate::runtime::row::{ELSEWHERE, OrderKey};
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::Working;

/// What became of an order that was to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumed {
    /// There is no such order.
    Unknown,
    /// It was not held up.
    Going,
    /// It goes on, and so do its timers.
    Resumed,
    /// It still cannot go on: why.
    Stuck(String),
}

impl<S: Store> Engine<S> {
    /// Lets an order go on that could not, once what was wrong is mended.
    ///
    /// # Errors
    /// When the store fails.
    pub fn resume(&mut self, key: &OrderKey) -> Result<Resumed, StoreError> {
        let row = self.store.load(std::slice::from_ref(key))?.pop().flatten();
        let Some(row) = row else {
            return Ok(Resumed::Unknown);
        };
        if row.stuck.as_deref() == Some(ELSEWHERE) {
            return Ok(Resumed::Stuck(ELSEWHERE.to_owned()));
        }
        let read = self.deployment_of(&row)?;
        let read = read.and_then(|deployed| Working::read(&row, deployed));
        Ok(match (read, row.stuck) {
            (Err(reason), _) => Resumed::Stuck(reason),
            (Ok(_), None) => Resumed::Going,
            (Ok(_), Some(_)) => {
                self.store.set_stuck(key, None)?;
                Resumed::Resumed
            }
        })
    }
}
