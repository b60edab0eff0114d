//! How a family of orders stands, in words.
//!
//! In: a family. Out: for each of its orders where it is, which flags it has, which timers run.

use super::terminal::on_one_line;
use crate::context::Value;
use crate::drive::{Family, OrderName};
use crate::graph::{TimerId, Workflow};
use crate::instance::Instance;
use crate::interpret;
use crate::time::{Duration, format_instant};

/// How all orders stand, a few lines each.
pub(super) fn text(family: &Family<'_>) -> String {
    let mut text = String::new();
    for name in family.orders() {
        if let Some(instance) = family.instance(&name) {
            text.push('\n');
            text += &order(family, &name, instance);
        }
    }
    text
}

/// How one order stands.
pub(super) fn order(family: &Family<'_>, name: &OrderName, instance: &Instance) -> String {
    let workflow = family.workflow();
    let whose = match name {
        OrderName::Root => String::new(),
        OrderName::Child { .. } => format!("{name}: "),
    };
    let done = if instance.is_done(workflow) {
        ", ended"
    } else {
        ""
    };
    let now = format_instant(family.now());
    let mut lines = vec![format!("{now}  {whose}{}{done}", instance.status(workflow))];
    let mut add = |title: &str, parts: Vec<String>| {
        if !parts.is_empty() {
            lines.push(format!("  {title:<8} {}", parts.join(", ")));
        }
    };
    add("flags", flags(family, instance));
    add("context", context(workflow, instance));
    add("timers", timers(family, instance));
    let lines = lines.iter().map(|line| on_one_line(line) + "\n");
    lines.collect()
}

/// Boolean flags that are true, and others with their values.
fn flags(family: &Family<'_>, instance: &Instance) -> Vec<String> {
    let workflow = family.workflow();
    let flags = interpret::flags(workflow, family.site(), instance);
    let flags = flags.into_iter().filter_map(|(id, value)| {
        let name = id.map_or("expires", |id| &workflow.flags.at(id).name);
        match value {
            Value::Boolean(true) => Some(name.to_owned()),
            Value::Boolean(false) => None,
            value => Some(format!("{name} = {value}")),
        }
    });
    flags.collect()
}

/// The fields that are set.
fn context(workflow: &Workflow, instance: &Instance) -> Vec<String> {
    let fields = workflow.fields.iter();
    let fields = fields.filter_map(|(id, field)| Some((&field.name, instance.field(id)?)));
    fields
        .map(|(name, value)| format!("{name} = {value}"))
        .collect()
}

/// The timers that run, the first due first.
fn timers(family: &Family<'_>, instance: &Instance) -> Vec<String> {
    let mut timers: Vec<_> = instance.timers.iter().collect();
    timers.sort_by_key(|(id, timer)| (timer.due, **id));
    let timers = timers.into_iter().map(|(id, timer)| {
        let left = (timer.due - family.now()).num_seconds();
        let left = exact(left);
        let name = timer_name(family.workflow(), *id);
        format!("{name} due {} (in {left})", format_instant(timer.due))
    });
    timers.collect()
}

/// `STATE.TIMER`.
fn timer_name(workflow: &Workflow, id: TimerId) -> String {
    let timer = workflow.timers.at(id);
    format!("{}.{}", workflow.states.at(timer.state).path, timer.name)
}

/// A number of seconds in days of 24 hours, hours, minutes and seconds.
fn exact(seconds: i64) -> Duration {
    const DAY: i64 = 86_400;
    Duration {
        days: i32::try_from(seconds / DAY).unwrap_or(i32::MAX),
        seconds: seconds % DAY,
    }
}
