//! Orders, in a store or at a server.
//!
//! In: what the commands ask. Out: the same answers, whoever gives them.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Place, engine_failed, failed, now};
use crate::cli::CliError;
use crate::cli::store::AnyEngine;
use crate::context::Actor;
use crate::graph::Workflow;
use crate::instance::Event;
use crate::runtime::{
    EngineError, OrderKey, OrderPage, OrderView, Query, Reply, Request, Store as _,
};

/// Who has the orders.
pub(super) enum Reach {
    /// An engine upon a store.
    Store(Box<AnyEngine>),
    /// A server.
    #[cfg(feature = "serve")]
    Server(super::remote::Remote),
}

/// Steps by number, as they are stored, and whether there are more.
pub(super) type Steps = (Vec<(u64, String)>, bool);

/// What is said about an event.
pub(super) struct Told {
    pub(super) accepted: bool,
    pub(super) json: Json,
    pub(super) text: String,
}

/// A workflow by whose declarations values are read; none where it cannot be had.
pub(super) type Declared = Option<Arc<Workflow>>;

impl Reach {
    /// A server.
    #[cfg(feature = "serve")]
    pub(super) fn server(place: &Place) -> Result<Self, CliError> {
        super::remote::Remote::open(place).map(Self::Server)
    }

    /// A server, without what it takes to ask one.
    #[cfg(not(feature = "serve"))]
    pub(super) fn server(_: &Place) -> Result<Self, CliError> {
        let why = "this flagstate was built without what asks a server";
        Err(CliError::new(why).help("build it with `cargo install --path . --features serve`"))
    }

    /// The workflow of new orders; `None` where none is deployed.
    pub(super) fn workflow(
        &mut self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<Declared>, CliError> {
        match self {
            Self::Store(engine) => Ok(said(engine.workflow(tenant, name))?.map(Some)),
            #[cfg(feature = "serve")]
            Self::Server(server) => server.workflow(name),
        }
    }

    /// Whether anything was ever deployed for a tenant; a server is not asked, and is believed.
    pub(super) fn has_deployments(&mut self, tenant: &str) -> Result<bool, CliError> {
        match self {
            Self::Store(engine) => {
                let deployments = engine.store().deployments(tenant);
                Ok(!deployments.map_err(|error| failed(&error))?.is_empty())
            }
            #[cfg(feature = "serve")]
            Self::Server(_) => Ok(true),
        }
    }

    /// The workflow of an order; `None` where there is no such order.
    pub(super) fn workflow_of(&mut self, key: &OrderKey) -> Result<Option<Declared>, CliError> {
        match self {
            Self::Store(engine) => Ok(said(engine.workflow_of(key))?.map(Some)),
            #[cfg(feature = "serve")]
            Self::Server(server) => server.workflow_of(&key.order),
        }
    }

    pub(super) fn request(&mut self, request: Request) -> Result<Reply, CliError> {
        match self {
            Self::Store(engine) => {
                let replies = engine.handle(&[request], now()?);
                let reply = replies.map_err(|error| failed(&error))?.pop();
                reply.ok_or_else(|| CliError::new("there is no answer"))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.request(&request),
        }
    }

    pub(super) fn get(&mut self, key: &OrderKey) -> Result<Option<OrderView>, CliError> {
        match self {
            Self::Store(engine) => said(engine.get(key)),
            #[cfg(feature = "serve")]
            Self::Server(server) => server.get(&key.order),
        }
    }

    /// What an actor may do, as JSON.
    pub(super) fn available(
        &mut self,
        key: &OrderKey,
        actor: &Actor,
    ) -> Result<Option<Json>, CliError> {
        match self {
            Self::Store(engine) => {
                let actions = said(engine.available(key, actor, now()?))?;
                Ok(actions.map(|actions| json(&actions)))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.available(&key.order, actor),
        }
    }

    pub(super) fn why(&mut self, key: &OrderKey, event: &Event) -> Result<Option<Told>, CliError> {
        match self {
            Self::Store(engine) => {
                let answer = said(engine.why(key, event, now()?))?;
                Ok(answer.map(|answer| Told {
                    accepted: answer.accepted,
                    json: json(&answer),
                    text: answer.text(),
                }))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.why(&key.order, event),
        }
    }

    /// The steps of an order behind one; `None` where there is no such order.
    pub(super) fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Option<Steps>, CliError> {
        match self {
            Self::Store(engine) => {
                let rows = engine.journal(key, after, limit.saturating_add(1));
                let mut rows = rows.map_err(|error| failed(&error))?;
                let has_more = rows.len() > limit;
                rows.truncate(limit);
                let is_there = !rows.is_empty() || after > 0;
                let rows = rows.into_iter().map(|row| (row.sequence, row.body));
                Ok(is_there.then(|| (rows.collect(), has_more)))
            }
            #[cfg(feature = "serve")]
            Self::Server(server) => server.journal(&key.order, after, limit),
        }
    }

    pub(super) fn query(&mut self, query: &Query) -> Result<OrderPage, CliError> {
        match self {
            Self::Store(engine) => said(engine.query(query)),
            #[cfg(feature = "serve")]
            Self::Server(server) => server.query(query),
        }
    }
}

fn said<T>(answer: Result<T, EngineError>) -> Result<T, CliError> {
    answer.map_err(|error| engine_failed(&error))
}

/// A value as it is written. Only structs, lists and maps with text keys are, which JSON always can say.
fn json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}
