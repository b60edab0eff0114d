//! What went wrong, as RFC 9457 has it.
//!
//! In: a [`Kind`], a sentence, and what a program may want to know. Out: `application/problem+json`. A
//! kind has one status and one type, `/problems/KIND`, under which the server explains it.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::diagnostic::render::json::JsonReport;
use crate::instance::Refusal;
use crate::runtime::Receipt;

/// The media type of problems.
pub(super) const MEDIA: &str = "application/problem+json";

macro_rules! kinds {
    ($($variant:ident $status:literal $id:literal $title:literal,)*) => {
        /// What kind of thing went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Kind { $($variant,)* }

        impl Kind {
            /// All kinds, by status.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The last part of its type.
            pub(super) fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it is, the same every time.
            pub(super) fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The status that it comes with.
            pub(super) fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }
        }
    };
}

kinds! {
    MalformedBody 400 "malformed-body" "The body is no JSON",
    InvalidQuery 400 "invalid-query" "The query of the URL cannot be read",
    InvalidPath 400 "invalid-path" "The path of the URL cannot be read",
    InvalidHeader 400 "invalid-header" "A header cannot be read",
    Unauthenticated 401 "unauthenticated" "A token is needed",
    Forbidden 403 "forbidden" "The token does not allow this",
    NotFound 404 "not-found" "There is nothing at this path",
    UnknownOrder 404 "unknown-order" "There is no such order",
    UnknownWorkflow 404 "unknown-workflow" "No such workflow is deployed",
    UnknownEffect 404 "unknown-effect" "There is no such effect",
    MethodNotAllowed 405 "method-not-allowed" "The path does not take this method",
    RequestTimeout 408 "request-timeout" "The body did not come in time",
    OrderExists 409 "order-exists" "There is such an order already",
    OrderStuck 409 "order-stuck" "The order cannot go on before an operator mends it",
    AnswerErased 409 "answer-erased" "It was answered before, and the answer is erased",
    EffectsSent 409 "effects-sent" "The effects of the tenant are sent to its webhook",
    EffectSettled 409 "effect-settled" "The effect is not handed out at this attempt",
    VersionConflict 412 "version-conflict" "The order has another version than expected",
    BodyTooLarge 413 "body-too-large" "The body is too large",
    UnsupportedMediaType 415 "unsupported-media-type" "The body must be application/json",
    InvalidBody 422 "invalid-body" "The body is not what is taken here",
    InvalidRequest 422 "invalid-request" "The request is mistaken",
    Refused 422 "refused" "The workflow refuses it",
    KeyReused 422 "idempotency-key-reused" "The key was used for something else",
    WorkflowInvalid 422 "workflow-invalid" "The workflow has errors",
    TooManyRequests 429 "too-many-requests" "The tenant asks too much",
    OrderUnreadable 500 "order-unreadable" "What is stored of the order cannot be read",
    StoreUnreadable 500 "store-unreadable" "What is stored cannot be read",
    StoreFailed 503 "store-failed" "The store failed, and nothing was written",
    OrderBehind 503 "order-behind" "So much was due before that it was not reached: ask again",
    Overloaded 503 "overloaded" "Too many requests wait already",
    OutcomeUnknown 503 "outcome-unknown" "It is not known whether this was carried out",
    Timeout 503 "timeout" "There was no answer in time",
}

impl Kind {
    /// The types of all kinds.
    fn paths() -> Vec<String> {
        Self::ALL.iter().map(|kind| kind.path()).collect()
    }

    /// Its type, a path of this server.
    pub(super) fn path(self) -> String {
        format!("/problems/{}", self.id())
    }
}

/// What went wrong with one request.
#[derive(Debug)]
pub(super) struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    detail: String,
    more: Map<String, Json>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem in a sentence.
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: detail.into(),
            more: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// Adds what a program may want to know.
    pub(super) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.more.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Says when to ask again.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, seconds.into())
    }

    pub(super) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(super) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// As it is sent.
    pub(super) fn json(&self) -> Json {
        let Inner {
            kind, detail, more, ..
        } = self.0.as_ref();
        let mut json = Map::new();
        json.insert("type".to_owned(), kind.path().into());
        json.insert("title".to_owned(), kind.title().into());
        json.insert("status".to_owned(), kind.status().into());
        json.insert("detail".to_owned(), detail.as_str().into());
        json.extend(more.clone());
        json.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json().to_string()));
        let status = StatusCode::from_u16(self.0.kind.status());
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
        headers.extend(self.0.headers);
        response
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemForm {
    /// What kind of problem it is: `/problems/KIND`. The path tells more about it.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = Kind::paths()))]
    kind: String,
    /// What kind of problem it is, in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What went wrong this time, for people.
    detail: String,
    /// Where in the body it is, as a JSON Pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// With `refused`: every transition that was tried, with every reason against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    /// With `refused` and `order-behind`: how the order stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Receipt>,
    /// With `version-conflict`: the version that was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
    /// With `version-conflict` and `order-exists`: the version that the order has.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// With `workflow-invalid`: what is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<JsonReport>,
    /// With `forbidden`: the scope that the token lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}
