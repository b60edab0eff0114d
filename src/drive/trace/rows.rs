//! One entry of a family to one row of its trace: ids to names.

use serde_json::Value as Json;

use super::{ArmedTimer, Change, GuardResult, Named, RaisedEvent, Row, RowKind, Sent};
use crate::context::Value;
use crate::drive::{Entry, Happened};
use crate::graph::{self, StateId, TimerId, Workflow};
use crate::instance::{Cause, Override, StepRecord};
use crate::time::{Duration, Instant, format_instant};

/// The row of an entry; `start` is when the trace begins.
pub(super) fn row(workflow: &Workflow, entry: &Entry, start: Option<Instant>) -> Row {
    let mut row = Row {
        at: format_instant(entry.at),
        elapsed: between(start.unwrap_or(entry.at), entry.at),
        order: entry.order.to_string(),
        kind: RowKind::Refused,
        name: None,
        by: entry.actor.clone(),
        step: None,
        id: None,
        payload: Vec::new(),
        from: leaves(workflow, &entry.from),
        via: Vec::new(),
        again: false,
        to: Vec::new(),
        guards: guards(workflow, entry),
        flags: Vec::new(),
        context: Vec::new(),
        effects: Vec::new(),
        sent: Vec::new(),
        armed: Vec::new(),
        raised: Vec::new(),
        called_off: Vec::new(),
        cancelled: Vec::new(),
        trouble: None,
        refused: None,
        refusal: None,
    };
    match &entry.happened {
        Happened::Step(record) => fill(&mut row, workflow, record),
        Happened::Repeated { event } => {
            row.kind = RowKind::Repeated;
            row.name = Some(event.clone());
            row.to.clone_from(&row.from);
        }
        Happened::Refused { what, refusal, .. } => {
            row.name = Some(what.clone());
            row.refused = Some(refusal.to_string());
            row.refusal = Some((**refusal).clone());
        }
        Happened::Moved { from, to } => {
            row.kind = RowKind::ChildMoved;
            row.from = from.iter().cloned().collect();
            row.to = to.iter().cloned().collect();
        }
    }
    row
}

/// A length of time between two instants, exact to the second; `d` stands for 24 hours.
pub(super) fn between(from: Instant, to: Instant) -> String {
    let delta = to - from;
    let days = i32::try_from(delta.num_days()).unwrap_or(i32::MAX);
    let seconds = delta.num_seconds() - i64::from(days) * 86_400;
    Duration { days, seconds }.to_string()
}

fn leaves(workflow: &Workflow, configuration: &[StateId]) -> Vec<String> {
    let atomic = configuration
        .iter()
        .filter(|&&id| workflow.states.at(id).is_atomic());
    atomic
        .map(|&id| workflow.states.at(id).path.clone())
        .collect()
}

/// `STATE.TIMER`.
fn timer_name(workflow: &Workflow, id: TimerId) -> String {
    let timer = workflow.timers.at(id);
    format!("{}.{}", workflow.states.at(timer.state).path, timer.name)
}

fn guards(workflow: &Workflow, entry: &Entry) -> Vec<GuardResult> {
    let mut results: Vec<GuardResult> = Vec::new();
    for judged in entry.judged().iter().filter(|judged| judged.decided) {
        let Some(condition) = judged.condition(workflow) else {
            continue;
        };
        let guard = condition
            .name
            .as_ref()
            .unwrap_or(&condition.text)
            .to_string();
        let result = GuardResult {
            guard,
            held: judged.held,
            error: judged.error.clone(),
        };
        if !results.contains(&result) {
            results.push(result);
        }
    }
    results
}

fn fill(row: &mut Row, workflow: &Workflow, record: &StepRecord) {
    cause(row, workflow, &record.cause);
    row.step = Some(record.sequence);
    row.id.clone_from(&record.event_id);
    row.to = leaves(workflow, &record.configuration);
    let mut passed = record.entered.clone();
    passed.retain(|id| !record.configuration.contains(id));
    row.via = leaves(workflow, &passed);
    row.again = !record.exited.is_empty() && row.via.is_empty() && row.from == row.to;
    row.flags = flags(workflow, record);
    row.context = context(workflow, record);
    let effects = record.effects.iter();
    row.effects = effects
        .map(|request| workflow.effects.at(request.effect).name.clone())
        .collect();
    let sends = record.sends.iter();
    row.sent = sends
        .map(|send| Sent {
            children: workflow.children.at(send.children).name.clone(),
            event: send.event.clone(),
        })
        .collect();
    let armed = record.armed.iter();
    row.armed = armed
        .map(|armed| ArmedTimer {
            timer: timer_name(workflow, armed.timer),
            due: format_instant(armed.due),
            due_in: between(record.at, armed.due),
        })
        .collect();
    let cancelled = record.cancelled.iter();
    row.cancelled = cancelled.map(|&id| timer_name(workflow, id)).collect();
    let event = |id| workflow.events.at(id).name.clone();
    let raised = record.raised.iter();
    row.raised = raised
        .map(|raised| RaisedEvent {
            event: event(raised.event),
            due: format_instant(raised.due),
            due_in: between(record.at, raised.due),
        })
        .collect();
    row.called_off = record.called_off.iter().map(|&id| event(id)).collect();
}

fn cause(row: &mut Row, workflow: &Workflow, cause: &Cause) {
    match cause {
        Cause::Created => row.kind = RowKind::Created,
        Cause::Event {
            event,
            payload,
            target,
        } => {
            let declared = workflow.events.at(*event);
            row.kind = RowKind::Event;
            row.name = Some(declared.name.clone());
            row.payload = brought(declared, payload);
            let target = target.map(|id| workflow.states.at(id).path.clone());
            row.payload
                .extend(target.map(|path| named("target", path.into())));
        }
        Cause::Timer { timer, came } => {
            row.kind = match came.is_applied() {
                true => RowKind::Timer,
                false => RowKind::TimerSpent,
            };
            row.trouble = came.trouble();
            row.name = Some(timer_name(workflow, *timer));
        }
        Cause::Raised {
            event,
            payload,
            came,
        } => {
            let declared = workflow.events.at(*event);
            row.trouble = came.trouble();
            row.kind = match came.is_applied() {
                true => RowKind::Raised,
                false => RowKind::RaisedSpent,
            };
            row.name = Some(declared.name.clone());
            row.payload = brought(declared, payload);
        }
        Cause::ContextChanged { changes } => {
            row.kind = RowKind::ContextChanged;
            let changes = changes.iter();
            row.payload = changes
                .map(|(name, value)| named(name, value.clone()))
                .collect();
        }
        Cause::ChildrenChanged { counts } => {
            row.kind = RowKind::ChildrenChanged;
            for (set, counts) in counts {
                let states = counts.by_state.iter().filter(|(_, count)| *count > 0);
                let states = states.map(|(state, count)| (state.to_owned(), Json::from(count)));
                row.payload.push(named(set, Json::Object(states.collect())));
            }
        }
        Cause::Override { reason, action } => {
            row.kind = RowKind::Override;
            row.name = Some(intervention(action));
            row.payload.push(named("reason", reason.as_str().into()));
        }
    }
}

/// The values that an event brought.
fn brought(event: &graph::Event, payload: &[Option<Value>]) -> Vec<Named> {
    let values = event.payload.iter().zip(payload);
    let given = values.filter_map(|(field, value)| Some((&field.name, value.as_ref()?)));
    given
        .map(|(name, value)| named(name, value.to_json()))
        .collect()
}

fn intervention(action: &Override) -> String {
    match action {
        Override::ForceState { to } => format!("force {to}"),
        Override::Erase => "erase what is personal".to_owned(),
        Override::MoveTimer { timer, due } => format!("move {timer} to {}", format_instant(*due)),
    }
}

fn named(name: &str, value: Json) -> Named {
    Named {
        name: name.to_owned(),
        value,
    }
}

fn flags(workflow: &Workflow, record: &StepRecord) -> Vec<Change> {
    let changes = record.flags.iter();
    changes
        .map(|change| Change {
            name: change
                .flag
                .map_or("expires", |id| workflow.flags.at(id).name.as_str())
                .to_owned(),
            from: plain(change.from.as_ref()),
            to: change.to.to_json(),
        })
        .collect()
}

fn context(workflow: &Workflow, record: &StepRecord) -> Vec<Change> {
    let changes = record.context.iter();
    changes
        .map(|change| Change {
            name: workflow.fields.at(change.field).name.clone(),
            from: plain(change.from.as_ref()),
            to: plain(change.to.as_ref()),
        })
        .collect()
}

fn plain(value: Option<&Value>) -> Json {
    value.map_or(Json::Null, Value::to_json)
}
