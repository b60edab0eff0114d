//! What each guard said in a step: for traces and for coverage.
//!
//! In: an order before and after a step, and its record. Out: the conditions that the step looked at,
//! each with its answer. The interpreter decides and its record is the truth; this only tells why:
//! it asks the same guards again and changes nothing.

use crate::context::{Actor, Value};
use crate::graph::{ActorId, Condition, Row, RowId, TimerId, Trigger, Workflow};
use crate::guard::Inputs;
use crate::instance::{Cause, Instance, Reason, Refusal, Site, StepRecord};
use crate::time::Instant;

/// Where a condition stands in the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At an initial branch.
    Initial(usize),
    /// At a row, or at one of its branches.
    Row(RowId, Option<usize>),
    /// At a timer: what must hold for it to be armed.
    When(TimerId),
}

impl Place {
    /// The conditions there.
    pub fn conditions(self, workflow: &Workflow) -> &[Condition] {
        match self {
            Self::Initial(index) => {
                let branch = workflow.initial.get(index);
                branch.map_or(&[], |branch| &branch.conditions)
            }
            Self::Row(row, None) => &workflow.rows.at(row).conditions,
            Self::Row(row, Some(index)) => {
                let branch = workflow.rows.at(row).branches.get(index);
                branch.map_or(&[], |branch| &branch.conditions)
            }
            Self::When(timer) => &workflow.timers.at(timer).when,
        }
    }

    /// Every place of a workflow that has conditions, in document order.
    pub fn all(workflow: &Workflow) -> Vec<Self> {
        let initial = (0..workflow.initial.len()).map(Self::Initial);
        let rows = workflow.rows.iter().flat_map(|(id, row)| {
            let branches = (0..row.branches.len()).map(Some);
            std::iter::once(None)
                .chain(branches)
                .map(move |at| Self::Row(id, at))
        });
        let timers = workflow.timers.ids().map(Self::When);
        let places = initial.chain(rows).chain(timers);
        places
            .filter(|at| !at.conditions(workflow).is_empty())
            .collect()
    }
}

/// What one condition said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Where it stands.
    pub place: Place,
    /// Which of the conditions there.
    pub index: usize,
    /// Whether it held; one that cannot be judged does not.
    pub held: bool,
    /// Whether it decided about the step, rather than about what could follow it.
    pub decided: bool,
}

impl Judged {
    /// The condition.
    pub fn condition(self, workflow: &Workflow) -> Option<&Condition> {
        self.place.conditions(workflow).get(self.index)
    }
}

/// An order at one moment.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) site: &'a Site,
    pub(super) instance: &'a Instance,
}

/// Who acts, with what, and when.
#[derive(Clone, Copy)]
struct Act<'a> {
    actor: &'a Actor,
    payload: &'a [Option<Value>],
    now: Instant,
}

/// What was judged when an order was created.
pub(super) fn created(after: Moment<'_>, record: &StepRecord) -> Vec<Judged> {
    let act = act(record);
    let mut judged = Vec::new();
    for index in 0..after.workflow.initial.len() {
        if after.all(Place::Initial(index), act, true, &mut judged) {
            break;
        }
    }
    after.resting(record, &mut judged);
    judged
}

/// What was judged in a step.
pub(super) fn stepped(before: Moment<'_>, after: Moment<'_>, record: &StepRecord) -> Vec<Judged> {
    let mut judged = Vec::new();
    let trigger = match &record.cause {
        Cause::Event { event, .. } => Some(Trigger::Event(*event)),
        Cause::Timer { timer, .. } => Some(Trigger::Timer(*timer)),
        _ => None,
    };
    match &record.cause {
        Cause::Timer {
            timer,
            applied: false,
        } => before.spent(*timer, record, &mut judged),
        Cause::Timer { .. } => after.taken(record, None, &mut judged),
        _ => {
            if let Some(trigger) = trigger {
                before.candidates(trigger, record, &mut judged);
            }
        }
    }
    if !matches!(record.cause, Cause::Timer { applied: true, .. }) {
        after.taken(record, trigger, &mut judged);
    }
    after.resting(record, &mut judged);
    judged
}

/// The conditions that a refusal names: those that failed where the order could have moved.
pub(super) fn refused(workflow: &Workflow, refusal: &Refusal) -> Vec<Judged> {
    let Refusal::NoTransition { candidates } = refusal else {
        return Vec::new();
    };
    let mut judged: Vec<Judged> = Vec::new();
    for candidate in candidates {
        let reasons = &candidate.reasons;
        let elsewhere = |reason: &Reason| matches!(reason, Reason::WrongState { .. });
        let mut rows = workflow.rows.iter();
        let Some((id, row)) = rows.find(|(_, row)| row.span == candidate.span) else {
            continue;
        };
        if reasons.iter().any(elsewhere) {
            continue;
        }
        for failed in failed_at(id, row, reasons) {
            if !judged.contains(&failed) {
                judged.push(failed);
            }
        }
    }
    judged
}

fn failed_at(id: RowId, row: &Row, reasons: &[Reason]) -> Vec<Judged> {
    let places = row.branches.iter().enumerate();
    let branches = places.map(|(at, branch)| (Place::Row(id, Some(at)), &branch.conditions));
    let all = std::iter::once((Place::Row(id, None), &row.conditions)).chain(branches);
    let conditions = all.flat_map(|(place, conditions)| {
        let numbered = conditions.iter().enumerate();
        numbered.map(move |(index, condition)| (place, index, condition))
    });
    let is_failed = |condition: &Condition| {
        reasons.iter().any(|reason| match reason {
            Reason::Guard(failure) => {
                failure.guard == condition.text && failure.name == condition.name
            }
            _ => false,
        })
    };
    conditions
        .filter(|(_, _, condition)| is_failed(condition))
        .map(|(place, index, _)| Judged {
            place,
            index,
            held: false,
            decided: true,
        })
        .collect()
}

fn act(record: &StepRecord) -> Act<'_> {
    let payload = match &record.cause {
        Cause::Event { payload, .. } => payload.as_slice(),
        _ => &[],
    };
    Act {
        actor: &record.actor,
        payload,
        now: record.at,
    }
}

impl Moment<'_> {
    /// The rows of a trigger, as the interpreter looks at them: innermost sources first, in document
    /// order, up to the one that was taken.
    fn candidates(&self, trigger: Trigger, record: &StepRecord, judged: &mut Vec<Judged>) {
        let workflow = self.workflow;
        let act = act(record);
        let actor = workflow.actor_named(&act.actor.role);
        let mut seen = Vec::new();
        for leaf in self.instance.leaves(workflow) {
            for source in std::iter::once(leaf).chain(workflow.ancestors(leaf)) {
                if seen.contains(&source) {
                    break;
                }
                seen.push(source);
                if self.source(source, trigger, actor, record, judged) {
                    break;
                }
            }
        }
    }

    /// Judges the rows out of one state; whether one of them was taken.
    fn source(
        &self,
        source: crate::graph::StateId,
        trigger: Trigger,
        actor: Option<ActorId>,
        record: &StepRecord,
        judged: &mut Vec<Judged>,
    ) -> bool {
        let workflow = self.workflow;
        for &id in &workflow.states.at(source).outgoing {
            let row_id = workflow.transitions.at(id).row;
            let row = workflow.rows.at(row_id);
            if row.trigger != trigger || !actor.is_some_and(|actor| row.by.contains(actor)) {
                continue;
            }
            if self.all(Place::Row(row_id, None), act(record), true, judged) {
                for index in 0..row.branches.len() {
                    if self.all(Place::Row(row_id, Some(index)), act(record), true, judged) {
                        break;
                    }
                }
            }
            if record.taken.iter().any(|taken| taken.transition == id) {
                return true;
            }
        }
        false
    }

    /// What was taken held, and branches before it did not; rows of `except` were judged one by one.
    fn taken(&self, record: &StepRecord, except: Option<Trigger>, judged: &mut Vec<Judged>) {
        for taken in &record.taken {
            let row = self.workflow.transitions.at(taken.transition).row;
            if Some(self.workflow.rows.at(row).trigger) == except {
                continue;
            }
            self.known(Place::Row(row, None), true, judged);
            for passed in 0..taken.branch {
                let place = Place::Row(row, Some(passed));
                match place.conditions(self.workflow).len() {
                    1 => self.known(place, false, judged),
                    // Which of several failed is asked of the order as it stands after the step.
                    _ => {
                        self.all(place, act(record), true, judged);
                    }
                }
            }
            self.known(Place::Row(row, Some(taken.branch)), true, judged);
        }
    }

    /// What is known of all conditions of a place without asking them.
    fn known(&self, place: Place, held: bool, judged: &mut Vec<Judged>) {
        let indexes = 0..place.conditions(self.workflow).len();
        judged.extend(indexes.map(|index| Judged {
            place,
            index,
            held,
            decided: true,
        }));
    }

    /// A timer that was due while its guard did not hold.
    fn spent(&self, timer: TimerId, record: &StepRecord, judged: &mut Vec<Judged>) {
        let place = Place::Row(self.workflow.timers.at(timer).row, None);
        if place.conditions(self.workflow).len() > 1 {
            self.all(place, act(record), true, judged);
            return;
        }
        self.known(place, false, judged);
    }

    /// What could follow the step: automatic transitions that hold still, timers that are armed.
    fn resting(&self, record: &StepRecord, judged: &mut Vec<Judged>) {
        let system = Actor::system();
        let act = Act {
            actor: &system,
            payload: &[],
            now: record.at,
        };
        for &state in &self.instance.configuration {
            for &id in &self.workflow.states.at(state).outgoing {
                let row = self.workflow.transitions.at(id).row;
                if self.workflow.rows.at(row).trigger == Trigger::Always {
                    self.all(Place::Row(row, None), act, false, judged);
                }
            }
            for &timer in &self.workflow.states.at(state).timers {
                self.all(Place::When(timer), act, false, judged);
            }
        }
    }

    /// Judges all conditions of a place; whether they hold.
    fn all(&self, place: Place, act: Act<'_>, decided: bool, judged: &mut Vec<Judged>) -> bool {
        let conditions = place.conditions(self.workflow);
        let mut all = true;
        for (index, condition) in conditions.iter().enumerate() {
            let held = self.holds(condition, act);
            all &= held;
            judged.push(Judged {
                place,
                index,
                held,
                decided,
            });
        }
        all
    }

    fn holds(&self, condition: &Condition, act: Act<'_>) -> bool {
        let in_state = |path: &str| {
            let mut active = self.instance.configuration.iter();
            active.any(|&id| self.workflow.states.at(id).path == path)
        };
        let inputs = Inputs {
            order: &self.instance.context,
            settings: &self.site.settings,
            event: act.payload,
            actor: act.actor,
            children: &self.instance.children,
            now: act.now,
            zone: &self.site.zone,
            in_state: &in_state,
        };
        let guard = condition.guard.as_ref();
        guard.is_some_and(|guard| guard.eval(&inputs) == Ok(true))
    }
}
