//! Orders that could not go on, and can again.
//!
//! In: an order. Out: whether it was held up; or why it still is.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Sent;
use super::app::Shared;
use super::caller::Caller;
use super::extract::Named;
use super::problem::{Kind, Problem};
use crate::runtime::engine::Resumed;

/// What became of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Resumption {
    /// Whether it was held up, and goes on; where it was not, nothing was done.
    resumed: bool,
}

impl Resumption {
    /// What was told, as the engine tells it.
    pub(super) fn read(&self) -> Resumed {
        match self.resumed {
            true => Resumed::Resumed,
            false => Resumed::Going,
        }
    }
}

pub(super) async fn resume(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(order): Named<String>,
) -> Result<Response, Problem> {
    let key = caller.key(&order);
    let became = app.ask(move |engine, _| Ok(engine.resume(&key)?));
    let resumed = match became.await? {
        Resumed::Resumed => true,
        Resumed::Going => false,
        Resumed::Unknown => {
            let detail = format!("there is no order `{order}`");
            return Err(Problem::new(Kind::UnknownOrder, detail));
        }
        Resumed::Stuck(reason) => return Err(Problem::new(Kind::OrderStuck, reason)),
    };
    Ok(Sent(Resumption { resumed }).into_response())
}
