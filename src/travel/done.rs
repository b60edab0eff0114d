//! The event that comes once what happens within a state has ended.

use std::collections::BTreeSet;

use super::Cause;
use crate::graph::{ActorId, EventId, StateId, Trigger, Workflow};
use crate::interpret::outlook;

/// When that event comes.
#[derive(Debug)]
pub(super) struct Done {
    /// The event, where a single state tells of its end, and nothing else raises it.
    event: Option<EventId>,
    /// The events that the workflow raises: they may come before it.
    raised: BTreeSet<EventId>,
}

impl Done {
    pub(super) fn of(workflow: &Workflow) -> Self {
        let raised: BTreeSet<EventId> = workflow.raises().map(|raise| raise.event).collect();
        let states = workflow.states.rows().iter();
        let mut done = states.filter_map(|state| state.done);
        let event = match (done.next(), done.next()) {
            (Some(event), None) if !raised.contains(&event) => Some(event),
            _ => None,
        };
        Self { event, raised }
    }

    /// Whether a step may be taken while that event waits for its turn.
    pub(super) fn may_wait_for(&self, (trigger, actor): Cause) -> bool {
        match trigger {
            Trigger::Always => true,
            Trigger::Event(event) => actor == ActorId::SYSTEM && self.raised.contains(&event),
            Trigger::Timer(_) => false,
        }
    }

    /// Whether a cause may come while these states are active: that a state has ended comes when it has.
    pub(super) fn may_come(
        &self,
        workflow: &Workflow,
        active: &[StateId],
        (trigger, actor): Cause,
    ) -> bool {
        let is_done = actor == ActorId::SYSTEM && self.event.map(Trigger::Event) == Some(trigger);
        !is_done || self.has_ended(workflow, active)
    }

    /// Whether the state that tells of its end has come to it.
    pub(super) fn has_ended(&self, workflow: &Workflow, active: &[StateId]) -> bool {
        let mut telling = active
            .iter()
            .filter(|&&id| workflow.states.at(id).done.is_some());
        self.event.is_some() && telling.any(|&id| outlook::has_ended(workflow, active, id))
    }
}
