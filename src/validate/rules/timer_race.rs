//! Two timers of one state that are due together and lead to different places.

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{State, Target, Timer, TimerKind};
use crate::validate::facts::Facts;
use crate::validate::precedence::guard_texts;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "timer-race",
    level: Level::Warning,
    page: include_str!("timer-race.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in facts.states().filter(|state| state.timers.len() > 1) {
        let timers = state.timers.iter().map(|&id| facts.workflow.timers.at(id));
        let timers = timers.filter(|timer| leads_away(facts, timer));
        let mut seen: Vec<&Timer> = Vec::new();
        for timer in timers {
            let mut before = seen.iter().map(|first| (first, races(facts, first, timer)));
            match before.find(|(_, sites)| !sites.is_empty()) {
                Some((first, sites)) => {
                    report.extend(describe(facts, state, (first, timer), sites))
                }
                None if seen.len() < 64 => seen.push(timer),
                None => {}
            }
        }
    }
}

fn describe(
    facts: &Facts<'_>,
    state: &State,
    (first, second): (&Timer, &Timer),
    sites: Sites,
) -> Report {
    let mut report = Report::new();
    if let Some(showing) = Showing::of(facts, sites, Sites::ALL) {
        let text = format!(
            "the timers `{}` and `{}` of `{}` are due at the same time",
            first.name, second.name, state.path
        );
        let finding = Diagnostic::new(&RULE, second.span, showing.message(&text))
            .label("never fires: the order has left by then")
            .also(first.span, "fires first, because it is written first");
        report.push(showing.shown(facts, state.id, finding).help(
            match showing.everywhere {
                true => "give them different times, or conditions that exclude each other",
                false => "keep their times apart with `min` and `max` of the settings, or give them conditions that exclude each other",
            },
        ));
    }
    report
}

fn leads_away(facts: &Facts<'_>, timer: &Timer) -> bool {
    let row = facts.workflow.rows.at(timer.row);
    let away = row.branches.iter().any(|b| b.target != Target::Stay);
    away && timer.kind != TimerKind::AtMost
}

/// The sites on which the first always leaves the second without effect, to a different place. A first
/// timer with conditions of its own is an alternative to the second, on whatever sites it is armed.
/// Where settings decide, orders of the site have to be in the state.
fn races(facts: &Facts<'_>, first: &Timer, second: &Timer) -> Sites {
    let targets = |timer: &Timer| {
        let branches = facts.workflow.rows.at(timer.row).branches.iter();
        branches.map(|b| b.target.clone()).collect::<Vec<Target>>()
    };
    let asked = asks(facts, first);
    let certain = asked == (Vec::new(), Vec::new()) || asked == asks(facts, second);
    let apart = first.due.anchor != second.due.anchor;
    if apart || !certain || targets(first) == targets(second) {
        return Sites::NONE;
    }
    let grid = &facts.grid;
    let open = |timer: &Timer| facts.open(facts.workflow.rows.at(timer.row));
    let due = grid.both(open(first), open(second));
    match grid.both(due, grid.alike(first.due.after, second.due.after)) {
        Sites::ALL => Sites::ALL,
        sites => grid.both(sites, *facts.reached.at(first.state)),
    }
}

/// What must hold for a timer to be armed, and when it is due.
fn asks<'a>(facts: &Facts<'a>, timer: &'a Timer) -> (Vec<&'a str>, Vec<&'a str>) {
    let row = facts.workflow.rows.at(timer.row);
    (guard_texts(&timer.when), guard_texts(&row.conditions))
}
