//! A state that no order can ever be in.

use crate::diagnostic::{Level, Report, Rule};
use crate::validate::facts::Facts;
use crate::validate::reach::{lost, lost_finding};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unreachable-state",
    level: Level::Error,
    page: include_str!("unreachable-state.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in lost(facts).filter(|state| !state.is_final()) {
        let finding = lost_finding(&RULE, facts, state);
        report.push(finding.help(format!(
            "add a transition to `{}`, remove the state, or mark it `deprecated` where old orders are in it",
            state.path
        )));
    }
}
