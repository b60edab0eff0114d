//! An end that no order can ever come to.

use crate::diagnostic::{Level, Report, Rule};
use crate::validate::facts::Facts;
use crate::validate::reach::{lost, lost_finding};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unreachable-final",
    level: Level::Error,
    page: include_str!("unreachable-final.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in lost(facts).filter(|state| state.is_final()) {
        let finding = lost_finding(&RULE, facts, state);
        report.push(finding.help(format!(
            "add a transition to `{}` from where orders end, or remove the state",
            state.path
        )));
    }
}
