//! Orders that can never leave their state while their context stays as it is.
//!
//! Looked at are states of which every way out has a guard, and which tell orders apart. A timer whose guard does not
//! hold when it is due is spent, and one whose `when` does not hold, or that counts from what is not set, never runs;
//! an event waits all the same.
//! `always` rows and guards that read the time, the event, the actor or the children count as able to change something,
//! and so does a row that sets a field. Numbers beyond 10^15, with which calculations fail, are left out. States within
//! parallel regions are left out: another region may move the order.

use std::collections::BTreeSet;

use super::ask::{Asker, meets};
use super::circuit::Found;
use super::demand::Demand;
use super::encode::Who;
use super::findings::{Branches, Deadlock, Findings, Gap};
use super::memo::{self, Answer};
use super::moment::Moment;
use super::query::Query;
use super::scene::{at_rest, base};
use super::space::{Name, Scene};
use super::witness::Witness;
use crate::graph::{
    Anchor, Branch, Condition, FieldId, Id, Kind, Row, RowId, State, StateId, Target, Timer,
    Trigger, Workflow,
};
use crate::guard::Guard;
use crate::guard::tree::{Form, Home, Tree};

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    let sets: BTreeSet<FieldId> = workflow.assigns().map(|assign| assign.field).collect();
    let provided = &sets | &asked_for(workflow);
    for state in workflow.states.rows() {
        if !may_be_stuck(workflow, state) {
            continue;
        }
        let ways = ways_out(workflow, state.id, &provided);
        // An order that no branch is for was told of already.
        let gap = found.gaps.iter().any(|(branches, gap)| {
            let is_way = |way: &Way<'_>| *branches == Branches::Row(way.id);
            matches!(gap, Gap::Open(..)) && ways.iter().any(is_way)
        });
        if gap
            || ways.is_empty()
            || !ways.iter().all(Way::is_guarded)
            || !tells_cases_apart(workflow, (state.id, &ways), &sets)
        {
            continue;
        }
        judge(asker, state.id, &ways, found);
    }
}

/// The fields of which some guard asks whether they are set: it is mostly the one that lets orders in. What the
/// workflow sets it sets for what counts from it, mostly with the step that enters the state.
fn asked_for(workflow: &Workflow) -> BTreeSet<FieldId> {
    let rows = workflow.rows.rows().iter().flat_map(|row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    let starts = workflow.initial.iter().flat_map(|start| &start.conditions);
    let conditions = rows.chain(starts);
    let mut found = BTreeSet::new();
    let is_anchored = |timer: &Timer| matches!(timer.due.anchor, Anchor::Field(_));
    if !workflow.timers.rows().iter().any(is_anchored) {
        return found;
    }
    let mut open: Vec<&Tree> = conditions
        .filter_map(|condition| condition.guard.as_ref().map(Guard::tree))
        .collect();
    while let Some(tree) = open.pop() {
        if let Form::IsSet(Home::Order, slot) = tree.form {
            found.insert(FieldId::from_index(slot));
        }
        open.extend(tree.parts());
    }
    found
}

/// A row that changes something about an order in a state: it leads elsewhere or sets a field.
struct Way<'w> {
    id: RowId,
    row: &'w Row,
    /// What a timer counts from and others set; where it is not set, the timer does not run.
    anchor: Option<FieldId>,
    /// What must hold whichever branch is taken, and for the timer to run.
    common: Vec<&'w Condition>,
    /// The branches that change something.
    branches: Vec<&'w Branch>,
}

impl<'w> Way<'w> {
    fn of(workflow: &'w Workflow, id: RowId, state: StateId, provided: &BTreeSet<FieldId>) -> Self {
        let row = workflow.rows.at(id);
        let timer = match row.trigger {
            Trigger::Timer(timer) => Some(workflow.timers.at(timer)),
            Trigger::Event(_) | Trigger::Always => None,
        };
        // Where it is said what becomes of orders without the timer, they are meant to stay.
        let when = timer.filter(|timer| timer.otherwise.is_none());
        let when = when.map_or(&[][..], |timer| &timer.when);
        let branches = row.branches.iter();
        Self {
            id,
            row,
            anchor: timer.and_then(|timer| match timer.due.anchor {
                Anchor::Field(field) => Some(field).filter(|field| !provided.contains(field)),
                Anchor::Entry | Anchor::Day => None,
            }),
            common: when.iter().chain(&row.conditions).collect(),
            branches: branches
                .filter(|branch| changes(row, branch, state))
                .collect(),
        }
    }

    /// Whether it is not for every order; a branch that leads back says so of its row too.
    fn is_guarded(&self) -> bool {
        let mut branches = self.row.branches.iter();
        self.anchor.is_some()
            || !self.common.is_empty()
            || branches.all(|branch| !branch.conditions.is_empty())
    }

    /// The conditions of each branch with those that all need.
    fn conditions(&self) -> impl Iterator<Item = impl Iterator<Item = &'w Condition> + Clone> {
        let branches = self.branches.iter();
        branches.map(|branch| self.common.iter().copied().chain(&branch.conditions))
    }

    /// Whether an order cannot go this way in a situation.
    fn is_closed(&self, workflow: &Workflow, moment: &Moment) -> bool {
        let is_set = |field: FieldId| moment.order.get(field.index()).is_some_and(Option::is_some);
        self.anchor.is_some_and(|field| !is_set(field))
            || self
                .conditions()
                .all(|conditions| meets(workflow, moment, &[Demand::fail(conditions)]))
    }

    /// All conditions.
    fn asked(&self) -> impl Iterator<Item = &'w Condition> {
        let own = self.branches.iter().flat_map(|branch| &branch.conditions);
        self.common.iter().copied().chain(own)
    }

    /// Whether it is a timer.
    fn is_timer(&self) -> bool {
        matches!(self.row.trigger, Trigger::Timer(_))
    }

    /// Whether it may be due for nothing.
    fn may_be_spent(&self) -> bool {
        let mut branches = self.branches.iter();
        !self.row.conditions.is_empty() || branches.all(|branch| !branch.conditions.is_empty())
    }
}

/// Whether it matters that an order stays: it is innermost and no end, nothing else moves the order.
fn may_be_stuck(workflow: &Workflow, state: &State) -> bool {
    let mut around = workflow.ancestors(state.id).chain([state.id]);
    let still = around.all(|id| {
        let around = workflow.states.at(id);
        let automatic = around.outgoing.iter().any(|&id| {
            let row = workflow.rows.at(workflow.transitions.at(id).row);
            row.trigger == Trigger::Always
        });
        !around.immutable && around.kind != Kind::Parallel && !automatic
    });
    still && state.kind == Kind::Atomic
}

/// The ways out of a state, in document order; `provided` are the fields that are taken to be set.
fn ways_out<'w>(
    workflow: &'w Workflow,
    state: StateId,
    provided: &BTreeSet<FieldId>,
) -> Vec<Way<'w>> {
    let around = workflow.ancestors(state).chain([state]);
    let outgoing = around.flat_map(|id| &workflow.states.at(id).outgoing);
    let rows = outgoing.map(|&id| workflow.transitions.at(id).row);
    let rows: BTreeSet<RowId> = rows.collect();
    let ways = rows
        .into_iter()
        .map(|id| Way::of(workflow, id, state, provided));
    ways.filter(|way| !way.branches.is_empty()).collect()
}

/// Whether the ways out are meant for different orders, so that one may have been forgotten, or ask for what the
/// workflow itself sets. A single condition on data that comes from outside is waited for, and an event waits also
/// where timers do not. Where there are timers alone, one that was due for nothing waits for nothing more, unless
/// something enters the state anew.
fn tells_cases_apart(
    workflow: &Workflow,
    (state, ways): (StateId, &[Way<'_>]),
    sets: &BTreeSet<FieldId>,
) -> bool {
    let are_timers = ways.iter().all(Way::is_timer);
    let mut texts: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let mut asks_for_own = false;
    for way in ways.iter().filter(|way| are_timers || !way.is_timer()) {
        for conditions in way.conditions() {
            let words = conditions.clone().map(|condition| condition.text.trim());
            texts.insert(words.collect());
            let guards = conditions.filter_map(|condition| condition.guard.as_ref());
            let mut read = guards.flat_map(|guard| &guard.reads().order);
            asks_for_own |= read.any(|&slot| sets.contains(&FieldId::from_index(slot)));
        }
    }
    let is_spent = || ways.iter().any(Way::may_be_spent) && !is_entered_anew(workflow, state);
    match are_timers {
        true => is_spent(),
        false => texts.len() > 1 || asks_for_own,
    }
}

/// Whether a row leads from a state, or one around it, back to it.
fn is_entered_anew(workflow: &Workflow, state: StateId) -> bool {
    let around = workflow.ancestors(state).chain([state]);
    let mut outgoing = around.flat_map(|id| &workflow.states.at(id).outgoing);
    outgoing.any(|&id| {
        let transition = workflow.transitions.at(id);
        let mut branches = workflow.rows.at(transition.row).branches.iter();
        branches.any(|branch| match branch.target {
            Target::Stay => false,
            Target::State(target) => workflow.within(state, target),
            _ => true,
        })
    })
}

fn changes(row: &Row, branch: &Branch, state: StateId) -> bool {
    let stays = matches!(branch.target, Target::Stay) || branch.target == Target::State(state);
    let sets = !row.set.is_empty() || !branch.set.is_empty();
    !stays || sets || !row.raise.is_empty() || !branch.raise.is_empty()
}

fn judge<'w>(asker: &mut Asker<'w>, state: StateId, ways: &[Way<'w>], found: &mut Findings) {
    let workflow = asker.workflow;
    let scene = Scene::within(workflow, state);
    let plain = base(&scene);
    let conditions: Vec<&Condition> = ways.iter().flat_map(Way::asked).collect();
    let still = at_rest(workflow, state);
    let is_stuck = |moment: &Moment| {
        let mut ways = ways.iter();
        meets(workflow, moment, &still) && ways.all(|way| way.is_closed(workflow, moment))
    };
    let lasting = conditions.iter().all(|condition| is_lasting(condition));
    if lasting && is_stuck(&plain) {
        let witness = Witness::of(&scene, &plain, conditions).standing();
        found.deadlocks.push(deadlock(state, ways, witness));
        return;
    }
    if !asker.may_ask() {
        asker.skipped += 1;
        return;
    }
    // Where the conditions of a row end and those of its branches begin is part of the question.
    let parts: Vec<usize> = ways.iter().map(|way| way.common.len()).collect();
    let closed = ways.iter().flat_map(Way::conditions).map(Demand::fail);
    let demands: Vec<Demand<'_>> = still.iter().cloned().chain(closed).collect();
    // Of what timers count from, the conditions say nothing.
    let is_told = ways.iter().all(|way| way.anchor.is_none());
    let key = is_told.then(|| memo::key(&format!("stuck {parts:?}"), &scene, &demands));
    let key = key.flatten();
    let known = key.and_then(|key| asker.memo.answer(key));
    if matches!(known, Some(Answer::Never)) {
        return;
    }
    let mut query = Query::new(scene.clone(), plain, conditions.iter().copied());
    require_stuck(&mut query, ways);
    let found_any = query.search();
    if found_any != Found::Model {
        asker.spend(query.encoder.space.circuit.effort());
        if let (Found::Nothing, Some(key)) = (found_any, key) {
            asker.memo.keep(key, Answer::Never);
        }
        return;
    }
    let confirmed = query.confirmed(is_stuck);
    asker.spend(query.encoder.space.circuit.effort());
    let span = workflow.states.at(state).span;
    match confirmed {
        Some(moment) => {
            let witness = Witness::of(&scene, &moment, conditions).standing();
            found.deadlocks.push(deadlock(state, ways, witness));
        }
        None => found.leave_open(span, "whether some order can never leave it"),
    }
}

/// Requires that no way out can be taken.
fn require_stuck<'w>(query: &mut Query<'w>, ways: &[Way<'w>]) {
    for way in ways {
        let conditions = way.common.iter().copied();
        let common = query.encoder.can_hold(conditions, Who::Actor);
        let anchor = way.anchor.map(|field| Name::Order(field.index()));
        let anchor = anchor.and_then(|name| query.encoder.space.variable(&name));
        let common = match anchor {
            Some(anchor) => query.encoder.space.circuit.and(common, anchor.present),
            None => common,
        };
        for branch in &way.branches {
            let own = query.encoder.can_hold(&branch.conditions, Who::Actor);
            let able = query.encoder.space.circuit.and(common, own);
            query.require(!able);
        }
    }
    let utc = query.encoder.space.utc();
    query.require(utc);
    query.keep_numbers_small();
}

fn deadlock(state: StateId, ways: &[Way<'_>], witness: Witness) -> Deadlock {
    Deadlock {
        state,
        rows: ways.iter().map(|way| way.id).collect(),
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
