//! Timers and events raised for later, which come before an event is looked at.
//!
//! In: an order and the present. Out: the order after everything due by then, one record each. They
//! come in order of due time; of one instant, timers first, in document order, then events as they
//! were raised. What starts to run meanwhile and is due comes too. A timer whose guard does not hold,
//! or whose step fails, is spent and does nothing else; so is one that fired at this very instant
//! before. An event that nothing waits for, or whose step fails, passes; so does whatever comes after
//! a thousand others of one instant.

use super::macrostep::{Macrostep, Origin, World};
use super::workspace::{Slot, Workspace};
use crate::context::CellsView;
use crate::context::SYSTEM;
use crate::graph::{TimerId, Trigger};
use crate::instance::{Came, Cause, Instance, PendingEvent, Refusal};
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
    workspace: &mut Workspace,
) -> Result<(), Refusal> {
    let mut fired_now: Vec<TimerId> = Vec::new();
    let mut came_now = 0;
    while let Some((next, due)) = next(workspace.latest(instance), now) {
        let before = workspace.latest(instance);
        let at = due.max(before.updated_at);
        if at > before.updated_at {
            // Only between two instants, so that it does not matter where a call ends.
            if workspace.records().len() >= MOST {
                return Err(Refusal::Behind { limit: MOST });
            }
            fired_now.clear();
            came_now = 0;
        }
        let (before, slot) = workspace.next(instance);
        // What sets itself off without time passing would never let the event through.
        match next {
            Next::Timer(timer) => {
                let crowded = fired_now.contains(&timer).then_some(1);
                fired_now.push(timer);
                fire(world, (before, slot), timer, at, crowded);
            }
            Next::Event(event) => {
                came_now += 1;
                let crowded = (came_now > MOST_AT_ONCE).then_some(MOST_AT_ONCE);
                come(world, (before, slot), &event, at, crowded);
            }
        }
        workspace.keep();
    }
    Ok(())
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
    (before, slot): (&Instance, Slot<'_>),
    timer: TimerId,
    at: Instant,
    crowded: Option<usize>,
) {
    let own = Own {
        world,
        before,
        at,
        fired: Some(timer),
        trigger: Trigger::Timer(timer),
        payload: CellsView::EMPTY,
        crowded,
    };
    let passes = |order: &mut Instance| {
        order.timers.remove(&timer);
        order.spent.insert(timer);
    };
    carry_out(&own, slot, passes, |came| Cause::Timer { timer, came });
}

fn come(
    world: World<'_>,
    (before, slot): (&Instance, Slot<'_>),
    event: &PendingEvent,
    at: Instant,
    crowded: Option<usize>,
) {
    let own = Own {
        world,
        before,
        at,
        fired: None,
        trigger: Trigger::Event(event.event),
        payload: event.payload.view(),
        crowded,
    };
    let others = |pending: &PendingEvent| pending.generation != event.generation;
    let passes = |order: &mut Instance| order.pending.retain(others);
    carry_out(&own, slot, passes, |came| Cause::Raised {
        event: event.event,
        payload: event.payload.iter().collect(),
        came,
    });
}

/// A step on the order's own account.
struct Own<'a> {
    world: World<'a>,
    before: &'a Instance,
    at: Instant,
    /// The timer that fires.
    fired: Option<TimerId>,
    trigger: Trigger,
    /// What the event brings.
    payload: CellsView<'a>,
    /// So much came at this instant that it is not looked at.
    crowded: Option<usize>,
}

impl<'a> Own<'a> {
    /// Begins the step; `passes` takes away what comes.
    fn begin(&self, slot: Slot<'a>, passes: &impl Fn(&mut Instance)) -> Macrostep<'a> {
        let step = Macrostep::of(self.world, self.before, slot, self.at);
        passes(step.instance);
        step
    }
}

/// A step of the order's own, or the record that nothing came of it.
fn carry_out(
    own: &Own<'_>,
    mut slot: Slot<'_>,
    passes: impl Fn(&mut Instance),
    cause: impl Fn(Came) -> Cause,
) {
    let origin = |came| Origin {
        cause: cause(came),
        actor: &SYSTEM,
        event_id: None,
    };
    let mut step = own.begin(slot.again(), &passes);
    if let Some(limit) = own.crowded {
        return step.finish(origin(Came::Crowded { limit }), own.fired);
    }
    let moves = step.automatic(own.trigger, own.payload);
    if moves.is_empty() {
        return step.finish(origin(Came::InVain), own.fired);
    }
    let asked = step.record.judged.len();
    let carried_out = step
        .take(&moves, &SYSTEM, own.payload)
        .and_then(|()| step.rest());
    let Err(refusal) = carried_out else {
        return step.finish(origin(Came::Applied), own.fired);
    };
    // What failed is dropped with all that it did; what let it through is kept.
    let mut judged = std::mem::take(&mut step.record.judged);
    judged.truncate(asked);
    slot.record.clear();
    slot.record.judged = judged;
    let mut step = own.begin(slot, &passes);
    let message = refusal.to_string();
    step.finish(origin(Came::Failed { message }), own.fired);
}
