//! An event that the order itself raises, or that goes to children of this workflow, and is never
//! accepted.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{
    ActorId, EventId, Kind, Raise, Row, Send, StateId, Target, TimerId, Trigger, Workflow,
};
use crate::source::Span;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "raised-event-refused",
    level: Level::Error,
    page: include_str!("raised-event-refused.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    if !facts.complete() {
        return;
    }
    for (id, timer) in workflow.timers.iter() {
        let row = workflow.rows.at(timer.row);
        if let Some(raise) = row.deed.raise.first()
            && let Some(finding) = judge_timer(facts, id, row, raise.event)
        {
            report.push(finding);
        }
    }
    let timers: BTreeSet<Span> = workflow
        .timers
        .rows()
        .iter()
        .flat_map(|timer| &workflow.rows.at(timer.row).deed.raise)
        .map(|raise| raise.span)
        .collect();
    for raise in workflow
        .raises()
        .filter(|raise| !timers.contains(&raise.span))
    {
        if let Some(finding) = judge_raise(workflow, raise) {
            report.push(finding);
        }
    }
    let mut told = BTreeSet::new();
    for send in sends(workflow) {
        if workflow.children.at(send.children).is_self
            && told.insert(send.span)
            && let Some(finding) = judge_send(workflow, send)
        {
            report.push(finding);
        }
    }
}

/// What is sent to children, wherever.
fn sends(workflow: &Workflow) -> impl Iterator<Item = &Send> {
    let states = workflow.states.rows().iter();
    let hooks = states.flat_map(|state| state.enter.deed.send.iter().chain(&state.exit.deed.send));
    let rows = workflow.rows.rows().iter();
    hooks.chain(rows.flat_map(|row| &row.deed.send))
}

fn judge_timer(facts: &Facts<'_>, id: TimerId, row: &Row, event: EventId) -> Option<Diagnostic> {
    let workflow = facts.workflow;
    let timer = workflow.timers.at(id);
    let rows = rows_of(workflow, event);
    let found = deaf(workflow, event, &rows, |_| false).or_else(|| {
        let state = &workflow.states.at(timer.state).path;
        let why = format!("`system` may not cause it in `{state}`");
        let help = "add the state to `from:` of a row that `system` may cause";
        (!heard(workflow, timer.state, row, &rows)).then_some((why, help))
    });
    let (why, help) = found.or_else(|| {
        let why = "no row of it applies with the settings that arm the timer".to_owned();
        let help = "let the timer and a row of the event ask for the same settings";
        (!applies(facts, id, row, &rows)).then_some((why, help))
    })?;
    let declared = workflow.events.at(event);
    let (timer_name, name) = (&timer.name, &declared.name);
    let message = format!("timer `{timer_name}` cannot raise the event `{name}`");
    let finding = Diagnostic::new(&RULE, timer.span, message).label("does nothing when it is due");
    Some(finding.also(declared.span, why).help(help))
}

fn judge_raise(workflow: &Workflow, raise: &Raise) -> Option<Diagnostic> {
    let event = workflow.events.at(raise.event);
    let brought = |slot: usize| raise.with.iter().any(|(brought, _)| *brought == slot);
    let rows = rows_of(workflow, raise.event);
    let (why, help) = deaf(workflow, raise.event, &rows, brought)?;
    let message = format!("the event `{}` is raised and never accepted", event.name);
    let finding = Diagnostic::new(&RULE, raise.span, message).label("raised for nothing");
    Some(finding.also(event.span, why).help(help))
}

fn judge_send(workflow: &Workflow, send: &Send) -> Option<Diagnostic> {
    let event = workflow.event_named(&send.event)?;
    let rows = rows_of(workflow, event);
    let (why, help) = deaf(workflow, event, &rows, |_| false)?;
    let set = &workflow.children.at(send.children).name;
    let message = format!("`{set}` always refuse the event `{}`", send.event);
    let finding = Diagnostic::new(&RULE, send.span, message).label("sent for nothing");
    let place = workflow.events.at(event).span;
    Some(finding.also(place, why).help(help))
}

fn rows_of(workflow: &Workflow, event: EventId) -> Vec<&Row> {
    let rows = workflow.rows.rows().iter();
    rows.filter(|row| row.trigger == Trigger::Event(event))
        .collect()
}

/// Why an event is refused wherever the order is, if the system causes it without a word more.
fn deaf(
    workflow: &Workflow,
    event: EventId,
    rows: &[&Row],
    brought: impl Fn(usize) -> bool,
) -> Option<(String, &'static str)> {
    let mut payload = workflow.events.at(event).payload.iter().enumerate();
    if let Some((_, field)) = payload.find(|(slot, field)| !field.optional && !brought(*slot)) {
        let why = format!("needs the value `{}`, which nobody brings here", field.name);
        return Some((why, "make the value optional, or use an event of its own"));
    }
    if rows.iter().any(|row| row.by.members.is_empty()) {
        // Who may is not said, which is another finding.
        return None;
    }
    let mut by_system = rows
        .iter()
        .filter(|row| row.by.contains(ActorId::SYSTEM))
        .peekable();
    if by_system.peek().is_none() {
        let why = "it comes from `system`, which may not cause it".to_owned();
        return Some((why, "add `system` to `by:` of the event"));
    }
    by_system.all(|row| asks_the_caller(row)).then(|| {
        let why = "its target must be chosen, and nobody chooses here".to_owned();
        (why, "use an event that names its target")
    })
}

/// Whether every way of a row needs a caller who names the target.
fn asks_the_caller(row: &Row) -> bool {
    let mut branches = row.branches.iter();
    branches.all(|branch| matches!(branch.target, Target::Choose(_)))
}

/// Whether a row that the system may cause leads out of where the order is when the timer is due.
/// An automatic transition may come between, so that the order is elsewhere by then.
fn heard(workflow: &Workflow, state: StateId, raising: &Row, rows: &[&Row]) -> bool {
    let together = |row: &&Row| {
        let mut ways = row.transitions.iter();
        ways.any(|id| meet(workflow, state, workflow.transitions.at(id).source))
    };
    let automatic = |row: &&Row| row.trigger == Trigger::Always;
    let moved = || {
        workflow
            .rows
            .rows()
            .iter()
            .filter(automatic)
            .any(|row| together(&row))
    };
    let mut rows = rows.iter().filter(|row| row.by.contains(ActorId::SYSTEM));
    rows.any(together) || (!raising.deed.set.is_empty() && moved())
}

/// Whether a row that the system may cause applies on some site on which the timer runs.
fn applies(facts: &Facts<'_>, id: TimerId, raising: &Row, rows: &[&Row]) -> bool {
    let grid = &facts.grid;
    let state = facts.workflow.timers.at(id).state;
    let due = grid.both(facts.ways.armed(id), facts.open(raising));
    let due = grid.both(due, *facts.reached.at(state));
    let mut rows = rows.iter().filter(|row| row.by.contains(ActorId::SYSTEM));
    due.is_empty() || rows.any(|row| !grid.both(due, facts.open(row)).is_empty())
}

/// Whether two states may be active at once.
fn meet(workflow: &Workflow, one: StateId, other: StateId) -> bool {
    if workflow.within(one, other) || workflow.within(other, one) {
        return true;
    }
    let mut outers = workflow.ancestors(one);
    let common = outers.find(|&outer| workflow.within(other, outer));
    common.is_some_and(|outer| workflow.states.at(outer).kind == Kind::Parallel)
}
