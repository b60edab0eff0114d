//! What happens around every request.
//!
//! In: a request. Out: its answer, with an id, counted and logged; a problem where it takes too long or
//! its caller may not ask.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use super::app::Shared;
use super::extract::IDEMPOTENCY_KEY;
use super::leftover::lend;
use super::operation::Header;
use super::problem::{Kind, Problem};
use super::tokens::{Scope, hex};

/// The header with the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a request.
const LONGEST: usize = 128;

/// What holds for one route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) path: &'static str,
    pub(super) scope: Option<Scope>,
    /// Whether it may change something.
    pub(super) changes: bool,
    /// Whether it has a query.
    pub(super) asks: bool,
    /// The headers that it reads.
    pub(super) headers: &'static [Header],
}

impl Rule {
    /// Refuses what a caller would believe to be heeded and is not read here.
    fn heeds(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let query = uri.query().filter(|query| !query.is_empty());
        if let Some(query) = query {
            if !self.asks {
                let detail = format!("`{}` takes no query", self.path);
                return Err(Problem::new(Kind::InvalidQuery, detail));
            }
            if percent_decode_str(query).decode_utf8().is_err() {
                let detail = "the query is no UTF-8 once its `%` are read";
                return Err(Problem::new(Kind::InvalidQuery, detail));
            }
        }
        for (name, header, instead) in [
            (
                IDEMPOTENCY_KEY,
                Header::Key,
                "the answer to it would not be kept",
            ),
            (
                header::IF_MATCH.as_str(),
                Header::IfMatch,
                "no version would be compared",
            ),
        ] {
            if self.changes && headers.contains_key(name) && !self.headers.contains(&header) {
                let detail = format!("`{}` does not take `{name}`: {instead}", self.path);
                return Err(Problem::new(Kind::InvalidHeader, detail));
            }
        }
        Ok(())
    }
}

/// What is known of a request once it is answered.
#[derive(Debug, Clone)]
struct Seen {
    route: &'static str,
    tenant: Option<String>,
    token: Option<String>,
}

/// Lets a request through whose caller may ask.
pub(super) async fn admitted(
    State((app, rule)): State<(Shared, Rule)>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut seen = Seen {
        route: rule.path,
        tenant: None,
        token: None,
    };
    let refused = match rule.scope {
        None => None,
        Some(scope) => match app.admit(scope, request.headers()).and_then(|caller| {
            rule.heeds(request.uri(), request.headers())
                .map(|()| caller)
        }) {
            Ok(caller) => {
                seen.tenant = Some(caller.tenant.clone());
                seen.token = Some(caller.name.clone()).filter(|name| !name.is_empty());
                request.extensions_mut().insert(caller);
                None
            }
            Err(problem) => Some(problem),
        },
    };
    let mut response = match refused {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    response.extensions_mut().insert(seen);
    response
}

/// Gives a request an id and its time, counts it and writes a line about it.
pub(super) async fn observed(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = id_of(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let changes = !method.is_safe();
    let has_key = changes && request.headers().contains_key(IDEMPOTENCY_KEY);
    let is_asked_for = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let (body, leftover) = lend(body);
    let request = Request::from_parts(parts, body);
    let answered = tokio::time::timeout(app.options.timeout, next.run(request)).await;
    let is_late = answered.is_err();
    let mut response = match answered {
        Ok(response) => response,
        // It is not asked of the engine before all of it is there.
        Err(_) if leftover.is_awaited() => not_in_time(&app),
        Err(_) => too_late(&app, changes, has_key),
    };
    if is_late || !leftover.discard(is_asked_for).await {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response.headers_mut().insert(REQUEST_ID, id.clone());
    let seen = response.extensions().get::<Seen>();
    let route = seen.map_or("-", |seen| seen.route);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    app.metrics
        .observed(known(method.as_str()), route, status, took);
    tracing::info!(
        request = id.to_str().unwrap_or_default(),
        method = method.as_str(),
        path,
        route,
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        tenant = seen.and_then(|seen| seen.tenant.as_deref()),
        token = seen.and_then(|seen| seen.token.as_deref()),
        "answered"
    );
    response
}

fn not_in_time(app: &Shared) -> Response {
    let seconds = app.options.timeout.as_secs_f32();
    let detail = format!("the body did not come to its end within {seconds} s: nothing was done");
    Problem::new(Kind::RequestTimeout, detail).into_response()
}

fn too_late(app: &Shared, changes: bool, has_key: bool) -> Response {
    let seconds = app.options.timeout.as_secs_f32();
    let rest = match (changes, has_key) {
        (false, _) => "",
        (true, false) => ", and it is not known whether it is carried out",
        (true, true) => {
            ", and it is not known whether it is carried out; the same `Idempotency-Key` tells"
        }
    };
    let detail = format!("there was no answer within {seconds} s{rest}");
    let problem = Problem::new(Kind::Timeout, detail).retry_after(5);
    problem.into_response()
}

/// A method by which requests are counted: anybody can make up others.
fn known(method: &str) -> &str {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
        _ => "-",
    }
}

/// The id that a request came with, or a new one.
fn id_of(headers: &HeaderMap) -> HeaderValue {
    let is_fine = |id: &&HeaderValue| {
        let is_short = !id.is_empty() && id.len() <= LONGEST;
        is_short && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    if let Some(given) = headers.get(REQUEST_ID).filter(is_fine) {
        return given.clone();
    }
    let mut random = [0; 16];
    let made = getrandom::fill(&mut random).ok();
    let id = made.and_then(|()| HeaderValue::from_str(&hex(&random)).ok());
    id.unwrap_or(HeaderValue::from_static("-"))
}
