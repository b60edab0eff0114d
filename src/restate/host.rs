//! What is outside of Restate: deployments, the clock, and the store of the projection.
//!
//! In: ids. Out: rows of the store, and the present. What may differ from one attempt of a call to the next
//! is asked within `run`, so that Restate remembers it; a deployment is named by its content and is the same
//! whenever it is read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use restate_sdk::prelude::HandlerError;

use super::kept::Kept;
use super::projection::{ProjectError, project};
use crate::runtime::row::{Change, DeploymentRow, OrderKey, PlanRow};
use crate::runtime::{Clock, Compiled, Memory, Runtime, RuntimeError, Store, StoreError};
use crate::time::{Instant, format_instant, parse_instant};

/// Whichever store it is.
pub(super) type AnyStore = Box<dyn Store>;

/// Deployments by tenant and id.
type Deployments = BTreeMap<(String, String), DeploymentRow>;

/// What all handlers share.
#[derive(Clone)]
pub(super) struct Host {
    runtime: Arc<Runtime<AnyStore>>,
    clock: Arc<dyn Clock>,
    pub(super) compiled: Compiled,
    deployments: Arc<Mutex<Deployments>>,
}

impl Host {
    pub(super) fn new(runtime: Arc<Runtime<AnyStore>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            runtime,
            clock,
            compiled: Compiled::default(),
            deployments: Arc::default(),
        }
    }

    /// The present, the same however often a call is tried.
    pub(super) async fn now(&self, ctx: &impl Kept) -> Result<Instant, HandlerError> {
        let clock = Arc::clone(&self.clock);
        let now = move || async move { Ok(format_instant(clock.now())) };
        let now = ctx.outside("now", now).await?;
        Ok(parse_instant(&now).map_err(|error| error.to_string())?)
    }

    /// How long it is until an instant.
    pub(super) fn until(&self, due: Instant) -> Duration {
        self.clock.until(due)
    }

    /// Makes the deployment of new orders known to a store, the same however often a call is tried.
    pub(super) async fn provide_current(
        &self,
        ctx: &impl Kept,
        memory: &mut Memory,
        (tenant, workflow): (&str, &str),
    ) -> Result<(), HandlerError> {
        let host = self.clone();
        let asked = (tenant.to_owned(), workflow.to_owned());
        let current = move || async move {
            let found = host.ask(move |store| store.current(&asked.0, &asked.1));
            Ok(found.await?.map(|row| row.id).unwrap_or_default())
        };
        let id = ctx.outside("current", current).await?;
        if let Some(row) = self.deployment(tenant, &id).await? {
            memory.deploy(&row)?;
        }
        Ok(())
    }

    /// Makes a deployment known to a store, unless it is compiled already.
    pub(super) async fn provide(
        &self,
        memory: &mut Memory,
        (tenant, id): (&str, &str),
    ) -> Result<(), HandlerError> {
        if self.compiled.workflow(tenant, id).is_none()
            && let Some(row) = self.deployment(tenant, id).await?
        {
            memory.deploy(&row)?;
        }
        Ok(())
    }

    /// A deployment by id.
    async fn deployment(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<DeploymentRow>, HandlerError> {
        let known = (tenant.to_owned(), id.to_owned());
        if let Some(row) = self.deployments().get(&known) {
            return Ok(Some(row.clone()));
        }
        let asked = known.clone();
        let found = self.ask(move |store| store.deployment(&asked.0, &asked.1));
        let found = found.await?;
        if let Some(row) = &found {
            self.deployments().insert(known, row.clone());
        }
        Ok(found)
    }

    fn deployments(&self) -> std::sync::MutexGuard<'_, Deployments> {
        let deployments = self.deployments.lock();
        deployments.unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a migration file, so that steps that were made by it can be verified.
    pub(super) async fn keep_plan(&self, row: PlanRow) -> Result<(), HandlerError> {
        Ok(self.ask(move |store| store.add_plan(&row)).await?)
    }

    /// Writes changes of one family into the store.
    pub(super) async fn project(
        &self,
        changes: Vec<Change>,
    ) -> Result<Result<(), ProjectError>, RuntimeError> {
        let written = self
            .runtime
            .ask(move |engine, _| project(engine.store().as_mut(), changes));
        written.await
    }

    /// The version of an order that is in the store already, the same however often a call is tried.
    pub(super) async fn taken(
        &self,
        ctx: &impl Kept,
        key: &OrderKey,
    ) -> Result<Option<u64>, HandlerError> {
        let (host, key) = (self.clone(), key.clone());
        let taken = move || async move {
            let found = host.ask(move |store| store.load(std::slice::from_ref(&key)));
            let row = found.await?.pop().flatten();
            Ok(row.map_or_else(String::new, |row| row.sequence.to_string()))
        };
        let version = ctx.outside("taken", taken).await?;
        Ok(version.parse().ok())
    }

    /// Asks the store.
    async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut AnyStore) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, RuntimeError> {
        let asked = self.runtime.ask(move |engine, _| question(engine.store()));
        Ok(asked.await??)
    }
}
