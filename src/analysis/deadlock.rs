//! Orders that can never leave their state while their context stays as it is.
//!
//! Looked at are states of which every way out has a guard, and which tell orders apart. Timers, `always` rows and guards that read
//! the time, the event, the actor or the children count as able to change something, and so does a row
//! that sets a field. Numbers beyond 10^15, with which calculations fail, are left out. States within parallel regions are left out: another region may move the order.

use std::collections::BTreeSet;

use super::ask::{Asker, meets};
use super::circuit::Found;
use super::demand::Demand;
use super::encode::Who;
use super::findings::{Branches, Deadlock, Findings, Gap};
use super::memo::{self, Answer};
use super::query::Query;
use super::scene::{at_rest, base};
use super::space::Scene;
use super::witness::Witness;
use crate::graph::{
    Branch, Condition, Id, Kind, Row, RowId, State, StateId, Target, Trigger, Workflow,
};

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    for state in workflow.states.rows() {
        if !may_be_stuck(workflow, state) {
            continue;
        }
        let rows = ways_out(workflow, state.id);
        let guarded = |(_, row): &(RowId, &Row)| {
            let mut branches = row.branches.iter();
            !row.conditions.is_empty() || branches.all(|branch| !branch.conditions.is_empty())
        };
        // An order that no branch is for was told of already.
        let gap = found.gaps.iter().any(|(branches, gap)| {
            let is_way = |(id, _): &(RowId, &Row)| *branches == Branches::Row(*id);
            matches!(gap, Gap::Open(..)) && rows.iter().any(is_way)
        });
        if gap
            || rows.is_empty()
            || !rows.iter().all(guarded)
            || !tells_cases_apart(workflow, &rows)
        {
            continue;
        }
        judge(asker, state.id, &rows, found);
    }
}

/// Whether it matters that an order stays: it is innermost and no end, nothing else moves the order.
fn may_be_stuck(workflow: &Workflow, state: &State) -> bool {
    let mut around = workflow.ancestors(state.id).chain([state.id]);
    let still = around.all(|id| {
        let around = workflow.states.at(id);
        let automatic = around.outgoing.iter().any(|&id| {
            let row = workflow.rows.at(workflow.transitions.at(id).row);
            matches!(row.trigger, Trigger::Always | Trigger::Timer(_))
        });
        !around.immutable && around.kind != Kind::Parallel && !automatic
    });
    still && state.kind == Kind::Atomic
}

/// The rows that change something about an order in a state: they lead elsewhere or set a field.
fn ways_out(workflow: &Workflow, state: StateId) -> Vec<(RowId, &Row)> {
    let around = workflow.ancestors(state).chain([state]);
    let outgoing = around.flat_map(|id| &workflow.states.at(id).outgoing);
    let mut rows: Vec<(RowId, &Row)> = outgoing
        .map(|&id| workflow.transitions.at(id).row)
        .map(|id| (id, workflow.rows.at(id)))
        .filter(|(_, row)| {
            row.branches
                .iter()
                .any(|branch| changes(row, branch, state))
        })
        .collect();
    rows.sort_by_key(|(id, _)| *id);
    rows.dedup_by_key(|(id, _)| *id);
    rows
}

/// Whether the ways out are meant for different orders, so that one may have been forgotten, or ask for
/// what the workflow itself sets. A single condition on data that comes from outside is waited for.
fn tells_cases_apart(workflow: &Workflow, rows: &[(RowId, &Row)]) -> bool {
    let mut texts: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let mut read: BTreeSet<usize> = BTreeSet::new();
    for (_, row) in rows {
        for branch in &row.branches {
            let conditions = row.conditions.iter().chain(&branch.conditions);
            let words = conditions.clone().map(|condition| condition.text.trim());
            texts.insert(words.collect());
            let guards = conditions.filter_map(|condition| condition.guard.as_ref());
            read.extend(guards.flat_map(|guard| &guard.reads().order));
        }
    }
    let mut sets = workflow.assigns().map(|assign| assign.field.index());
    texts.len() > 1 || sets.any(|field| read.contains(&field))
}

fn changes(row: &Row, branch: &Branch, state: StateId) -> bool {
    let stays = matches!(branch.target, Target::Stay) || branch.target == Target::State(state);
    let sets = !row.set.is_empty() || !branch.set.is_empty();
    !stays || sets || !row.raise.is_empty() || !branch.raise.is_empty()
}

fn judge<'w>(
    asker: &mut Asker<'w>,
    state: StateId,
    rows: &[(RowId, &'w Row)],
    found: &mut Findings,
) {
    let workflow = asker.workflow;
    let scene = Scene::within(workflow, state);
    let plain = base(&scene);
    let conditions = asked(rows);
    let mut demands = at_rest(workflow, state);
    for &(_, row) in rows {
        let all = |branch: &'w Branch| row.conditions.iter().chain(&branch.conditions);
        demands.extend(ways(row, state).map(|branch| Demand::fail(all(branch))));
    }
    let lasting = conditions.iter().all(|condition| is_lasting(condition));
    if lasting && meets(workflow, &plain, &demands) {
        let witness = Witness::of(&scene, &plain, conditions).standing();
        found.deadlocks.push(deadlock(state, rows, witness));
        return;
    }
    if !asker.may_ask() {
        asker.skipped += 1;
        return;
    }
    // Where the conditions of a row end and those of its branches begin is part of the question.
    let parts: Vec<usize> = rows.iter().map(|(_, row)| row.conditions.len()).collect();
    let key = memo::key(&format!("stuck {parts:?}"), &scene, &demands);
    let known = key.and_then(|key| asker.memo.answer(key));
    if matches!(known, Some(Answer::Never)) {
        return;
    }
    let mut query = Query::new(scene.clone(), plain, conditions.iter().copied());
    require_stuck(&mut query, rows, state);
    let found_any = query.search();
    if found_any != Found::Model {
        asker.spend(query.encoder.space.circuit.effort());
        if let (Found::Nothing, Some(key)) = (found_any, key) {
            asker.memo.keep(key, Answer::Never);
        }
        return;
    }
    let confirmed = query.confirmed(|moment| meets(workflow, moment, &demands));
    asker.spend(query.encoder.space.circuit.effort());
    let span = workflow.states.at(state).span;
    match confirmed {
        Some(moment) => {
            let witness = Witness::of(&scene, &moment, conditions).standing();
            found.deadlocks.push(deadlock(state, rows, witness));
        }
        None => found.leave_open(span, "whether some order can never leave it"),
    }
}

/// Requires that no way out can be taken.
fn require_stuck<'w>(query: &mut Query<'w>, rows: &[(RowId, &'w Row)], state: StateId) {
    for (_, row) in rows {
        let common = query.encoder.can_hold(&row.conditions, Who::Actor);
        for branch in ways(row, state) {
            let own = query.encoder.can_hold(&branch.conditions, Who::Actor);
            let able = query.encoder.space.circuit.and(common, own);
            query.require(!able);
        }
    }
    let utc = query.encoder.space.utc();
    query.require(utc);
    query.keep_numbers_small();
}

/// The branches of a row that change something about an order in a state.
fn ways(row: &Row, state: StateId) -> impl Iterator<Item = &Branch> {
    let branches = row.branches.iter();
    branches.filter(move |branch| changes(row, branch, state))
}

/// The conditions of rows and of their branches.
fn asked<'w>(rows: &[(RowId, &'w Row)]) -> Vec<&'w Condition> {
    let conditions = rows.iter().flat_map(|(_, row)| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    conditions.collect()
}

fn deadlock(state: StateId, rows: &[(RowId, &Row)], witness: Witness) -> Deadlock {
    Deadlock {
        state,
        rows: rows.iter().map(|(id, _)| *id).collect(),
        witness,
    }
}

/// Whether what a condition says stays while the order does.
fn is_lasting(condition: &Condition) -> bool {
    condition.guard.as_ref().is_some_and(|guard| {
        let reads = guard.reads();
        !reads.now
            && !reads.actor
            && !reads.zone
            && reads.event.is_empty()
            && reads.children.is_empty()
    })
}
