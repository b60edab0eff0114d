//! An operator's interventions, outside the transitions.
//!
//! In: a reason and an action. Out: a step like any other, with the reason in its record. What a
//! workflow allows does not bind an operator, but what does not exist or is switched off stays out
//! of reach.

use super::entry::{Pasts, Targets, entry_of, goal};
use super::macrostep::{Applied, Macrostep, Origin, World};
use super::timers;
use super::workspace::Slot;
use crate::context::SYSTEM;
use crate::diagnostic::{closest, meant};
use crate::graph::{Id, StateId, TimerId, Workflow};
use crate::instance::{Cause, Event, Instance, Override, Refusal};
use crate::time::{Instant, is_writable};

/// Carries out an intervention.
pub(super) fn intervene(
    world: World<'_>,
    (before, slot): (&Instance, Slot<'_>),
    event: &Event,
    (reason, action): (&str, &Override),
    now: Instant,
) -> Result<Applied, Refusal> {
    if reason.trim().is_empty() {
        return refuse("a reason is needed");
    }
    let mut step = Macrostep::of(world, before, slot, now);
    match action {
        Override::ForceState { to } => force(&mut step, to)?,
        Override::Erase => {
            for (id, field) in world.workflow.fields.iter() {
                if field.personal {
                    step.instance.context.set(id.index(), field.default.clone());
                }
            }
        }
        Override::MoveTimer { timer, due } => {
            let id = find_timer(world.workflow, timer)?;
            if !before.timers.contains_key(&id) {
                return refuse(format!("the timer `{timer}` does not run"));
            }
            if !is_writable(due) {
                return refuse(format!(
                    "the timer `{timer}` cannot be due at {due}: only the years 0 to 9999 can be written"
                ));
            }
            timers::start(step.instance, id, *due);
        }
    }
    let cause = Cause::Override {
        reason: reason.to_owned(),
        action: action.clone(),
    };
    step.finish(Origin::of(event, cause), None);
    Ok(Applied::Step)
}

/// Leaves every state and enters the one that is named.
fn force(step: &mut Macrostep<'_>, to: &str) -> Result<(), Refusal> {
    let workflow = step.world.workflow;
    let Some(target) = workflow.state_named(to) else {
        let known = workflow
            .states
            .rows()
            .iter()
            .skip(1)
            .map(|state| state.path.as_str());
        return refuse(format!("there is no state `{to}`{}", hint(to, known)));
    };
    let goal = goal(workflow, StateId::ROOT, Targets::One(target), false);
    let entered = entry_of(workflow, Pasts::before(step.instance, &goal), &goal);
    let mut inactive = entered
        .states
        .iter()
        .map(|&id| workflow.states.at(id))
        .filter(|s| s.inactive);
    if let Some(state) = inactive.next() {
        return refuse(format!("`{}` is inactive", state.path));
    }
    let first = step.leave(|_| true, &SYSTEM)?;
    step.enter_all([&goal].into_iter(), first, &SYSTEM)?;
    step.rest()
}

/// The timer that `STATE.TIMER` names.
fn find_timer(workflow: &Workflow, named: &str) -> Result<TimerId, Refusal> {
    let full = |id: TimerId| {
        let timer = workflow.timers.at(id);
        format!("{}.{}", workflow.states.at(timer.state).path, timer.name)
    };
    let mut timers = workflow.timers.ids();
    let Some(found) = timers.find(|&id| full(id) == named) else {
        let known: Vec<String> = workflow.timers.ids().map(full).collect();
        let hint = hint(named, known.iter().map(String::as_str));
        return refuse(format!("there is no timer `{named}`{hint}"));
    };
    Ok(found)
}

fn hint<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    meant(closest(written, known))
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Override {
        message: message.into(),
    })
}
