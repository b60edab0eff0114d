//! Automatic transitions that some order takes round and round.
//!
//! In: a workflow. Out: circles of automatic transitions with an order for which each of them applies before all
//! others, and which nothing on the way changes: such an order never comes to rest. Circles whose guards are the same
//! words or none are found without a solver (`cycle-of-automatic-transitions`); these are the others.

use std::collections::BTreeSet;

use super::ask::{Asker, Verdict, Wanted};
use super::demand::Demand;
use super::findings::{Circle, Findings};
use super::scene::surely_taken;
use super::space::Scene;
use super::witness::Witness;
use crate::graph::{
    Assign, Branch, Condition, Id, Kind, Row, StateId, Target, TransitionId, Trigger, Workflow,
};

/// The longest circle that is looked for, in transitions.
pub(crate) const LONGEST: usize = 4;

/// The most circles of one workflow that are asked about.
const MOST: usize = 100;

/// The most ways of one workflow that are followed.
const MOST_WAYS: usize = 5_000;

/// An automatic way from one innermost state to another.
struct Hop<'w> {
    transition: TransitionId,
    to: StateId,
    /// That it is taken, and nothing before it.
    demands: Vec<Demand<'w>>,
}

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    let is_automatic = |row: &Row| row.trigger == Trigger::Always;
    if !workflow.rows.rows().iter().any(is_automatic) {
        return;
    }
    let read = read(workflow);
    if in_passing(workflow).any(|assign| read.contains(&assign.field.index())) {
        return;
    }
    let leaves = workflow.states.ids().filter(|&id| is_alone(workflow, id));
    let leaves: Vec<StateId> = leaves.collect();
    let (mut asked, mut followed) = (0, 0);
    let mut told = BTreeSet::new();
    let mut is_open = false;
    for &start in &leaves {
        let mut ways = vec![vec![]];
        while let Some(way) = ways.pop() {
            let at = way.last().map_or(start, |hop: &Hop<'_>| hop.to);
            let hops = hops(workflow, at, &read);
            found.followed.extend(whole(workflow, &hops));
            for hop in hops {
                let is_known = way.iter().any(|before| before.to == hop.to);
                // A circle is looked for from its first state alone.
                if hop.to < start || is_known {
                    continue;
                }
                if asked == MOST || followed == MOST_WAYS {
                    is_open = true;
                    continue;
                }
                followed += 1;
                let mut way: Vec<Hop<'_>> = way.iter().map(Hop::again).collect();
                let is_round = hop.to == start;
                way.push(hop);
                if !is_round {
                    if way.len() < LONGEST {
                        ways.push(way);
                    }
                } else if !told.contains(&start) {
                    asked += 1;
                    match judge(asker, start, &way, found) {
                        Some(true) => _ = told.insert(start),
                        Some(false) => {}
                        None => is_open = true,
                    }
                }
            }
        }
    }
    if is_open {
        found.followed.clear();
    }
}

/// Asks whether an order takes all of a circle; `None` where that could be neither proved nor shown.
fn judge<'w>(
    asker: &mut Asker<'w>,
    start: StateId,
    way: &[Hop<'w>],
    found: &mut Findings,
) -> Option<bool> {
    let workflow = asker.workflow;
    let demands: Vec<Demand<'w>> = way.iter().flat_map(|hop| hop.demands.clone()).collect();
    if demands.iter().all(|demand| demand.conditions.is_empty()) {
        // Whoever comes there goes round.
        return Some(false);
    }
    let scene = Scene::within(workflow, start);
    let span = workflow.states.at(start).span;
    match asker.ask(&scene, &demands, Wanted::Smallest) {
        Verdict::Never => Some(false),
        Verdict::Unknown => {
            found.leave_open(span, "whether some order goes round in a circle from it");
            None
        }
        Verdict::Possible(moment) => {
            let conditions = demands.iter().flat_map(|demand| &demand.conditions);
            let witness = Witness::of(&scene, &moment, conditions.copied());
            found.circles.push(Circle {
                state: start,
                transitions: way.iter().map(|hop| hop.transition).collect(),
                witness,
            });
            Some(true)
        }
    }
}

/// The fields that automatic transitions ask for.
fn read(workflow: &Workflow) -> BTreeSet<usize> {
    let rows = workflow.rows.rows().iter();
    let rows = rows.filter(|row| row.trigger == Trigger::Always);
    let conditions = rows.flat_map(|row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    let guards = conditions.filter_map(|condition| condition.guard.as_ref());
    guards
        .flat_map(|guard| guard.reads().order.iter().copied())
        .collect()
}

/// Every change of the context that is made by entering or leaving a state.
fn in_passing(workflow: &Workflow) -> impl Iterator<Item = &Assign> {
    let of_rows: BTreeSet<*const Assign> = workflow
        .rows
        .rows()
        .iter()
        .flat_map(|row| {
            let branches = row.branches.iter().flat_map(|branch| &branch.deed.set);
            row.deed.set.iter().chain(branches).map(std::ptr::from_ref)
        })
        .collect();
    workflow
        .assigns()
        .filter(move |assign| !of_rows.contains(&std::ptr::from_ref(*assign)))
}

/// Whether a state is one that an order stands in by itself, and leaves by itself.
fn is_alone(workflow: &Workflow, id: StateId) -> bool {
    let state = workflow.states.at(id);
    let mut around = workflow.ancestors(id).chain([id]);
    id != StateId::ROOT
        && state.kind == Kind::Atomic
        && around.all(|id| {
            let state = workflow.states.at(id);
            let parent = state.parent.map(|parent| &workflow.states.at(parent).kind);
            !state.immutable && parent != Some(&Kind::Parallel)
        })
}

/// The automatic ways out of a state that change nothing which any of them asks for, in the order in which they are
/// tried: those of the state itself, then those of the states around it.
fn hops<'w>(workflow: &'w Workflow, leaf: StateId, read: &BTreeSet<usize>) -> Vec<Hop<'w>> {
    let mut hops = Vec::new();
    let mut before: Vec<Demand<'w>> = Vec::new();
    let around = [leaf].into_iter().chain(workflow.ancestors(leaf));
    let ways = around.flat_map(|state| workflow.states.at(state).outgoing.iter().copied());
    for id in ways {
        let row = workflow.rows.at(workflow.transitions.at(id).row);
        if row.trigger != Trigger::Always {
            continue;
        }
        for branch in &row.branches {
            let conditions = || row.conditions.iter().chain(&branch.conditions);
            let changes = row.deed.set.iter().chain(&branch.deed.set);
            let changes = changes
                .map(|assign| assign.field.index())
                .any(|field| read.contains(&field));
            if let (false, true, Some(to)) = (
                changes,
                surely_taken(workflow, row) && conditions().all(is_still),
                landing(workflow, leaf, branch),
            ) {
                let mut demands = vec![Demand::hold(conditions())];
                demands.extend(before.iter().cloned());
                hops.push(Hop {
                    transition: id,
                    to,
                    demands,
                });
            }
            before.push(Demand::fail(conditions()));
        }
    }
    hops
}

/// The transitions of which every branch is among the ways.
fn whole(workflow: &Workflow, hops: &[Hop<'_>]) -> impl Iterator<Item = TransitionId> {
    hops.iter().map(|hop| hop.transition).filter(|&id| {
        let row = workflow.rows.at(workflow.transitions.at(id).row);
        let count = hops.iter().filter(|hop| hop.transition == id).count();
        count == row.branches.len()
    })
}

/// Whether what a condition asks for is the same all the way round.
fn is_still(condition: &Condition) -> bool {
    condition
        .guard
        .as_ref()
        .is_some_and(|guard| guard.reads().states.is_empty())
}

/// The one innermost state that a branch leads to.
fn landing(workflow: &Workflow, leaf: StateId, branch: &Branch) -> Option<StateId> {
    match branch.target {
        Target::Stay => Some(leaf),
        Target::State(to) => {
            let entered = workflow.entered_with(to);
            let mut alone = entered
                .into_iter()
                .filter(|&id| matches!(workflow.states.at(id).kind, Kind::Atomic | Kind::Final));
            let first = alone.next().filter(|&id| is_alone(workflow, id))?;
            alone.next().is_none().then_some(first)
        }
        _ => None,
    }
}

impl Hop<'_> {
    fn again(&self) -> Self {
        Self {
            demands: self.demands.clone(),
            ..*self
        }
    }
}
