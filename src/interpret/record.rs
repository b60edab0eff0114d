//! The record of a step: what differs between the order before and after, beside what happened.
//!
//! In: both orders, the cause, and the record with what was written on the way. Out: all of it.

use super::flags;
use super::hop::Hop;
use super::macrostep::{Origin, World};
use crate::context::Cells;
use crate::graph::{EventId, FieldId, Id, TimerId};
use crate::instance::{Armed, Cause, ContextChange, Instance, PendingEvent, StepRecord};
use crate::time::Instant;

/// Completes the record of a step. `fired` is the timer that caused it.
pub(super) fn complete(
    record: &mut StepRecord,
    world: World<'_>,
    before: Option<&Instance>,
    after: &Instance,
    origin: Origin<'_>,
    fired: Option<TimerId>,
) {
    let came = matches!(origin.cause, Cause::Raised { .. });
    head(record, (after.sequence, after.updated_at), &origin);
    record.cause = origin.cause;
    flags::changes(world, before, after, &mut record.flags);
    context(world, before, after, &mut record.context);
    record.configuration.extend(&after.configuration);
    if after.waits() || before.is_some_and(Instance::waits) {
        later(record, before, after, fired, came);
    }
}

/// Writes the record of a hop; what was asked for it stands there already.
#[inline]
pub(super) fn write_hop(
    record: &mut StepRecord,
    world: World<'_>,
    (before, hop): (&Instance, &Hop),
    origin: Origin<'_>,
    now: Instant,
) {
    hop.tell((0, 0), record);
    head(record, (before.sequence + 1, now), &origin);
    record.cause = origin.cause;
    flags::of_hop(world, hop, &mut record.flags);
    record.configuration.push(hop.to);
}

/// Writes which step it is, when it is made, and who made it.
#[inline]
fn head(record: &mut StepRecord, (sequence, at): (u64, Instant), origin: &Origin<'_>) {
    record.sequence = sequence;
    record.at = at;
    record.actor.clone_from(origin.actor);
    match (&mut record.event_id, origin.event_id) {
        (Some(known), Some(id)) => known.clone_from(id),
        (known, id) => *known = id.cloned(),
    }
}

/// Writes what differs in that. `came` says that an event that waited is the cause.
fn later(
    record: &mut StepRecord,
    before: Option<&Instance>,
    after: &Instance,
    fired: Option<TimerId>,
    came: bool,
) {
    let first = before.map_or(0, |before| before.generations);
    record.armed.extend(armed(first, after));
    if let Some(before) = before {
        let gone = cancelled(before, after, fired);
        record.cancelled.extend(gone);
        called_off(before, after, came, &mut record.called_off);
    }
    let raised = after.pending.iter();
    let raised = raised.filter(|event| event.generation >= first);
    record.raised.extend(raised.cloned());
}

fn context(
    world: World<'_>,
    before: Option<&Instance>,
    after: &Instance,
    changes: &mut Vec<ContextChange>,
) {
    let none;
    let before = match before {
        Some(before) => &before.context,
        None => {
            none = Cells::new(&world.workflow.layout);
            &none
        }
    };
    changes.extend(after.context.changes(before).map(|slot| ContextChange {
        field: FieldId::from_index(slot),
        from: before.get(slot),
        to: after.context.get(slot),
    }));
}

fn armed(first: u64, after: &Instance) -> impl Iterator<Item = Armed> {
    let running = after.timers.iter();
    let new = running.filter(move |(_, running)| running.generation >= first);
    new.map(|(&timer, running)| Armed {
        timer,
        due: running.due,
        generation: running.generation,
    })
}

fn cancelled<'a>(
    before: &'a Instance,
    after: &'a Instance,
    fired: Option<TimerId>,
) -> impl Iterator<Item = TimerId> + 'a {
    let ran = before.timers.keys().copied();
    let gone = ran.filter(|id| !after.timers.contains_key(id));
    gone.filter(move |&id| Some(id) != fired)
}

/// Of events that came, the first is the cause of the step.
fn called_off(before: &Instance, after: &Instance, came: bool, events: &mut Vec<EventId>) {
    // As many as may wait would otherwise be compared with each other at every step.
    let mut wait: Vec<u64> = after.pending.iter().map(|e| e.generation).collect();
    wait.sort_unstable();
    let waits = |generation: u64| wait.binary_search(&generation).is_ok();
    let waited = before.pending.iter();
    let mut gone: Vec<&PendingEvent> = waited.filter(|event| !waits(event.generation)).collect();
    gone.sort_by_key(|event| (event.due, event.generation));
    let gone = gone.into_iter().skip(usize::from(came));
    events.extend(gone.map(|event| event.event));
}
