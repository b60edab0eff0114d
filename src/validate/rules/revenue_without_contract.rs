//! A state that counts revenue without a contract.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{FlagId, State};
use crate::validate::facts::Facts;
use crate::validate::flags;

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
    let uncovered = |state: &State| {
        state.is_atomic()
            && flags::is(state, FlagId::COUNTS_REVENUE, true)
            && flags::is(state, FlagId::CONTRACTED, false)
    };
    let states = facts.states().filter(|state| uncovered(state));
    for state in flags::carriers(facts, FlagId::COUNTS_REVENUE, states) {
        let message = format!("`{}` counts revenue without a contract", state.path);
        let mut finding =
            Diagnostic::new(&RULE, state.span, message).label("`contracted` is false here");
        if let Some(span) = flags::span(state, FlagId::COUNTS_REVENUE) {
            finding = finding.also(span, "counted here");
        }
        report.push(finding.help("set `contracted: true`, or do not count the revenue yet"));
    }
}
