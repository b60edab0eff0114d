//! The same rows in a store: for queries, verification, and effects, which are handed out there.
//!
//! In: what each call changed of a family, in their order. Out: the store as an engine upon it would have
//! written it, but that the orders are marked as running elsewhere. A message may come again, and is told
//! by the versions of what is stored: it is written once.

use restate_sdk::prelude::{HandlerError, Json, ObjectContext};

use super::host::Host;
use crate::runtime::row::{AnswerRow, Change, OrderKey};
use crate::runtime::{Store, StoreError};

/// What a store says of an order that runs on Restate, so that nobody moves it there.
pub const ELSEWHERE: &str = "it runs on Restate, which alone can move it";

/// Why changes were not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProjectError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Steps are missing in between, or somebody else wrote.
    #[error(
        "the store has `{key}` at {has}, and step {next} comes: `project` writes all of it again"
    )]
    Gap { key: OrderKey, has: u64, next: u64 },
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
    if has > change.row.sequence {
        return Ok(None);
    }
    change.journal.retain(|step| step.sequence > has);
    change.effects.retain(|effect| effect.sequence > has);
    let asked = change.answers.iter();
    let asked: Vec<_> = asked
        .map(|answer| (key.clone(), answer.event_id.clone()))
        .collect();
    let known = match asked.is_empty() {
        true => Vec::new(),
        false => store.answers(&asked)?,
    };
    let answers = std::mem::take(&mut change.answers).into_iter();
    let new = |(answer, known): (AnswerRow, Option<String>)| known.is_none().then_some(answer);
    change.answers = answers.zip(known).filter_map(new).collect();
    if change.journal.is_empty() && change.answers.is_empty() {
        return Ok(None);
    }
    let next = change.journal.first().map_or(has + 1, |step| step.sequence);
    if next != has + 1 || change.row.sequence > has && change.journal.is_empty() {
        return Err(ProjectError::Gap { key, has, next });
    }
    change.expected = row.map(|row| row.sequence);
    change.row.stuck = Some(ELSEWHERE.to_owned());
    Ok(Some(change))
}

/// The projection of a family: one after the other, and never in the way of the family itself.
pub(super) struct Projection(pub(super) Host);

#[restate_sdk::object(
    name = "OrderProjection",
    client_visibility = "pub(super)",
    ingress_private,
    invocation_retry_policy(initial_interval = "100ms", factor = 2, max_interval = "10s")
)]
impl Projection {
    /// Writes what a call changed.
    #[handler]
    async fn write(
        &self,
        _: ObjectContext<'_>,
        changes: Json<Vec<Change>>,
    ) -> Result<(), HandlerError> {
        self.0.project(changes.0).await
    }
}
