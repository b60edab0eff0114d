//! Requests to answers, in groups that are committed at once.
//!
//! In: a [`Store`], [`Request`]s and the present. Out: [`Reply`]s, each given only when all that it says
//! is written. It has no clock and no thread of its own: the same store, requests and instants give the
//! same rows. Several engines may work on the same data, since every change says which version it is
//! made upon; one that lost a race is made anew upon what won.

mod batch;
mod effects;
mod export;
mod migrate;
mod overview;
mod personal;
mod preview;
mod query;
mod reads;
mod resume;
mod retention;
mod verify;

pub use effects::Backoff;
pub use export::Exported;
pub use migrate::{Migration, MigrationReport, Place};
pub use overview::{Counts, DeploymentView, StatusView, TenantView};
pub use personal::Erased;
pub use preview::{Beside, Known, Left, LeftStatus, Preview, SettingChange};
pub use resume::Resumed;
pub use retention::{Outlived, OutlivedPage};
pub use verify::{Tampered, Verified};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::deployment::{self, Compiled, Deploy, DeployError, Deployed};
use super::failures::{Failure, Failures, Listener};
use super::request::{Answer, Reply, Request};
use super::row::{OrderKey, OrderRow, Unit};
use super::store::{Store, StoreError};
use crate::time::Instant;
use batch::Batch;

/// How often a group is made anew because somebody else was faster.
const ATTEMPTS: usize = 32;

/// The most orders whose timers fire in one group.
pub const GROUP: usize = 512;

/// After so many steps no further order's timers fire in a group.
const STEPS: usize = 10_000;

/// Why the engine did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An order cannot be read or made again.
    #[error("`{key}`: {problem}")]
    Order {
        /// Which order.
        key: OrderKey,
        /// What is wrong.
        problem: String,
    },
    /// What is asked is mistaken.
    #[error("{0}")]
    Invalid(String),
}

/// Runs orders upon a store.
#[derive(Debug)]
pub struct Engine<S> {
    store: S,
    compiled: Compiled,
    listener: Listener,
    /// Whether there was no room for the last commit.
    is_full: bool,
    /// How many steps it has written.
    steps: usize,
}

/// What fired in a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fired {
    /// How many orders something was due of.
    pub orders: usize,
    /// How many of these had more due than fires at once, so that they are due still.
    pub behind: usize,
    /// How many of these made no step here: somebody else had fired what was due of them.
    pub by_others: usize,
    /// How many steps were made, those of other orders that it led to included.
    pub steps: usize,
}

/// What each request was told, and how many steps its order made with that; nothing yet where it is still open.
type Told = [Option<Result<(Reply, usize), StoreError>>];

/// A deployment that could not be had.
enum Undeployed {
    /// The store failed.
    Store(StoreError),
    /// It is not there, or cannot be compiled.
    Problem(String),
}

impl<S: Store> Engine<S> {
    /// An engine upon a store.
    pub fn new(store: S) -> Self {
        Self::sharing(store, Compiled::default())
    }

    /// An engine upon a store, which compiles no deployment that others have compiled.
    pub fn sharing(store: S, compiled: Compiled) -> Self {
        Self {
            store,
            compiled,
            listener: Listener::default(),
            is_full: false,
            steps: 0,
        }
    }

    /// Has each timer that was due and failed told, and each event that was raised for later, once that is
    /// written: nobody is answered where they come by themselves.
    pub fn on_failure(&mut self, tell: impl FnMut(&Failure) + Send + 'static) {
        self.listener = Listener::new(tell);
    }

    /// The store.
    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Takes the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// Fails where there was no room for the last commit, as long as there is none.
    ///
    /// # Errors
    /// [`StoreError::Full`], or the store fails otherwise.
    pub fn check_room(&mut self) -> Result<(), StoreError> {
        if self.is_full {
            self.store.check_room()?;
            self.is_full = false;
        }
        Ok(())
    }

    /// Checks a workflow, and makes it the one under which a tenant's new orders are made. Orders that
    /// are under way stay under theirs. Gives the id of the deployment.
    ///
    /// # Errors
    /// When the workflow has errors, the settings do not fit, or the store fails; then nothing changes.
    pub fn deploy(&mut self, deploy: &Deploy, now: Instant) -> Result<String, DeployError> {
        batch::check_name("the tenant", &deploy.tenant).map_err(DeployError::Invalid)?;
        batch::check_now(now).map_err(DeployError::Invalid)?;
        let (row, deployed) = deployment::compile(&deploy.placed(), now)?;
        self.store.deploy(&row)?;
        self.compiled.add(&row.tenant, Arc::new(deployed));
        Ok(row.id)
    }

    /// Answers requests in their order, as if one after the other, and writes them at once.
    ///
    /// # Errors
    /// When the store fails. Of several requests some may be written then, where the others had lost a race before:
    /// [`handle_each`](Self::handle_each) tells which.
    pub fn handle(&mut self, requests: &[Request], now: Instant) -> Result<Vec<Reply>, StoreError> {
        self.handle_each(requests, now).into_iter().collect()
    }

    /// The same, with an answer or an error for each. Of a request with an error nothing was written, unless the
    /// error says that this is not known.
    pub fn handle_each(
        &mut self,
        requests: &[Request],
        now: Instant,
    ) -> Vec<Result<Reply, StoreError>> {
        let told = self.handle_some(requests, usize::MAX, now).into_iter();
        told.map(|told| told.map(|(reply, _)| reply)).collect()
    }

    /// The same for as many of the requests, from the first, as make so many steps; at least for one. With how many
    /// steps the order of each made.
    fn handle_some(
        &mut self,
        requests: &[Request],
        most: usize,
        now: Instant,
    ) -> Vec<Result<(Reply, usize), StoreError>> {
        let mut replies: Vec<Option<Result<(Reply, usize), StoreError>>> =
            requests.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..requests.len()).collect();
        if let Err(error) = self.rounds(requests, (most, now), (&mut replies, &mut open)) {
            for at in open {
                if let Some(slot) = replies.get_mut(at) {
                    *slot = Some(Err(error.clone()));
                }
            }
        }
        replies.into_iter().flatten().collect()
    }

    /// Answers what is open, and again what lost a race, until nothing is; what is still open where it fails has no
    /// answer.
    fn rounds(
        &mut self,
        requests: &[Request],
        (most, now): (usize, Instant),
        (replies, open): (&mut Told, &mut Vec<usize>),
    ) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let mut batch = Batch::open(self, open.iter().filter_map(|&at| requests.get(at)))?;
            let mut roots = BTreeMap::new();
            let mut steps = 0;
            let mut answered = 0;
            for &at in open.iter() {
                if steps >= most {
                    break;
                }
                let Some(request) = requests.get(at) else {
                    continue;
                };
                let (reply, root) = batch.answer(request, now)?;
                let made = batch.steps_of(request.key());
                steps += made;
                answered += 1;
                if let Some(slot) = replies.get_mut(at) {
                    *slot = Some(Ok((reply, made)));
                }
                if let Some(root) = root {
                    roots.insert(at, root);
                }
            }
            let (units, failures) = batch.close();
            let lost = self.commit(units, failures)?;
            open.truncate(answered);
            open.retain(|at| roots.get(at).is_some_and(|root| lost.contains(root)));
            if open.is_empty() {
                return Ok(());
            }
        }
        let busy = "others were faster every time".to_owned();
        Err(StoreError::Busy(busy))
    }

    /// Fires what is due by now, in one group. Where orders slept for very long, a
    /// group is over once it has made ten thousand steps, so that others are not kept waiting. An order that
    /// cannot go on is told as a failure, and is not due again before somebody [lets it go on](Self::resume).
    ///
    /// # Errors
    /// When the store fails; or the time is one that cannot be written.
    pub fn fire_due(&mut self, now: Instant) -> Result<Fired, StoreError> {
        batch::check_now(now).map_err(StoreError::Failed)?;
        let due = self.store.due(now, GROUP)?;
        let ticks: Vec<Request> = due.iter().cloned().map(Request::Tick).collect();
        let before = self.steps;
        let replies = self.handle_some(&ticks, STEPS, now);
        let mut fired = Fired {
            orders: replies.len(),
            steps: self.steps - before,
            ..Fired::default()
        };
        for (key, told) in due.iter().zip(replies) {
            let (reply, made) = told?;
            // Where the order itself did not answer, it would be due for ever.
            match reply.answer {
                Answer::Stuck { reason: why }
                | Answer::Refused {
                    message: why,
                    receipt: None,
                    ..
                } => {
                    self.store.set_stuck(key, Some(&why))?;
                    self.listener.hear(&Failure::stuck(key.clone(), why));
                }
                Answer::Behind(_) => fired.behind += 1,
                _ if made == 0 => fired.by_others += 1,
                _ => {}
            }
        }
        Ok(fired)
    }

    /// Writes the units by root, and tells what of them tells of failures; gives the roots of those that lost a
    /// race.
    fn commit(
        &mut self,
        units: BTreeMap<OrderKey, Unit>,
        mut failures: Failures,
    ) -> Result<BTreeSet<OrderKey>, StoreError> {
        if units.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (roots, units): (Vec<OrderKey>, Vec<Unit>) = units.into_iter().unzip();
        let written = self.store.commit(&units);
        match &written {
            Ok(_) => self.is_full = false,
            Err(StoreError::Full(_)) => self.is_full = true,
            // That tells nothing of room.
            Err(_) => {}
        }
        let written = written?;
        let done = units.iter().zip(&written).filter(|(_, written)| **written);
        let changes = done.flat_map(|(unit, _)| unit);
        self.steps += changes.map(|change| change.journal.len()).sum::<usize>();
        let lost = roots
            .into_iter()
            .zip(written)
            .filter(|(_, written)| !written);
        let lost: BTreeSet<OrderKey> = lost.map(|(root, _)| root).collect();
        failures.retain(|root, _| !lost.contains(root));
        for failure in failures.values().flatten() {
            self.listener.hear(failure);
        }
        Ok(lost)
    }

    /// A deployment by id, compiled once.
    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Arc<Deployed>, Undeployed> {
        if let Some(deployed) = self.compiled.get(tenant, id) {
            return Ok(deployed);
        }
        let row = self
            .store
            .deployment(tenant, id)
            .map_err(Undeployed::Store)?;
        let missing = || Undeployed::Problem(format!("there is no deployment `{id}`"));
        let row = row.ok_or_else(missing)?;
        let restored = deployment::restore(&row).map_err(Undeployed::Problem)?;
        let deployed = Arc::new(restored);
        self.compiled.add(tenant, Arc::clone(&deployed));
        Ok(deployed)
    }

    /// The deployment of an order; the inner error says why the order is stuck.
    fn deployment_of(
        &mut self,
        row: &OrderRow,
    ) -> Result<Result<Arc<Deployed>, String>, StoreError> {
        match self.deployment(&row.key.tenant, &row.deployment) {
            Ok(deployed) => Ok(Ok(deployed)),
            Err(Undeployed::Problem(problem)) => Ok(Err(problem)),
            Err(Undeployed::Store(error)) => Err(error),
        }
    }
}
