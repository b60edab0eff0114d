//! The store in one file: SQLite with a write-ahead log, every commit on the disk when it returns.
//!
//! In: rows. Out: rows that outlive the process and the machine's power. Several processes may open one
//! file. Each commit is one transaction, however many units it has, and one sync of the disk: many at once
//! cost little more than one.
//!
//! - `schema`: the file, its form, and what holds for a connection; the tables are in `1.sql`;
//! - `write`, `read`, `effects`, `deploy`: what the store does; `sql`: its questions; `columns`: rows as columns;
//! - `log`: what is owed to the write-ahead log; `place`: whether the file is still there;
//! - `error`: what becomes of what was to be written.

mod columns;
mod deploy;
mod effects;
mod error;
mod log;
mod place;
mod read;
mod schema;
mod sql;
mod write;

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::row::{
    DeploymentRow, EffectRow, Find, JournalRow, OrderKey, OrderRow, Orphan, PlanRow, Settlement,
    Unit,
};
use super::store::{Standing, Store, StoreError};
use crate::time::Instant;
use log::Log;
use place::Place;
use schema::Missing;

/// A [`Store`] in a file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    place: Place,
    log: Log,
    /// Why nothing can be relied on until the file is opened again.
    unsure: Option<StoreError>,
}

impl Sqlite {
    /// Opens the store in a file, which is created where there is none, and brought to the newest form.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the file is no store, is damaged or was written by a later version:
    /// it is left as it is. Else what is wrong with the world.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::opened(path.as_ref(), Missing::Created)
    }

    /// Opens the store in a file that must be there.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StoreError::Failed`] where there is no such file.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::opened(path.as_ref(), Missing::Refused)
    }

    /// Opens the store in a file that must be there, to read it. Where it can be written to, this is
    /// [`open_existing`](Self::open_existing). Elsewhere, as on a backup that is mounted to be read, it is read
    /// as it stands, every change fails, and so does every question once somebody else changes it after all.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing), and [`StoreError::Failed`] where it cannot be written to and
    /// has an older form, or a log beside it without the log's index.
    pub fn open_to_read(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let (connection, log, is_written) = schema::open_to_read(path)?;
        let place = match is_written {
            true => Place::of(path),
            false => Place::at_rest(path),
        };
        Ok(Self {
            connection,
            place,
            log,
            unsure: None,
        })
    }

    fn opened(path: &Path, missing: Missing) -> Result<Self, StoreError> {
        let (connection, log) = schema::open(path, missing)?;
        Ok(Self {
            connection,
            place: Place::of(path),
            log,
            unsure: None,
        })
    }

    /// Lets the file grow to so many bytes and no further; what would need more is
    /// [`StoreError::Full`]. It holds for this connection, and cuts off nothing that is there.
    ///
    /// # Errors
    /// What is wrong with the world.
    pub fn limit_size(&mut self, bytes: u64) -> Result<(), StoreError> {
        self.run(|file| schema::limit_size(file, bytes))
    }

    /// Looks through the whole file for damage.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the first damage; else what is wrong with the world.
    pub fn check(&mut self) -> Result<(), StoreError> {
        match self.run(schema::damage)? {
            Some(damage) => Err(StoreError::Corrupt(damage)),
            None => Ok(()),
        }
    }

    /// Asks SQLite, unless nothing it says can be relied on.
    fn run<T>(
        &mut self,
        ask: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if let Some(unsure) = &self.unsure {
            return Err(unsure.clone());
        }
        let answer = ask(&mut self.connection).map_err(|wrong| error::once_open(&wrong));
        let answer = answer.and_then(|answer| self.log.keep(&self.connection).map(|()| answer));
        // Looked at afterwards, so that nothing is answered that went to a file nobody finds again.
        let answer = match self.place.trouble() {
            Some(gone) => Err(StoreError::Unsure(gone)),
            None => answer,
        };
        answer.map_err(|wrong| match wrong {
            StoreError::Unsure(why) => {
                let why = format!("{why}; nothing is answered until the file is opened again");
                self.unsure.insert(StoreError::Unsure(why)).clone()
            }
            wrong => wrong,
        })
    }

    /// Asks several questions of one state of the file.
    fn read<T>(
        &mut self,
        ask: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.run(|file| ask(&file.transaction()?))
    }
}

impl Store for Sqlite {
    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        self.read(|file| read::load(file, keys))
    }

    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError> {
        self.run(|file| read::children(file, parent))
    }

    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError> {
        self.read(|file| read::answers(file, asked))
    }

    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
        if units.iter().flatten().any(|change| change.erases) {
            self.log.holds_erased();
        }
        self.run(|file| write::commit(file, units))
    }

    fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        self.run(|file| read::due(file, now, limit))
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        self.run(|file| read::next_due(file))
    }

    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.run(|file| read::journal(file, key, after, limit))
    }

    fn keys(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        self.run(|file| read::keys(file, after, limit))
    }

    fn orphans(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<Orphan>, StoreError> {
        self.read(|file| read::orphans(file, after, limit))
    }

    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError> {
        self.read(|file| read::find(file, find))
    }

    fn standing(&mut self, tenant: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.run(|file| read::standing(file, tenant))
    }

    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        self.run(|file| read::standings(file, (sql::STANDINGS, tenant)))
    }

    fn stuck_standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        self.run(|file| read::standings(file, (&sql::stuck_standings(), tenant)))
    }

    fn tenants(&mut self) -> Result<Vec<String>, StoreError> {
        self.run(|file| read::tenants(file))
    }

    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError> {
        self.run(|file| write::set_stuck(file, key, reason))
    }

    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError> {
        self.run(|file| deploy::deploy(file, row))
    }

    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError> {
        self.run(|file| deploy::by_id(file, tenant, id))
    }

    fn deployments(&mut self, tenant: &str) -> Result<Vec<String>, StoreError> {
        self.run(|file| deploy::ids(file, tenant))
    }

    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError> {
        self.run(|file| deploy::current(file, tenant, workflow))
    }

    fn check_room(&mut self) -> Result<(), StoreError> {
        self.run(|file| write::check_room(file))
    }

    fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError> {
        self.run(|file| deploy::add_plan(file, row))
    }

    fn plan(&mut self, tenant: &str, id: &str) -> Result<Option<PlanRow>, StoreError> {
        self.run(|file| deploy::plan(file, tenant, id))
    }

    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.run(|file| effects::claim(file, tenant, now, until, limit))
    }

    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError> {
        self.run(|file| effects::settle(file, id, attempt, settlement))
    }

    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        self.run(|file| effects::dead(file, tenant, limit))
    }

    fn revive(&mut self, id: &str, due: Instant) -> Result<bool, StoreError> {
        self.run(|file| effects::revive(file, id, due))
    }
}
