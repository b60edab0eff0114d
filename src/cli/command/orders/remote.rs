//! Orders at a server.
//!
//! In: its address, the token of the environment. Out: what it answers, as if it were a store.

mod operate;
mod wrong;

use serde_json::Value as Json;

use super::reach::{Declared, Steps, Told};
use super::{Place, TOKEN, now};
use crate::cli::CliError;
use crate::context::Actor;
use crate::http::{self, Client};
use crate::instance::Event;
use crate::runtime::{Deploy, Engine, Memory, OrderPage, OrderView, Query, Reply, Request};
use wrong::{is_forbidden, said};

/// A server.
pub(super) struct Remote(Client);

impl Remote {
    pub(super) fn open(place: &Place) -> Result<Self, CliError> {
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        let client = Client::new(&place.store, token, place.tenant.clone());
        Ok(Self(said(client)?))
    }

    pub(super) fn workflow(&self, name: &str) -> Result<Option<Declared>, CliError> {
        match self.0.deployment(name) {
            Ok(Some(current)) => Ok(Some(declared(name, current)?)),
            Err(error) if is_forbidden(&error) => Ok(Some(None)),
            other => said(other.map(|_| None)),
        }
    }

    /// A server gives the deployment of new orders alone: of an order under another one nothing is known.
    pub(super) fn workflow_of(&self, order: &str) -> Result<Option<Declared>, CliError> {
        let view = match self.0.get(order) {
            Err(error) if is_forbidden(&error) => return Ok(Some(None)),
            view => said(view)?,
        };
        let Some(view) = view else {
            return Ok(None);
        };
        match said(self.0.deployment(&view.workflow))? {
            Some(current) if current.id == view.deployment => {
                Ok(Some(declared(&view.workflow, current)?))
            }
            _ => Ok(Some(None)),
        }
    }

    pub(super) fn request(&self, request: &Request) -> Result<Reply, CliError> {
        said(self.0.request(request))
    }

    pub(super) fn get(&self, order: &str) -> Result<Option<OrderView>, CliError> {
        said(self.0.get(order))
    }

    pub(super) fn available(&self, order: &str, actor: &Actor) -> Result<Option<Json>, CliError> {
        said(self.0.available(order, actor))
    }

    pub(super) fn why(&self, order: &str, event: &Event) -> Result<Option<Told>, CliError> {
        let found = said(self.0.why(order, event))?;
        Ok(found.map(|(json, text)| Told {
            accepted: json.get("accepted").and_then(Json::as_bool) == Some(true),
            json,
            text,
        }))
    }

    pub(super) fn journal(
        &self,
        order: &str,
        after: u64,
        limit: usize,
    ) -> Result<Option<Steps>, CliError> {
        let found = said(self.0.journal(order, after, limit))?;
        Ok(found.map(|(records, has_more)| {
            let steps = records.iter().map(|record| {
                let sequence = record.get("sequence").and_then(Json::as_u64);
                (sequence.unwrap_or_default(), record.to_string())
            });
            (steps.collect(), has_more)
        }))
    }

    pub(super) fn query(&self, query: &Query) -> Result<OrderPage, CliError> {
        operate::patiently(|| self.0.query(query))
    }
}

/// The workflow of a deployment.
fn declared(name: &str, current: http::Current) -> Result<Declared, CliError> {
    let unread = |error: String| CliError::new(format!("the server's workflow: {error}"));
    let deploy = Deploy {
        tenant: "main".to_owned(),
        files: current.files,
        settings: current.settings,
    };
    let mut engine = Engine::new(Memory::default());
    let id = engine.deploy(&deploy, now()?);
    id.map_err(|error| unread(error.to_string()))?;
    let workflow = engine.workflow(&deploy.tenant, name);
    workflow.map_err(|error| unread(error.to_string()))
}
