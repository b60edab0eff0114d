//! What is done on the way: changes of the context, events raised and called off, what is asked of the
//! outside (SCXML, executeContent).
//!
//! In: a transition, a hook or a start. Out: the order's copy changed, and the trace longer. What
//! belongs to one of them happens at once, from the order as it stands then; the next one sees it.

use smallvec::SmallVec;

use super::macrostep::Macrostep;
use crate::context::{Actor, Cells, CellsView, Value};
use crate::graph::{
    Assign, Deed, EffectId, EventId, FieldId, Hook, Id, Raise, Send, StateId, Workflow,
};
use crate::instance::{EffectRequest, PendingEvent, Place, Refusal, SendRequest};
use crate::time::{last_instant, later_by_millis};

/// The most events that may wait for their time.
const MOST_PENDING: usize = 1_000;

/// A field, and what it is set to; nothing where its value is taken away.
type Change = (FieldId, Option<Value>);

/// One thing that is done at once.
#[derive(Default)]
pub(super) struct Act<'a> {
    pub(super) set: SmallVec<[&'a Assign; 4]>,
    pub(super) effects: SmallVec<[EffectId; 4]>,
    pub(super) send: &'a [Send],
    pub(super) raise: SmallVec<[&'a Raise; 2]>,
    pub(super) cancel: SmallVec<[EventId; 4]>,
}

impl<'a> Act<'a> {
    pub(super) fn of(deed: &'a Deed) -> Self {
        Self {
            set: deed.set.iter().collect(),
            effects: deed.effects.as_slice().into(),
            send: &deed.send,
            raise: deed.raise.iter().collect(),
            cancel: deed.cancel.as_slice().into(),
        }
    }

    /// Adds what else is done at the same time.
    pub(super) fn and(mut self, deed: &'a Deed) -> Self {
        self.set.extend(&deed.set);
        self.effects.extend_from_slice(&deed.effects);
        self.raise.extend(&deed.raise);
        self.cancel.extend_from_slice(&deed.cancel);
        self
    }
}

impl Macrostep<'_> {
    /// Does what a state does on the way in or out; `place` names its branches.
    pub(super) fn hook(
        &mut self,
        state: StateId,
        hook: &Hook,
        place: impl Fn(usize) -> Place,
        actor: &Actor,
    ) -> Result<(), Refusal> {
        if hook.does_nothing() {
            return Ok(());
        }
        let mut act = Act::of(&hook.deed);
        if !hook.branches.is_empty() {
            let mut judged = std::mem::take(&mut self.record.judged);
            let view = self.view(actor, CellsView::EMPTY);
            let mut branches = hook.branches.iter().enumerate();
            let chosen = branches.find(|(index, _)| view.judge(place(*index), &mut judged));
            self.record.judged = judged;
            if let Some((_, (_, deed))) = chosen {
                act = act.and(deed);
            }
        }
        self.act(state, act, actor, CellsView::EMPTY)
    }

    /// Does something at once, on behalf of a state.
    pub(super) fn act(
        &mut self,
        state: StateId,
        act: Act<'_>,
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<(), Refusal> {
        let assigned = self.assigned(&act.set, actor, event)?;
        let raised = self.payloads(&act.raise, actor, event)?;
        for (field, value) in assigned {
            self.instance.context.set(field.index(), value);
        }
        let effects = act.effects.into_iter();
        let effects = effects.map(|effect| EffectRequest { effect, state });
        self.record.effects.extend(effects);
        let sends = act.send.iter().map(|send| SendRequest {
            children: send.children,
            event: send.event.clone(),
        });
        self.record.sends.extend(sends);
        if !act.cancel.is_empty() {
            let called_off = |pending: &PendingEvent| act.cancel.contains(&pending.event);
            self.instance.pending.retain(|pending| !called_off(pending));
        }
        for (raise, payload) in raised {
            self.raise(raise, payload)?;
        }
        Ok(())
    }

    fn assigned(
        &self,
        set: &[&Assign],
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<SmallVec<[Change; 4]>, Refusal> {
        let workflow = self.world.workflow;
        let view = self.view(actor, event);
        let mut assigned = SmallVec::with_capacity(set.len());
        for assign in set {
            let failed = |why: &dyn std::fmt::Display| failed(workflow, assign, why);
            let value = match &assign.formula {
                Some(formula) => Some(view.value(formula).map_err(|error| failed(&error))?),
                None if assign.unset => None,
                None => return Err(failed(&"it does not compile")),
            };
            assigned.push((assign.field, value));
        }
        Ok(assigned)
    }

    /// The values that events bring.
    fn payloads<'r>(
        &self,
        raises: &[&'r Raise],
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<Vec<(&'r Raise, Cells)>, Refusal> {
        let view = self.view(actor, event);
        let mut found = Vec::with_capacity(raises.len());
        for &raise in raises {
            let declared = self.world.workflow.events.at(raise.event);
            let mut payload = Cells::new(&declared.layout);
            for (slot, formula) in &raise.with {
                let value = match formula {
                    Some(formula) => view.value(formula).map_err(|error| error.to_string()),
                    None => Err("it does not compile".to_owned()),
                };
                let value = value.map_err(|why| Refusal::Failed {
                    message: format!("the event `{}` cannot be raised: {why}", declared.name),
                })?;
                payload.set(*slot, Some(value));
            }
            found.push((raise, payload));
        }
        Ok(found)
    }

    /// Raises an event within the step, or for later.
    fn raise(&mut self, raise: &Raise, payload: Cells) -> Result<(), Refusal> {
        let Some(delay) = raise.after else {
            self.raised.push_back((raise.event, payload));
            return Ok(());
        };
        if self.instance.pending.len() >= MOST_PENDING {
            let message = format!("more than {MOST_PENDING} events wait for their time");
            return Err(Refusal::Failed { message });
        }
        let site = self.world.site;
        let due = site.zone.due(self.now, site.duration(delay.after));
        let due = later_by_millis(due, delay.millis);
        self.instance.pending.push(PendingEvent {
            event: raise.event,
            payload,
            due: due.unwrap_or_else(last_instant),
            generation: self.instance.generations,
        });
        self.instance.generations += 1;
        Ok(())
    }

    /// Raises an event that brings nothing.
    pub(super) fn raise_plain(&mut self, event: EventId) {
        let layout = &self.world.workflow.events.at(event).layout;
        self.raised.push_back((event, Cells::new(layout)));
    }
}

fn failed(workflow: &Workflow, assign: &Assign, why: &dyn std::fmt::Display) -> Refusal {
    let field = workflow
        .fields
        .get(assign.field)
        .map_or("", |field| &field.name);
    let source = assign
        .formula
        .as_ref()
        .map_or("", |formula| formula.source());
    Refusal::Failed {
        message: format!("`{field}` cannot be set to `{source}`: {why}"),
    }
}
