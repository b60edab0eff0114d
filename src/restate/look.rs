//! Orders are looked at.
//!
//! In: what is asked of an order whose family is kept here. Out: how it stands, what may be done, why not,
//! and what happened, in the forms that an engine gives.

use restate_sdk::prelude::{HandlerError, Json, TerminalError};
use serde_json::{Value, json};

use super::asked::{Asked, Verb, wrong};
use super::family::Family;
use super::host::Host;
use super::kept::{self, Kept, read};
use crate::runtime::journal::Record;
use crate::runtime::row::{JournalRow, OrderKey, OrderRow};
use crate::runtime::{Engine, EngineError, Memory};

/// The most steps that are told at once.
const STEPS: u64 = 1_000;

/// Tells of an order.
pub(super) async fn look(
    ctx: &impl Kept,
    host: &Host,
    (root, asked): (OrderKey, &Asked),
) -> Result<Json<Value>, HandlerError> {
    let key = OrderKey::new(root.tenant.clone(), asked.order.clone());
    if asked.verb == Verb::Journal {
        return journal(ctx, &key, asked).await;
    }
    let now = host.now(ctx).await?;
    let family = Family::fetch(ctx, host, root).await?;
    let mut engine = Engine::sharing(family.memory, host.compiled.clone());
    let told = match asked.verb {
        Verb::Available => {
            let actor = asked.actor().map_err(wrong)?;
            let actions = engine.available(&key, &actor, now).map_err(failed)?;
            actions.map(|actions| json!({ "actions": actions }))
        }
        Verb::Why => {
            let event = asked.doubt().map_err(wrong)?;
            let why = engine.why(&key, &event, now).map_err(failed)?;
            why.map(serde_json::to_value).transpose()?
        }
        _ => get(&mut engine, &key)?,
    };
    Ok(Json(told.ok_or_else(|| unknown(&key))?))
}

fn get(engine: &mut Engine<Memory>, key: &OrderKey) -> Result<Option<Value>, HandlerError> {
    let view = engine.get(key).map_err(failed)?;
    Ok(view.map(serde_json::to_value).transpose()?)
}

async fn journal(
    kept: &impl Kept,
    key: &OrderKey,
    asked: &Asked,
) -> Result<Json<Value>, HandlerError> {
    let asked = asked.steps().map_err(wrong)?;
    let row = read::<OrderRow>(kept, &kept::order(&key.order)).await?;
    let last = row.ok_or_else(|| unknown(key))?.sequence;
    let limit = asked.limit.unwrap_or(STEPS).clamp(1, STEPS);
    let until = last.min(asked.after.saturating_add(limit));
    let mut steps = Vec::new();
    for sequence in asked.after.saturating_add(1)..=until {
        let Some(step) = read::<JournalRow>(kept, &kept::step(&key.order, sequence)).await? else {
            return Err(format!("`{key}`: there is no step {sequence}").into());
        };
        let record: Record = serde_json::from_str(&step.body)?;
        steps.push(json!({ "hash": step.hash, "record": record }));
    }
    let next = (until < last).then_some(until);
    Ok(Json(json!({ "steps": steps, "next": next })))
}

pub(super) fn unknown(key: &OrderKey) -> TerminalError {
    let OrderKey { tenant, order } = key;
    TerminalError::new_with_code(404, format!("`{tenant}` has no order `{order}`"))
}

/// What is mistaken, or cannot be read, stays so until somebody does something about it; a store that failed
/// is tried again.
pub(super) fn failed(error: EngineError) -> HandlerError {
    match error {
        EngineError::Invalid(problem) => wrong(problem).into(),
        EngineError::Order { .. } => TerminalError::new(error.to_string()).into(),
        EngineError::Store(error) => error.into(),
    }
}
