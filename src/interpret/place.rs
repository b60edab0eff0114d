//! An order put into a state, for questions about it: what could happen if an order stood here.
//!
//! In: states, a context, children, the present. Out: an order that stands there as if it had come just
//! now, its timers armed. No guard is asked and no effect is requested. A timer that would be due
//! already counts as fired.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use thin_vec::ThinVec;

use super::create::blank;
use super::entry::{Pasts, Targets, entry_of, goal};
use super::macrostep::{Macrostep, Origin, World};
use super::payload;
use crate::context::SYSTEM;
use crate::diagnostic::closest;
use crate::graph::{Kind, StateId, TimerId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::{Cause, Instance, Refusal, Site, StepRecord};
use crate::time::Instant;

/// How an order is to stand.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The paths of the innermost active states, joined by ` + `, as
    /// [`Instance::status`] writes them; where a state has others within, its initial ones.
    pub state: &'a str,
    /// The fields that differ from their defaults.
    pub context: &'a BTreeMap<String, Json>,
    /// How its children stand, by set.
    pub children: &'a BTreeMap<String, ChildCounts>,
}

/// Puts an order into a state.
///
/// # Errors
/// When a state, a field or a set of children is unknown, a value does not fit, or the states cannot
/// all be active.
pub fn place(
    workflow: &Workflow,
    site: &Site,
    standing: &Standing<'_>,
    now: Instant,
) -> Result<Instance, Refusal> {
    let context = payload::context(workflow, standing.context);
    let context = context.map_err(|problems| Refusal::Context { problems })?;
    let paths = standing.state.split(" + ").map(str::trim);
    let states: Result<ThinVec<StateId>, Refusal> =
        paths.map(|path| named(workflow, path)).collect();
    let goal = goal(workflow, StateId::ROOT, Targets::Several(states?), false);
    let world = World { workflow, site };
    let mut instance = blank(workflow, context, now);
    let mut record = StepRecord::blank();
    let mut step = Macrostep::on(world, (&mut instance, &mut record), now);
    for state in entry_of(workflow, Pasts::recorded(step.instance), &goal).states {
        step.settle(state, false);
    }
    check(workflow, step.instance, standing.state)?;
    children(workflow, step.instance, standing.children)?;
    let origin = Origin {
        cause: Cause::Created,
        actor: &SYSTEM,
        event_id: None,
    };
    step.finish(origin, None);
    let due: Vec<TimerId> = instance
        .timers
        .iter()
        .filter(|(_, timer)| timer.due <= now)
        .map(|(&id, _)| id)
        .collect();
    for timer in due {
        instance.timers.remove(&timer);
        instance.spent.insert(timer);
    }
    Ok(instance)
}

/// How many states are listed where none is like the one that was named.
const MOST_LISTED: usize = 12;

fn named(workflow: &Workflow, path: &str) -> Result<StateId, Refusal> {
    workflow.state_named(path).ok_or_else(|| {
        let states = workflow.states.rows().iter().skip(1);
        let known: Vec<&str> = states.map(|state| state.path.as_str()).collect();
        let hint = match closest(path, known.iter().copied()) {
            Some(name) => format!(": did you mean `{name}`?"),
            None if known.len() <= MOST_LISTED => format!(": known are {}", known.join(", ")),
            None => String::new(),
        };
        Refusal::Failed {
            message: format!("there is no state `{path}`{hint}"),
        }
    })
}

/// Of the states within one that has several, one is active.
fn check(workflow: &Workflow, instance: &Instance, written: &str) -> Result<(), Refusal> {
    let several = instance.configuration.iter().any(|&id| {
        let state = workflow.states.at(id);
        let active = state.children.iter().filter(|&&id| instance.is_active(id));
        matches!(state.kind, Kind::Compound { .. }) && active.count() != 1
    });
    let top = workflow
        .top_level()
        .filter(|state| instance.is_active(state.id));
    match several || top.count() != 1 {
        true => Err(Refusal::Failed {
            message: format!("an order cannot be in `{written}` at once"),
        }),
        false => Ok(()),
    }
}

fn children(
    workflow: &Workflow,
    instance: &mut Instance,
    given: &BTreeMap<String, ChildCounts>,
) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for name in given.keys() {
        if !workflow.children.rows().iter().any(|set| set.name == *name) {
            problems.push(format!("there is no set `{name}`"));
        }
    }
    for (set, counts) in workflow.children.rows().iter().zip(&mut instance.children) {
        if let Some(given) = given.get(&set.name) {
            super::children::check(set, given, &mut problems);
            counts.clone_from(given);
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Children { problems }),
    }
}
