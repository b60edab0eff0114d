//! Orders that can never leave their state while their context stays as it is.
//!
//! Looked at are states of which every way out has a guard, and which tell orders apart. A timer whose guard does not
//! hold when it is due is spent, while an event waits. One that does not run, since its `when` does not hold or the
//! field is not set that it counts from, waits for that as an event does, and counts as a way out.
//! `always` rows and guards that read the time, the event, the actor or the children count as able to change something,
//! and so does a row that sets a field. Only what is over is over: an event whose guard is false and never comes true
//! again, as of an offer that was valid until yesterday ([`ageing`](super::ageing)). The guard of a timer that is the one
//! way out which reads the time is judged when that is due. What asks for nothing but fields that the workflow itself sets waits for nothing
//! from outside: an `always` row and the `when` of a timer are looked at then as a guard is, within the bounds that such
//! fields keep ([`Counters`]). Numbers beyond 10^15, with which calculations fail, are left out. States within
//! parallel regions are left out: another region may move the order.

use std::collections::BTreeSet;

use super::ageing::is_barred;
use super::ask::{Asker, meets};
use super::circuit::Found;
use super::counters::Counters;
use super::demand::Demand;
use super::due::Due;
use super::encode::Who;
use super::findings::{Branches, Deadlock, Findings, Gap};
use super::memo::{self, Answer};
use super::moment::Moment;
use super::possible::Judged;
use super::query::Query;
use super::scene::{at_rest, base};
use super::space::{Name, Scene};
use super::ways_out::{Way, is_lasting, is_own, ways_out};
use super::witness::Witness;
use crate::graph::{
    Condition, FieldId, Id, Kind as StateKind, Row, State, StateId, Target, Trigger, Workflow,
};
use crate::guard::Guard;
use crate::guard::tree::Tree;

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    let sets: BTreeSet<FieldId> = workflow
        .assigns()
        .filter(|assign| !assign.unset)
        .map(|assign| assign.field)
        .collect();
    let counters = Counters::of(workflow);
    for state in workflow.states.rows() {
        if !may_be_stuck(workflow, state, &sets) {
            continue;
        }
        let ways = ways_out(workflow, state.id, &sets);
        if ways.iter().any(Way::is_free) {
            continue;
        }
        let counters = counters.within(workflow, state.id);
        // An order that no branch is for was told of already.
        let gap = found.gaps.iter().any(|(branches, gap)| {
            let is_way = |way: &Way<'_>| *branches == Branches::Row(way.id);
            matches!(gap, Gap::Open(..)) && ways.iter().any(is_way)
        });
        if gap || ways.is_empty() {
            continue;
        }
        if are_dead(asker, state.id, &ways) {
            let scene = Scene::within(workflow, state.id);
            let conditions = ways.iter().flat_map(Way::asked);
            let witness = Witness::of(&scene, &base(&scene), conditions).standing();
            found.deadlocks.push(Deadlock {
                of_all: true,
                ..deadlock(state.id, &ways, witness)
            });
            continue;
        }
        let wanted = match tells_cases_apart(workflow, (state.id, &ways), &sets) {
            true => Stuck::Anyhow,
            false => Stuck::TooLate,
        };
        if wanted == Stuck::Anyhow || ways.iter().any(Way::closes) {
            judge(asker, (state.id, &counters, wanted), &ways, found);
        }
    }
}

/// Which orders are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stuck {
    /// All that can not leave.
    Anyhow,
    /// Those that could have left before: the others wait for data from outside.
    TooLate,
}

/// The one way out that reads the time, where it is a timer that reads nothing else but the order and its site.
fn timed(workflow: &Workflow, ways: &[Way<'_>]) -> Option<Due> {
    let reads_now = |condition: &Condition| {
        let guard = condition.guard.as_ref();
        guard.is_some_and(|guard| guard.reads().now)
    };
    let mut reading = ways.iter().filter(|way| way.asked().any(reads_now));
    let (Some(way), None) = (reading.next(), reading.next()) else {
        return None;
    };
    let is_known = way.asked().all(|condition| {
        let reads = condition.guard.as_ref().map(Guard::reads);
        reads.is_some_and(|reads| {
            !reads.actor && reads.event.is_empty() && reads.children.is_empty()
        })
    });
    match way.row.trigger {
        Trigger::Timer(timer) if is_known => Due::of(workflow, timer),
        _ => None,
    }
}

/// Whether it matters that an order stays: it is innermost and no end, nothing else moves the order.
fn may_be_stuck(workflow: &Workflow, state: &State, sets: &BTreeSet<FieldId>) -> bool {
    let mut around = workflow.ancestors(state.id).chain([state.id]);
    let still = around.all(|id| {
        let around = workflow.states.at(id);
        let automatic = around.outgoing.iter().any(|&id| {
            let row = workflow.rows.at(workflow.transitions.at(id).row);
            row.trigger == Trigger::Always && !waits_for_own(row, sets)
        });
        !around.immutable && around.kind != StateKind::Parallel && !automatic
    });
    still && state.kind == StateKind::Atomic
}

/// Whether an automatic row waits for nothing but what the workflow itself sets.
fn waits_for_own(row: &Row, sets: &BTreeSet<FieldId>) -> bool {
    row.branches.iter().all(|branch| {
        let mut all = row.conditions.iter().chain(&branch.conditions).peekable();
        all.peek().is_some() && all.all(|condition| is_own(condition, sets))
    })
}

/// Whether no way out is ever taken, whatever an order carries, whoever acts and whenever.
fn are_dead<'w>(asker: &mut Asker<'w>, state: StateId, ways: &[Way<'w>]) -> bool {
    let workflow = asker.workflow;
    ways.iter().all(|way| {
        let scene = Scene::of_row(workflow, way.row, state);
        way.conditions().enumerate().all(|(branch, conditions)| {
            let words = format!("dead {state:?} {:?} {branch}", way.id);
            asker.is_never(&scene, &[Demand::hold(conditions)], words) == Some(true)
        })
    })
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
    let mut texts: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let mut asks_for_own = false;
    for way in ways.iter().filter(|way| !way.is_timer()) {
        for conditions in way.conditions() {
            let words = conditions.clone().map(|condition| condition.text.trim());
            texts.insert(words.collect());
            let guards = conditions.filter_map(|condition| condition.guard.as_ref());
            let mut read = guards.flat_map(|guard| &guard.reads().order);
            asks_for_own |= read.any(|&slot| sets.contains(&FieldId::from_index(slot)));
        }
    }
    // A timer that the workflow itself does not arm runs for nobody.
    if ways.iter().any(|way| !way.armed.is_empty()) {
        return true;
    }
    match ways.iter().all(Way::is_timer) {
        true => !is_entered_anew(workflow, state),
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

/// The question about ways, beside what they ask. Where the conditions of a row end and those of its branches begin is
/// part of it.
fn question(ways: &[Way<'_>], counters: &Counters, (wanted, due): (Stuck, Option<&Due>)) -> String {
    let parts = ways.iter().map(|way| {
        let common = way.armed.len() + way.row.conditions.len();
        (common, way.is_timer())
    });
    let parts: Vec<(usize, bool)> = parts.collect();
    let bounds: Vec<_> = counters.iter().collect();
    let due = due.map(|due| due.at().map(Tree::signature));
    format!("{wanted:?} {parts:?} {bounds:?} {due:?}")
}

/// A state that orders may be stuck in, and what is asked of it.
struct Trap<'a, 'w> {
    workflow: &'w Workflow,
    state: StateId,
    ways: &'a [Way<'w>],
    counters: &'a Counters,
    /// A new order.
    plain: Moment,
    /// What holds of an order that is stuck.
    demands: Vec<Demand<'w>>,
    due: Option<Due>,
}

impl<'w> Trap<'_, 'w> {
    /// A moment, when the timer is due that is judged then.
    fn when(&self, moment: &Moment) -> Moment {
        match &self.due {
            Some(due) => due.moment(self.workflow, moment),
            None => moment.clone(),
        }
    }

    fn is_met(&self, moment: &Moment) -> bool {
        self.counters.allow(moment) && meets(self.workflow, moment, &self.demands)
    }

    fn conditions(&self) -> impl Iterator<Item = &'w Condition> {
        self.ways.iter().flat_map(Way::asked)
    }

    /// What is found of an order that is stuck: in the zone of the site, where that does not matter.
    fn found(&self, scene: &Scene<'w>, moment: Moment) -> Deadlock {
        let workflow = self.workflow;
        let home = moment.at_home(workflow, &self.plain);
        let home = home.map(|home| self.when(&home));
        let is_due = |way: &Way<'_>| self.due.as_ref().is_some_and(|due| way.is_due(due));
        let others = || self.ways.iter().filter(|way| !is_due(way));
        let home = home.filter(|home| are_barred(others(), home, workflow) && self.is_met(home));
        let moment = home.unwrap_or(moment);
        let over = self
            .ways
            .iter()
            .filter(|way| way.is_over(&moment, workflow));
        let over = over.map(|way| way.id).collect();
        let witness = Witness::of(scene, &moment, self.conditions()).standing();
        Deadlock {
            over,
            ..deadlock(self.state, self.ways, witness)
        }
    }
}

fn judge<'w>(
    asker: &mut Asker<'w>,
    (state, counters, wanted): (StateId, &Counters, Stuck),
    ways: &[Way<'w>],
    found: &mut Findings,
) {
    let workflow = asker.workflow;
    let scene = Scene::within(workflow, state);
    let mut demands = at_rest(workflow, state);
    demands.extend(ways.iter().flat_map(Way::conditions).map(Demand::fail));
    let trap = Trap {
        workflow,
        state,
        ways,
        counters,
        plain: base(&scene),
        demands,
        due: timed(workflow, ways),
    };
    let lasting = trap.conditions().all(is_lasting);
    if lasting && wanted == Stuck::Anyhow && trap.is_met(&trap.plain) {
        let witness = Witness::of(&scene, &trap.plain, trap.conditions()).standing();
        found.deadlocks.push(deadlock(state, ways, witness));
        return;
    }
    if !asker.may_ask() {
        asker.skipped += 1;
        return;
    }
    let due = trap.due.as_ref();
    let words = question(ways, counters, (wanted, due));
    let key = memo::key(&words, &scene, &trap.demands);
    let known = key.and_then(|key| asker.memo.answer(key));
    if matches!(known, Some(Answer::Never)) {
        return;
    }
    let mut query = Query::new(scene.clone(), trap.plain.clone(), trap.conditions());
    require_stuck(&mut query, ways, counters, (wanted, due));
    let found_any = query.search();
    if found_any == Found::Nothing {
        asker.spend(query.encoder.space.circuit.effort());
        if let Some(key) = key {
            asker.memo.keep(key, Answer::Never);
        }
        return;
    }
    // Of what is not calculated, values that the guards suggest read better than any that the solver makes up.
    let suggested = (lasting && !query.encoder.unsolved.is_empty())
        .then(|| asker.tried(&trap.plain, &trap.demands))
        .flatten();
    let suggested = suggested.filter(|moment| counters.allow(moment));
    let confirmed = match found_any {
        Found::Model if suggested.is_none() => {
            query.confirmed(|moment| trap.is_met(&trap.when(moment)))
        }
        _ => suggested,
    };
    asker.spend(query.encoder.space.circuit.effort());
    match confirmed {
        Some(moment) => found.deadlocks.push(trap.found(&scene, trap.when(&moment))),
        None => {
            let span = workflow.states.at(state).span;
            found.leave_open(span, "whether some order can never leave it");
        }
    }
}

/// Whether every way out is barred by what no time and no zone changes.
fn are_barred<'a, 'w: 'a>(
    ways: impl IntoIterator<Item = &'a Way<'w>>,
    moment: &Moment,
    workflow: &Workflow,
) -> bool {
    let mut all = ways.into_iter().flat_map(Way::conditions);
    all.all(|mut conditions| {
        conditions.any(|condition| {
            condition.guard.as_ref().is_some_and(|guard| {
                moment.read(workflow, &moment.actor, |inputs| {
                    is_barred(guard.tree(), inputs)
                })
            })
        })
    })
}

/// Requires that no way out can be taken.
fn require_stuck<'w>(
    query: &mut Query<'w>,
    ways: &[Way<'w>],
    counters: &Counters,
    (wanted, due): (Stuck, Option<&Due>),
) {
    for (field, bounds) in counters.iter() {
        let (low, high) = (
            bounds.low.unwrap_or(i64::MIN),
            bounds.high.unwrap_or(i64::MAX),
        );
        let within = query.within(&Name::Order(field.index()), low.into(), high.into());
        if let Some(within) = within {
            query.require(within);
        }
    }
    if let Some(at) = due.and_then(Due::at) {
        let is_known = query.encoder.term(at).ok;
        query.require(is_known);
    }
    let mut once = Vec::new();
    for way in ways {
        for conditions in way.conditions() {
            if let Some(due) = due.filter(|due| way.is_due(due)) {
                let able = query.encoder.hold_when(due, conditions);
                query.require(!able);
                continue;
            }
            let judged = match conditions.clone().all(is_lasting) {
                true => Judged::Alike,
                false => way.judged(),
            };
            let able = query
                .encoder
                .can_hold(conditions.clone(), (Who::Actor, judged));
            query.require(!able);
            if wanted == Stuck::TooLate && judged == Judged::Henceforth {
                let before = (Who::Actor, Judged::Sometime);
                once.push(query.encoder.can_hold(conditions, before));
            }
        }
    }
    if wanted == Stuck::TooLate {
        let was_able = query.encoder.space.circuit.any(once);
        query.require(was_able);
    }
    let utc = query.encoder.space.utc();
    query.require(utc);
    query.keep_numbers_small();
}

fn deadlock(state: StateId, ways: &[Way<'_>], witness: Witness) -> Deadlock {
    Deadlock {
        state,
        rows: ways.iter().map(|way| way.id).collect(),
        of_all: false,
        over: BTreeSet::new(),
        witness,
    }
}
