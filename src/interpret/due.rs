//! Timers and events raised for later, which come before an event is looked at.
//!
//! In: an order and the present. Out: the order after everything due by then, one record each. They
//! come in order of due time; of one instant, timers first, in document order, then events as they
//! were raised. What starts to run meanwhile and is due comes too. A timer whose guard does not hold,
//! or whose step fails, is spent and does nothing else; so is one that fired at this very instant
//! before. An event that nothing waits for, or whose step fails, passes; so does whatever comes after
//! a thousand others of one instant.

use super::conditions::SYSTEM;
use super::macrostep::{Macrostep, Origin, World};
use crate::context::{Cells, CellsView};
use crate::graph::{TimerId, Trigger};
use crate::instance::{Came, Cause, Instance, PendingEvent, Refusal, StepRecord};
use crate::time::Instant;

/// After so many timers and events no later one comes before the event. An order that slept for longer
/// comes to the present in several calls.
const MOST: usize = 10_000;

/// So many events that were raised for one instant are carried out.
const MOST_AT_ONCE: usize = 1_000;

/// What comes next.
enum Next {
    Timer(TimerId),
    Event(PendingEvent),
}

/// Fires what is due. The error says that the present was not reached; what fired is kept.
pub(super) fn fire_due(
    world: World<'_>,
    instance: &Instance,
    now: Instant,
    records: &mut Vec<StepRecord>,
) -> (Option<Instance>, Result<(), Refusal>) {
    let mut current: Option<Instance> = None;
    let mut fired_now: Vec<TimerId> = Vec::new();
    let mut came_now = 0;
    while let Some((next, due)) = next(current.as_ref().unwrap_or(instance), now) {
        let before = current.as_ref().unwrap_or(instance);
        let at = due.max(before.updated_at);
        if at > before.updated_at {
            // Only between two instants, so that it does not matter where a call ends.
            if records.len() >= MOST {
                return (current, Err(Refusal::Behind { limit: MOST }));
            }
            fired_now.clear();
            came_now = 0;
        }
        // What sets itself off without time passing would never let the event through.
        let (after, record) = match next {
            Next::Timer(timer) => {
                let crowded = fired_now.contains(&timer).then_some(1);
                fired_now.push(timer);
                fire(world, before, timer, at, crowded)
            }
            Next::Event(event) => {
                came_now += 1;
                let crowded = (came_now > MOST_AT_ONCE).then_some(MOST_AT_ONCE);
                come(world, before, &event, at, crowded)
            }
        };
        records.push(record);
        current = Some(after);
    }
    (current, Ok(()))
}

/// What is due first.
fn next(instance: &Instance, now: Instant) -> Option<(Next, Instant)> {
    let timers = instance.timers.iter().map(|(&id, timer)| (timer.due, id));
    let timer = timers.filter(|(due, _)| *due <= now).min();
    let pending = instance.pending.iter().filter(|event| event.due <= now);
    let event = pending.min_by_key(|event| (event.due, event.generation));
    match (timer, event) {
        (Some((due, timer)), Some(event)) if due <= event.due => Some((Next::Timer(timer), due)),
        (_, Some(event)) => Some((Next::Event(event.clone()), event.due)),
        (Some((due, timer)), None) => Some((Next::Timer(timer), due)),
        (None, None) => None,
    }
}

fn fire(
    world: World<'_>,
    before: &Instance,
    timer: TimerId,
    at: Instant,
    crowded: Option<usize>,
) -> (Instance, StepRecord) {
    let begin = || {
        let mut step = Macrostep::of(world, before, at);
        step.instance.timers.remove(&timer);
        step.instance.spent.insert(timer);
        step
    };
    let cause = |came| Cause::Timer { timer, came };
    let trigger = Trigger::Timer(timer);
    carry_out(
        begin,
        cause,
        Some(timer),
        (trigger, &Cells::default()),
        crowded,
    )
}

fn come(
    world: World<'_>,
    before: &Instance,
    event: &PendingEvent,
    at: Instant,
    crowded: Option<usize>,
) -> (Instance, StepRecord) {
    let begin = || {
        let mut step = Macrostep::of(world, before, at);
        let others = |pending: &PendingEvent| pending.generation != event.generation;
        step.instance.pending.retain(others);
        step
    };
    let cause = |came| Cause::Raised {
        event: event.event,
        payload: event.payload.iter().collect(),
        came,
    };
    let trigger = Trigger::Event(event.event);
    carry_out(begin, cause, None, (trigger, &event.payload), crowded)
}

/// A step of the order's own, or the record that nothing came of it.
fn carry_out<'a>(
    begin: impl Fn() -> Macrostep<'a>,
    cause: impl Fn(Came) -> Cause,
    fired: Option<TimerId>,
    (trigger, payload): (Trigger, &Cells),
    crowded: Option<usize>,
) -> (Instance, StepRecord) {
    let origin = |came| Origin {
        cause: cause(came),
        actor: &SYSTEM,
        event_id: None,
    };
    let mut step = begin();
    if let Some(limit) = crowded {
        return step.finish(origin(Came::Crowded { limit }), fired);
    }
    let brought = match fired {
        Some(_) => CellsView::EMPTY,
        None => payload.view(),
    };
    let moves = step.automatic(trigger, brought);
    if moves.is_empty() {
        return step.finish(origin(Came::InVain), fired);
    }
    let asked = step.trace.judged.len();
    let carried_out = step
        .take(&moves, &SYSTEM, brought)
        .and_then(|()| step.rest());
    let Err(refusal) = carried_out else {
        return step.finish(origin(Came::Applied), fired);
    };
    // What failed is dropped with all that it did; what let it through is kept.
    let mut judged = step.trace.judged;
    judged.truncate(asked);
    let mut step = begin();
    step.trace.judged = judged;
    let message = refusal.to_string();
    step.finish(origin(Came::Failed { message }), fired)
}
