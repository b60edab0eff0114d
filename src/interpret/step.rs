//! The step of an order: an event, and the timers due before it.
//!
//! In: a workflow, one site's settings, an order, an event and the present. Out: the order after, the
//! records of what happened, and the answer. Pure: the same input gives the same output.

use super::children::change_children;
use super::due::fire_due;
use super::macrostep::{Applied, Macrostep, Origin, World};
use super::named::{Named, apply_named};
use super::overrides::intervene;
use super::payload;
use super::workspace::{Slot, Workspace};
use crate::graph::{StateId, Workflow};
use crate::instance::{Cause, Event, EventKind, Instance, Refusal, Site, StepRecord};
use crate::time::Instant;

/// What came of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The order after; where the event was refused, after the timers that fired before it.
    pub instance: Instance,
    /// What happened: the timers that fired, each on its own, then the event if it was accepted.
    pub records: Vec<StepRecord>,
    /// What is said to whoever sent the event.
    pub answer: Answer,
}

/// The answer to an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was carried out.
    Accepted,
    /// The order already is where it leads: nothing was done.
    Repeated,
    /// It was refused, and nothing was changed by it.
    Refused(Refusal),
}

/// Fires the timers due by `now`, then applies the event. A `now` before the order's last step counts
/// as the time of that step.
///
/// A timer that starts to run in the event's own step and is due already fires before the next event
/// (or [`EventKind::Tick`]). Where more than 10,000 timers are due, the event is refused as
/// [`Refusal::Behind`] and the order has come closer to the present: send the event again.
///
/// # Panics
/// Where the order was made under another workflow and names what this one does not have.
pub fn step(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    event: &Event,
    now: Instant,
) -> Outcome {
    let world = World { workflow, site };
    let mut workspace = Workspace::default();
    let applied = advance(world, instance, event, now, &mut workspace);
    let (after, records) = workspace.into_parts();
    let mut instance = after.unwrap_or_else(|| instance.clone());
    let answer = answer(applied, &mut instance, now);
    Outcome {
        instance,
        records,
        answer,
    }
}

/// Steps orders of one workflow on one site, one after the other: as [`step`] does, but in place and in
/// memory that is kept from one step to the next.
#[derive(Debug)]
pub struct Stepper<'w> {
    world: World<'w>,
    workspace: Workspace,
}

/// What came of an event, until the next step.
#[derive(Debug)]
pub struct Stepped<'s> {
    /// What happened: the timers that fired, each on its own, then the event if it was accepted.
    pub records: &'s [StepRecord],
    /// What is said to whoever sent the event.
    pub answer: Answer,
}

impl<'w> Stepper<'w> {
    /// A stepper that has stepped nothing yet.
    pub fn new(workflow: &'w Workflow, site: &'w Site) -> Self {
        Self {
            world: World { workflow, site },
            workspace: Workspace::default(),
        }
    }

    /// Does to an order what [`step`] does to a copy of it. Where the event is refused, the order is
    /// as it was before it, but for the timers that were due.
    ///
    /// # Panics
    /// As [`step`] does, for orders of another workflow.
    pub fn step(&mut self, order: &mut Instance, event: &Event, now: Instant) -> Stepped<'_> {
        let applied = advance(self.world, order, event, now, &mut self.workspace);
        self.workspace.hand_over(order);
        Stepped {
            records: self.workspace.records(),
            answer: answer(applied, order, now),
        }
    }
}

/// Makes the steps of one call in a workspace, all but the change that a hop makes.
fn advance(
    world: World<'_>,
    instance: &Instance,
    event: &Event,
    now: Instant,
    workspace: &mut Workspace,
) -> Result<Applied, Refusal> {
    workspace.begin();
    let now = now.max(instance.updated_at);
    if instance.waits() {
        fire_due(world, instance, now, workspace)?;
    }
    let applied = apply(world, workspace.next(instance), event, now);
    match &applied {
        Ok(Applied::Hop(_)) => workspace.keep_record(),
        Ok(Applied::Step) => workspace.keep(),
        Ok(Applied::Repeated | Applied::Nothing) | Err(_) => {}
    }
    applied
}

/// The answer to what an event did. A hop is carried out now, on the order as it stands after the timers.
#[inline]
fn answer(applied: Result<Applied, Refusal>, order: &mut Instance, now: Instant) -> Answer {
    match applied {
        Ok(Applied::Hop(hop)) => {
            hop.finish(order, now);
            Answer::Accepted
        }
        Ok(Applied::Step | Applied::Nothing) => Answer::Accepted,
        Ok(Applied::Repeated) => Answer::Repeated,
        Err(refusal) => Answer::Refused(refusal),
    }
}

fn apply(
    world: World<'_>,
    (before, slot): (&Instance, Slot<'_>),
    event: &Event,
    now: Instant,
) -> Result<Applied, Refusal> {
    match &event.kind {
        EventKind::Tick => Ok(Applied::Nothing),
        EventKind::Named {
            name,
            payload,
            target,
        } => {
            let named = Named {
                name,
                payload,
                target: target.as_deref(),
            };
            apply_named(world, (before, slot), event, &named, now)
        }
        EventKind::ContextChanged { changes } => {
            if let Some(state) = sealed(world.workflow, before) {
                let state = world.workflow.states.at(state).path.clone();
                return Err(Refusal::Immutable { state });
            }
            let mut step = Macrostep::of(world, before, slot, now);
            let values = before.context.clone();
            let context = payload::changed(world.workflow, values, changes);
            step.instance.context = context.map_err(|problems| Refusal::Context { problems })?;
            step.rest()?;
            let given = changes.clone();
            let origin = Origin::of(event, Cause::ContextChanged { changes: given });
            step.finish(origin, None);
            Ok(Applied::Step)
        }
        EventKind::ChildrenChanged { counts } => {
            change_children(world, (before, slot), event, counts, now)
        }
        EventKind::Override { reason, action } => {
            intervene(world, (before, slot), event, (reason, action), now)
        }
    }
}

/// The active state that refuses changes of the context: an immutable one, or one where orders end.
fn sealed(workflow: &Workflow, instance: &Instance) -> Option<StateId> {
    let mut active = instance.configuration.iter().copied();
    active.find(|&id| {
        let state = workflow.states.at(id);
        state.immutable || (state.is_final() && state.parent == Some(StateId::ROOT))
    })
}
