//! Orders: created, seen, looked for.
//!
//! In: what is asked of them. Out: the order, a page of orders, its journal, what may be done with it.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::answer::{Sent, engine_failed, etag, reply, unknown_order};
use super::app::Shared;
use super::caller::Caller;
use super::extract::{Asked, Body, Key, Known, Limit, Named, escaped};
use super::problem::{Kind, Problem};
use crate::instance::{Event, EventKind};
use crate::interpret::Action;
use crate::runtime::journal::Record;
use crate::runtime::{Create, EngineError, OrderView, Parent, Query, Request};
use crate::server::{Moment, Object};
use crate::why::Why;

/// A new order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrder {
    /// Its id, the host's own.
    order: String,
    /// The workflow, of which the deployed version is taken.
    workflow: String,
    /// Who creates it: `ROLE`, or `ROLE:ID` with the id of the person.
    actor: String,
    /// What it carries. Exact decimals are written as text.
    #[serde(default)]
    context: BTreeMap<String, Json>,
    /// The order that it belongs to.
    #[serde(default)]
    parent: Option<Object<NewParent>>,
    /// When it was created, if not now.
    #[serde(default)]
    at: Option<Moment>,
}

/// The order that another belongs to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewParent {
    /// Its id.
    order: String,
    /// The set of children, as its workflow names it.
    set: String,
}

pub(super) async fn create(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Key(key): Key,
    Body(new): Body<NewOrder>,
) -> Result<Response, Problem> {
    let parent = new
        .parent
        .map(|Object(NewParent { order, set })| Parent { order, set });
    let request = Request::Create(Create {
        key: caller.key(&new.order),
        workflow: new.workflow,
        parent,
        context: new.context,
        actor: caller.actor(&new.actor)?,
        event_id: key,
        at: new.at.map(|at| at.0),
    });
    let answer = app.request(request).await?;
    let mut response = reply(&new.order, answer, StatusCode::CREATED);
    if response.status() == StatusCode::CREATED
        && let Ok(location) = HeaderValue::from_str(&path_of(&new.order))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The path of an order.
pub(super) fn path_of(order: &str) -> String {
    format!("/v1/orders/{}", escaped(order))
}

/// When.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    /// As it stood then, made again from its journal; then the answer is of the form of stored orders.
    #[serde(default)]
    at: Option<Moment>,
}

pub(super) async fn get(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    Asked(when): Asked<When>,
    known: Known,
) -> Result<Response, Problem> {
    let key = caller.key(&order);
    if let Some(Moment(at)) = when.at {
        let then = app.look(move |engine, _| engine.as_of(&key, at)).await?;
        let then = then.ok_or_else(|| unknown_order(&order))?;
        return Ok(Sent(then).into_response());
    }
    let view = app.look(move |engine, _| engine.get(&key)).await?;
    let view = view.ok_or_else(|| unknown_order(&order))?;
    let tag = [(header::ETAG, etag(view.version))];
    Ok(match known.contains(view.version) {
        true => (StatusCode::NOT_MODIFIED, tag).into_response(),
        false => (tag, Sent(view)).into_response(),
    })
}

/// Which orders are looked for: those that fit all that is said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    /// Of this workflow.
    #[serde(default)]
    workflow: Option<String>,
    /// In this state, or in one within it.
    #[serde(default)]
    state: Option<String>,
    /// In a state of this group.
    #[serde(default)]
    group: Option<String>,
    /// With this value of a flag: `NAME=VALUE`.
    #[serde(default)]
    flag: Option<String>,
    /// Without a step since then.
    #[serde(default)]
    updated_before: Option<Moment>,
    /// Created before.
    #[serde(default)]
    created_before: Option<Moment>,
    /// Those that cannot go on.
    #[serde(default)]
    stuck: bool,
    /// Those whose ids stand behind this one; `next` says it.
    #[serde(default)]
    after: Option<String>,
    /// At most so many, and no more than 1000.
    #[serde(default)]
    limit: Option<Limit>,
}

/// Orders by id.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Orders {
    /// The orders.
    orders: Vec<OrderView>,
    /// Where the next page is; absent on the last one. Orders that are created or move meanwhile never
    /// shift a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

pub(super) async fn find(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Asked(sought): Asked<Sought>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let flag = sought.flag.as_deref().map(flag).transpose()?;
    let query = Query {
        tenant: caller.tenant,
        workflow: sought.workflow,
        state: sought.state,
        group: sought.group,
        flag,
        updated_before: sought.updated_before.map(|at| at.0),
        created_before: sought.created_before.map(|at| at.0),
        stuck: sought.stuck,
        after: sought.after,
        limit: Some(Limit::or_default(sought.limit)),
    };
    let page = app.look(move |engine, _| engine.query(&query)).await?;
    let next = page
        .next
        .map(|last| next_page("/v1/orders", asked.as_deref(), &last));
    let orders = Orders {
        orders: page.orders,
        next,
    };
    Ok(linked(orders.next.clone(), Sent(orders)))
}

/// A flag and its value, as `NAME=VALUE`.
fn flag(text: &str) -> Result<(String, Json), Problem> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or_else(|| {
        let detail = "`flag` is written as NAME=VALUE, for example `flag=reserved=true`";
        Problem::new(Kind::InvalidQuery, detail)
    })?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value));
    Ok((name.to_owned(), value))
}

/// The same question behind the last entry of this page.
fn next_page(path: &str, query: Option<&str>, last: &str) -> String {
    let mut next = format!("{path}?");
    let kept = query.unwrap_or_default().split('&');
    for pair in kept.filter(|pair| !pair.is_empty() && !pair.starts_with("after=")) {
        next += pair;
        next.push('&');
    }
    next += "after=";
    next += &escaped(last);
    next
}

/// An answer with a `Link` to the next page.
fn linked(next: Option<String>, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let link = next.map(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")));
    if let Some(Ok(link)) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// Who.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Who {
    /// Who would act: `ROLE`, or `ROLE:ID` with the id of the person.
    actor: String,
}

/// What an actor may do with an order now.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Actions {
    /// Every event of the workflow, in the order of the file.
    actions: Vec<Action>,
}

pub(super) async fn available(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    Asked(who): Asked<Who>,
) -> Result<Response, Problem> {
    let (key, actor) = (caller.key(&order), caller.actor(&who.actor)?);
    let actions = app.look(move |engine, now| engine.available(&key, &actor, now));
    let actions = actions.await?.ok_or_else(|| unknown_order(&order))?;
    Ok(Sent(Actions { actions }).into_response())
}

/// An event that may be refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Doubt {
    /// The event.
    event: String,
    /// Who would send it: `ROLE`, or `ROLE:ID` with the id of the person.
    actor: String,
    /// What it would bring.
    #[serde(default)]
    payload: BTreeMap<String, Json>,
    /// The state that the caller would name, where the event lets it choose.
    #[serde(default)]
    target: Option<String>,
}

/// What is said about an event.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Said {
    #[serde(flatten)]
    why: Why,
    /// The same in lines for people.
    text: String,
}

pub(super) async fn why(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    Body(doubt): Body<Doubt>,
) -> Result<Response, Problem> {
    let event = Event {
        id: None,
        actor: caller.actor(&doubt.actor)?,
        kind: EventKind::Named {
            name: doubt.event,
            payload: doubt.payload,
            target: doubt.target,
        },
    };
    let key = caller.key(&order);
    let why = app.look(move |engine, now| engine.why(&key, &event, now));
    let why = why.await?.ok_or_else(|| unknown_order(&order))?;
    let text = why.text();
    Ok(Sent(Said { why, text }).into_response())
}

/// Which steps.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Steps {
    /// Those behind this one.
    #[serde(default)]
    after: u64,
    /// At most so many, and no more than 1000.
    #[serde(default)]
    limit: Option<Limit>,
}

/// Steps of an order, oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Journal {
    /// The steps.
    steps: Vec<Step>,
    /// Where the next page is; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One step of an order.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Step {
    /// The hash of the order, this step and the hash before it, in hexadecimal.
    hash: String,
    /// What happened.
    record: Record,
}

pub(super) async fn journal(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    Asked(steps): Asked<Steps>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let limit = Limit::or_default(steps.limit);
    let (key, after) = (caller.key(&order), steps.after);
    let question = app.look(move |engine, _| {
        let rows = engine.journal(&key, after, limit + 1)?;
        // Behind the last step there is nothing; where there is no order, there is no step at all.
        let is_there = !rows.is_empty() || !engine.journal(&key, 0, 1)?.is_empty();
        Ok(is_there.then_some(rows))
    });
    let mut rows = question.await?.ok_or_else(|| unknown_order(&order))?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows
        .last()
        .filter(|_| has_more)
        .map(|row| row.sequence.to_string());
    let next = last.map(|last| {
        let path = format!("{}/journal", path_of(&order));
        next_page(&path, asked.as_deref(), &last)
    });
    let key = caller.key(&order);
    let steps = rows.into_iter().map(|row| {
        let record = serde_json::from_str(&row.body).map_err(|error| EngineError::Order {
            key: key.clone(),
            problem: format!("step {} cannot be read: {error}", row.sequence),
        })?;
        Ok(Step {
            hash: row.hash,
            record,
        })
    });
    let steps = steps.collect::<Result<_, EngineError>>();
    let journal = Journal {
        steps: steps.map_err(|error| engine_failed(&error))?,
        next,
    };
    Ok(linked(journal.next.clone(), Sent(journal)))
}
