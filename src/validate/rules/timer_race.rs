//! Two timers of one state that are due together and lead to different places.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{State, Target, Timer, TimerKind};
use crate::validate::facts::Facts;
use crate::validate::precedence::guard_texts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "timer-race",
    level: Level::Warning,
    page: include_str!("timer-race.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in facts.states().filter(|state| state.timers.len() > 1) {
        let timers = state.timers.iter().map(|&id| facts.workflow.timers.at(id));
        let timers: Vec<&Timer> = timers.filter(|timer| leads_away(facts, timer)).collect();
        let mut seen: Vec<&Timer> = Vec::new();
        for timer in timers {
            match seen.iter().find(|first| races(facts, first, timer)) {
                Some(first) => report.push(describe(state, first, timer)),
                None if seen.len() < 64 => seen.push(timer),
                None => {}
            }
        }
    }
}

fn describe(state: &State, first: &Timer, second: &Timer) -> Diagnostic {
    let message = format!(
        "the timers `{}` and `{}` of `{}` are due at the same time",
        first.name, second.name, state.path
    );
    Diagnostic::new(&RULE, second.span, message)
        .label("never fires: the order has left by then")
        .also(first.span, "fires first, because it is written first")
        .help("give them different times, or conditions that exclude each other")
}

fn leads_away(facts: &Facts<'_>, timer: &Timer) -> bool {
    let row = facts.workflow.rows.at(timer.row);
    let away = row.branches.iter().any(|b| b.target != Target::Stay);
    away && timer.kind != TimerKind::AtMost
}

/// Whether the first always leaves the second without effect, to a different place.
fn races(facts: &Facts<'_>, first: &Timer, second: &Timer) -> bool {
    let targets = |timer: &Timer| {
        let branches = facts.workflow.rows.at(timer.row).branches.iter();
        branches.map(|b| b.target.clone()).collect::<Vec<Target>>()
    };
    let asked = asks(facts, first);
    let certain = asked == (Vec::new(), Vec::new()) || asked == asks(facts, second);
    first.due == second.due && certain && targets(first) != targets(second)
}

/// What must hold for a timer to be armed, and when it is due.
fn asks<'a>(facts: &Facts<'a>, timer: &'a Timer) -> (Vec<&'a str>, Vec<&'a str>) {
    let row = facts.workflow.rows.at(timer.row);
    (guard_texts(&timer.when), guard_texts(&row.conditions))
}
