//! The same rows in a store: for queries, verification, and effects, which are handed out there.
//!
//! In: what each call changed of a family, in their order. Out: the store as an engine upon it would have
//! written it, but that the orders are marked as running elsewhere. A message may come again, and is told
//! by the versions of what is stored: it is written once.

use restate_sdk::prelude::{HandlerError, Json, ObjectContext};

use super::calls;
use super::host::Host;
use super::kept::Kept;
use crate::runtime::journal::{Record, START, chained};
use crate::runtime::row::{AnswerRow, Change, ELSEWHERE, JournalRow, OrderKey, OrderRow};
use crate::runtime::{Store, StoreError};

/// Why changes were not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProjectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Steps in between are missing in the store, which was lost or is older.
    #[error("the store has `{key}` at {has}, and step {next} comes")]
    Gap { key: OrderKey, has: u64, next: u64 },
    /// It has another past there.
    #[error("the store has another order `{0}`, which does not run on Restate")]
    Foreign(OrderKey),
    /// Somebody writes there at the same time.
    #[error("somebody else writes `{0}` into the store")]
    Raced(OrderKey),
}

/// Writes what a store does not have yet.
pub(super) fn project(store: &mut dyn Store, changes: Vec<Change>) -> Result<(), ProjectError> {
    let mut unit = Vec::new();
    for change in changes {
        unit.extend(missing(store, change)?);
    }
    let key = unit.first().map(|change: &Change| change.row.key.clone());
    let Some(key) = key else { return Ok(()) };
    match store.commit(&[unit])?.contains(&false) {
        true => Err(ProjectError::Raced(key)),
        false => Ok(()),
    }
}

/// What a store does not have yet of a change.
fn missing(store: &mut dyn Store, mut change: Change) -> Result<Option<Change>, ProjectError> {
    let key = change.row.key.clone();
    let row = store.load(std::slice::from_ref(&key))?.pop().flatten();
    let has = row.as_ref().map_or(0, |row| row.sequence);
    if row
        .as_ref()
        .is_some_and(|row| row.stuck.as_deref() != Some(ELSEWHERE))
    {
        return Err(ProjectError::Foreign(key));
    }
    if has > change.row.sequence {
        return Ok(None);
    }
    change.journal.retain(|step| step.sequence > has);
    change.effects.retain(|effect| effect.sequence > has);
    change.answers = unanswered(store, &key, change.answers)?;
    if change.journal.is_empty() && change.answers.is_empty() {
        return Ok(None);
    }
    let next = change.journal.first().map_or(has + 1, |step| step.sequence);
    if next != has + 1 || change.row.sequence > has && change.journal.is_empty() {
        return Err(ProjectError::Gap { key, has, next });
    }
    if !continues(row.as_ref(), &change) {
        return Err(ProjectError::Foreign(key));
    }
    // What is written again may have been erased since.
    change.erases |= change.journal.iter().any(erases);
    let head = row.as_ref().map_or(START, |row| &row.head);
    head.clone_into(&mut change.upon);
    change.expected = row.map(|row| row.sequence);
    change.row.stuck = Some(ELSEWHERE.to_owned());
    Ok(Some(change))
}

/// First answers that the store does not have.
fn unanswered(
    store: &mut dyn Store,
    key: &OrderKey,
    answers: Vec<AnswerRow>,
) -> Result<Vec<AnswerRow>, StoreError> {
    let asked = answers.iter();
    let asked: Vec<_> = asked
        .map(|answer| (key.clone(), answer.event_id.clone()))
        .collect();
    if asked.is_empty() {
        return Ok(answers);
    }
    let known = store.answers(&asked)?;
    let answers = answers.into_iter().zip(known);
    let new = answers.filter_map(|(answer, known)| known.is_none().then_some(answer));
    Ok(new.collect())
}

/// Whether a change goes on from where an order stands, by the hashes of its steps.
fn continues(row: Option<&OrderRow>, change: &Change) -> bool {
    let head = row.map_or(START, |row| row.head.as_str());
    match change.journal.first() {
        Some(step) => chained(head, &change.row.key, step.sequence, &step.body) == step.hash,
        None => change.row.head == head,
    }
}

fn erases(step: &JournalRow) -> bool {
    let record = serde_json::from_str::<Record>(&step.body);
    record.is_ok_and(|record| record.erases())
}

/// The projection of a family: one after the other, and never in the way of the family itself.
pub(super) struct Projection(pub(super) Host);

#[restate_sdk::object(
    name = "OrderProjection",
    ingress_private,
    invocation_retry_policy(initial_interval = "100ms", factor = 2, max_interval = "10s")
)]
impl Projection {
    /// Writes what a call changed. Where the store lacks what was before, all of it is asked for.
    #[handler]
    async fn write(
        &self,
        ctx: ObjectContext<'_>,
        changes: Json<Vec<Change>>,
    ) -> Result<(), HandlerError> {
        let (host, key) = (self.0.clone(), ctx.key().to_owned());
        let write = move || async move {
            match host.project(changes.0).await? {
                Ok(()) => Ok("written".to_owned()),
                Err(error @ ProjectError::Gap { .. }) => {
                    tracing::warn!(%error, "all of it is written again");
                    Ok("gap".to_owned())
                }
                Err(error) => {
                    tracing::warn!(%error, "`{key}` does not come to the store");
                    Err(error.to_string().into())
                }
            }
        };
        if ctx.outside("write", write).await? == "gap" {
            calls::project(&ctx, ctx.key());
        }
        Ok(())
    }
}
