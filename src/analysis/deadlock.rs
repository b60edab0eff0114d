//! Orders that can never leave their state while their context stays as it is.
//!
//! Looked at are states of which every way out has a guard, and which tell orders apart. A timer whose guard does not
//! hold when it is due is spent, while an event waits. One that does not run, since its `when` does not hold or the
//! field is not set that it counts from, waits for that as an event does, and counts as a way out.
//! `always` rows and guards that read the time, the event, the actor or the children count as able to change something,
//! and so does a row that sets a field. Only what is over is over: an event whose guard is false and never comes true
//! again, as of an offer that was valid until yesterday ([`ageing`](super::ageing)). What asks for nothing but fields that the workflow itself sets waits for nothing
//! from outside: an `always` row and the `when` of a timer are looked at then as a guard is, within the bounds that such
//! fields keep ([`Counters`]). Numbers beyond 10^15, with which calculations fail, are left out. States within
//! parallel regions are left out: another region may move the order.

use std::collections::BTreeSet;

use super::ageing::{ages, stays_as_it_is};
use super::ask::{Asker, meets};
use super::circuit::Found;
use super::counters::Counters;
use super::demand::Demand;
use super::encode::Who;
use super::findings::{Branches, Deadlock, Findings, Gap};
use super::memo::{self, Answer};
use super::moment::Moment;
use super::possible::Judged;
use super::query::Query;
use super::scene::{at_rest, base};
use super::space::{Name, Scene};
use super::witness::Witness;
use crate::context::Value;
use crate::graph::{
    ActorId, Branch, Condition, FieldId, Id, Kind as StateKind, Row, RowId, State, StateId, Target,
    Trigger, Workflow,
};
use crate::guard::Inputs;
use crate::guard::kind::Kind;
use crate::guard::tree::{Form, Home, Tree};

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

/// A row that changes something about an order in a state: it leads elsewhere or sets a field.
struct Way<'w> {
    id: RowId,
    row: &'w Row,
    /// What has to hold for a timer to run, where only the workflow itself can make it hold.
    armed: &'w [Condition],
    /// The branches that change something.
    branches: Vec<&'w Branch>,
}

impl<'w> Way<'w> {
    fn of(workflow: &'w Workflow, id: RowId, state: StateId, sets: &BTreeSet<FieldId>) -> Self {
        let row = workflow.rows.at(id);
        let branches = row.branches.iter();
        let when: &[Condition] = match row.trigger {
            Trigger::Timer(timer) => &workflow.timers.at(timer).when,
            Trigger::Event(_) | Trigger::Always => &[],
        };
        let is_own = when.iter().all(|condition| is_own(condition, sets));
        Self {
            id,
            row,
            armed: if is_own { when } else { &[] },
            branches: branches
                .filter(|branch| changes(row, branch, state))
                .collect(),
        }
    }

    /// The conditions of each branch with those that all need.
    fn conditions(&self) -> impl Iterator<Item = impl Iterator<Item = &'w Condition> + Clone> {
        let branches = self.branches.iter();
        branches.map(|branch| {
            let common = self.armed.iter().chain(&self.row.conditions);
            common.chain(&branch.conditions)
        })
    }

    /// All conditions.
    fn asked(&self) -> impl Iterator<Item = &'w Condition> {
        let own = self.branches.iter().flat_map(|branch| &branch.conditions);
        self.armed.iter().chain(&self.row.conditions).chain(own)
    }

    /// Whether it is for every order. A branch that leads back says so of its row too.
    fn is_free(&self) -> bool {
        let mut branches = self.row.branches.iter();
        self.armed.is_empty()
            && self.row.conditions.is_empty()
            && branches.any(|branch| branch.conditions.is_empty())
    }

    /// Whether it is a timer.
    fn is_timer(&self) -> bool {
        matches!(self.row.trigger, Trigger::Timer(_))
    }

    /// When its conditions are judged: those of a timer when it is due, all others whenever something happens.
    fn judged(&self) -> Judged {
        match self.is_timer() {
            true => Judged::Sometime,
            false => Judged::Henceforth,
        }
    }

    /// Whether time may close it for good.
    fn closes(&self) -> bool {
        let mut guards = self
            .asked()
            .filter_map(|condition| condition.guard.as_ref());
        !self.is_timer() && guards.any(|guard| ages(guard.tree()))
    }

    /// Whether its time is over at a moment, and nothing else is in its way.
    fn is_over(&self, moment: &Moment, workflow: &Workflow) -> bool {
        self.closes()
            && self.conditions().any(|conditions| {
                let bars = |bars: fn(&Tree, &Inputs<'_>) -> bool| {
                    conditions.clone().any(|condition| {
                        condition.guard.as_ref().is_some_and(|guard| {
                            moment
                                .read(workflow, &moment.actor, |inputs| bars(guard.tree(), inputs))
                        })
                    })
                };
                bars(is_barred) && !bars(is_barred_by_data)
            })
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

/// Whether a condition asks for nothing but fields that the workflow itself sets.
fn is_own(condition: &Condition, sets: &BTreeSet<FieldId>) -> bool {
    is_lasting(condition)
        && condition.guard.as_ref().is_some_and(|guard| {
            let read = &guard.reads().order;
            let mut own = read.iter().map(|&slot| FieldId::from_index(slot));
            !read.is_empty() && own.all(|field| sets.contains(&field))
        })
}

/// Whether a row is set off by timers of a state alone, which are looked at themselves.
fn is_of_timers(workflow: &Workflow, row: &Row, state: StateId) -> bool {
    let Trigger::Event(event) = row.trigger else {
        return false;
    };
    let of_system = row.by.members.iter().all(|&id| id == ActorId::SYSTEM);
    if !of_system || !workflow.children.is_empty() {
        return false;
    }
    let raises = |row: &Row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.deed.raise);
        let all = row.deed.raise.iter().chain(branches);
        all.filter(|raise| raise.event == event).count()
    };
    let timers = rows_out(workflow, state).collect::<BTreeSet<RowId>>();
    let timers = timers.into_iter().map(|id| workflow.rows.at(id));
    let timers = timers.filter(|row| matches!(row.trigger, Trigger::Timer(_)));
    let raised: usize = timers.map(raises).sum();
    let ended = workflow
        .states
        .rows()
        .iter()
        .any(|state| state.done == Some(event));
    raised > 0
        && !ended
        && workflow
            .raises()
            .filter(|raise| raise.event == event)
            .count()
            == raised
}

/// The rows out of a state or one around it.
fn rows_out(workflow: &Workflow, state: StateId) -> impl Iterator<Item = RowId> + '_ {
    let around = workflow.ancestors(state).chain([state]);
    let outgoing = around.flat_map(|id| &workflow.states.at(id).outgoing);
    outgoing.map(|&id| workflow.transitions.at(id).row)
}

/// The ways out of a state, in document order.
fn ways_out<'w>(workflow: &'w Workflow, state: StateId, sets: &BTreeSet<FieldId>) -> Vec<Way<'w>> {
    let rows: BTreeSet<RowId> = rows_out(workflow, state).collect();
    let rows = rows
        .into_iter()
        .filter(|&id| !is_of_timers(workflow, workflow.rows.at(id), state));
    let ways = rows.map(|id| Way::of(workflow, id, state, sets));
    ways.filter(|way| !way.branches.is_empty()).collect()
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

fn changes(row: &Row, branch: &Branch, state: StateId) -> bool {
    let stays = matches!(branch.target, Target::Stay) || branch.target == Target::State(state);
    let sets = !row.deed.set.is_empty() || !branch.deed.set.is_empty();
    !stays || sets || !row.deed.raise.is_empty() || !branch.deed.raise.is_empty()
}

/// The question about ways, beside what they ask. Where the conditions of a row end and those of its branches begin is
/// part of it.
fn question(ways: &[Way<'_>], counters: &Counters, wanted: Stuck) -> String {
    let parts = ways.iter().map(|way| {
        let common = way.armed.len() + way.row.conditions.len();
        (common, way.is_timer())
    });
    let parts: Vec<(usize, bool)> = parts.collect();
    let bounds: Vec<_> = counters.iter().collect();
    format!("{wanted:?} {parts:?} {bounds:?}")
}

fn judge<'w>(
    asker: &mut Asker<'w>,
    (state, counters, wanted): (StateId, &Counters, Stuck),
    ways: &[Way<'w>],
    found: &mut Findings,
) {
    let workflow = asker.workflow;
    let scene = Scene::within(workflow, state);
    let plain = base(&scene);
    let conditions: Vec<&Condition> = ways.iter().flat_map(Way::asked).collect();
    let mut demands = at_rest(workflow, state);
    demands.extend(ways.iter().flat_map(Way::conditions).map(Demand::fail));
    let lasting = conditions.iter().all(|condition| is_lasting(condition));
    let meets = |moment: &Moment, demands: &[Demand<'w>]| {
        counters.allow(moment) && meets(workflow, moment, demands)
    };
    if lasting && wanted == Stuck::Anyhow && meets(&plain, &demands) {
        let witness = Witness::of(&scene, &plain, conditions).standing();
        found.deadlocks.push(deadlock(state, ways, witness));
        return;
    }
    if !asker.may_ask() {
        asker.skipped += 1;
        return;
    }
    let key = memo::key(&question(ways, counters, wanted), &scene, &demands);
    let known = key.and_then(|key| asker.memo.answer(key));
    if matches!(known, Some(Answer::Never)) {
        return;
    }
    let mut query = Query::new(scene.clone(), plain.clone(), conditions.iter().copied());
    require_stuck(&mut query, ways, counters, wanted);
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
        .then(|| asker.tried(&plain, &demands))
        .flatten();
    let suggested = suggested.filter(|moment| counters.allow(moment));
    let confirmed = match found_any {
        Found::Model if suggested.is_none() => query.confirmed(|moment| meets(moment, &demands)),
        _ => suggested,
    };
    asker.spend(query.encoder.space.circuit.effort());
    match confirmed {
        Some(moment) => {
            let home = moment.at_home(workflow, &plain);
            let home =
                home.filter(|home| are_barred(ways, home, workflow) && meets(home, &demands));
            let moment = home.unwrap_or(moment);
            let over = ways.iter().filter(|way| way.is_over(&moment, workflow));
            let over = over.map(|way| way.id).collect();
            let witness = Witness::of(&scene, &moment, conditions).standing();
            let found_one = deadlock(state, ways, witness);
            found.deadlocks.push(Deadlock { over, ..found_one });
        }
        None => {
            let span = workflow.states.at(state).span;
            found.leave_open(span, "whether some order can never leave it");
        }
    }
}

/// Whether every way out is barred by what no time and no zone changes.
fn are_barred(ways: &[Way<'_>], moment: &Moment, workflow: &Workflow) -> bool {
    ways.iter().flat_map(Way::conditions).all(|mut conditions| {
        conditions.any(|condition| {
            condition.guard.as_ref().is_some_and(|guard| {
                moment.read(workflow, &moment.actor, |inputs| {
                    is_barred(guard.tree(), inputs)
                })
            })
        })
    })
}

/// Whether an expression is false for good.
fn is_barred(tree: &Tree, inputs: &Inputs<'_>) -> bool {
    stays(tree, false, &|tree, value| {
        is_of_data(tree, value, inputs) || stays_as_it_is(tree, value, inputs)
    })
}

/// The same whenever it was asked.
fn is_barred_by_data(tree: &Tree, inputs: &Inputs<'_>) -> bool {
    stays(tree, false, &|tree, value| is_of_data(tree, value, inputs))
}

/// Whether a boolean has a value and keeps it, by what is known of its parts.
fn stays(tree: &Tree, value: bool, known: &impl Fn(&Tree, bool) -> bool) -> bool {
    let mut parts = tree.parts().into_iter();
    match (&tree.form, value) {
        (Form::Not(part), _) => stays(part, !value, known),
        (Form::All(_), true) | (Form::Any(_), false) => parts.all(|part| stays(part, value, known)),
        (Form::All(_), false) | (Form::Any(_), true) => parts.any(|part| stays(part, value, known)),
        _ => known(tree, value),
    }
}

/// Whether an expression has a value by data that neither time nor zone changes.
fn is_of_data(tree: &Tree, value: bool, inputs: &Inputs<'_>) -> bool {
    is_timeless(tree) && tree.value(inputs) == Some(Value::Boolean(value))
}

/// Whether an expression reads nothing but the order and the settings, of which neither time nor zone matters.
fn is_timeless(tree: &Tree) -> bool {
    let is_own = match &tree.form {
        Form::Field(home, _) | Form::IsSet(home, _) => *home != Home::Event,
        form => !matches!(
            form,
            Form::Role | Form::ActorId | Form::HasId | Form::Children(..)
        ),
    };
    let is_time = matches!(tree.kind, Kind::Datetime | Kind::Length);
    is_own && !is_time && tree.parts().into_iter().all(is_timeless)
}

/// Requires that no way out can be taken.
fn require_stuck<'w>(query: &mut Query<'w>, ways: &[Way<'w>], counters: &Counters, wanted: Stuck) {
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
    let mut once = Vec::new();
    for way in ways {
        for conditions in way.conditions() {
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
