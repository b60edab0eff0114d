//! One step, from its cause until the order rests (SCXML, the body of mainEventLoop).
//!
//! In: the order before, and the transitions that its cause sets off. Out: the order after and its
//! record. All work is done on a copy: where something fails, the copy is left to the next step and the
//! order stands as it was. Timers are armed once the order rests, so that a state which is merely passed
//! through arms none.

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::conditions::View;
use super::hop::Hop;
use super::select::{Attempt, Move, Moves, select};
use super::workspace::Slot;
use super::{record, timers};
use crate::context::SYSTEM;
use crate::context::{Actor, Cells, CellsView};
use crate::graph::{ActorId, EventId, StateId, TimerId, Trigger, Workflow};
use crate::instance::{Cause, Event, Instance, Refusal, Site, StepRecord};
use crate::time::Instant;

/// The most microsteps of one step.
const LIMIT: usize = 1_000;

/// A workflow and one site's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) site: &'a Site,
}

/// A step in the making.
pub(super) struct Macrostep<'a> {
    pub(super) world: World<'a>,
    /// The order before the step; `None` while it is created.
    pub(super) before: Option<&'a Instance>,
    /// The order as it stands now.
    pub(super) instance: &'a mut Instance,
    pub(super) now: Instant,
    /// States entered in this step and still active, with whether their timers are restored.
    pub(super) fresh: SmallVec<[(StateId, bool); 4]>,
    /// What happened so far: guards asked, transitions taken, states left and entered, effects, sends.
    pub(super) record: &'a mut StepRecord,
    /// Events raised and not yet processed.
    pub(super) raised: VecDeque<(EventId, Cells)>,
    microsteps: usize,
}

/// What a record says about where its step came from.
pub(super) struct Origin<'e> {
    pub(super) cause: Cause,
    pub(super) actor: &'e Actor,
    pub(super) event_id: Option<&'e String>,
}

impl<'e> Origin<'e> {
    pub(super) fn of(event: &'e Event, cause: Cause) -> Self {
        Self {
            cause,
            actor: &event.actor,
            event_id: event.id.as_ref(),
        }
    }
}

/// What an event itself did.
pub(super) enum Applied {
    /// A step, which stands in the slot.
    Step,
    /// A hop, of which the record stands in the slot, and which is to be carried out on the order.
    Hop(Hop),
    /// Nothing, because it was done before.
    Repeated,
    /// Nothing, because it asks for nothing.
    Nothing,
}

impl<'a> Macrostep<'a> {
    /// Begins a step of an order.
    pub(super) fn of(world: World<'a>, before: &'a Instance, slot: Slot<'a>, now: Instant) -> Self {
        Self {
            before: Some(before),
            ..Self::on(world, slot.copy_of(before), now)
        }
    }

    /// Begins a step on an order of which nothing came before, and writes into its record.
    pub(super) fn on(
        world: World<'a>,
        (instance, record): (&'a mut Instance, &'a mut StepRecord),
        now: Instant,
    ) -> Self {
        Self {
            world,
            before: None,
            instance,
            now,
            fresh: SmallVec::new(),
            record,
            raised: VecDeque::new(),
            microsteps: 0,
        }
    }

    /// The order as guards see it now.
    pub(super) fn view<'v>(&'v self, actor: &'v Actor, event: CellsView<'v>) -> View<'v> {
        View {
            workflow: self.world.workflow,
            site: self.world.site,
            instance: self.instance,
            actor,
            event,
            now: self.now,
        }
    }

    /// Carries out transitions that belong together, as one microstep.
    pub(super) fn take(
        &mut self,
        moves: &[Move],
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<(), Refusal> {
        if self.microsteps == LIMIT {
            return Err(Refusal::Restless { limit: LIMIT });
        }
        self.microstep(moves, self.microsteps, actor, event)?;
        self.microsteps += 1;
        Ok(())
    }

    /// Takes automatic transitions, then raised events, until nothing is left to do.
    pub(super) fn rest(&mut self) -> Result<(), Refusal> {
        while !(self.raised.is_empty() && self.waits()) {
            let mut moves = self.automatic(Trigger::Always, CellsView::EMPTY);
            let mut brought = None;
            while moves.is_empty() {
                let Some((event, payload)) = self.raised.pop_front() else {
                    return Ok(());
                };
                moves = self.automatic(Trigger::Event(event), payload.view());
                brought = Some(payload);
            }
            let brought = brought.as_ref().map_or(CellsView::EMPTY, Cells::view);
            self.take(&moves, &SYSTEM, brought)?;
        }
        Ok(())
    }

    /// What a trigger sets off on the order's own account.
    pub(super) fn automatic(&mut self, trigger: Trigger, event: CellsView<'_>) -> Moves {
        let mut judged = std::mem::take(&mut self.record.judged);
        let attempt = Attempt {
            view: &self.view(&SYSTEM, event),
            trigger,
            role: Some(ActorId::SYSTEM),
            named: None,
        };
        let moves = select(&attempt, &mut judged);
        self.record.judged = judged;
        moves
    }

    /// Whether no active state has an automatic transition.
    fn waits(&self) -> bool {
        let dispatch = &self.world.workflow.dispatch;
        let mut active = self.instance.configuration.iter();
        active.all(|&state| dispatch.transitions(state, Trigger::Always).is_empty())
    }

    /// Ends the step: arms and cancels timers, counts it, and says what changed.
    pub(super) fn finish(&mut self, origin: Origin<'_>, fired: Option<TimerId>) {
        timers::arm(self);
        if self.instance.is_done(self.world.workflow) {
            // Nothing comes after the end.
            self.instance.pending.clear();
        }
        self.instance.count_step(self.now);
        record::complete(
            self.record,
            self.world,
            self.before,
            self.instance,
            origin,
            fired,
        );
    }
}
