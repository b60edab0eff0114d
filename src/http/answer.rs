//! What the runtime answers, as HTTP says it.
//!
//! In: replies and errors of the runtime. Out: a status, headers and a body, or a [`Problem`].

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::problem::{Kind, Problem};
use crate::runtime::{Answer, EngineError, Receipt, Reply, RuntimeError, StoreError};

/// Says that an answer was given before, to the same `Idempotency-Key`.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A request that was carried out.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Done {
    /// The order.
    pub(super) order: String,
    /// Whether something was done, or the order already was where it leads.
    pub(super) answer: DoneKind,
    /// How the order stands now.
    #[serde(flatten)]
    pub(super) receipt: Receipt,
}

/// Whether something was done.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DoneKind {
    /// It was carried out.
    Accepted,
    /// The order already is where it leads: nothing was done.
    Repeated,
}

/// What an answer says of the order.
pub(super) fn done(order: &str, answer: Answer) -> Result<Done, Problem> {
    let (kind, receipt) = match answer {
        Answer::Accepted(receipt) => (DoneKind::Accepted, receipt),
        Answer::Repeated(receipt) => (DoneKind::Repeated, receipt),
        other => return Err(refused(order, other)),
    };
    Ok(Done {
        order: order.to_owned(),
        answer: kind,
        receipt,
    })
}

/// What an answer that is none of those says.
fn refused(order: &str, answer: Answer) -> Problem {
    let unreadable = |detail: &str| Problem::new(Kind::StoreUnreadable, detail);
    match answer {
        Answer::Accepted(_) | Answer::Repeated(_) => unreadable("the answer is none"),
        Answer::Refused {
            message,
            refusal,
            receipt,
        } => {
            let problem = Problem::new(Kind::Refused, message).with("refusal", refusal);
            let Some(receipt) = receipt else {
                return problem;
            };
            let tag = etag(receipt.version);
            let problem = problem.header(header::ETAG, tag);
            problem.with("order", json(&receipt))
        }
        Answer::Behind(receipt) => {
            let detail = format!("`{order}` came closer to the present, and not all the way");
            let problem = Problem::new(Kind::OrderBehind, detail).retry_after(1);
            let problem = problem.header(header::ETAG, etag(receipt.version));
            problem.with("order", json(&receipt))
        }
        Answer::Conflict { expected, found } => {
            let detail = format!("`{order}` has version {found}, and not {expected}");
            let problem = Problem::new(Kind::VersionConflict, detail);
            let problem = problem.with("expected", expected).with("version", found);
            problem.header(header::ETAG, etag(found))
        }
        Answer::UnknownOrder => unknown_order(order),
        Answer::UnknownWorkflow => Problem::new(
            Kind::UnknownWorkflow,
            "no such workflow is deployed: `POST /v1/deployments` does that",
        ),
        Answer::Exists { version } => {
            let detail = format!("there is an order `{order}` already");
            let problem = Problem::new(Kind::OrderExists, detail).with("version", version);
            problem.header(header::ETAG, etag(version))
        }
        Answer::IdUsed => Problem::new(
            Kind::KeyReused,
            "the order got another request with this key before",
        ),
        Answer::Erased => Problem::new(
            Kind::AnswerErased,
            "the key was used before the order's personal values were erased, and nothing was done now",
        ),
        Answer::Stuck { reason } => Problem::new(Kind::OrderStuck, reason),
        Answer::Invalid { message } => Problem::new(Kind::InvalidRequest, message),
    }
}

/// There is no such order.
pub(super) fn unknown_order(order: &str) -> Problem {
    Problem::new(Kind::UnknownOrder, format!("there is no order `{order}`"))
}

/// A reply as it is sent: with the order's version, and whether it was given before.
pub(super) fn reply(order: &str, reply: Reply, status: StatusCode) -> Response {
    let duplicate = reply.duplicate;
    let mut response = match done(order, reply.answer) {
        Ok(done) => {
            let tag = etag(done.receipt.version);
            (status, [(header::ETAG, tag)], Sent(&done)).into_response()
        }
        Err(problem) => problem.into_response(),
    };
    if duplicate {
        let headers = response.headers_mut();
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// A version as an entity tag.
pub(super) fn etag(version: u64) -> HeaderValue {
    // Digits within quotes are always a header.
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// A value as JSON. Only structs, lists and maps with text keys are sent, which JSON always can say.
pub(super) fn json(value: &impl Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

/// A body of JSON.
pub(super) struct Sent<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Sent<T> {
    fn into_response(self) -> Response {
        let text = serde_json::to_string(&self.0).unwrap_or_default();
        let mut response = Response::new(Body::from(text));
        let media = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, media);
        response
    }
}

/// Why the runtime did not answer; whether what was asked had a key.
pub(super) fn runtime_failed(error: &RuntimeError, has_key: bool) -> Problem {
    match error {
        RuntimeError::Store(error) => store_failed(error, has_key),
        RuntimeError::Overloaded => {
            Problem::new(Kind::Overloaded, error.to_string()).retry_after(1)
        }
        RuntimeError::Stopped(_) => {
            tracing::warn!(%error, "there is no answer");
            open("the engine has stopped", has_key)
        }
    }
}

/// It is not known whether something was carried out.
fn open(why: &str, has_key: bool) -> Problem {
    let tells = match has_key {
        true => ": the same key tells whether it was carried out",
        false => ", and it is not known whether it was carried out",
    };
    Problem::new(Kind::OutcomeUnknown, format!("{why}{tells}")).retry_after(5)
}

/// Why the engine did not answer.
pub(super) fn engine_failed(error: &EngineError) -> Problem {
    match error {
        EngineError::Store(error) => store_failed(error, false),
        EngineError::Order { .. } => Problem::new(Kind::OrderUnreadable, error.to_string()),
        EngineError::Invalid(message) => Problem::new(Kind::InvalidRequest, message.clone()),
    }
}

/// Why there is no answer to what changes nothing: whatever became of what others asked, nothing did of this.
pub(super) fn unseen(problem: Problem) -> Problem {
    match problem.kind() {
        Kind::OutcomeUnknown => {
            let detail = "the store cannot be relied on at the moment";
            Problem::new(Kind::StoreFailed, detail).retry_after(5)
        }
        _ => problem,
    }
}

/// Why the store did not answer. Where it is and what it said of itself is for whoever reads the log.
pub(super) fn store_failed(error: &StoreError, has_key: bool) -> Problem {
    tracing::warn!(%error, "the store did not answer");
    let (kind, detail, seconds) = match error {
        StoreError::Busy(_) => (Kind::StoreFailed, "the store is busy", 1),
        StoreError::Full(_) => (Kind::StoreFailed, "the store is full", 5),
        StoreError::Failed(_) => (Kind::StoreFailed, "the store failed", 5),
        StoreError::Unsure(_) => {
            return open("the store does not tell what became of it", has_key);
        }
        StoreError::Corrupt(_) => {
            return Problem::new(Kind::StoreUnreadable, "what is stored cannot be read");
        }
    };
    Problem::new(kind, detail).retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_store_is_is_not_told() {
        let place = || "`db.internal:5432/shop`: the connection was lost".to_owned();
        let errors = [
            RuntimeError::Stopped(Some(place())),
            RuntimeError::Store(StoreError::Busy(place())),
            RuntimeError::Store(StoreError::Full(place())),
            RuntimeError::Store(StoreError::Failed(place())),
            RuntimeError::Store(StoreError::Unsure(place())),
            RuntimeError::Store(StoreError::Corrupt(place())),
        ];
        for error in errors {
            let problem = runtime_failed(&error, true);
            let detail = problem.detail();
            assert!(!detail.contains("internal"), "{detail}");
            assert!(!detail.is_empty());
        }
    }
}
