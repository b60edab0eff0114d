//! A state that reserves goods, and nothing says when they are released.

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Expires, FlagId, State};
use crate::validate::facts::Facts;
use crate::validate::flags;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "reserved-without-expiry",
    level: Level::Warning,
    page: include_str!("reserved-without-expiry.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    if !facts.complete() {
        return;
    }
    let holding = facts
        .states()
        .filter(|state| !held(facts, state).is_empty());
    for (state, members) in flags::carriers(facts, FlagId::RESERVED, holding) {
        let (mut wrong, mut all) = (Sites::NONE, Sites::NONE);
        for member in &members {
            wrong = facts.grid.either(wrong, held(facts, member));
            all = facts.grid.either(all, *facts.reached.at(member.id));
        }
        if let Some(showing) = Showing::of(facts, wrong, all) {
            report.push(describe(facts, state, &members, &showing));
        }
    }
}

fn describe(facts: &Facts<'_>, state: &State, members: &[&State], showing: &Showing) -> Diagnostic {
    let text = format!("`{}` reserves and does not say until when", state.path);
    let mut finding = Diagnostic::new(&RULE, state.span, showing.message(&text));
    let mut timers = around(facts, state).filter_map(|state| match state.expires {
        Expires::Timer(timer) => Some(timer),
        _ => None,
    });
    let timer = timers.next();
    finding = match timer {
        None => finding.label("neither a timer nor a waiver"),
        Some(timer) => finding.label("no timer runs then").also(
            facts.workflow.timers.at(timer).span,
            "does nothing with these settings",
        ),
    };
    if let Some(span) = flags::span(state, FlagId::RESERVED) {
        let label = match flags::is(state, FlagId::RESERVED, true) {
            true => "is true here",
            false => "is true here then",
        };
        finding = finding.also(span, label);
    }
    let shown = |state: &&&State| facts.grid.has(held(facts, state), &showing.site);
    let member = members
        .iter()
        .find(shown)
        .map_or(state.id, |state| state.id);
    let help = match timer {
        None => {
            "add `expires: { after: …, to: … }`, or `expires: never` where the reservation stays until somebody moves the order"
        }
        Some(_) => {
            "add `otherwise: never` to the timer where the reservation then stays until somebody moves the order"
        }
    };
    showing.shown(facts, member, finding).help(help)
}

/// The sites on which orders stay in a state that reserves, without a word on how long.
fn held(facts: &Facts<'_>, state: &State) -> Sites {
    if !state.is_atomic() || facts.is_end(state) {
        return Sites::NONE;
    }
    let grid = &facts.grid;
    let reserves = flags::on(facts, state, FlagId::RESERVED, true);
    let mut held = grid.both(*facts.reached.at(state.id), reserves);
    for state in around(facts, state) {
        held = grid.without(held, answered(facts, state));
    }
    held
}

/// The state and those around it.
fn around<'a>(facts: &Facts<'a>, state: &'a State) -> impl Iterator<Item = &'a State> {
    let outer = facts.workflow.ancestors(state.id);
    let outer = outer.map(|id| facts.workflow.states.at(id));
    std::iter::once(state).chain(outer)
}

/// The sites on which a state says how long orders stay.
fn answered(facts: &Facts<'_>, state: &State) -> Sites {
    match state.expires {
        _ if state.transient => Sites::ALL,
        Expires::Unstated => Sites::NONE,
        Expires::Never(_) => Sites::ALL,
        Expires::Timer(timer) if facts.workflow.timers.at(timer).otherwise.is_some() => Sites::ALL,
        Expires::Timer(timer) => {
            let row = facts.workflow.rows.at(facts.workflow.timers.at(timer).row);
            facts.grid.both(facts.ways.armed(timer), facts.open(row))
        }
    }
}
