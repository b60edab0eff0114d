//! Records for people: what a reviewer of a case reads.

use std::fmt::Write;

use flagstate::context::Value;
use flagstate::graph::{StateId, TimerId, Workflow};
use flagstate::instance::{Candidate, Cause, Event, EventKind, Override, StepRecord};
use flagstate::interpret::{Action, Possible};
use flagstate::time::format_instant;

/// One record, a line for what caused it and one for each thing it did.
pub(super) fn record(workflow: &Workflow, record: &StepRecord) -> String {
    let mut out = format!(
        "{} {} {} by {}",
        record.sequence,
        format_instant(record.at),
        cause(workflow, &record.cause),
        record.actor.role,
    );
    if let Some(id) = &record.event_id {
        write!(out, " (id {id})").unwrap();
    }
    out.push('\n');
    let mut line = |name: &str, words: Vec<String>| {
        if !words.is_empty() {
            writeln!(out, "    {name:<9} {}", words.join(", ")).unwrap();
        }
    };
    line("taken", taken(workflow, record));
    line("left", paths(workflow, &record.exited));
    line("entered", paths(workflow, &record.entered));
    line("flags", flags(workflow, record));
    let shown = |value: &Option<Value>| value.as_ref().map_or("unset".to_owned(), Value::to_string);
    let context = record.context.iter().map(|change| {
        let name = &workflow.fields.at(change.field).name;
        format!("{name} {} -> {}", shown(&change.from), shown(&change.to))
    });
    line("context", context.collect());
    let effects = record.effects.iter().map(|asked| {
        let effect = &workflow.effects.at(asked.effect).name;
        format!("{effect} ({})", workflow.states.at(asked.state).path)
    });
    line("effects", effects.collect());
    let sends = record.sends.iter().map(|sent| {
        format!(
            "{} to {}",
            sent.event,
            workflow.children.at(sent.children).name
        )
    });
    line("sent", sends.collect());
    let armed = record.armed.iter().map(|armed| {
        let (name, due) = (timer(workflow, armed.timer), format_instant(armed.due));
        format!("{name} #{} due {due}", armed.generation)
    });
    line("armed", armed.collect());
    line(
        "cancelled",
        record
            .cancelled
            .iter()
            .map(|&id| timer(workflow, id))
            .collect(),
    );
    line("now in", paths(workflow, &record.configuration));
    out
}

fn cause(workflow: &Workflow, cause: &Cause) -> String {
    match cause {
        Cause::Created => "created".to_owned(),
        Cause::Event { event, .. } => workflow.events.at(*event).name.clone(),
        Cause::Timer { timer: id, came } => {
            let spent = if came.is_applied() {
                ""
            } else {
                ", spent without effect"
            };
            format!("timer {}{spent}", timer(workflow, *id))
        }
        Cause::Raised { event, came, .. } => {
            let spent = if came.is_applied() {
                ""
            } else {
                ", for nothing"
            };
            format!("raised {}{spent}", workflow.events.at(*event).name)
        }
        Cause::ContextChanged { .. } => "context changed".to_owned(),
        Cause::ChildrenChanged { .. } => "children changed".to_owned(),
        Cause::Override { reason, action } => match action {
            Override::Erase => format!("erased ({reason})"),
            Override::ForceState { to } => format!("forced into {to} ({reason})"),
            Override::MoveTimer { timer, due } => {
                format!("timer {timer} moved to {} ({reason})", format_instant(*due))
            }
        },
    }
}

/// What was tried, where there is no record of it.
pub(super) fn told(event: &Event) -> String {
    let what = match &event.kind {
        EventKind::Named { name, target, .. } => match target {
            Some(target) => format!("{name} to {target}"),
            None => name.clone(),
        },
        EventKind::ContextChanged { .. } => "context".to_owned(),
        EventKind::ChildrenChanged { .. } => "children".to_owned(),
        EventKind::Tick => "tick".to_owned(),
        EventKind::Override { .. } => "override".to_owned(),
    };
    format!("- {what} by {}", event.actor.role)
}

fn taken(workflow: &Workflow, record: &StepRecord) -> Vec<String> {
    let taken = record.taken.iter().map(|taken| {
        let transition = workflow.transitions.at(taken.transition);
        let row = workflow.rows.at(transition.row);
        let source = &workflow.states.at(transition.source).path;
        match row.branched {
            true => format!("{}: {source} branch {}", taken.microstep, taken.branch),
            false => format!("{}: {source}", taken.microstep),
        }
    });
    taken.collect()
}

/// Flags that changed; of a new order those that are not as everywhere.
fn flags(workflow: &Workflow, record: &StepRecord) -> Vec<String> {
    let changes = record.flags.iter().filter_map(|change| {
        let flag = change.flag.map(|id| workflow.flags.at(id));
        let name = flag.map_or("expires", |flag| flag.name.as_str());
        let plain = flag.map_or(Value::Boolean(false), |flag| flag.default.clone());
        match &change.from {
            None if change.to == plain => None,
            None => Some(format!("{name} {}", change.to)),
            Some(from) => Some(format!("{name} {from} -> {}", change.to)),
        }
    });
    changes.collect()
}

fn paths(workflow: &Workflow, states: &[StateId]) -> Vec<String> {
    states
        .iter()
        .map(|&id| workflow.states.at(id).path.clone())
        .collect()
}

fn timer(workflow: &Workflow, id: TimerId) -> String {
    let timer = workflow.timers.at(id);
    format!("{}.{}", workflow.states.at(timer.state).path, timer.name)
}

/// Candidates with their reasons.
pub(super) fn candidates(candidates: &[Candidate]) -> String {
    let mut out = String::new();
    for candidate in candidates {
        let from = match candidate.from.is_empty() {
            true => "start".to_owned(),
            false => candidate.from.join(", "),
        };
        writeln!(out, "    {from} -> {}", candidate.to).unwrap();
        for reason in &candidate.reasons {
            writeln!(out, "        {reason}").unwrap();
        }
    }
    out
}

/// What an actor may do.
pub(super) fn actions(actor: &str, actions: &[Action]) -> String {
    let mut out = format!("what {actor} may do\n");
    for action in actions {
        let possible = match action.possible {
            Possible::Yes => "yes",
            Possible::DependsOnEvent => "depends on the payload",
            Possible::No => "no",
        };
        write!(out, "  {}: {possible}", action.event).unwrap();
        let choose = if action.choose { "one of " } else { "" };
        if !action.targets.is_empty() {
            write!(out, ", to {choose}{}", action.targets.join(", ")).unwrap();
        }
        for input in &action.payload {
            let optional = if input.optional { ", optional" } else { "" };
            write!(out, " [{}: {}{optional}]", input.name, input.ty).unwrap();
        }
        if let Some(advice) = &action.advice {
            write!(out, " ({advice})").unwrap();
        }
        if action.inferred {
            out.push_str(" inferred");
        }
        out.push('\n');
        out.push_str(&candidates(&action.against));
    }
    out
}
