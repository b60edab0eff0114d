//! The store in a PostgreSQL database, which several processes share.
//!
//! In: rows. Out: rows that outlive the process and the server. Each commit is one transaction of two round
//! trips, however many units it has, and of one for a change that is alone. The connection is made anew when it is
//! lost; where that leaves open whether something was written, it is looked up, and written where it was not. Where
//! the server does not come back in time for that, it stays open, and what is asked next is answered from what is there.
//!
//! The client is asynchronous and runs on the thread that asks. Where that thread already runs something
//! asynchronous, a second one is lent for the call.
//!
//! - `address`: where the database is; `tls`: how far its server is trusted; `link`: a connection;
//! - `schema`: the tables, their form, and how they are brought to the newest; they are in `1.sql`;
//! - `write`, `alone`, `doubt`, `read`, `effects`, `deploy`: what the store does; `sql`: what the server is told;
//! - `columns`, `rows`, `text`: rows as columns; `error`: what becomes of what was to be written.

mod address;
mod alone;
mod columns;
mod deploy;
mod doubt;
mod effects;
mod error;
mod link;
mod passfile;
mod read;
mod rows;
mod schema;
mod sql;
mod text;
mod tls;
mod write;

use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Instant;

use super::row::{
    DeploymentRow, EffectRow, Find, JournalRow, OrderKey, OrderRow, Orphan, PlanRow, Settlement,
    Unit,
};
use super::store::{Standing, Store, StoreError};
use crate::time;
pub use address::Address;
use error::Trouble;
use link::Link;
use schema::Missing;

/// How long to wait, in milliseconds, before each time that something is tried again: twelve seconds in all.
const PAUSES: [u64; 10] = [10, 50, 100, 200, 400, 800, 1_600, 2_800, 2_800, 2_800];

/// How long it is tried to find out what became of a commit, unless patience is shorter: as long as a server takes to
/// restart or to be replaced, or an operator to make room.
const DOUBT: Duration = Duration::from_secs(300);

/// How long to wait between two tries of that: longer each time, up to the second.
const DOUBT_PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// A [`Store`] in a database.
#[derive(Debug)]
pub struct Postgres {
    /// Taken when the store is dropped.
    executor: Option<Runtime>,
    address: Address,
    patience: Option<Duration>,
    link: Option<Link>,
}

impl Postgres {
    /// Opens the store at an address, as [`Address`] reads it. See [`open`](Self::open).
    ///
    /// # Errors
    /// As those two.
    pub fn connect(address: &str) -> Result<Self, StoreError> {
        Self::open(Address::parse(address)?)
    }

    /// Opens the store at an address; where the schema is not there or empty, it is made, and brought to the
    /// newest form.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the schema is no store or was written by a later version: it is left as
    /// it is. Else what is wrong with the world.
    pub fn open(address: Address) -> Result<Self, StoreError> {
        Self::opened(address, Missing::Created)
    }

    /// Opens a store that must be there.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StoreError::Failed`] where there is no such schema.
    pub fn open_existing(address: Address) -> Result<Self, StoreError> {
        Self::opened(address, Missing::Refused)
    }

    fn opened(address: Address, missing: Missing) -> Result<Self, StoreError> {
        let executor = Builder::new_current_thread().enable_all().build();
        let executor = executor.map_err(|wrong| StoreError::Failed(wrong.to_string()))?;
        let mut store = Self {
            executor: Some(executor),
            address,
            patience: None,
            link: None,
        };
        let opened = lend(store.executor.as_ref(), async || {
            let mut link = Link::open(&store.address).await?;
            schema::open(&mut link, &store.address, missing).await?;
            Ok(link)
        });
        let opened = opened.and_then(|opened| opened.map_err(given_up));
        store.link = Some(opened.map_err(|wrong| named(&store.address.place(), wrong))?);
        Ok(store)
    }

    /// Asks the server, as often as it takes within patience.
    fn run<T: Send>(
        &mut self,
        ask: impl AsyncFnMut(&mut Link) -> Result<T, Trouble> + Send,
    ) -> Result<T, StoreError> {
        let (link, address, patience) = (&mut self.link, &self.address, self.patience);
        let asked = lend(self.executor.as_ref(), async move || {
            patient(link, (address, patience), ask).await
        });
        asked.and_then(|answer| answer).map_err(|wrong| {
            if matches!(wrong, StoreError::Unsure(_)) {
                self.link = None;
            }
            named(&self.address.place(), wrong)
        })
    }

    /// What became of units that were under way when the connection broke; nothing where the server does not come
    /// back to tell, or refuses to. What is not there is written anew: whoever still writes the other one then loses,
    /// as it would to any other process.
    fn settled(&mut self, units: &[Unit]) -> Option<Vec<bool>> {
        let patience = self.patience;
        let settled = self.settled_by(Instant::now() + patience.unwrap_or(DOUBT), units);
        self.patience = patience;
        settled
    }

    fn settled_by(&mut self, end: Instant, units: &[Unit]) -> Option<Vec<bool>> {
        let [mut pause, longest] = DOUBT_PAUSES;
        let mut is_last_word = false;
        loop {
            self.patience = Some(end.saturating_duration_since(Instant::now()));
            let there = self.run(async |link| doubt::settled(link, units).await);
            let judged = match there {
                Ok(there) if is_last_word || !there.contains(&false) => return Some(there),
                Ok(_) => self.run(async |link| write::commit(link, units).await),
                Err(wrong) => Err(wrong),
            };
            match judged {
                Ok(_) => {
                    is_last_word = true;
                    continue;
                }
                // No time mends that.
                Err(StoreError::Corrupt(_)) => return None,
                Err(_) => {}
            }
            if end.saturating_duration_since(Instant::now()) < pause {
                return None;
            }
            std::thread::sleep(pause);
            pause = longest.min(pause * 2);
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Waiting for it would not do where something asynchronous is dropped along with the store.
        if let Some(executor) = self.executor.take() {
            executor.shutdown_background();
        }
    }
}

/// Does something asynchronous on this thread; on another one where this one may not wait.
fn lend<T: Send>(
    executor: Option<&Runtime>,
    work: impl AsyncFnOnce() -> T + Send,
) -> Result<T, StoreError> {
    let executor = executor.ok_or_else(|| StoreError::Failed("the store is closed".to_owned()))?;
    if Handle::try_current().is_err() {
        return Ok(executor.block_on(work()));
    }
    let done = std::thread::scope(|scope| scope.spawn(|| executor.block_on(work())).join());
    done.map_err(|_| StoreError::Failed("the thread that asked the server broke off".to_owned()))
}

/// Asks again where the connection was lost before anything was written, or others were in the way.
async fn patient<T>(
    link: &mut Option<Link>,
    (address, patience): (&Address, Option<Duration>),
    mut ask: impl AsyncFnMut(&mut Link) -> Result<T, Trouble>,
) -> Result<T, StoreError> {
    let end = patience.map(|patience| Instant::now() + patience);
    let left = || end.map(|end| end.saturating_duration_since(Instant::now()));
    let mut pauses = PAUSES.iter().map(|pause| Duration::from_millis(*pause));
    loop {
        let answer = match link {
            Some(link) => ask(link).await,
            None => match Link::open_within(address, left()).await {
                Ok(opened) => ask(link.insert(opened)).await,
                Err(wrong) => Err(wrong),
            },
        };
        let wrong = match answer {
            Ok(answer) => return Ok(answer),
            Err(wrong) => wrong,
        };
        if matches!(wrong, Trouble::Lost(_)) {
            *link = None;
        }
        let pause = pauses.next();
        let pause = pause.filter(|pause| left().is_none_or(|left| *pause < left));
        match (wrong, pause) {
            (Trouble::Wrong(wrong), _) => return Err(wrong),
            (wrong, None) => return Err(given_up(wrong)),
            (_, Some(pause)) => tokio::time::sleep(pause).await,
        }
    }
}

/// What is wrong when it is not tried again.
fn given_up(wrong: Trouble) -> StoreError {
    match wrong {
        Trouble::Lost(why) => StoreError::Failed(format!("there is no connection: {why}")),
        Trouble::Beaten(why) => StoreError::Busy(why),
        Trouble::Wrong(wrong) => wrong,
    }
}

fn named(place: &str, wrong: StoreError) -> StoreError {
    match wrong {
        StoreError::Full(text) => StoreError::Full(format!("{place}: {text}")),
        StoreError::Busy(text) => StoreError::Busy(format!("{place}: {text}")),
        StoreError::Failed(text) => StoreError::Failed(format!("{place}: {text}")),
        StoreError::Unsure(text) => StoreError::Unsure(format!("{place}: {text}")),
        StoreError::Corrupt(text) => StoreError::Corrupt(format!("{place}: {text}")),
    }
}

impl Store for Postgres {
    fn set_patience(&mut self, patience: Option<Duration>) {
        self.patience = patience;
    }

    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        self.run(async |link| read::load(link, keys).await)
    }

    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError> {
        self.run(async |link| read::children(link, parent).await)
    }

    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError> {
        self.run(async |link| read::answers(link, asked).await)
    }

    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
        let written = self.run(async |link| write::commit(link, units).await);
        let Err(StoreError::Unsure(why)) = written else {
            return written;
        };
        let open = || StoreError::Unsure(format!("{why}; what became of it is not found out"));
        self.settled(units).ok_or_else(open)
    }

    fn due(&mut self, now: time::Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        self.run(async |link| read::due(link, now, limit).await)
    }

    fn next_due(&mut self) -> Result<Option<time::Instant>, StoreError> {
        self.run(async |link| read::next_due(link).await)
    }

    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.run(async |link| read::journal(link, key, after, limit).await)
    }

    fn keys(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        self.run(async |link| read::keys(link, after, limit).await)
    }

    fn orphans(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<Orphan>, StoreError> {
        self.run(async |link| read::orphans(link, after, limit).await)
    }

    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError> {
        self.run(async |link| read::find(link, find).await)
    }

    fn standing(&mut self, tenant: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.run(async |link| read::standing(link, tenant).await)
    }

    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        self.run(async |link| read::standings(link, (sql::STANDINGS, tenant)).await)
    }

    fn stuck_standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        self.run(async |link| read::standings(link, (sql::STUCK_STANDINGS, tenant)).await)
    }

    fn tenants(&mut self) -> Result<Vec<String>, StoreError> {
        self.run(async |link| read::tenants(link).await)
    }

    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError> {
        self.run(async |link| write::set_stuck(link, key, reason).await)
    }

    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError> {
        self.run(async |link| deploy::deploy(link, row).await)
    }

    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError> {
        self.run(async |link| deploy::by_id(link, tenant, id).await)
    }

    fn deployments(&mut self, tenant: &str) -> Result<Vec<String>, StoreError> {
        self.run(async |link| deploy::ids(link, tenant).await)
    }

    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError> {
        self.run(async |link| deploy::current(link, tenant, workflow).await)
    }

    fn check_room(&mut self) -> Result<(), StoreError> {
        self.run(write::check_room)
    }

    fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError> {
        self.run(async |link| deploy::add_plan(link, row).await)
    }

    fn plan(&mut self, tenant: &str, id: &str) -> Result<Option<PlanRow>, StoreError> {
        self.run(async |link| deploy::plan(link, tenant, id).await)
    }

    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: time::Instant,
        until: time::Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.run(async |link| effects::claim(link, tenant, now, until, limit).await)
    }

    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError> {
        self.run(async |link| effects::settle(link, id, attempt, settlement).await)
    }

    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        self.run(async |link| effects::dead(link, tenant, limit).await)
    }

    fn revive(&mut self, id: &str, due: time::Instant) -> Result<bool, StoreError> {
        self.run(async |link| effects::revive(link, id, due).await)
    }
}
