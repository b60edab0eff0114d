//! What operators ask of a server.
//!
//! In: deployments, migrations, what became of effects. Out: what a store would have answered.

use std::thread::sleep;
use std::time::Duration as Wait;

use serde::Deserialize as _;
use serde_json::Value as Json;

use super::super::operate::{Current, Fate, Handed};
use super::Remote;
use super::wrong::{is_forbidden, said, wait};
use crate::cli::CliError;
use crate::cli::progress::Progress;
use crate::context::Actor;
use crate::http::ClientError;
use crate::runtime::engine::{
    DeploymentView, Erased, GROUP, Migration, MigrationReport, Preview, Resumed,
};
use crate::runtime::{Deploy, OrderKey};
use crate::time::Duration;

/// How often a server that is asked too much is asked again before it is left alone.
const PATIENCE: usize = 10;

impl Remote {
    pub(in super::super) fn current(&self, workflow: &str) -> Result<Option<Current>, CliError> {
        let current = match self.0.deployment(workflow) {
            Err(error) if is_forbidden(&error) => None,
            current => said(current)?,
        };
        Ok(current.map(|current| Current {
            id: current.id,
            version: current.version,
            settings: current.settings,
        }))
    }

    pub(in super::super) fn resume(&self, key: &OrderKey) -> Result<Resumed, CliError> {
        said(self.0.resume(&key.order))
    }

    pub(in super::super) fn deploy(&self, deploy: &Deploy) -> Result<String, CliError> {
        said(self.0.deploy(deploy))
    }

    pub(in super::super) fn preview(&self, deploy: &Deploy) -> Result<Preview, CliError> {
        said(self.0.preview(deploy))
    }

    pub(in super::super) fn deployments(&self) -> Result<Vec<DeploymentView>, CliError> {
        patiently(|| self.0.deployments())
    }

    /// Portion by portion, with how all orders stood before the first and after the last.
    pub(in super::super) fn migrate(
        &self,
        migration: &Migration,
        begin: &mut dyn FnMut(u64) -> Progress,
    ) -> Result<MigrationReport, CliError> {
        let (mut report, next) = self.portion(migration, None)?;
        let counts = report.before.iter().map(|standing| standing.count);
        let progress = begin(counts.sum());
        progress.advance(GROUP as u64);
        let rest = self.rest(migration, next, (&mut report, &progress));
        progress.finish();
        rest.map(|()| report)
    }

    /// What is behind the first portion.
    fn rest(
        &self,
        migration: &Migration,
        mut next: Option<String>,
        (report, progress): (&mut MigrationReport, &Progress),
    ) -> Result<(), CliError> {
        while let Some(after) = next {
            let (portion, behind) = self.portion(migration, Some(&after))?;
            for (way, orders) in portion.moved {
                *report.moved.entry(way).or_default() += orders;
            }
            report.fates.join(portion.fates);
            report.refused.extend(portion.refused);
            report.after = portion.after;
            next = behind;
            progress.advance(GROUP as u64);
        }
        Ok(())
    }

    fn portion(
        &self,
        migration: &Migration,
        after: Option<&str>,
    ) -> Result<(MigrationReport, Option<String>), CliError> {
        patiently(|| self.0.migrate_some(migration, after, GROUP))
    }

    /// One order after the other: cut short, it is begun again.
    pub(in super::super) fn erase(
        &self,
        keys: &[OrderKey],
        (actor, reason): (&Actor, &str),
    ) -> Result<Vec<Erased>, CliError> {
        let keys = keys.iter();
        let erase = |key: &OrderKey| patiently(|| self.0.erase(&key.order, (actor, reason)));
        keys.map(erase).collect()
    }

    pub(in super::super) fn claim(
        &self,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Handed>, CliError> {
        match limit {
            0 => Ok(Vec::new()),
            limit => handed(said(self.0.claim(lease, limit))?),
        }
    }

    pub(in super::super) fn dead(&self, limit: usize) -> Result<Vec<Handed>, CliError> {
        match limit {
            0 => Ok(Vec::new()),
            limit => handed(said(self.0.dead(limit))?),
        }
    }

    /// The tenant that the id of an effect begins with is named to the server, which refuses that of another.
    pub(in super::super) fn settle(&self, effect: &str, fate: Fate<'_>) -> Result<bool, CliError> {
        let mut parts = effect.rsplitn(3, '/');
        let (Some(place), Some(order), Some(tenant)) = (parts.next(), parts.next(), parts.next())
        else {
            return Ok(false);
        };
        let (server, at) = (self.0.for_tenant(tenant), (order, place));
        said(match fate {
            Fate::Done { attempt } => server.acknowledge(at, attempt),
            Fate::Failed { attempt, error } => server.fail(at, (attempt, error)),
            Fate::Revived => server.revive(at),
        })
    }
}

/// Asks again where the server was asked too much: nothing was done then.
pub(super) fn patiently<T>(ask: impl Fn() -> Result<T, ClientError>) -> Result<T, CliError> {
    for _ in 0..PATIENCE {
        let told = ask();
        match told.as_ref().err().and_then(wait) {
            Some(seconds) => sleep(Wait::from_secs(seconds)),
            None => return said(told),
        }
    }
    said(ask())
}

fn handed(effects: Vec<Json>) -> Result<Vec<Handed>, CliError> {
    let read = effects.into_iter().map(|effect| {
        let mut handed = Handed::deserialize(effect)
            .map_err(|error| CliError::new(format!("the server's effect: {error}")))?;
        handed.tenant = handed.id.split('/').next().unwrap_or_default().to_owned();
        Ok(handed)
    });
    read.collect()
}
