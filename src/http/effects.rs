//! What steps ask of the outside: handed out until it is done.
//!
//! In: claims, and what became of them. Out: effects. One is named by its order and the place of the step
//! that asked for it, so that nobody can name another tenant's.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::answer::Sent;
use super::app::Shared;
use super::caller::Caller;
use super::extract::{Asked, Body, Limit, Named};
use super::problem::{Kind, Problem};
use crate::runtime::row::EffectRow;
use crate::runtime::{Backoff, Store as _};
use crate::time::{Duration, format_instant};

/// How many effects, and for how long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// At most so many, and no more than 1000.
    #[serde(default)]
    limit: Option<Limit>,
    /// How long they are kept from others: five minutes where nothing is said.
    #[serde(default)]
    lease: Option<Lease>,
}

/// A length of time, for example `5m` or `1h30m`.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(inline)]
struct Lease(
    #[schemars(
        with = "String",
        length(min = 2),
        regex(
            pattern = "^([1-9][0-9]{0,3}d)?([1-9][0-9]{0,4}h)?([1-9][0-9]{0,4}m)?([1-9][0-9]{0,4}s)?$"
        )
    )]
    Duration,
);

impl<'de> Deserialize<'de> for Lease {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Effects, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Effects {
    /// The effects.
    effects: Vec<Effect>,
}

/// Something asked of the outside.
#[derive(Debug, Serialize, JsonSchema)]
struct Effect {
    /// Its id, the same however often it is handed out: whoever performs it tells repetitions by it.
    id: String,
    /// The order.
    order: String,
    /// The place of the step that asked for it, by which it is settled.
    place: String,
    /// The step that asked for it.
    step: u64,
    /// The effect's name.
    #[serde(rename = "effect")]
    name: String,
    /// The state whose entry, exit, transition or timer asked for it.
    state: String,
    /// When it was asked for.
    at: String,
    /// How often it was handed out: which attempt this is.
    attempt: u32,
    /// What went wrong the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<EffectRow> for Effect {
    fn from(row: EffectRow) -> Self {
        let place = row.id.rsplit('/').next().unwrap_or_default().to_owned();
        Self {
            place,
            order: row.key.order,
            step: row.sequence,
            name: row.effect,
            state: row.state,
            at: format_instant(row.at),
            attempt: row.attempts,
            error: row.error,
            id: row.id,
        }
    }
}

fn listed(rows: Vec<EffectRow>) -> Response {
    let effects = rows.into_iter().map(Effect::from).collect();
    Sent(Effects { effects }).into_response()
}

pub(super) async fn claim(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(claim): Body<Claim>,
) -> Result<Response, Problem> {
    if app.options.webhooks.takes(&caller.tenant) {
        // Whoever claimed one would keep it from the webhook for as long as the lease.
        let detail = format!("the effects of `{}` are sent to its webhook", caller.tenant);
        return Err(Problem::new(Kind::EffectsSent, detail));
    }
    let limit = Limit::or_default(claim.limit);
    let lease = claim.lease.map_or(Duration::seconds(300), |lease| lease.0);
    let claimed = app.ask(move |engine, now| engine.claim(Some(&caller.tenant), now, lease, limit));
    Ok(listed(claimed.await?))
}

/// How many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HowMany {
    /// At most so many, and no more than 1000.
    #[serde(default)]
    limit: Option<Limit>,
}

pub(super) async fn dead(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Asked(how_many): Asked<HowMany>,
) -> Result<Response, Problem> {
    let limit = Limit::or_default(how_many.limit);
    let dead = app.look(move |engine, _| Ok(engine.store().dead(&caller.tenant, limit)?));
    Ok(listed(dead.await?))
}

/// An effect that was done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledged {
    /// The attempt at which it was handed out.
    attempt: u32,
}

/// An effect that failed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FailedEffect")]
pub(super) struct Failed {
    /// The attempt at which it was handed out.
    attempt: u32,
    /// What went wrong.
    error: String,
}

fn id(caller: &Caller, order: &str, place: &str) -> String {
    format!("{}/{order}/{place}", caller.tenant)
}

/// Tells whether an effect was settled.
fn settled(id: &str, done: bool) -> Result<StatusCode, Problem> {
    let detail = || format!("`{id}` was settled, or handed out again since");
    match done {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::new(Kind::EffectSettled, detail())),
    }
}

pub(super) async fn acknowledge(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named((order, place)): Named<(String, String)>,
    Body(said): Body<Acknowledged>,
) -> Result<StatusCode, Problem> {
    let effect = id(&caller, &order, &place);
    let asked = effect.clone();
    let done = app.ask(move |engine, _| Ok(engine.acknowledge(&asked, said.attempt)?));
    settled(&effect, done.await?)
}

pub(super) async fn fail(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named((order, place)): Named<(String, String)>,
    Body(said): Body<Failed>,
) -> Result<StatusCode, Problem> {
    let effect = id(&caller, &order, &place);
    let asked = effect.clone();
    let done = app.ask(move |engine, now| {
        let with = (&Backoff::default(), now);
        Ok(engine.fail(&asked, said.attempt, &said.error, with)?)
    });
    settled(&effect, done.await?)
}

pub(super) async fn revive(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named((order, place)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let effect = id(&caller, &order, &place);
    let asked = effect.clone();
    let done = app.ask(move |engine, now| Ok(engine.store().revive(&asked, now)?));
    match done.await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => {
            let detail = format!("no effect `{effect}` was given up");
            Err(Problem::new(Kind::UnknownEffect, detail))
        }
    }
}
