//! What tells of a person, erased.
//!
//! In: an order, and why. Out: whether there was something to erase, and what cannot be.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Sent, reply};
use super::app::Shared;
use super::caller::Caller;
use super::extract::{Body, Named};
use super::problem::Problem;
use crate::runtime::engine::Erased;

/// That the personal values of an order are to be erased, for good. Its children are orders of their own, which keep
/// theirs until they are erased themselves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewErasure {
    /// Why, for the journal.
    reason: String,
    /// Who erases: `ROLE`, or `ROLE:ID` with the id of the person. The workflow need not know the role.
    actor: String,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Erasure {
    /// Whether something was erased; where there was nothing to erase, nothing was done.
    erased: bool,
    /// The steps that were made before what they say was personal: a journal is never changed, and still tells it.
    remains: Vec<u64>,
}

impl Erasure {
    /// What was told, as the engine tells it.
    pub(super) fn read(self) -> Erased {
        let remains = self.remains;
        match self.erased {
            true => Erased::Done { remains },
            false => Erased::Nothing { remains },
        }
    }
}

pub(super) async fn erase(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
    Body(new): Body<NewErasure>,
) -> Result<Response, Problem> {
    let (key, actor) = (caller.key(&order), caller.actor(&new.actor)?);
    let became = app.ask(move |engine, now| {
        let mut became = engine.erase(&[key], (&actor, &new.reason), now)?;
        Ok(became.pop())
    });
    let (erased, remains) = match became.await? {
        Some(Erased::Done { remains }) => (true, remains),
        Some(Erased::Nothing { remains }) => (false, remains),
        Some(Erased::Not(answer)) => {
            app.metrics.answered(&answer);
            return Ok(reply(&order, *answer, StatusCode::OK));
        }
        None => (false, Vec::new()),
    };
    Ok(Sent(Erasure { erased, remains }).into_response())
}
