//! What happens to orders.
//!
//! In: events, changes of data, interventions; one or many. Out: how each order stands afterwards, or why
//! it stays.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::answer::{Done, Sent, done, reply};
use super::app::{Shared, allowed};
use super::caller::Caller;
use super::extract::{Body, Expected, Key, Named};
use super::problem::{Kind, Problem, ProblemForm};
use super::tokens::Scope;
use crate::instance::{self, Event, EventKind};
use crate::runtime::{Fire, Request};
use crate::server::{Action, Moment, Object};

/// The most events of one request.
const EVENTS: usize = 1_000;

/// Something that happened to an order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEvent {
    /// The event, as the workflow names it.
    event: String,
    /// Who sends it: `ROLE`, or `ROLE:ID` with the id of the person.
    actor: String,
    /// What it brings. Exact decimals are written as text.
    #[serde(default)]
    payload: BTreeMap<String, Json>,
    /// The state that the caller names, where the event lets it choose.
    #[serde(default)]
    target: Option<String>,
    /// When it happened, if not now.
    #[serde(default)]
    at: Option<Moment>,
}

pub(super) async fn fire(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    (Key(id), Expected(expected)): (Key, Expected),
    Body(new): Body<NewEvent>,
) -> Result<Response, Problem> {
    let kind = EventKind::Named {
        name: new.event,
        payload: new.payload,
        target: new.target,
    };
    let fire = Fire {
        key: caller.key(&order),
        event: Event {
            id,
            actor: caller.actor(&new.actor)?,
            kind,
        },
        expected,
        at: new.at.map(|at| at.0),
    };
    let answer = app.request(Request::Fire(fire)).await?;
    Ok(reply(&order, answer, StatusCode::OK))
}

/// Data of an order that changed outside.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewChange")]
pub(super) struct Change {
    /// Who tells it: `ROLE`, or `ROLE:ID` with the id of the person. The workflow need not know the role.
    actor: String,
    /// New values by field; `null` puts a field back to its default, or unsets it where it has none.
    changes: BTreeMap<String, Json>,
    /// When it happened, if not now.
    #[serde(default)]
    at: Option<Moment>,
}

pub(super) async fn change(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    (Key(id), Expected(expected)): (Key, Expected),
    Body(new): Body<Change>,
) -> Result<Response, Problem> {
    let fire = Fire {
        key: caller.key(&order),
        event: Event {
            id,
            actor: caller.actor(&new.actor)?,
            kind: EventKind::ContextChanged {
                changes: new.changes,
            },
        },
        expected,
        at: new.at.map(|at| at.0),
    };
    let answer = app.request(Request::Fire(fire)).await?;
    Ok(reply(&order, answer, StatusCode::OK))
}

/// An operator's intervention, outside the transitions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    /// Why, for the journal.
    reason: String,
    /// Who intervenes: `ROLE`, or `ROLE:ID` with the id of the person. The workflow need not know the role.
    actor: String,
    /// What is done.
    action: Action,
    /// When it happened, if not now.
    #[serde(default)]
    at: Option<Moment>,
}

pub(super) async fn intervene(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    (Key(id), Expected(expected)): (Key, Expected),
    Body(new): Body<Override>,
) -> Result<Response, Problem> {
    let action = instance::Override::from(new.action);
    if action == instance::Override::Erase {
        allowed(&caller, Scope::Erase)?;
    }
    let fire = Fire {
        key: caller.key(&order),
        event: Event {
            id,
            actor: caller.actor(&new.actor)?,
            kind: EventKind::Override {
                reason: new.reason,
                action,
            },
        },
        expected,
        at: new.at.map(|at| at.0),
    };
    let answer = app.request(Request::Fire(fire)).await?;
    Ok(reply(&order, answer, StatusCode::OK))
}

/// Many events, of orders of one tenant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEvents {
    /// The events. Each stands or falls by itself; those of one order are carried out in this order. Where the token may
    /// not act as an actor of one of them, none is carried out. Each has its own `id` and `expected`, in place of headers.
    #[schemars(length(min = 1, max = 1_000))]
    events: Vec<Object<OneOfMany>>,
}

/// One event of many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneOfMany {
    /// The order.
    order: String,
    /// The id of the event: where it comes again, it gets its first answer again.
    #[serde(default)]
    id: Option<String>,
    /// The version that the order must have.
    #[serde(default)]
    expected: Option<u64>,
    /// The event, as the workflow names it.
    event: String,
    /// Who sends it: `ROLE`, or `ROLE:ID` with the id of the person.
    actor: String,
    /// What it brings. Exact decimals are written as text.
    #[serde(default)]
    payload: BTreeMap<String, Json>,
    /// The state that the caller names, where the event lets it choose.
    #[serde(default)]
    target: Option<String>,
    /// When it happened, if not now.
    #[serde(default)]
    at: Option<Moment>,
}

/// What became of many events.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Results {
    /// One for each event, in their order.
    #[schemars(with = "Vec<ResultForm>")]
    results: Vec<Json>,
}

/// What became of one event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Result")]
struct ResultForm {
    /// The status that the event would have had by itself.
    status: u16,
    /// Whether this answer was given before, to the same id.
    duplicate: bool,
    /// How the order stands; absent where it did not take the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<Done>,
    /// What is wrong; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemForm>,
}

pub(super) async fn fire_many(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(many): Body<NewEvents>,
) -> Result<Response, Problem> {
    let count = many.events.len();
    if count == 0 || count > EVENTS {
        let detail = format!("there must be 1 to {EVENTS} events, not {count}");
        return Err(Problem::new(Kind::InvalidBody, detail).with("pointer", "/events"));
    }
    app.take(&caller, u32::try_from(count - 1).unwrap_or(u32::MAX))?;
    let events = many.events.into_iter().enumerate();
    let fires = events.map(|(at, Object(one))| {
        let actor = caller.actor(&one.actor);
        let actor = actor.map_err(|error| error.with("pointer", format!("/events/{at}/actor")))?;
        let event = Event {
            id: one.id,
            actor,
            kind: EventKind::Named {
                name: one.event,
                payload: one.payload,
                target: one.target,
            },
        };
        Ok(Fire {
            key: caller.key(&one.order),
            event,
            expected: one.expected,
            at: one.at.map(|at| at.0),
        })
    });
    // Nothing is sent before all of it can be.
    let fires: Vec<Fire> = fires.collect::<Result<_, Problem>>()?;
    let orders: Vec<String> = fires.iter().map(|fire| fire.key.order.clone()).collect();
    let replies = app.request_all(fires.into_iter().map(Request::Fire)).await;
    let results = orders.iter().zip(replies).map(|(order, reply)| {
        let duplicate = reply.as_ref().is_ok_and(|reply| reply.duplicate);
        let done = reply.and_then(|reply| done(order, reply.answer));
        let (status, name, told) = match done {
            Ok(done) => (200, "done", super::answer::json(&done)),
            Err(problem) => (problem.kind().status(), "problem", problem.json()),
        };
        serde_json::json!({ "status": status, "duplicate": duplicate, name: told })
    });
    let results = Results {
        results: results.collect(),
    };
    Ok(Sent(results).into_response())
}
