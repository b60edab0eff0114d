//! What operators do to orders, in a store or at a server.
//!
//! In: deployments, migrations, what became of effects. Out: the same answers, whoever gives them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::reach::Reach;
use super::{Place, engine_failed, failed, now};
use crate::cli::CliError;
use crate::cli::progress::Progress;
use crate::context::Actor;
use crate::runtime::engine::{
    DeploymentView, Erased, Migration, MigrationReport, Preview, Resumed,
};
use crate::runtime::row::EffectRow;
use crate::runtime::{Backoff, Deploy, OrderKey, Store as _};
use crate::time::{Duration, format_instant};

/// A deployment under which new orders are made.
pub(super) struct Current {
    pub(super) id: String,
    pub(super) version: u32,
    /// The settings that were given.
    pub(super) settings: BTreeMap<String, Json>,
}

/// An effect that is handed out, or was given up.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Handed {
    pub(super) id: String,
    /// A server says it in the id alone.
    #[serde(default)]
    pub(super) tenant: String,
    pub(super) order: String,
    pub(super) step: u64,
    pub(super) effect: String,
    pub(super) state: String,
    pub(super) at: String,
    pub(super) attempt: u32,
    #[serde(default)]
    pub(super) error: Option<String>,
}

impl From<EffectRow> for Handed {
    fn from(row: EffectRow) -> Self {
        Self {
            id: row.id,
            tenant: row.key.tenant,
            order: row.key.order,
            step: row.sequence,
            effect: row.effect,
            state: row.state,
            at: format_instant(row.at),
            attempt: row.attempts,
            error: row.error,
        }
    }
}

/// What became of an effect.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate<'a> {
    Done { attempt: u32 },
    Failed { attempt: u32, error: &'a str },
    Revived,
}

impl Reach {
    /// The deployment of new orders of a workflow; none where there is none, or where it may not be seen.
    pub(super) fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<Current>, CliError> {
        match self {
            Self::Store(engine) => {
                let row = engine.store().current(tenant, workflow);
                let Some(row) = row.map_err(|error| failed(&error))? else {
                    return Ok(None);
                };
                Ok(Some(Current {
                    settings: row.given().map_err(|error| failed(&error))?,
                    id: row.id,
                    version: row.version,
                }))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.current(workflow),
        }
    }

    /// Deploys a workflow; the deployment's id.
    pub(super) fn deploy(&mut self, deploy: &Deploy) -> Result<String, CliError> {
        match self {
            Self::Store(engine) => {
                let id = engine.deploy(deploy, now()?);
                id.map_err(|error| CliError::new(error.to_string()))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.deploy(deploy),
        }
    }

    /// What would become of a deployment.
    pub(super) fn preview(&mut self, deploy: &Deploy) -> Result<Preview, CliError> {
        match self {
            Self::Store(engine) => {
                let preview = engine.preview(deploy);
                preview.map_err(|error| CliError::new(error.to_string()))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.preview(deploy),
        }
    }

    /// What is deployed for a tenant, and how many orders stand under it.
    pub(super) fn deployments(&mut self, tenant: &str) -> Result<Vec<DeploymentView>, CliError> {
        match self {
            Self::Store(engine) => engine.deployments(tenant).map_err(|error| failed(&error)),
            #[cfg(feature = "serve")]
            Self::Server(server) => server.deployments(),
        }
    }

    /// Brings orders over. `begin` makes what shows how far it is, from how many orders there are.
    pub(super) fn migrate(
        &mut self,
        migration: &Migration,
        begin: &mut dyn FnMut(u64) -> Progress,
    ) -> Result<MigrationReport, CliError> {
        match self {
            Self::Store(engine) => {
                let count = engine.count(&migration.tenant);
                let progress = begin(count.map_err(|error| failed(&error))?);
                let mut advance = |orders: u64| progress.advance(orders);
                let report = engine.migrate(migration, now()?, &mut advance);
                progress.finish();
                report.map_err(|error| engine_failed(&error))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.migrate(migration, begin),
        }
    }

    /// Erases what is personal; what became of each order.
    pub(super) fn erase(
        &mut self,
        keys: &[OrderKey],
        (actor, reason): (&Actor, &str),
    ) -> Result<Vec<Erased>, CliError> {
        match self {
            Self::Store(engine) => {
                let became = engine.erase(keys, (actor, reason), now()?);
                became.map_err(|error| engine_failed(&error))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.erase(keys, (actor, reason)),
        }
    }

    /// Lets an order go on that could not.
    pub(super) fn resume(&mut self, key: &OrderKey) -> Result<Resumed, CliError> {
        match self {
            Self::Store(engine) => engine.resume(key).map_err(|error| failed(&error)),
            #[cfg(feature = "serve")]
            Self::Server(server) => server.resume(key),
        }
    }

    pub(super) fn claim(
        &mut self,
        tenant: &str,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Handed>, CliError> {
        match self {
            Self::Store(engine) => {
                let claimed = engine.claim(Some(tenant), now()?, lease, limit);
                let claimed = claimed.map_err(|error| engine_failed(&error))?;
                Ok(claimed.into_iter().map(Handed::from).collect())
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.claim(lease, limit),
        }
    }

    pub(super) fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<Handed>, CliError> {
        match self {
            Self::Store(engine) => {
                let dead = engine.store().dead(tenant, limit);
                let dead = dead.map_err(|error| failed(&error))?;
                Ok(dead.into_iter().map(Handed::from).collect())
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.dead(limit),
        }
    }

    /// Says what became of an effect; `false` where it is not handed out so.
    pub(super) fn settle(&mut self, effect: &str, fate: Fate<'_>) -> Result<bool, CliError> {
        match self {
            Self::Store(engine) => {
                let done = match fate {
                    Fate::Done { attempt } => engine.acknowledge(effect, attempt),
                    Fate::Failed { attempt, error } => {
                        engine.fail(effect, attempt, error, (&Backoff::default(), now()?))
                    }
                    Fate::Revived => engine.store().revive(effect, now()?),
                };
                done.map_err(|error| failed(&error))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.settle(effect, fate),
        }
    }
}

impl Place {
    /// The store, made where it is not there, or the server.
    pub(super) fn reach_or_make(&self) -> Result<Reach, CliError> {
        match crate::cli::store::is_server(&self.store) {
            true => Reach::server(self),
            false => Ok(Reach::Store(Box::new(self.create()?))),
        }
    }
}
