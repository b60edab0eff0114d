//! What all requests share: the runtime, who may ask, and what is counted.
//!
//! In: requests of the runtime and questions to the engine. Out: what they are told, or a [`Problem`].

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant as Tick;

use super::answer::{engine_failed, runtime_failed, unseen};
use super::caller::Caller;
use super::extract::only;
use super::limit::Limits;
use super::metrics::Metrics;
use super::problem::{Kind, Problem};
use super::retention::Retention;
use super::tokens::{Scope, Tokens};
use super::webhooks::Webhooks;
use crate::runtime::{Engine, EngineError, Reply, Request, Runtime, Store, SystemClock};
use crate::server::log_failure;
use crate::time::Instant;

/// The header that says whose orders are meant, where there are no tokens.
pub(super) const TENANT: &str = "flagstate-tenant";

/// Whose orders are meant where nothing is said.
const MAIN: &str = "main";

/// How long whoever asks what changes nothing waits for others, and then for the way to the store.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whichever store it is.
pub(super) type AnyStore = Box<dyn Store>;

/// How a server is run.
#[derive(Debug)]
pub struct Options {
    /// Who may ask; anybody on this machine where there are none.
    pub tokens: Option<Tokens>,
    /// How many requests a tenant may make in a second, and at once.
    pub rate: u32,
    /// How many bytes a body may have.
    pub body: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long requests under way are waited for at the end.
    pub drain: Duration,
    /// How many connections may be open.
    pub connections: usize,
    /// Where effects are sent; they are claimed where there are none.
    pub webhooks: Webhooks,
    /// How long personal values are kept after an order's end.
    pub retention: Retention,
}

/// What all requests share.
pub(super) struct App {
    runtime: Runtime<AnyStore>,
    pub(super) options: Options,
    pub(super) metrics: Arc<Metrics>,
    limits: Limits,
    is_draining: AtomicBool,
    waiting: AtomicU64,
}

/// [`App`], shared.
pub(super) type Shared = Arc<App>;

/// Counts what waits for the engine, also where nobody waits any longer.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl App {
    /// Starts an engine upon a store.
    pub(super) fn start(store: AnyStore, options: Options) -> std::io::Result<Self> {
        let metrics = Arc::<Metrics>::default();
        let mut engine = Engine::new(store);
        let counted = Arc::clone(&metrics);
        engine.on_failure(move |failure| {
            log_failure(failure);
            counted.failed();
        });
        Ok(Self {
            limits: Limits::new(options.rate),
            runtime: Runtime::run(engine, SystemClock)?,
            options,
            metrics,
            is_draining: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
        })
    }

    /// Asks the runtime to do something.
    pub(super) async fn request(&self, request: Request) -> Result<Reply, Problem> {
        let _waiting = Waiting::begin(&self.waiting);
        let has_key = request.event_id().is_some();
        let reply = self.runtime.request(request).await;
        let reply = reply.map_err(|error| runtime_failed(&error, has_key))?;
        self.metrics.answered(&reply);
        Ok(reply)
    }

    /// Asks the runtime to do several things in this order; each answer stands by itself.
    pub(super) async fn request_all(
        &self,
        requests: impl Iterator<Item = Request>,
    ) -> Vec<Result<Reply, Problem>> {
        let _waiting = Waiting::begin(&self.waiting);
        // All are handed over before the first is waited for, so that they share one commit.
        let sent: Vec<_> = requests
            .map(|request| {
                let has_key = request.event_id().is_some();
                (has_key, self.runtime.request(request))
            })
            .collect();
        let mut replies = Vec::with_capacity(sent.len());
        for (has_key, answer) in sent {
            let reply = answer.await;
            let reply = reply.map_err(|error| runtime_failed(&error, has_key));
            replies.push(reply.inspect(|reply| self.metrics.answered(reply)));
        }
        replies
    }

    /// Asks the engine anything.
    pub(super) async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Engine<AnyStore>, Instant) -> Result<R, EngineError> + Send + 'static,
    ) -> Result<R, Problem> {
        let _waiting = Waiting::begin(&self.waiting);
        let answer = self.runtime.ask(question).await;
        let answer = answer.map_err(|error| runtime_failed(&error, false))?;
        answer.map_err(|error| engine_failed(&error))
    }

    /// Asks the engine what changes nothing: whoever asks is told soon where the store cannot be reached, or
    /// where others wait for it.
    pub(super) async fn look<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Engine<AnyStore>, Instant) -> Result<R, EngineError> + Send + 'static,
    ) -> Result<R, Problem> {
        let _waiting = Waiting::begin(&self.waiting);
        // Whoever comes first: the engine, which begins, or the end of patience.
        let taken = Arc::new(AtomicBool::new(false));
        let is_taken = Arc::clone(&taken);
        let asked = self.runtime.ask(move |engine, now| {
            if is_taken.swap(true, Ordering::Relaxed) {
                return None;
            }
            engine.store().set_patience(Some(PATIENCE));
            let answer = question(engine, now);
            engine.store().set_patience(None);
            Some(answer)
        });
        tokio::pin!(asked);
        let failed = |error| unseen(runtime_failed(&error, false));
        let answer = match tokio::time::timeout(PATIENCE, &mut asked).await {
            Err(_) if !taken.swap(true, Ordering::Relaxed) => None,
            Err(_) => asked.await.map_err(failed)?,
            Ok(answer) => answer.map_err(failed)?,
        };
        let silent = || {
            let detail = "the store does not answer at the moment";
            Problem::new(Kind::StoreFailed, detail).retry_after(5)
        };
        let answer = answer.ok_or_else(silent)?;
        answer.map_err(|error| unseen(engine_failed(&error)))
    }

    /// How much waits for the engine.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// No more is taken: the server is about to end.
    pub(super) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Whether the engine still runs.
    pub(super) fn is_running(&self) -> bool {
        self.runtime.is_running()
    }

    /// What last went wrong with timers, or why the engine stopped.
    pub(super) fn trouble(&self) -> Option<String> {
        self.runtime.trouble()
    }

    /// Ends the engine; whether it came to its end within so long.
    pub(super) fn stop(self, most: Duration) -> bool {
        self.runtime.stop(most)
    }

    /// Who asks, and whether they may.
    pub(super) fn admit(&self, scope: Scope, headers: &HeaderMap) -> Result<Caller, Problem> {
        let caller = match &self.options.tokens {
            Some(tokens) => by_token(tokens, headers)?,
            None => nearby(headers)?,
        };
        allowed(&caller, scope)?;
        self.take(&caller, 1)?;
        Ok(caller)
    }

    /// Counts a request as so many.
    pub(super) fn take(&self, caller: &Caller, cost: u32) -> Result<(), Problem> {
        let taken = self.limits.take(&caller.limited_as, cost, Tick::now());
        taken.map_err(|wait| {
            let detail = format!(
                "`{}` may ask {} times a second",
                caller.tenant, self.options.rate
            );
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::new(Kind::TooManyRequests, detail).retry_after(seconds)
        })
    }
}

/// Whether a caller may do this.
pub(super) fn allowed(caller: &Caller, scope: Scope) -> Result<(), Problem> {
    if caller.may(scope) {
        return Ok(());
    }
    let name = scope.name();
    let detail = format!("the token `{}` has no scope `{name}`", caller.name);
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{name}\"");
    Err(challenged(Kind::Forbidden, detail, &challenge).with("scope", name))
}

fn challenged(kind: Kind, detail: impl Into<String>, challenge: &str) -> Problem {
    let problem = Problem::new(kind, detail);
    match HeaderValue::from_str(challenge) {
        Ok(challenge) => problem.header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => problem,
    }
}

fn by_token(tokens: &Tokens, headers: &HeaderMap) -> Result<Caller, Problem> {
    let unknown = |detail: &str, challenge| challenged(Kind::Unauthenticated, detail, challenge);
    let Some(given) = only(headers, header::AUTHORIZATION.as_str())? else {
        let detail = "send `Authorization: Bearer TOKEN`";
        return Err(unknown(detail, "Bearer realm=\"flagstate\""));
    };
    let token = given.split_once(' ').and_then(|(scheme, token)| {
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    let grant = token.and_then(|token| tokens.find(token));
    let challenge = "Bearer realm=\"flagstate\", error=\"invalid_token\"";
    let grant = grant.ok_or_else(|| unknown("there is no such token", challenge))?;
    let caller = Caller::granted(grant);
    match only(headers, TENANT)? {
        Some(tenant) if tenant != caller.tenant => Err(Problem::new(
            Kind::Forbidden,
            format!("the token `{}` is one of `{}`", caller.name, caller.tenant),
        )),
        _ => Ok(caller),
    }
}

/// Without tokens only this machine can ask. A page in a browser on it must not: it would say where it
/// comes from, or call the server by another name.
fn nearby(headers: &HeaderMap) -> Result<Caller, Problem> {
    let forbidden = |detail: &str| Err(Problem::new(Kind::Forbidden, detail));
    if headers.contains_key(header::ORIGIN) {
        return forbidden("without tokens, no page in a browser may ask");
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_loopback) {
        return forbidden("without tokens, the server is asked as `localhost` or by its address");
    }
    Ok(Caller::nearby(only(headers, TENANT)?.unwrap_or(MAIN)))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let address: Option<IpAddr> = address.parse().ok();
    name.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}
