//! What a store must do.
//!
//! In: rows. Out: rows, or what is wrong with the world. A store knows nothing of workflows. It is used
//! by one thread; several processes may use stores over the same data, since every change says which
//! version of its order, and which last step, it is made upon.

use super::row::{
    DeploymentRow, EffectRow, Find, JournalRow, OrderKey, OrderRow, Orphan, PlanRow, Settlement,
    Unit,
};
use crate::time::Instant;
use std::time::Duration;

/// Why a store did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no room: nothing was written, and it works again when there is.
    #[error("the store is full: {0}")]
    Full(String),
    /// Somebody else holds it for too long: nothing was written, and it may be tried again.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// Reading or writing failed; nothing of the change was written.
    #[error("the store failed: {0}")]
    Failed(String),
    /// It is not known whether what was to be written is there and lasts. A store that must be opened again for that,
    /// as one in a file, says so of whatever it is asked from then on; one in a database answers all else.
    #[error("the store cannot tell what became of it: {0}")]
    Unsure(String),
    /// What is stored cannot be read: it was written by a later version, or tampered with.
    #[error("what is stored cannot be read: {0}")]
    Corrupt(String),
}

/// How an order stands in its tenant's statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The deployment.
    pub deployment: String,
    /// The status.
    pub status: String,
    /// How many orders.
    pub count: u64,
}

/// Rows that outlive the process. Every method answers from what was committed, and each that writes is
/// durable when it returns. Instants are kept exactly and compared by whole microseconds; what becomes due
/// within one is due at its end.
///
/// # Errors
/// Every method fails with what is wrong with the world; then it wrote nothing, but for
/// [`StoreError::Unsure`].
#[allow(clippy::missing_errors_doc, reason = "one sentence for all of them")]
pub trait Store: Send {
    /// How long each call from now on may wait for a way to the rows that is not there at the moment; as long
    /// as the store sees fit where nothing is said.
    fn set_patience(&mut self, _patience: Option<Duration>) {}

    /// Orders by key; `None` for each that is not there.
    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError>;

    /// The orders right below one, by id.
    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError>;

    /// First answers to events by order and id; `None` for each that was not answered.
    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError>;

    /// Writes units at once and durably, each upon those before it. `false` for each unit of which nothing
    /// was written because an order has another version or last step than expected, or an event already has an answer.
    /// An order whose version stays as expected is not written again, only what comes with it. A step or
    /// an effect that is there already is an error.
    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError>;

    /// Whether there is room for what a small commit takes: it writes as much, and nothing of it stays. It is asked
    /// where a commit found none.
    fn check_room(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Orders with a timer due by `now`, the longest due first, without those that are stuck.
    fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError>;

    /// When the next timer of an order that is not stuck is due.
    fn next_due(&mut self) -> Result<Option<Instant>, StoreError>;

    /// The steps of an order behind a sequence number, oldest first.
    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError>;

    /// Keys of orders of all tenants behind a key, in order of tenant and id.
    fn keys(&mut self, after: Option<&OrderKey>, limit: usize)
    -> Result<Vec<OrderKey>, StoreError>;

    /// What is there of orders of all tenants that are not there themselves, behind a key, in order of tenant
    /// and id: at most so many orders, and none where there are no more. It looks through all rows.
    fn orphans(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<Orphan>, StoreError>;

    /// Orders of a tenant by id.
    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError>;

    /// The deployments and statuses that orders of a tenant have, sorted. It looks up one after the other, and
    /// does not count: there are few, however many orders there are.
    fn standing(&mut self, tenant: &str) -> Result<Vec<(String, String)>, StoreError>;

    /// How many orders of a tenant stand where, sorted. It looks through all of them.
    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError>;

    /// How many orders of a tenant that cannot go on stand where, sorted, without those that run
    /// [elsewhere](super::row::ELSEWHERE). It looks through those that are stuck alone.
    fn stuck_standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError>;

    /// The tenants that have orders or deployments, sorted. It looks up one after the other.
    fn tenants(&mut self) -> Result<Vec<String>, StoreError>;

    /// Says why an order cannot go on, or that it can again. Whether there is such an order.
    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError>;

    /// Adds a deployment, and makes it the one under which the tenant's new orders are made.
    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError>;

    /// A deployment of a tenant by id.
    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError>;

    /// The ids of a tenant's deployments, sorted: of those that are current, and of all that were.
    fn deployments(&mut self, tenant: &str) -> Result<Vec<String>, StoreError>;

    /// The deployment under which a tenant's new orders of a workflow are made.
    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError>;

    /// Keeps a migration file.
    fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError>;

    /// A migration file of a tenant by id.
    fn plan(&mut self, tenant: &str, id: &str) -> Result<Option<PlanRow>, StoreError>;

    /// Hands out effects that are due by `now`, the oldest first: each is not handed out again before
    /// `until`, and counts one attempt more.
    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError>;

    /// Settles an effect that was handed out at this attempt. Whether it was still handed out so.
    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError>;

    /// Effects that were given up, by id.
    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError>;

    /// Hands a given-up effect out again from `due` on. Whether there is such an effect.
    fn revive(&mut self, id: &str, due: Instant) -> Result<bool, StoreError>;
}

/// Whichever store it is.
impl<S: Store + ?Sized> Store for Box<S> {
    fn set_patience(&mut self, patience: Option<Duration>) {
        (**self).set_patience(patience);
    }

    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        (**self).load(keys)
    }

    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError> {
        (**self).children(parent)
    }

    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError> {
        (**self).answers(asked)
    }

    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
        (**self).commit(units)
    }

    fn check_room(&mut self) -> Result<(), StoreError> {
        (**self).check_room()
    }

    fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        (**self).due(now, limit)
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        (**self).next_due()
    }

    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        (**self).journal(key, after, limit)
    }

    fn keys(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        (**self).keys(after, limit)
    }

    fn orphans(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<Orphan>, StoreError> {
        (**self).orphans(after, limit)
    }

    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError> {
        (**self).find(find)
    }

    fn standing(&mut self, tenant: &str) -> Result<Vec<(String, String)>, StoreError> {
        (**self).standing(tenant)
    }

    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        (**self).standings(tenant)
    }

    fn stuck_standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        (**self).stuck_standings(tenant)
    }

    fn tenants(&mut self) -> Result<Vec<String>, StoreError> {
        (**self).tenants()
    }

    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError> {
        (**self).set_stuck(key, reason)
    }

    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError> {
        (**self).deploy(row)
    }

    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError> {
        (**self).deployment(tenant, id)
    }

    fn deployments(&mut self, tenant: &str) -> Result<Vec<String>, StoreError> {
        (**self).deployments(tenant)
    }

    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError> {
        (**self).current(tenant, workflow)
    }

    fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError> {
        (**self).add_plan(row)
    }

    fn plan(&mut self, tenant: &str, id: &str) -> Result<Option<PlanRow>, StoreError> {
        (**self).plan(tenant, id)
    }

    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        (**self).claim(tenant, now, until, limit)
    }

    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError> {
        (**self).settle(id, attempt, settlement)
    }

    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        (**self).dead(tenant, limit)
    }

    fn revive(&mut self, id: &str, due: Instant) -> Result<bool, StoreError> {
        (**self).revive(id, due)
    }
}
