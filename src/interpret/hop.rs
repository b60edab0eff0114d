//! The commonest step: an order goes from one quiet state to another, and nothing else happens to it.
//!
//! In: an [`Attempt`]. Out: the [`Hop`] that it sets off. A hop cannot fail once it is chosen, and changes so little
//! that no copy of the order is needed for it.

use super::select::{Attempt, applies};
use crate::graph::{StateId, Transition, TransitionId};
use crate::instance::{Instance, Judged, StepRecord, Taken};
use crate::time::Instant;

/// A way from one quiet state to another ([`State::quiet`](crate::graph::State::quiet)), on which nothing is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hop {
    pub(super) transition: TransitionId,
    pub(super) from: StateId,
    pub(super) to: StateId,
}

/// The transitions among which an order chooses that is in one state, where all of them are hops.
pub(super) fn hops<'a>(attempt: &Attempt<'a>) -> Option<&'a [TransitionId]> {
    let (workflow, order) = (attempt.view.workflow, attempt.view.instance);
    let ([source], None) = (order.configuration.as_slice(), attempt.named) else {
        return None;
    };
    let hops = workflow.dispatch.transitions(*source, attempt.trigger);
    let mut each = hops.iter();
    let all = each.all(|&id| workflow.transitions.at(id).hop.is_some());
    (all && !hops.is_empty()).then_some(hops)
}

/// The first of the hops that applies.
pub(super) fn first<'a>(
    attempt: &Attempt<'a>,
    hops: &[TransitionId],
    judged: &mut Vec<Judged>,
) -> Option<&'a Transition> {
    let workflow = attempt.view.workflow;
    let mut hops = hops.iter().map(|&id| workflow.transitions.at(id));
    hops.find(|transition| {
        let row = workflow.rows.at(transition.row);
        applies(attempt, (transition.row, row), judged)
    })
}

impl Hop {
    /// The hop that a transition is.
    pub(super) fn of(transition: &Transition) -> Option<Self> {
        Some(Self {
            transition: transition.id,
            from: transition.source,
            to: transition.hop?,
        })
    }

    /// Whether it leads to where it comes from.
    pub(super) fn stays(&self) -> bool {
        self.from == self.to
    }

    /// Writes down what happens.
    pub(super) fn tell(&self, (branch, microstep): (usize, usize), record: &mut StepRecord) {
        record.exited.push(self.from);
        record.entered.push(self.to);
        record.taken.push(Taken {
            transition: self.transition,
            branch,
            microstep,
        });
    }

    /// Moves an order.
    pub(super) fn carry_out(&self, order: &mut Instance, now: Instant) {
        order.configuration.clear();
        order.configuration.push(self.to);
        order.entered_at.clear();
        order.entered_at.insert(self.to, now);
    }

    /// Moves an order, as a step of its own. A `now` before its last step counts as the time of that.
    pub(super) fn finish(&self, order: &mut Instance, now: Instant) {
        let now = now.max(order.updated_at);
        self.carry_out(order, now);
        order.count_step(now);
    }
}
