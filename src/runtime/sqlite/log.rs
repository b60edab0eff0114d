//! The log: brought into the file once it is long, and cut after an erasure.
//!
//! In: a connection that has changed something. Out: whether the disk can still be relied on. It is ours to do,
//! since SQLite passes over a failed sync when it does it by itself, and since the error of a hook does not
//! come back as what it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, Result};

use super::error::error;
use crate::runtime::store::StoreError;

/// How many pages stand in the log before they are brought into the file.
const LONG: i32 = 8_192;

/// What is owed to a log.
#[derive(Debug)]
pub(super) struct Log {
    is_long: Arc<AtomicBool>,
    is_uncut: bool,
}

impl Log {
    /// The log of a connection, which from now on tells when it is long.
    pub(super) fn of(connection: &mut Connection) -> Result<Self> {
        let is_long = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_long);
        connection.wal_hook(Some(move |_: &mut _, pages| {
            told.store(pages >= LONG, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self {
            is_long,
            is_uncut: false,
        })
    }

    /// It may hold what was erased.
    pub(super) fn holds_erased(&mut self) {
        self.is_uncut = true;
    }

    /// Does what is owed. What was changed is written whatever becomes of this: where it fails it is tried
    /// again after the next change, but for a failed sync, which nothing may pass over. Where somebody reads,
    /// what was erased goes with a later time.
    pub(super) fn keep(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mode = match (self.is_uncut, self.is_long.load(Ordering::Relaxed)) {
            (true, _) => "TRUNCATE",
            (false, true) => "PASSIVE",
            (false, false) => return Ok(()),
        };
        let kept = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
        match kept.map_err(|wrong| error(&wrong)) {
            Ok(()) => {
                self.is_uncut = false;
                self.is_long.store(false, Ordering::Relaxed);
            }
            Err(unsure @ StoreError::Unsure(_)) => return Err(unsure),
            Err(_) => {}
        }
        Ok(())
    }
}
