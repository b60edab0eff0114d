//! The ways out of a state, for the question whether an order can take one.
//!
//! In: a state. Out: each row that changes something about an order there, with what it asks for, and what can be said of
//! that without asking the solver.

use std::collections::BTreeSet;

use super::ageing::{ages, is_barred, is_barred_by_data};
use super::due::Due;
use super::moment::Moment;
use super::possible::Judged;
use crate::graph::{
    ActorId, Branch, Condition, FieldId, Id, Row, RowId, StateId, Target, Trigger, Workflow,
};
use crate::guard::Inputs;
use crate::guard::tree::Tree;

/// A row that changes something about an order in a state: it leads elsewhere or sets a field.
pub(super) struct Way<'w> {
    pub(super) id: RowId,
    pub(super) row: &'w Row,
    /// What has to hold for a timer to run, where only the workflow itself can make it hold.
    pub(super) armed: &'w [Condition],
    /// The branches that change something.
    pub(super) branches: Vec<&'w Branch>,
}

impl<'w> Way<'w> {
    pub(super) fn of(
        workflow: &'w Workflow,
        id: RowId,
        state: StateId,
        sets: &BTreeSet<FieldId>,
    ) -> Self {
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
    pub(super) fn conditions(
        &self,
    ) -> impl Iterator<Item = impl Iterator<Item = &'w Condition> + Clone> {
        let branches = self.branches.iter();
        branches.map(|branch| {
            let common = self.armed.iter().chain(&self.row.conditions);
            common.chain(&branch.conditions)
        })
    }

    /// All conditions.
    pub(super) fn asked(&self) -> impl Iterator<Item = &'w Condition> {
        let own = self.branches.iter().flat_map(|branch| &branch.conditions);
        self.armed.iter().chain(&self.row.conditions).chain(own)
    }

    /// Whether it is for every order. A branch that leads back says so of its row too.
    pub(super) fn is_free(&self) -> bool {
        let mut branches = self.row.branches.iter();
        self.armed.is_empty()
            && self.row.conditions.is_empty()
            && branches.any(|branch| branch.conditions.is_empty())
    }

    /// Whether it is a timer.
    pub(super) fn is_timer(&self) -> bool {
        matches!(self.row.trigger, Trigger::Timer(_))
    }

    /// When its conditions are judged: those of a timer when it is due, all others whenever something happens.
    pub(super) fn judged(&self) -> Judged {
        match self.is_timer() {
            true => Judged::Sometime,
            false => Judged::Henceforth,
        }
    }

    /// Whether it is the timer that is due.
    pub(super) fn is_due(&self, due: &Due) -> bool {
        self.row.trigger == Trigger::Timer(due.timer)
    }

    /// Whether time may close it for good.
    pub(super) fn closes(&self) -> bool {
        let mut guards = self
            .asked()
            .filter_map(|condition| condition.guard.as_ref());
        !self.is_timer() && guards.any(|guard| ages(guard.tree()))
    }

    /// Whether its time is over at a moment, and nothing else is in its way.
    pub(super) fn is_over(&self, moment: &Moment, workflow: &Workflow) -> bool {
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

pub(super) fn changes(row: &Row, branch: &Branch, state: StateId) -> bool {
    let stays = matches!(branch.target, Target::Stay) || branch.target == Target::State(state);
    let sets = !row.deed.set.is_empty() || !branch.deed.set.is_empty();
    !stays || sets || !row.deed.raise.is_empty() || !branch.deed.raise.is_empty()
}

/// Whether a condition asks for nothing but fields that the workflow itself sets.
pub(super) fn is_own(condition: &Condition, sets: &BTreeSet<FieldId>) -> bool {
    is_lasting(condition)
        && condition.guard.as_ref().is_some_and(|guard| {
            let read = &guard.reads().order;
            let mut own = read.iter().map(|&slot| FieldId::from_index(slot));
            !read.is_empty() && own.all(|field| sets.contains(&field))
        })
}

/// Whether a row is set off by timers of a state alone, which are looked at themselves.
pub(super) fn is_of_timers(workflow: &Workflow, row: &Row, state: StateId) -> bool {
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
pub(super) fn rows_out(workflow: &Workflow, state: StateId) -> impl Iterator<Item = RowId> + '_ {
    let around = workflow.ancestors(state).chain([state]);
    let outgoing = around.flat_map(|id| &workflow.states.at(id).outgoing);
    outgoing.map(|&id| workflow.transitions.at(id).row)
}

/// The ways out of a state, in document order.
pub(super) fn ways_out<'w>(
    workflow: &'w Workflow,
    state: StateId,
    sets: &BTreeSet<FieldId>,
) -> Vec<Way<'w>> {
    let rows: BTreeSet<RowId> = rows_out(workflow, state).collect();
    let rows = rows
        .into_iter()
        .filter(|&id| !is_of_timers(workflow, workflow.rows.at(id), state));
    let ways = rows.map(|id| Way::of(workflow, id, state, sets));
    ways.filter(|way| !way.branches.is_empty()).collect()
}

/// Whether what a condition says stays while the order does.
pub(super) fn is_lasting(condition: &Condition) -> bool {
    condition.guard.as_ref().is_some_and(|guard| {
        let reads = guard.reads();
        !reads.now
            && !reads.actor
            && !reads.zone
            && reads.event.is_empty()
            && reads.children.is_empty()
    })
}
