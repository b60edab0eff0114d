//! The record of a step: what differs between the order before and after, beside what happened.
//!
//! In: both orders, the trace and the cause. Out: a [`StepRecord`].

use super::flags;
use super::macrostep::{Origin, Trace, World};
use crate::context::Cells;
use crate::graph::{EventId, FieldId, Id, TimerId};
use crate::instance::{Armed, Cause, ContextChange, Instance, PendingEvent, StepRecord};

/// Writes the record. `fired` is the timer that caused the step.
pub(super) fn write(
    world: World<'_>,
    before: Option<&Instance>,
    after: &Instance,
    trace: Trace,
    origin: Origin<'_>,
    fired: Option<TimerId>,
) -> StepRecord {
    let came = matches!(origin.cause, Cause::Raised { .. });
    StepRecord {
        sequence: after.sequence,
        at: after.updated_at,
        actor: origin.actor.clone(),
        event_id: origin.event_id.cloned(),
        cause: origin.cause,
        judged: trace.judged,
        taken: trace.taken,
        exited: trace.exited,
        entered: trace.entered,
        flags: flags::changes(world, before, after),
        context: context(world, before, after),
        effects: trace.effects,
        sends: trace.sends,
        armed: armed(before, after),
        cancelled: cancelled(before, after, fired),
        raised: raised(before, after),
        called_off: called_off(before, after, came),
        configuration: after.configuration.clone(),
    }
}

fn context(world: World<'_>, before: Option<&Instance>, after: &Instance) -> Vec<ContextChange> {
    let mut changes = Vec::new();
    let none = Cells::new(&world.workflow.layout);
    let before = before.map_or(&none, |before| &before.context);
    for slot in after.context.changes(before) {
        changes.push(ContextChange {
            field: FieldId::from_index(slot),
            from: before.get(slot),
            to: after.context.get(slot),
        });
    }
    changes
}

fn armed(before: Option<&Instance>, after: &Instance) -> Vec<Armed> {
    let first = before.map_or(0, |before| before.generations);
    let running = after.timers.iter();
    let new = running.filter(|(_, running)| running.generation >= first);
    new.map(|(&timer, running)| Armed {
        timer,
        due: running.due,
        generation: running.generation,
    })
    .collect()
}

fn cancelled(before: Option<&Instance>, after: &Instance, fired: Option<TimerId>) -> Vec<TimerId> {
    let ran = before
        .into_iter()
        .flat_map(|before| before.timers.keys().copied());
    let gone = ran.filter(|id| !after.timers.contains_key(id));
    gone.filter(|&id| Some(id) != fired).collect()
}

fn raised(before: Option<&Instance>, after: &Instance) -> Vec<PendingEvent> {
    let first = before.map_or(0, |before| before.generations);
    let new = |event: &&PendingEvent| event.generation >= first;
    after.pending.iter().filter(new).cloned().collect()
}

/// Of events that came, the first is the cause of the step.
fn called_off(before: Option<&Instance>, after: &Instance, came: bool) -> Vec<EventId> {
    let waits = |generation: u64| after.pending.iter().any(|e| e.generation == generation);
    let mut waited: Vec<&PendingEvent> =
        before.map_or_else(Vec::new, |b| b.pending.iter().collect());
    waited.sort_by_key(|event| (event.due, event.generation));
    let gone = waited.into_iter().filter(|event| !waits(event.generation));
    gone.skip(usize::from(came))
        .map(|event| event.event)
        .collect()
}
