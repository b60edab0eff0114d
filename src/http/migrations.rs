//! Orders that come to another version.
//!
//! In: a migration file. Out: what became of some of the orders, and where to go on: others are answered in
//! between, and whoever asks may stop and begin again at any time.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Sent;
use super::app::Shared;
use super::caller::Caller;
use super::extract::{Body, Limit};
use super::problem::{Kind, Problem};
use crate::migrate::Fates;
use crate::runtime::engine::{self, MigrationReport, Place};
use crate::runtime::store;

/// Orders that are brought to the version that is deployed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewMigration")]
pub(super) struct Migration {
    /// The text of the migration file, in YAML.
    plan: String,
    /// What the file is called where its errors are told; `migration.yaml` where nothing is said.
    #[serde(default)]
    name: Option<String>,
    /// Who brings them over: `ROLE`, or `ROLE:ID` with the id of the person.
    actor: String,
    /// Whether nothing is written, and it is told what would become of the orders.
    #[serde(default)]
    dry_run: bool,
    /// Those behind the ones that were looked at before: what `next` said.
    #[serde(default)]
    after: Option<String>,
    /// At most so many orders, and no more than 1000; families are brought over as a whole.
    #[serde(default)]
    limit: Option<Limit>,
}

/// What became of some orders.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Migrated {
    /// How many came over, or would, from where to where.
    moved: Vec<Way>,
    /// What became of their timers and events, and what is asked.
    #[serde(flatten)]
    fates: Fates,
    /// Those that stay where they are, each with the reasons.
    refused: BTreeMap<String, Vec<String>>,
    /// How all orders of the tenant stood before; empty behind the first request.
    before: Vec<Standing>,
    /// How they stand when all were looked at; empty before that.
    after: Vec<Standing>,
    /// Behind which the next request goes on; absent where all orders were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How many orders came from where to where.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Way {
    /// Where they were.
    from: String,
    /// Where they are.
    to: String,
    /// How many.
    orders: u64,
}

/// How many orders stand somewhere.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Standing {
    /// The deployment that they run under.
    deployment: String,
    /// Where they are.
    status: String,
    /// How many.
    orders: u64,
}

impl Migrated {
    fn of(report: MigrationReport, next: Option<Place>) -> Self {
        let standings = |standings: Vec<store::Standing>| {
            let standings = standings.into_iter().map(|standing| Standing {
                deployment: standing.deployment,
                status: standing.status,
                orders: standing.count,
            });
            standings.collect()
        };
        let moved = report.moved.into_iter();
        Self {
            moved: moved
                .map(|((from, to), orders)| Way { from, to, orders })
                .collect(),
            fates: report.fates,
            refused: report.refused,
            before: standings(report.before),
            after: standings(report.after),
            next: next.map(|at| format!("{}/{}", at.deployment, at.order)),
        }
    }

    /// What was told, as the engine tells it, and where to go on.
    pub(super) fn read(self) -> (MigrationReport, Option<String>) {
        let standings = |standings: Vec<Standing>| {
            let standings = standings.into_iter().map(|standing| store::Standing {
                deployment: standing.deployment,
                status: standing.status,
                count: standing.orders,
            });
            standings.collect()
        };
        let moved = self.moved.into_iter();
        let report = MigrationReport {
            moved: moved.map(|way| ((way.from, way.to), way.orders)).collect(),
            fates: self.fates,
            refused: self.refused,
            before: standings(self.before),
            after: standings(self.after),
        };
        (report, self.next)
    }
}

/// Where to go on, as `next` says it.
fn place(text: &str) -> Result<Place, Problem> {
    let parts = text.split_once('/');
    let (deployment, order) = parts.ok_or_else(|| {
        let detail = "`after` is what `next` said: `DEPLOYMENT/ORDER`";
        Problem::new(Kind::InvalidBody, detail).with("pointer", "/after")
    })?;
    Ok(Place {
        deployment: deployment.to_owned(),
        order: order.to_owned(),
    })
}

pub(super) async fn migrate(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<Migration>,
) -> Result<Response, Problem> {
    let migration = engine::Migration {
        actor: caller.actor(&new.actor)?,
        tenant: caller.tenant,
        plan: new.plan,
        name: new
            .name
            .unwrap_or_else(|| engine::Migration::NAME.to_owned()),
        dry_run: new.dry_run,
    };
    let after = new.after.as_deref().map(place).transpose()?;
    let limit = Limit::or_default(new.limit);
    let moved =
        app.ask(move |engine, now| engine.migrate_some(&migration, (after.as_ref(), limit), now));
    let (report, next) = moved.await?;
    Ok(Sent(Migrated::of(report, next)).into_response())
}
