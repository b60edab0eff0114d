//! Orders at a server.
//!
//! In: its address, the token of the environment. Out: what it answers, as if it were a store.

use serde_json::Value as Json;

use super::reach::{Declared, Steps, Told};
use super::{Place, now};
use crate::cli::CliError;
use crate::context::Actor;
use crate::http::{Client, ClientError};
use crate::instance::Event;
use crate::runtime::{Deploy, Engine, Memory, OrderPage, OrderView, Query, Reply, Request};

/// Where the token is.
const TOKEN: &str = "FLAGSTATE_TOKEN";

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
            Ok(Some((_, deploy))) => Ok(Some(declared(name, &deploy)?)),
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
            Some((id, deploy)) if id == view.deployment => {
                Ok(Some(declared(&view.workflow, &deploy)?))
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

    /// The values that guards have read come without their types: people are told what is a sentence already.
    pub(super) fn why(&self, order: &str, event: &Event) -> Result<Option<Told>, CliError> {
        let Some(json) = said(self.0.why(order, event))? else {
            return Ok(None);
        };
        let accepted = json.get("accepted").and_then(Json::as_bool);
        let accepted = accepted.unwrap_or(false);
        let actor = match &event.actor.id {
            Some(id) => format!("`{}` with the id `{id}`", event.actor.role),
            None => format!("`{}`", event.actor.role),
        };
        let refusal = json.get("refusal").and_then(Json::as_str);
        let text = match (accepted, refusal) {
            (true, _) => format!("the event would be accepted as {actor}\n"),
            (false, Some(refusal)) => format!(
                "refused as {actor}: {refusal}\n\nwith `--format json`, the server tells every reason and the \
                 smallest change\n"
            ),
            (false, None) => format!("refused as {actor}\n"),
        };
        Ok(Some(Told {
            accepted,
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
        said(self.0.query(query))
    }
}

/// The workflow of a deployment.
fn declared(name: &str, deploy: &Deploy) -> Result<Declared, CliError> {
    let unread = |error: String| CliError::new(format!("the server's workflow: {error}"));
    let mut engine = Engine::new(Memory::default());
    let id = engine.deploy(deploy, now()?);
    id.map_err(|error| unread(error.to_string()))?;
    let workflow = engine.workflow(&deploy.tenant, name);
    workflow.map_err(|error| unread(error.to_string()))
}

/// Whether the token may not read: then values are sent as they are written.
fn is_forbidden(error: &ClientError) -> bool {
    matches!(error, ClientError::Problem { status: 403, .. })
}

fn said<T>(answer: Result<T, ClientError>) -> Result<T, CliError> {
    answer.map_err(|error| {
        let help = match &error {
            ClientError::Address(_) => {
                "write it as `https://HOST[:PORT]`, or `http://localhost:8080` on this machine"
            }
            ClientError::Token => {
                "`flagstate serve --new-token TENANT` prints one, for `FLAGSTATE_TOKEN`"
            }
            ClientError::Unsendable(_) => {
                "headers take visible ASCII alone: tenants, ids and tokens"
            }
            ClientError::Unreachable(_) => "`flagstate serve` must run there",
            ClientError::Foreign(_) => "is it the address of `flagstate serve`?",
            ClientError::NotOffered => "name the store itself",
            ClientError::Problem { status: 401, .. } => {
                "set `FLAGSTATE_TOKEN` to a token of the server"
            }
            ClientError::Problem { status: 403, .. } => {
                "whoever runs the server says what a token may"
            }
            ClientError::Problem {
                status: 429 | 503, ..
            } => "ask again later; with the same `--id` nothing is done twice",
            ClientError::Problem { .. } => return CliError::new(error.to_string()),
        };
        CliError::new(error.to_string()).help(help)
    })
}
