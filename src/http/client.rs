//! A server of orders, asked from another program.
//!
//! In: the address of a server, a token, requests as the runtime takes them. Out: what the runtime would have
//! answered; problems that say so become the same answers again, and all others a [`ClientError`].
//!
//! - `asked` and `told`: how requests are written and answers read;
//! - `look` and `operate`: questions, and what operators do;
//! - `wrong`: why there is no answer.

mod asked;
mod look;
mod operate;
mod told;
mod wrong;

pub use look::Current;
pub use wrong::ClientError;

use std::time::Duration;

use serde_json::Value as Json;

use super::answer::REPLAYED;
use super::app::TENANT;
use super::extract::IDEMPOTENCY_KEY;
use super::outward;
use crate::runtime::{Reply, Request};
use asked::sent;
use told::{answered, read};

/// How long a server may take: longer than it takes itself.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of an answer that are read.
const MOST: u64 = 256 << 20;

/// The most entries of one answer.
const PAGE: usize = 1_000;

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
    /// In how many seconds it may be asked again.
    retry_after: Option<u64>,
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
        outward::check_url(address).map_err(|bad| ClientError::Address(bad.of_server()))?;
        let base = address.trim_end_matches('/');
        let host = base.split_once("://").map_or("", |(_, host)| host);
        if host.contains(['/', '?', '#', '@']) {
            return Err(ClientError::Address("it has more than a host and a port"));
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

    /// The same server, asked for a tenant by name. A server with tokens refuses one that the token is not of.
    #[must_use]
    pub fn for_tenant(&self, tenant: &str) -> Self {
        Self {
            agent: self.agent.clone(),
            base: self.base.clone(),
            token: self.token.clone(),
            tenant: Some(tenant.to_owned()),
        }
    }

    /// Asks for something to be done to an order.
    ///
    /// # Errors
    /// When there is no answer of the runtime, or a server does not offer what is asked.
    pub fn request(&self, request: &Request) -> Result<Reply, ClientError> {
        let (path, body, id, expected) = sent(request)?;
        let is_sendable = |id: &str| {
            id.bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"')
        };
        if !id.is_none_or(is_sendable) {
            return Err(ClientError::Id);
        }
        let tag = expected.map(|version| format!("\"{version}\""));
        let headers = [(IDEMPOTENCY_KEY, id), ("if-match", tag.as_deref())];
        let told = self.ask("POST", &path, &headers, Some(&body))?;
        let duplicate = told.is_replayed;
        let answer = match told.is_success {
            true => read(told.body)?,
            false => answered(told)?,
        };
        Ok(Reply { answer, duplicate })
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, Option<&str>)],
        body: Option<&Json>,
    ) -> Result<Told, ClientError> {
        if !has_all_names(path) {
            return Err(ClientError::Name);
        }
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
                // A tenant may be called by more than ASCII.
                request = request.header(*name, value.as_bytes());
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
        let failed = |error: ureq::Error| ClientError::of(&error, method != "GET");
        let mut answer = answer.map_err(failed)?;
        let text = answer.body_mut().with_config().limit(MOST).read_to_string();
        let text = text.map_err(failed)?;
        let body = match serde_json::from_str(&text) {
            Ok(body) => body,
            // An answer without a body, as of what was settled.
            Err(_) if answer.status().as_u16() == 204 => Json::Null,
            Err(_) => return Err(ClientError::strange(&answer)),
        };
        let replayed = answer.headers().get(REPLAYED.as_str());
        Ok(Told {
            is_success: answer.status().is_success(),
            is_replayed: replayed.is_some_and(|value| value.as_bytes() == b"true"),
            retry_after: outward::retry_after(answer.headers()),
            body,
        })
    }
}

/// Whether each part of a path is there, and none stands for a place.
fn has_all_names(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    parts.all(|part| !["", ".", ".."].contains(&part))
}
