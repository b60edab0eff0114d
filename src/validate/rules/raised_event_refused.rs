//! A timer that raises an event which is never accepted from it.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{ActorId, EventId, Kind, Row, StateId, Target, Timer, Trigger, Workflow};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "raised-event-refused",
    level: Level::Error,
    page: include_str!("raised-event-refused.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    for timer in workflow.timers.rows() {
        let row = workflow.rows.at(timer.row);
        if let Some(event) = row.raise.filter(|_| facts.complete())
            && let Some(finding) = judge(workflow, timer, row, event)
        {
            report.push(finding);
        }
    }
}

fn judge(workflow: &Workflow, timer: &Timer, row: &Row, event: EventId) -> Option<Diagnostic> {
    let declared = workflow.events.at(event);
    let rows = workflow.rows.rows().iter();
    let rows: Vec<&Row> = rows
        .filter(|row| row.trigger == Trigger::Event(event))
        .collect();
    let needed = declared.payload.iter().find(|field| !field.optional);
    let (why, help) = if let Some(field) = needed {
        (
            format!(
                "it needs the value `{}`, which a timer does not bring",
                field.name
            ),
            "make the value optional, or raise an event of its own",
        )
    } else if !rows.iter().any(|row| row.by.contains(ActorId::SYSTEM)) {
        (
            "a timer acts as `system`, which may not cause it".to_owned(),
            "add `system` to `by:` of the event",
        )
    } else if rows.iter().copied().all(asks_the_caller) {
        (
            "the caller must choose a target, and a timer chooses none".to_owned(),
            "raise an event that names its target",
        )
    } else if !heard(workflow, timer.state, row, &rows) {
        let state = &workflow.states.at(timer.state).path;
        (
            format!("`system` may not cause it in `{state}`"),
            "add the state to `from:` of a row that `system` may cause",
        )
    } else {
        return None;
    };
    let name = &declared.name;
    let message = format!("timer `{}` cannot raise the event `{name}`", timer.name);
    let finding = Diagnostic::new(&RULE, timer.span, message).label("does nothing when it is due");
    Some(finding.also(declared.span, why).help(help))
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
        ways.any(|&id| meet(workflow, state, workflow.transitions.at(id).source))
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
    rows.any(together) || (!raising.set.is_empty() && moved())
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
