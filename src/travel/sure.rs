//! Which steps orders take for certain: what they need can be had, and nothing comes in between.
//!
//! In: what is taken together, and where it leads. Out: whether an order exists that goes this way. The context is the
//! host's to change while an order is at rest, so what guards need of it can be had at every step anew; settings and
//! children are what they are.

use crate::graph::{
    ActorId, Anchor, Branch, Condition, EventId, StateId, Target, TimerId, Trigger, Workflow,
};
use crate::interpret::outlook::{self, Landing, Prospect};

use super::Cause;

/// What a workflow raises by itself.
#[derive(Debug)]
pub(super) struct Sure {
    /// Whether rows, states or starts raise events.
    raises: bool,
    /// Whether starts do.
    starts_raise: bool,
    /// The one event that comes once a state has ended, where the workflow raises nothing else.
    done: Option<EventId>,
    /// Whether no step changes the context.
    pub(super) sets_nothing: bool,
}

impl Sure {
    pub(super) fn of(workflow: &Workflow) -> Self {
        let raises = workflow.raises().next().is_some();
        let states = workflow.states.rows().iter();
        let mut done = states.filter_map(|state| state.done);
        let only = match (done.next(), done.next()) {
            (Some(event), None) if !raises => Some(event),
            _ => None,
        };
        let mut starts = workflow.starts.rows().iter();
        let starts_raise = starts.any(|start| !start.deed.raise.is_empty());
        let sets_nothing = workflow.assigns().next().is_none();
        Self {
            raises,
            starts_raise,
            done: only,
            sets_nothing,
        }
    }

    /// Whether a cause may come while these states are active: that a state has ended comes when it has.
    pub(super) fn may_come(
        &self,
        workflow: &Workflow,
        active: &[StateId],
        (trigger, actor): Cause,
    ) -> bool {
        let is_done = actor == ActorId::SYSTEM && self.done.map(Trigger::Event) == Some(trigger);
        !is_done || self.has_ended(workflow, active)
    }

    /// Whether the state that tells of its end has come to it.
    pub(super) fn has_ended(&self, workflow: &Workflow, active: &[StateId]) -> bool {
        let mut telling = active
            .iter()
            .filter(|&&id| workflow.states.at(id).done.is_some());
        self.done.is_some() && telling.any(|&id| outlook::has_ended(workflow, active, id))
    }

    /// Whether a timer that is the only one runs, whatever the order carries, and is due while nothing else happens.
    pub(super) fn fires(&self, workflow: &Workflow, timer: TimerId) -> bool {
        let timer = workflow.timers.at(timer);
        !self.raises && timer.when.is_empty() && !matches!(timer.due.anchor, Anchor::Field(_))
    }

    /// Whether transitions that are taken together raise nothing, and lead where they say whatever was before.
    pub(super) fn is_plain(&self, workflow: &Workflow, taken: &[&Prospect<'_>]) -> bool {
        !self.starts_raise
            && taken.iter().all(|prospect| {
                let (row, branch) = prospect.taken(workflow);
                let raises = |branch: &Branch| !branch.raise.is_empty();
                row.raise.is_empty()
                    && branch.is_some_and(|branch| !raises(branch))
                    && match branch.map(|branch| &branch.target) {
                        Some(Target::Stay | Target::State(_)) => true,
                        Some(Target::Choose(_)) => taken.len() == 1,
                        Some(target @ Target::Several(_)) => {
                            let mut parts = target.parts().iter();
                            parts.all(|part| matches!(part, Target::State(_)))
                        }
                        Some(Target::Back | Target::History { .. } | Target::Unresolved) | None => {
                            false
                        }
                    }
            })
    }
}

/// Whether a host can bring about what conditions ask for.
pub(super) fn can_be_had<'w>(mut asked: impl Iterator<Item = &'w Condition>) -> bool {
    asked.all(|condition| {
        condition.guard.as_ref().is_some_and(|guard| {
            let reads = guard.reads();
            reads.settings.is_empty() && reads.children.is_empty() && !reads.now && !reads.zone
        })
    })
}

/// Whether what is left and entered raises nothing, and ends no state that tells of it.
pub(super) fn is_quiet(workflow: &Workflow, before: &[StateId], landing: &Landing) -> bool {
    let active = &landing.active;
    let entered = |id: &StateId| !before.contains(id) || landing.left.contains(id);
    let is_end = |id: &StateId| workflow.states.at(*id).is_final();
    let ended = active.iter().copied();
    let mut ended = ended.filter(|id| is_end(id) && entered(id));
    let mut left = landing.left.iter().map(|&id| &workflow.states.at(id).exit);
    let begun = active.iter().filter(|id| entered(id));
    let mut begun = begun.map(|&id| &workflow.states.at(id).enter);
    let quiet = left.all(|hook| hook.raises().next().is_none())
        && begun.all(|hook| hook.raises().next().is_none());
    quiet
        && !ended.any(|id| {
            let around = workflow.ancestors(id);
            around.take(2).any(|outer| {
                workflow.states.at(outer).done.is_some()
                    && outlook::has_ended(workflow, active, outer)
            })
        })
}
