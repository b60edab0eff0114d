//! Children as their parent sees them: how many there are, and how many in each state.
//!
//! In: the children's orders. Out: counts, and the event that tells a parent of a difference. Which
//! orders are whose children is the host's affair.

use std::collections::BTreeMap;

use super::macrostep::{Applied, Macrostep, Origin, World};
use super::payload::unknown;
use super::workspace::Slot;
use crate::context::Actor;
use crate::graph::{ChildSet, ChildSetId, Id, Workflow};
use crate::guard::ChildCounts;
use crate::instance::{Cause, Event, EventKind, Instance, Refusal};
use crate::time::Instant;

/// Counts orders of one workflow by state: a child within nested states counts in each of them.
pub fn count_children<'a>(
    workflow: &Workflow,
    children: impl IntoIterator<Item = &'a Instance>,
) -> ChildCounts {
    let mut counts = ChildCounts::default();
    for child in children {
        add(&mut counts, workflow, child);
    }
    counts
}

/// Compares how a parent's children stand with what the parent knows. `children` holds each child's
/// set, workflow and order; a set without any has lost its last child. States that a set does not
/// declare are not counted.
///
/// Returns the event that tells the parent, of the sets that differ alone; `None` where none does.
pub fn cascade<'a>(
    workflow: &Workflow,
    instance: &Instance,
    children: impl IntoIterator<Item = (ChildSetId, &'a Workflow, &'a Instance)>,
) -> Option<Event> {
    let mut now: Vec<ChildCounts> = vec![ChildCounts::default(); workflow.children.len()];
    for (set, child_workflow, child) in children {
        if let Some(counts) = now.get_mut(set.index()) {
            add(counts, child_workflow, child);
        }
    }
    let mut counts = BTreeMap::new();
    for ((set, mut now), known) in workflow
        .children
        .rows()
        .iter()
        .zip(now)
        .zip(&instance.children)
    {
        now.by_state.retain(|state, _| set.has_state(state));
        if now != *known {
            counts.insert(set.name.clone(), now);
        }
    }
    (!counts.is_empty()).then(|| Event {
        id: None,
        actor: Actor::system(),
        kind: EventKind::ChildrenChanged { counts },
    })
}

/// Whether a parent knows where its child of a set stands: in at least one of the states that the set declares.
/// Otherwise the child would count in none of them, and every question about the set would be answered wrongly.
///
/// # Errors
/// Where the child stands, with the state that was probably meant.
#[cfg(feature = "runtime")]
pub(crate) fn check_child(
    set: &ChildSet,
    workflow: &Workflow,
    child: &Instance,
) -> Result<(), Refusal> {
    let mut paths = child
        .configuration
        .iter()
        .map(|&state| workflow.states.at(state).path.as_str());
    if paths.clone().any(|path| set.has_state(path)) {
        return Ok(());
    }
    let mut problems = Vec::new();
    not_declared(set, paths.next_back(), &mut problems);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Children { problems }),
    }
}

/// Whether what an order says of its children is no contradiction: in no state there are more than in all, and each is in
/// at least one, as [`check_child`] demands.
///
/// # Errors
/// What contradicts what.
#[cfg(feature = "runtime")]
pub(crate) fn check_counts(workflow: &Workflow, instance: &Instance) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for (set, counts) in workflow.children.rows().iter().zip(&instance.children) {
        check(set, counts, &mut problems);
        let listed = counts.by_state.iter().map(|(_, count)| u64::from(count));
        let (name, total, listed) = (&set.name, counts.total, listed.sum::<u64>());
        if listed < u64::from(total) {
            problems.push(format!(
                "`{name}`: {total} in all, but {listed} in its states"
            ));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Children { problems }),
    }
}

fn not_declared<'a>(
    set: &ChildSet,
    states: impl IntoIterator<Item = &'a str>,
    problems: &mut Vec<String>,
) {
    let missing = format!("children of `{}` have no state", set.name);
    let declared = || set.states.iter().map(String::as_str);
    unknown(&missing, states, declared, problems);
}

fn add(counts: &mut ChildCounts, workflow: &Workflow, child: &Instance) {
    counts.total = counts.total.saturating_add(1);
    for &state in &child.configuration {
        counts.by_state.add(&workflow.states.at(state).path, 1);
    }
}

/// Takes note of how children stand now.
pub(super) fn change_children(
    world: World<'_>,
    (before, slot): (&Instance, Slot<'_>),
    event: &Event,
    counts: &BTreeMap<String, ChildCounts>,
    now: Instant,
) -> Result<Applied, Refusal> {
    let sets = &world.workflow.children;
    let mut problems = Vec::new();
    let names = || sets.rows().iter().map(|set| set.name.as_str());
    unknown(
        "there is no set",
        counts.keys().map(String::as_str),
        names,
        &mut problems,
    );
    let mut step = Macrostep::of(world, before, slot, now);
    for (set, known) in sets.rows().iter().zip(&mut step.instance.children) {
        if let Some(counts) = counts.get(&set.name) {
            check(set, counts, &mut problems);
            known.clone_from(counts);
            known.by_state.retain(|_, count| count > 0);
        }
    }
    if !problems.is_empty() {
        return Err(Refusal::Children { problems });
    }
    step.rest()?;
    let counts = counts.clone();
    let origin = Origin::of(event, Cause::ChildrenChanged { counts });
    step.finish(origin, None);
    Ok(Applied::Step)
}

pub(super) fn check(set: &ChildSet, counts: &ChildCounts, problems: &mut Vec<String>) {
    not_declared(set, counts.by_state.states(), problems);
    for (state, count) in counts.by_state.iter() {
        if count > counts.total {
            let (name, total) = (&set.name, counts.total);
            problems.push(format!(
                "`{name}`: {count} in `{state}`, but {total} in all"
            ));
        }
    }
}
