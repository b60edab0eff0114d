//! One step in the form that is stored.
//!
//! In: a [`StepRecord`] and its workflow. Out: a [`Record`].

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::form::{Asked, CauseForm, Changed, FORMAT, GuardForm, Intervention, Record, TakenForm};
use super::personal::mark;
use crate::context::{Actor, Value};
use crate::graph::{Event, StateId, Trigger, Workflow};
use crate::instance::{
    Cause, EventKind, Instance, Override, StepRecord, Stored, StoredEvent, StoredParent, timer_path,
};
use crate::migrate::{Migrated, Plan};
use crate::time::{Instant, format_instant, parse_instant};

impl Record {
    /// Writes a step down. `given` is what a new order was created with.
    pub fn of(
        workflow: &Workflow,
        deployment: &str,
        record: &StepRecord,
        given: &BTreeMap<String, Json>,
    ) -> Self {
        let path = |id: StateId| workflow.states.at(id).path.clone();
        let paths = |ids: &[StateId]| ids.iter().map(|&id| path(id)).collect::<Vec<_>>();
        let is_leaf = |id: &StateId| workflow.states.at(*id).is_atomic();
        let leaves = record.configuration.iter().copied().filter(is_leaf);
        let timer = |id| timer_path(workflow, id);
        let event = |id| workflow.events.at(id).name.clone();
        let armed = record.armed.iter();
        Self {
            record: FORMAT,
            sequence: record.sequence,
            at: format_instant(record.at),
            deployment: deployment.to_owned(),
            by: record.actor.role.clone(),
            by_id: record.actor.id.clone(),
            event_id: record.event_id.clone(),
            cause: cause(workflow, &record.cause, given),
            guards: guards(workflow, record),
            taken: taken(workflow, record),
            exited: paths(&record.exited),
            entered: paths(&record.entered),
            flags: flags(workflow, record),
            context: context(workflow, record),
            effects: effects(workflow, record),
            sends: sends(workflow, record),
            armed: armed
                .map(|one| (timer(one.timer), format_instant(one.due)))
                .collect(),
            cancelled: record.cancelled.iter().map(|&id| timer(id)).collect(),
            raised: record
                .raised
                .iter()
                .map(|pending| StoredEvent::of(workflow, pending))
                .collect(),
            called_off: record.called_off.iter().map(|&id| event(id)).collect(),
            states: leaves.map(path).collect(),
        }
    }

    /// The same, where it is a creation, of an order that belongs to another.
    pub(in crate::runtime) fn within(mut self, above: Option<StoredParent>) -> Self {
        if let CauseForm::Created { parent, .. } = &mut self.cause {
            *parent = above;
        }
        self
    }

    /// Whether the steps of an order tell of another parent; creations did not always tell it. A migration may tell of
    /// another set of the same one.
    pub(in crate::runtime) fn tell_of_another(
        steps: &[Self],
        parent: Option<&StoredParent>,
    ) -> bool {
        let mut told = match steps.first().map(|first| &first.cause) {
            Some(CauseForm::Created {
                parent: Some(told), ..
            }) => Some(told.clone()),
            Some(CauseForm::Imported { order }) => order.parent.clone(),
            _ => return false,
        };
        for step in steps {
            if let CauseForm::Migrated { set: Some(set), .. } = &step.cause
                && let Some(told) = &mut told
            {
                told.set.clone_from(set);
            }
        }
        told.as_ref() != parent
    }

    /// The first step of an order that ran elsewhere, and the order as it goes on here.
    ///
    /// # Errors
    /// One sentence for everything in it that does not fit the workflow.
    pub fn imported(
        workflow: &Workflow,
        deployment: &str,
        order: &Stored,
        actor: &Actor,
    ) -> Result<(Self, Instance), Vec<String>> {
        let mut instance = order.read(workflow)?;
        instance.sequence = 1;
        let stands = Stored::of(workflow, &instance);
        let armed = stands.timers.into_iter();
        let cause = CauseForm::Imported {
            order: Box::new(order.clone()),
        };
        let record = Self {
            armed: armed.map(|(timer, running)| (timer, running.due)).collect(),
            raised: stands.pending,
            states: stands.states,
            ..Self::bare(1, stands.updated_at, deployment, actor, cause)
        };
        Ok((record, instance))
    }

    /// The step by which an order comes to another version, and the order after it.
    pub(in crate::runtime) fn migrated(
        (plan, cause): (&Plan<'_>, CauseForm),
        deployment: &str,
        (before, migrated): (&Instance, Migrated),
        (actor, at): (&Actor, Instant),
    ) -> (Self, Instance) {
        let mut after = migrated.instance;
        after.sequence = after.sequence.saturating_add(1);
        after.updated_at = at.max(after.updated_at);
        let stands = Stored::of(plan.new, &after);
        let armed = stands.timers.into_iter();
        let flags = migrated.flags.into_iter().map(|change| Changed {
            name: change.flag,
            from: Some(change.before.to_json()),
            to: change.after.as_ref().map(Value::to_json),
        });
        let asked = |effect: String| Asked {
            effect,
            state: migrated.to.clone(),
        };
        let record = Self {
            exited: vec![migrated.from],
            entered: stands.states.clone(),
            flags: flags.collect(),
            context: moved(plan, before, &after),
            effects: migrated.effects.into_iter().map(asked).collect(),
            armed: armed.map(|(timer, running)| (timer, running.due)).collect(),
            raised: stands.pending,
            states: stands.states,
            ..Self::bare(after.sequence, stands.updated_at, deployment, actor, cause)
        };
        (record, after)
    }

    /// A step that says nothing but who did what when.
    fn bare(sequence: u64, at: String, deployment: &str, actor: &Actor, cause: CauseForm) -> Self {
        Self {
            record: FORMAT,
            sequence,
            at,
            deployment: deployment.to_owned(),
            by: actor.role.clone(),
            by_id: actor.id.clone(),
            event_id: None,
            cause,
            guards: Vec::new(),
            taken: Vec::new(),
            exited: Vec::new(),
            entered: Vec::new(),
            flags: Vec::new(),
            context: Vec::new(),
            effects: Vec::new(),
            sends: Vec::new(),
            armed: BTreeMap::new(),
            cancelled: Vec::new(),
            raised: Vec::new(),
            called_off: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Whether the personal values of the steps before it are erased.
    pub fn erases(&self) -> bool {
        let erase = Intervention::Erase;
        matches!(&self.cause, CauseForm::Override { action, .. } if *action == erase)
    }

    /// Who caused it.
    pub fn actor(&self) -> Actor {
        Actor {
            role: self.by.clone(),
            id: self.by_id.clone(),
        }
    }
}

impl CauseForm {
    /// What an event says.
    pub fn told(kind: &EventKind) -> Self {
        match kind {
            EventKind::Named {
                name,
                payload,
                target,
            } => Self::Event {
                name: name.clone(),
                payload: payload.clone(),
                target: target.clone(),
            },
            EventKind::ContextChanged { changes } => Self::Context {
                changes: changes.clone(),
            },
            EventKind::ChildrenChanged { counts } => Self::Children {
                counts: counts.clone(),
            },
            EventKind::Tick => Self::Tick,
            EventKind::Override { reason, action } => Self::Override {
                reason: reason.clone(),
                action: Intervention::of(action),
            },
        }
    }

    /// The event that has this effect; time that passes for timers, `None` for a creation and for what
    /// cannot be read.
    pub fn event(&self) -> Option<EventKind> {
        Some(match self.clone() {
            Self::Created { .. } | Self::Imported { .. } | Self::Migrated { .. } => return None,
            Self::Event {
                name,
                payload,
                target,
            } => EventKind::Named {
                name,
                payload,
                target,
            },
            Self::Timer { .. } | Self::Raised { .. } | Self::Tick => EventKind::Tick,
            Self::Context { changes } => EventKind::ContextChanged { changes },
            Self::Children { counts } => EventKind::ChildrenChanged { counts },
            Self::Override { reason, action } => EventKind::Override {
                reason,
                action: action.action()?,
            },
        })
    }
}

impl Intervention {
    fn of(action: &Override) -> Self {
        match action {
            Override::ForceState { to } => Self::ForceState { to: to.clone() },
            Override::Erase => Self::Erase,
            Override::MoveTimer { timer, due } => Self::MoveTimer {
                timer: timer.clone(),
                due: format_instant(*due),
            },
        }
    }

    fn action(self) -> Option<Override> {
        Some(match self {
            Self::ForceState { to } => Override::ForceState { to },
            Self::Erase => Override::Erase,
            Self::MoveTimer { timer, due } => Override::MoveTimer {
                timer,
                due: parse_instant(&due).ok()?,
            },
        })
    }
}

fn cause(workflow: &Workflow, cause: &Cause, given: &BTreeMap<String, Json>) -> CauseForm {
    match cause {
        Cause::Created => CauseForm::Created {
            context: given.clone(),
            parent: None,
        },
        Cause::Event {
            event,
            payload,
            target,
        } => {
            let event = workflow.events.at(*event);
            CauseForm::Event {
                name: event.name.clone(),
                payload: brought(event, payload),
                target: target.map(|id| workflow.states.at(id).path.clone()),
            }
        }
        Cause::Timer { timer, came } => CauseForm::Timer {
            timer: timer_path(workflow, *timer),
            applied: came.is_applied(),
            trouble: came.trouble(),
        },
        Cause::Raised {
            event,
            payload,
            came,
        } => {
            let event = workflow.events.at(*event);
            CauseForm::Raised {
                name: event.name.clone(),
                payload: brought(event, payload),
                applied: came.is_applied(),
                trouble: came.trouble(),
            }
        }
        Cause::ContextChanged { changes } => CauseForm::Context {
            changes: changes.clone(),
        },
        Cause::ChildrenChanged { counts } => CauseForm::Children {
            counts: counts.clone(),
        },
        Cause::Override { reason, action } => CauseForm::Override {
            reason: reason.clone(),
            action: Intervention::of(action),
        },
    }
}

fn brought(event: &Event, payload: &[Option<Value>]) -> BTreeMap<String, Json> {
    let values = event.payload.iter().zip(payload);
    let named =
        values.filter_map(|(field, value)| Some((field.name.clone(), value.as_ref()?.to_json())));
    named.collect()
}

fn guards(workflow: &Workflow, record: &StepRecord) -> Vec<GuardForm> {
    let decided = record.judged.iter().filter(|judged| judged.decided);
    let told = decided.filter_map(|judged| {
        Some(GuardForm {
            guard: judged.condition(workflow)?.text.to_string(),
            held: judged.held,
            error: judged.error.clone(),
        })
    });
    told.collect()
}

fn taken(workflow: &Workflow, record: &StepRecord) -> Vec<TakenForm> {
    let taken = record.taken.iter().map(|taken| {
        let transition = workflow.transitions.at(taken.transition);
        let on = match workflow.rows.at(transition.row).trigger {
            Trigger::Event(id) => workflow.events.at(id).name.clone(),
            Trigger::Timer(id) => timer_path(workflow, id),
            Trigger::Always => "always".to_owned(),
        };
        TakenForm {
            on,
            from: workflow.states.at(transition.source).path.clone(),
            branch: taken.branch,
        }
    });
    taken.collect()
}

fn flags(workflow: &Workflow, record: &StepRecord) -> Vec<Changed> {
    let flags = record.flags.iter().map(|change| Changed {
        name: change.flag.map_or_else(
            || "expires".to_owned(),
            |id| workflow.flags.at(id).name.clone(),
        ),
        from: change.from.as_ref().map(Value::to_json),
        to: Some(change.to.to_json()),
    });
    flags.collect()
}

fn context(workflow: &Workflow, record: &StepRecord) -> Vec<Changed> {
    let fields = record.context.iter().map(|change| Changed {
        name: workflow.fields.at(change.field).name.clone(),
        from: change.from.as_ref().map(Value::to_json),
        to: change.to.as_ref().map(Value::to_json),
    });
    fields.collect()
}

/// The values that are others in the new version, by their names: those of the old one, then new ones. What is
/// personal in either is only told to differ.
fn moved(plan: &Plan<'_>, before: &Instance, after: &Instance) -> Vec<Changed> {
    let told = |workflow: &Workflow, order: &Instance, name: &str| {
        let mut fields = workflow.fields.iter();
        let (id, field) = fields.find(|(_, field)| field.name == name)?;
        let value = order.field(id)?.to_json();
        Some((value, field.personal))
    };
    let old = plan.old.fields.rows().iter();
    let new = plan.new.fields.rows().iter();
    let is_new = |name: &&str| old.clone().all(|field| field.name != *name);
    let names = old.clone().map(|field| field.name.as_str());
    let names = names.chain(new.map(|field| field.name.as_str()).filter(is_new));
    let changes = names.filter_map(|name| {
        let (from, to) = (told(plan.old, before, name), told(plan.new, after, name));
        let value = |side: &Option<(Json, bool)>| side.as_ref().map(|(value, _)| value.clone());
        let is_personal = |side: &Option<(Json, bool)>| matches!(side, Some((_, true)));
        let is_apart = is_personal(&from) || is_personal(&to);
        let told = |side: Option<Json>| side.map(|value| if is_apart { mark() } else { value });
        let (from, to) = (value(&from), value(&to));
        (from != to).then(|| Changed {
            name: name.to_owned(),
            from: told(from),
            to: told(to),
        })
    });
    changes.collect()
}

fn effects(workflow: &Workflow, record: &StepRecord) -> Vec<Asked> {
    let asked = record.effects.iter().map(|request| Asked {
        effect: workflow.effects.at(request.effect).name.clone(),
        state: workflow.states.at(request.state).path.clone(),
    });
    asked.collect()
}

fn sends(workflow: &Workflow, record: &StepRecord) -> Vec<String> {
    let sends = record.sends.iter().map(|send| {
        let set = &workflow.children.at(send.children).name;
        format!("{set}.{}", send.event)
    });
    sends.collect()
}
