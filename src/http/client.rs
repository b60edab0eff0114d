//! A server of orders, asked from another program.
//!
//! In: the address of a server, a token, requests as the runtime takes them. Out: what the runtime would have
//! answered; problems that say so become the same answers again, and all others a [`ClientError`].

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::answer::REPLAYED;
use super::app::TENANT;
use super::extract::{IDEMPOTENCY_KEY, escaped};
use super::outward;
use super::problem::Kind;
use crate::context::Actor;
use crate::instance::{Event, EventKind, Override};
use crate::runtime::{Answer, Deploy, OrderPage, OrderView, Query, Reply, Request};
use crate::time::format_instant;

/// How long a server may take: longer than it takes itself.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of an answer that are read.
const MOST: u64 = 256 << 20;

/// The most entries of one answer.
const PAGE: usize = 1_000;

/// Why a server did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Its address cannot be asked; the text completes the sentence.
    #[error("the server {0}")]
    Address(&'static str),
    /// The token cannot be sent.
    #[error("the token is none: it has a character that no token has")]
    Token,
    /// What is asked cannot be sent.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    /// There is no way to it.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// What answered is something else.
    #[error("what answered is no server of orders: {0}")]
    Foreign(String),
    /// A server does not do this.
    #[error("a server does not offer this")]
    NotOffered,
    /// It answered with a problem that is no answer of the runtime.
    #[error("{detail}")]
    Problem {
        /// The last part of its type, as `forbidden`.
        kind: String,
        /// The status.
        status: u16,
        /// What went wrong, in a sentence.
        detail: String,
    },
}

impl ClientError {
    /// Whether it is the problem of this kind.
    fn is(&self, wanted: Kind) -> bool {
        matches!(self, Self::Problem { kind, .. } if kind == wanted.id())
    }
}

/// A server of orders.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
    tenant: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the token nor an address that may have a password in it.
        f.debug_struct("Client")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// What was answered.
struct Told {
    is_success: bool,
    is_replayed: bool,
    body: Json,
}

impl Client {
    /// A server at an address, `http://HOST[:PORT]` on this machine or `https://HOST[:PORT]`. Nothing is asked yet.
    ///
    /// # Errors
    /// When the address or the token cannot be sent.
    pub fn new(
        address: &str,
        token: Option<String>,
        tenant: Option<String>,
    ) -> Result<Self, ClientError> {
        outward::check_url(address).map_err(ClientError::Address)?;
        let base = address.trim_end_matches('/');
        let host = base.split_once("://").map_or("", |(_, host)| host);
        if host.contains(['/', '?', '#', '@']) {
            let why = "is named by its host and port alone: `https://HOST[:PORT]`";
            return Err(ClientError::Address(why));
        }
        let is_token = |token: &String| token.bytes().all(|byte| byte.is_ascii_graphic());
        if !token.as_ref().is_none_or(is_token) {
            return Err(ClientError::Token);
        }
        Ok(Self {
            agent: outward::agent(address, TIMEOUT),
            base: base.to_owned(),
            token,
            tenant,
        })
    }

    /// Asks for something to be done to an order.
    ///
    /// # Errors
    /// When there is no answer of the runtime, or a server does not offer what is asked.
    pub fn request(&self, request: &Request) -> Result<Reply, ClientError> {
        let (path, body, id, expected) = sent(request)?;
        let tag = expected.map(|version| format!("\"{version}\""));
        let headers = [(IDEMPOTENCY_KEY, id), ("if-match", tag.as_deref())];
        let told = self.ask("POST", &path, &headers, Some(&body))?;
        let answer = match told.is_success {
            true => read(told.body)?,
            false => answered(told.body)?,
        };
        Ok(Reply {
            answer,
            duplicate: told.is_replayed,
        })
    }

    /// An order as it stands; `None` where there is none.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, order: &str) -> Result<Option<OrderView>, ClientError> {
        let view = self.look(Kind::UnknownOrder, &path_of(order, ""))?;
        view.map(read).transpose()
    }

    /// What an actor may do with an order now, as [`crate::interpret::Action`] is written.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn available(&self, order: &str, actor: &Actor) -> Result<Option<Json>, ClientError> {
        let path = path_of(order, "/available");
        let path = format!("{path}?actor={}", escaped(&written(actor)));
        let told = self.look(Kind::UnknownOrder, &path)?;
        told.map(|mut told| taken(&mut told, "actions")).transpose()
    }

    /// Why an event would be refused, as [`crate::why::Why`] is written.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn why(&self, order: &str, event: &Event) -> Result<Option<Json>, ClientError> {
        let EventKind::Named { .. } = &event.kind else {
            return Err(ClientError::NotOffered);
        };
        let (body, path) = (happened(event)?, path_of(order, "/why"));
        let told = self.ask("POST", &path, &[], Some(&body))?;
        found(told, Kind::UnknownOrder)
    }

    /// The steps of an order behind one, as [`crate::runtime::journal::Record`] is written, and whether there
    /// are more; `None` where there is no such order.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn journal(
        &self,
        order: &str,
        mut after: u64,
        limit: usize,
    ) -> Result<Option<(Vec<Json>, bool)>, ClientError> {
        let mut records = Vec::new();
        loop {
            let count = limit.saturating_sub(records.len()).min(PAGE);
            let path = path_of(order, "/journal");
            let path = format!("{path}?after={after}&limit={count}");
            let Some(mut told) = self.look(Kind::UnknownOrder, &path)? else {
                return Ok(None);
            };
            let has_more = told.get("next").is_some();
            let steps: Vec<Json> = read(taken(&mut told, "steps")?)?;
            for mut step in steps {
                records.push(taken(&mut step, "record")?);
            }
            let last = records
                .last()
                .and_then(|last| last.get("sequence")?.as_u64());
            match last {
                Some(last) if has_more && last > after && records.len() < limit => after = last,
                _ => return Ok(Some((records, has_more))),
            }
        }
    }

    /// Orders by what their status means; of the tenant that the token is of.
    ///
    /// # Errors
    /// When there is no answer, or what is asked is mistaken.
    pub fn query(&self, query: &Query) -> Result<OrderPage, ClientError> {
        let flag = query.flag.as_ref();
        let limit = query.limit.map(|limit| limit.clamp(1, PAGE).to_string());
        let asked = [
            ("workflow", query.workflow.clone()),
            ("state", query.state.clone()),
            ("group", query.group.clone()),
            ("flag", flag.map(|(name, value)| format!("{name}={value}"))),
            ("updated_before", query.updated_before.map(format_instant)),
            ("created_before", query.created_before.map(format_instant)),
            ("stuck", query.stuck.then(|| "true".to_owned())),
            ("after", query.after.clone()),
            ("limit", limit),
        ];
        let asked = asked.into_iter();
        let asked = asked.filter_map(|(name, value)| Some(format!("{name}={}", escaped(&value?))));
        let path = format!("/v1/orders?{}", asked.collect::<Vec<_>>().join("&"));
        let mut told = succeeded(self.ask("GET", &path, &[], None)?)?;
        let orders: Vec<OrderView> = read(taken(&mut told, "orders")?)?;
        let has_more = told.get("next").is_some();
        let last = orders.last().map(|view| view.order.clone());
        Ok(OrderPage {
            next: last.filter(|_| has_more),
            orders,
        })
    }

    /// The deployment under which new orders of a workflow are made, with its id; `None` where there is none.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn deployment(&self, workflow: &str) -> Result<Option<(String, Deploy)>, ClientError> {
        let path = format!("/v1/workflows/{}", escaped(workflow));
        let Some(mut told) = self.look(Kind::UnknownWorkflow, &path)? else {
            return Ok(None);
        };
        let listed: Vec<BTreeMap<String, String>> = read(taken(&mut told, "files")?)?;
        let mut files = Vec::new();
        for mut file in listed {
            let mut part = |name: &str| file.remove(name).ok_or_else(|| lacks(name));
            files.push((part("name")?, part("text")?));
        }
        let deploy = Deploy {
            tenant: "main".to_owned(),
            files,
            settings: read(taken(&mut told, "settings")?)?,
        };
        Ok(Some((read(taken(&mut told, "deployment")?)?, deploy)))
    }

    /// Asks for something that may be missing.
    fn look(&self, missing: Kind, path: &str) -> Result<Option<Json>, ClientError> {
        found(self.ask("GET", path, &[], None)?, missing)
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, Option<&str>)],
        body: Option<&Json>,
    ) -> Result<Told, ClientError> {
        let url = format!("{}{path}", self.base);
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let own = [
            ("authorization", bearer.as_deref()),
            (TENANT, self.tenant.as_deref()),
            ("content-type", body.map(|_| "application/json")),
        ];
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in own.iter().chain(headers) {
            if let Some(value) = value {
                request = request.header(*name, *value);
            }
        }
        let unsendable = |error: ureq::http::Error| ClientError::Unsendable(error.to_string());
        let answer = match body {
            Some(body) => {
                let request = request.body(body.to_string()).map_err(unsendable)?;
                self.agent.run(request)
            }
            None => self.agent.run(request.body(()).map_err(unsendable)?),
        };
        let unreachable = |error: ureq::Error| ClientError::Unreachable(error.to_string());
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status();
        let replayed = answer.headers().get(REPLAYED.as_str());
        let is_replayed = replayed.is_some_and(|value| value.as_bytes() == b"true");
        let text = answer.body_mut().with_config().limit(MOST).read_to_string();
        let text = text.map_err(unreachable)?;
        let body = serde_json::from_str(&text).map_err(|_| {
            let why = format!("it answers {} without JSON", status.as_u16());
            ClientError::Foreign(why)
        })?;
        Ok(Told {
            is_success: status.is_success(),
            is_replayed,
            body,
        })
    }
}

/// The path, the body, the id and the expected version of a request.
type Sent<'a> = (String, Json, Option<&'a str>, Option<u64>);

fn sent(request: &Request) -> Result<Sent<'_>, ClientError> {
    match request {
        Request::Create(create) => {
            let mut body = Map::new();
            body.insert("order".to_owned(), create.key.order.as_str().into());
            body.insert("workflow".to_owned(), create.workflow.as_str().into());
            body.insert("actor".to_owned(), written(&create.actor).into());
            body.insert("context".to_owned(), json!(create.context));
            if let Some(parent) = &create.parent {
                let parent = json!({ "order": parent.order, "set": parent.set });
                body.insert("parent".to_owned(), parent);
            }
            if let Some(at) = create.at {
                body.insert("at".to_owned(), format_instant(at).into());
            }
            let id = create.event_id.as_deref();
            Ok(("/v1/orders".to_owned(), body.into(), id, None))
        }
        Request::Fire(fire) => {
            let below = match fire.event.kind {
                EventKind::Override { .. } => "/overrides",
                _ => "/events",
            };
            let mut body = happened(&fire.event)?;
            if let (Some(at), Some(body)) = (fire.at, body.as_object_mut()) {
                body.insert("at".to_owned(), format_instant(at).into());
            }
            let path = path_of(&fire.key.order, below);
            Ok((path, body, fire.event.id.as_deref(), fire.expected))
        }
        Request::Import(_) | Request::Tick(_) => Err(ClientError::NotOffered),
    }
}

fn happened(event: &Event) -> Result<Json, ClientError> {
    let actor = written(&event.actor);
    Ok(match &event.kind {
        EventKind::Named {
            name,
            payload,
            target,
        } => json!({ "event": name, "actor": actor, "payload": payload, "target": target }),
        EventKind::Override { reason, action } => {
            let action = match action {
                Override::ForceState { to } => json!({ "force_state": { "to": to } }),
                Override::MoveTimer { timer, due } => {
                    json!({ "move_timer": { "timer": timer, "due": format_instant(*due) } })
                }
                Override::Erase => json!({ "erase": {} }),
            };
            json!({ "reason": reason, "actor": actor, "action": action })
        }
        _ => return Err(ClientError::NotOffered),
    })
}

/// The answer of the runtime that a problem tells of.
fn answered(mut body: Json) -> Result<Answer, ClientError> {
    let error = problem(&body)?;
    let ClientError::Problem { kind, detail, .. } = &error else {
        return Err(error);
    };
    let detail = detail.clone();
    let known = Kind::ALL.iter().find(|known| known.id() == kind);
    Ok(match known {
        Some(Kind::Refused) => Answer::Refused {
            message: detail,
            refusal: taken(&mut body, "refusal")?,
            receipt: taken(&mut body, "order").ok().map(read).transpose()?,
        },
        Some(Kind::OrderBehind) => Answer::Behind(read(taken(&mut body, "order")?)?),
        Some(Kind::VersionConflict) => Answer::Conflict {
            expected: read(taken(&mut body, "expected")?)?,
            found: read(taken(&mut body, "version")?)?,
        },
        Some(Kind::OrderExists) => Answer::Exists {
            version: read(taken(&mut body, "version")?)?,
        },
        Some(Kind::UnknownOrder) => Answer::UnknownOrder,
        Some(Kind::UnknownWorkflow) => Answer::UnknownWorkflow,
        Some(Kind::KeyReused) => Answer::IdUsed,
        Some(Kind::AnswerErased) => Answer::Erased,
        Some(Kind::OrderStuck) => Answer::Stuck { reason: detail },
        Some(Kind::InvalidRequest) => Answer::Invalid { message: detail },
        _ => return Err(error),
    })
}

/// What was asked for, or nothing where the problem says that it is not there.
fn found(told: Told, missing: Kind) -> Result<Option<Json>, ClientError> {
    match succeeded(told) {
        Ok(body) => Ok(Some(body)),
        Err(error) if error.is(missing) => Ok(None),
        Err(error) => Err(error),
    }
}

fn succeeded(told: Told) -> Result<Json, ClientError> {
    match told.is_success {
        true => Ok(told.body),
        false => Err(problem(&told.body)?),
    }
}

/// A problem as it was sent.
fn problem(body: &Json) -> Result<ClientError, ClientError> {
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let kind = text("type").and_then(|kind| kind.strip_prefix("/problems/"));
    let status = body.get("status").and_then(Json::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    match (kind, status, text("detail")) {
        (Some(kind), Some(status), Some(detail)) => Ok(ClientError::Problem {
            kind: kind.to_owned(),
            status,
            detail: detail.to_owned(),
        }),
        _ => Err(ClientError::Foreign("its problem is none".to_owned())),
    }
}

/// A part of an answer.
fn taken(body: &mut Json, name: &str) -> Result<Json, ClientError> {
    let part = body.get_mut(name).map(Json::take);
    part.ok_or_else(|| lacks(name))
}

fn lacks(name: &str) -> ClientError {
    ClientError::Foreign(format!("its answer has no `{name}`"))
}

fn read<T: DeserializeOwned>(body: Json) -> Result<T, ClientError> {
    serde_json::from_value(body).map_err(|error| ClientError::Foreign(error.to_string()))
}

fn path_of(order: &str, below: &str) -> String {
    format!("{}{below}", super::orders::path_of(order))
}

/// An actor as `ROLE` or `ROLE:ID`.
fn written(actor: &Actor) -> String {
    match &actor.id {
        Some(id) => format!("{}:{id}", actor.role),
        None => actor.role.clone(),
    }
}
