//! The server itself: whether it lives, what it counted, what can be asked of it.
//!
//! In: nothing. Out: health, metrics, the OpenAPI document, pages about problems.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Sent;
use super::app::Shared;
use super::extract::Named;
use super::metrics::{self, Now};
use super::openapi;
use super::problem::{Kind, Problem};
use crate::runtime::Store as _;
use crate::runtime::engine::GROUP;

/// How long the store may take to show that it answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the server does what it is for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health {
    /// `ok`, or what is wrong.
    status: String,
}

fn health(status: &str) -> Sent<Health> {
    Sent(Health {
        status: status.to_owned(),
    })
}

pub(super) async fn lives() -> Response {
    health("ok").into_response()
}

pub(super) async fn is_ready(State(app): State<Shared>) -> Response {
    let asked = app.look(|engine, _| {
        engine.check_room()?;
        Ok(engine.store().next_due()?)
    });
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    let trouble = match answered {
        _ if app.is_draining() => Some("the server is about to end".to_owned()),
        Ok(Ok(_)) => None,
        Ok(Err(problem)) => Some(problem.detail().to_owned()),
        Err(_) => Some("the store does not answer".to_owned()),
    };
    match trouble {
        None => health("ok").into_response(),
        Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, health(&trouble)).into_response(),
    }
}

pub(super) async fn metrics(State(app): State<Shared>) -> Result<Response, Problem> {
    let asked = app.look(|engine, now| {
        let due = engine.store().due(now, GROUP)?.len();
        let first = engine.store().next_due()?;
        let late = first.and_then(|first| (now - first).to_std().ok());
        Ok((due, late.unwrap_or_default().as_secs_f64()))
    });
    let (due, late) = asked.await?;
    let now = Now {
        waiting: app.waiting(),
        due,
        late,
        has_trouble: app.trouble().is_some(),
    };
    let media = HeaderValue::from_static(metrics::MEDIA);
    Ok(([(header::CONTENT_TYPE, media)], app.metrics.text(&now)).into_response())
}

pub(super) async fn document() -> Response {
    Sent(openapi::document()).into_response()
}

/// A kind of problem.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProblemKind {
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// What it is.
    title: String,
    /// The status that it comes with.
    status: u16,
}

pub(super) async fn problem(Named(id): Named<String>) -> Result<Response, Problem> {
    let kind = Kind::ALL.iter().find(|kind| kind.id() == id);
    let missing = || Problem::new(Kind::NotFound, format!("there is no problem `{id}`"));
    let kind = kind.ok_or_else(missing)?;
    let told = ProblemKind {
        kind: kind.path(),
        title: kind.title().to_owned(),
        status: kind.status(),
    };
    Ok(Sent(told).into_response())
}
