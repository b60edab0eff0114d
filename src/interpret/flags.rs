//! What an order's status decides: the values of its flags.
//!
//! In: an order and a site's settings. Out: one value for each flag, and what changed in a step. A
//! boolean flag is the "or" over the active leaves; another takes the first leaf in document order
//! that gives a value other than the default. The derived flag `expires` says whether the timer of
//! that name runs.

use std::iter;

use super::hop::Hop;
use super::macrostep::World;
use crate::context::Value;
use crate::graph::{FlagId, StateId, TimerKind, Workflow};
use crate::instance::{FlagChange, Instance, Site};

/// Every flag with its value, in declared order; `None` is the derived flag `expires`, which is last. The name of another
/// is `workflow.flags.at(id).name`.
pub fn flags(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
) -> Vec<(Option<FlagId>, Value)> {
    let world = World { workflow, site };
    let declared = workflow
        .flags
        .ids()
        .map(|id| (Some(id), flag(world, instance, id).clone()));
    let derived = (None, Value::Boolean(expires(workflow, instance)));
    declared.chain([derived]).collect()
}

/// Adds the flags whose value differs; all of them for a new order.
pub(super) fn changes(
    world: World<'_>,
    before: Option<&Instance>,
    after: &Instance,
    changes: &mut Vec<FlagChange>,
) {
    // Declared flags follow from the innermost active states alone.
    if !before.is_some_and(|before| alike(world.workflow, before, after)) {
        let from = before.map(|before| before.leaves(world.workflow));
        let to = after.leaves(world.workflow);
        declared(world, from.as_ref(), &to, changes);
    }
    if after.timers.is_empty() && before.is_some_and(|before| before.timers.is_empty()) {
        return;
    }
    let from = before.map(|before| expires(world.workflow, before));
    let to = expires(world.workflow, after);
    if from != Some(to) {
        let (from, to) = (from.map(Value::Boolean), Value::Boolean(to));
        changes.push(FlagChange {
            flag: None,
            from,
            to,
        });
    }
}

/// Adds the flags whose value differs after a hop.
pub(super) fn of_hop(world: World<'_>, hop: &Hop, changes: &mut Vec<FlagChange>) {
    let states = &world.workflow.states;
    if states.at(hop.from).alike != states.at(hop.to).alike {
        let (from, to) = (iter::once(hop.from), iter::once(hop.to));
        declared(world, Some(&from), &to, changes);
    }
}

/// Adds the declared flags whose value differs from one set of leaves to another.
fn declared(
    world: World<'_>,
    before: Option<&(impl Iterator<Item = StateId> + Clone)>,
    after: &(impl Iterator<Item = StateId> + Clone),
    changes: &mut Vec<FlagChange>,
) {
    let World { workflow, site } = world;
    for id in workflow.flags.ids() {
        let from = before.map(|leaves| flag_of(workflow, site, leaves.clone(), id));
        let to = flag_of(workflow, site, after.clone(), id);
        if from != Some(to) {
            let (from, to) = (from.cloned(), to.clone());
            changes.push(FlagChange {
                flag: Some(id),
                from,
                to,
            });
        }
    }
}

/// Whether the active leaves of two orders are alike, as far as flags go.
fn alike(workflow: &Workflow, a: &Instance, b: &Instance) -> bool {
    let kind = |leaf: StateId| workflow.states.at(leaf).alike;
    match (a.configuration.as_slice(), b.configuration.as_slice()) {
        ([a], [b]) => kind(*a) == kind(*b),
        _ => a
            .leaves(workflow)
            .map(kind)
            .eq(b.leaves(workflow).map(kind)),
    }
}

fn flag<'a>(world: World<'a>, instance: &Instance, id: FlagId) -> &'a Value {
    flag_of(
        world.workflow,
        world.site,
        instance.leaves(world.workflow),
        id,
    )
}

/// The value of a flag for orders whose innermost active states are these.
pub fn flag_of<'a>(
    workflow: &'a Workflow,
    site: &'a Site,
    leaves: impl IntoIterator<Item = StateId>,
    id: FlagId,
) -> &'a Value {
    let default = &workflow.flags.at(id).default;
    let mut last = None;
    for leaf in leaves {
        let value = site.flag(workflow, leaf, id);
        let decides = match value {
            Value::Boolean(value) => *value,
            other => other != default,
        };
        if decides {
            return value;
        }
        last = Some(value);
    }
    last.unwrap_or(default)
}

fn expires(workflow: &Workflow, instance: &Instance) -> bool {
    let mut running = instance.timers.keys();
    running.any(|&id| workflow.timers.at(id).kind == TimerKind::Expires)
}
