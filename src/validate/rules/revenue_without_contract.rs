//! A state that counts revenue without a contract.

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{FlagId, State};
use crate::validate::facts::Facts;
use crate::validate::flags;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "revenue-without-contract",
    level: Level::Warning,
    page: include_str!("revenue-without-contract.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    if !facts.complete() {
        return;
    }
    let states = facts
        .states()
        .filter(|state| !uncovered(facts, state).is_empty());
    for (state, members) in flags::carriers(facts, FlagId::COUNTS_REVENUE, states) {
        let wrong = members.iter().map(|state| uncovered(facts, state));
        let wrong = wrong.fold(Sites::NONE, |a, b| facts.grid.either(a, b));
        let Some(showing) = Showing::of(facts, wrong, Sites::ALL) else {
            continue;
        };
        let text = format!("`{}` counts revenue without a contract", state.path);
        let mut finding = Diagnostic::new(&RULE, state.span, showing.message(&text))
            .label("`contracted` is false here");
        if let Some(span) = flags::span(state, FlagId::COUNTS_REVENUE) {
            finding = finding.also(span, "counted here");
        }
        let shown = |state: &&&State| facts.grid.has(uncovered(facts, state), &showing.site);
        let member = members
            .iter()
            .find(shown)
            .map_or(state.id, |state| state.id);
        let finding = showing.shown(facts, member, finding);
        report.push(finding.help("set `contracted: true`, or do not count the revenue yet"));
    }
}

/// The sites on which a state counts revenue and has no contract. Where settings decide, orders of the
/// site have to reach it.
fn uncovered(facts: &Facts<'_>, state: &State) -> Sites {
    if !state.is_atomic() {
        return Sites::NONE;
    }
    let counts = flags::on(facts, state, FlagId::COUNTS_REVENUE, true);
    let none = flags::on(facts, state, FlagId::CONTRACTED, false);
    match facts.grid.both(counts, none) {
        Sites::ALL => Sites::ALL,
        sites => facts.grid.both(sites, *facts.reached.at(state.id)),
    }
}
