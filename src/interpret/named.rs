//! An event of the workflow.
//!
//! In: its name, its plain payload, the state that the caller named. Out: a step, or every reason why
//! there is none.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::conditions::View;
use super::entry::Targets;
use super::hop::{Hop, first, hops};
use super::macrostep::{Applied, Macrostep, Origin, World};
use super::reasons::candidates;
use super::select::{Attempt, Move, select};
use super::workspace::Slot;
use super::{payload, record};
use crate::context::{Actor, Cells, CellsView};
use crate::diagnostic::closest;
use crate::document::Repeat;
use crate::graph::{ActorId, EventId, Row, Target, Trigger, Workflow};
use crate::instance::{Cause, Event, Instance, Refusal};
use crate::time::Instant;

/// An event as its sender tells it.
pub(super) struct Named<'e> {
    pub(super) name: &'e str,
    pub(super) payload: &'e BTreeMap<String, Json>,
    pub(super) target: Option<&'e str>,
}

/// Applies an event.
pub(super) fn apply_named(
    world: World<'_>,
    (before, slot): (&Instance, Slot<'_>),
    event: &Event,
    named: &Named<'_>,
    now: Instant,
) -> Result<Applied, Refusal> {
    let workflow = world.workflow;
    let id = find_event(workflow, named.name)?;
    let role = find_actor(workflow, &event.actor)?;
    let declared = workflow.events.at(id);
    let bare = declared.payload.is_empty() && named.payload.is_empty();
    let values = (!bare).then(|| payload::payload(declared, named.payload));
    let values = values.transpose();
    let values = values.map_err(|problems| Refusal::Payload { problems })?;
    let brought = values.as_ref().map_or(CellsView::EMPTY, Cells::view);
    let view = View {
        workflow,
        site: world.site,
        instance: before,
        actor: &event.actor,
        event: brought,
        now,
    };
    let attempt = Attempt {
        view: &view,
        trigger: Trigger::Event(id),
        role: Some(role),
        named: named.target,
    };
    let cause = || Cause::Event {
        event: id,
        payload: values
            .as_ref()
            .map_or_else(Vec::new, |values| values.iter().collect()),
        target: named.target.and_then(|target| workflow.state_named(target)),
    };
    let repeats = declared.repeat == Repeat::Accept;
    let judged = &mut slot.record.judged;
    if let Some(hops) = hops(&attempt) {
        let Some(hop) = first(&attempt, hops, judged).and_then(Hop::of) else {
            return nothing(&attempt, role, repeats);
        };
        if repeats && hop.stays() {
            return Ok(Applied::Repeated);
        }
        let origin = Origin::of(event, cause());
        record::write_hop(slot.record, world, (before, &hop), origin, now);
        return Ok(Applied::Hop(hop));
    }
    let moves = select(&attempt, judged);
    if moves.is_empty() {
        return nothing(&attempt, role, repeats);
    }
    if repeats && moves.iter().all(|taken| leads_here(before, taken)) {
        return Ok(Applied::Repeated);
    }
    let mut step = Macrostep::of(world, before, slot, now);
    step.take(&moves, &event.actor, brought)?;
    step.rest()?;
    step.finish(Origin::of(event, cause()), None);
    Ok(Applied::Step)
}

/// The event of a name.
#[inline]
pub(super) fn find_event(workflow: &Workflow, name: &str) -> Result<EventId, Refusal> {
    let found = workflow.event_named(name);
    found.ok_or_else(|| unknown_event(workflow, name))
}

#[cold]
fn unknown_event(workflow: &Workflow, name: &str) -> Refusal {
    let events = workflow.events.rows().iter();
    let known = events.map(|event| event.name.as_str());
    Refusal::UnknownEvent {
        name: name.to_owned(),
        did_you_mean: closest(name, known).map(str::to_owned),
    }
}

/// The role of an actor.
#[inline]
pub(super) fn find_actor(workflow: &Workflow, actor: &Actor) -> Result<ActorId, Refusal> {
    let found = workflow.actor_named(&actor.role);
    found.ok_or_else(|| unknown_actor(workflow, actor))
}

#[cold]
fn unknown_actor(workflow: &Workflow, actor: &Actor) -> Refusal {
    let actors = workflow.actors.rows().iter();
    let known = actors.map(|actor| actor.name.as_str());
    Refusal::UnknownActor {
        role: actor.role.clone(),
        did_you_mean: closest(&actor.role, known).map(str::to_owned),
    }
}

/// What an event does that sets nothing off.
#[cold]
fn nothing(attempt: &Attempt<'_>, role: ActorId, repeats: bool) -> Result<Applied, Refusal> {
    match repeats && is_there(attempt, role) {
        true => Ok(Applied::Repeated),
        false => Err(Refusal::NoTransition {
            candidates: candidates(attempt),
        }),
    }
}

/// Whether a transition would leave a state only to enter it again.
fn leads_here(before: &Instance, taken: &Move) -> bool {
    let target = taken.goal.as_ref().map(|goal| &goal.targets);
    matches!(target, Some(Targets::One(state)) if before.is_active(*state))
}

/// Whether the order already is where a transition of the event would lead this actor.
fn is_there(attempt: &Attempt<'_>, role: ActorId) -> bool {
    let view = attempt.view;
    let rows = view.workflow.rows.rows().iter();
    let mut rows = rows.filter(|row| row.trigger == attempt.trigger && row.by.contains(role));
    rows.any(|row| leads_to(view, row, attempt.named))
}

/// Whether the order already is where a row leads.
pub(super) fn leads_to(view: &View<'_>, row: &Row, named: Option<&str>) -> bool {
    let mut targets = row.branches.iter().map(|branch| &branch.target);
    targets.any(|target| match (target, named) {
        (Target::State(state), None) => view.instance.is_active(*state),
        (Target::Choose(states), Some(named)) => states.iter().any(|&state| {
            view.instance.is_active(state) && view.workflow.states.at(state).path == named
        }),
        _ => false,
    })
}
