//! Timers that fire before an event is looked at.
//!
//! In: an order and the present. Out: the order after every timer due by then, one record each. They
//! fire in order of due time, then document; one that starts to run meanwhile and is due fires too.
//! A timer whose guard does not hold, or whose step fails, is spent and does nothing else; so is one
//! that fired at this very instant before.

use super::conditions::SYSTEM;
use super::macrostep::{Macrostep, Origin, World};
use crate::context::CellsView;
use crate::graph::{TimerId, Trigger};
use crate::instance::{Cause, Instance, Refusal, StepRecord};
use crate::time::Instant;

/// After so many timers no later one fires before the event. An order that slept for longer comes to the present
/// in several calls.
const MOST: usize = 10_000;

/// Fires what is due. The error says that the present was not reached; what fired is kept.
pub(super) fn fire_due(
    world: World<'_>,
    instance: &Instance,
    now: Instant,
    records: &mut Vec<StepRecord>,
) -> (Option<Instance>, Result<(), Refusal>) {
    let mut current: Option<Instance> = None;
    let mut fired_now: Vec<TimerId> = Vec::new();
    while let Some((timer, due)) = next(current.as_ref().unwrap_or(instance), now) {
        let before = current.as_ref().unwrap_or(instance);
        let at = due.max(before.updated_at);
        if at > before.updated_at {
            // Only between two instants, so that it does not matter where a call ends.
            if records.len() >= MOST {
                return (current, Err(Refusal::Behind { limit: MOST }));
            }
            fired_now.clear();
        }
        // Timers that set one another off without time passing would never let the event through.
        let applies = !fired_now.contains(&timer);
        let (after, record) = fire(world, before, timer, at, applies);
        fired_now.push(timer);
        records.push(record);
        current = Some(after);
    }
    (current, Ok(()))
}

/// The timer that is due first.
fn next(instance: &Instance, now: Instant) -> Option<(TimerId, Instant)> {
    let due = instance.timers.iter().map(|(&id, timer)| (timer.due, id));
    let first = due.filter(|(due, _)| *due <= now).min();
    first.map(|(due, id)| (id, due))
}

fn fire(
    world: World<'_>,
    before: &Instance,
    timer: TimerId,
    at: Instant,
    applies: bool,
) -> (Instance, StepRecord) {
    let begin = || {
        let mut step = Macrostep::of(world, before, at);
        step.instance.timers.remove(&timer);
        step.instance.spent.insert(timer);
        step
    };
    let origin = |applied| Origin {
        cause: Cause::Timer { timer, applied },
        actor: &SYSTEM,
        event_id: None,
    };
    let mut step = begin();
    if !applies {
        return step.finish(origin(false), Some(timer));
    }
    let moves = step.automatic(Trigger::Timer(timer));
    if moves.is_empty() {
        return step.finish(origin(false), Some(timer));
    }
    let asked = step.trace.judged.len();
    let carried_out = step
        .take(&moves, &SYSTEM, CellsView::EMPTY)
        .and_then(|()| step.rest());
    if carried_out.is_ok() {
        return step.finish(origin(true), Some(timer));
    }
    // What failed is dropped with all that it did; what let the timer through is kept.
    let mut judged = step.trace.judged;
    judged.truncate(asked);
    let mut step = begin();
    step.trace.judged = judged;
    step.finish(origin(false), Some(timer))
}
