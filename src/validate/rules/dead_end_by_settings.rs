//! A state that has no way out with some settings.

use super::dead_end::{dead_ends, describe};
use crate::diagnostic::{Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "dead-end-by-settings",
    level: Level::Warning,
    page: include_str!("dead-end-by-settings.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (id, showing) in dead_ends(facts).filter(|(_, showing)| showing.is_special()) {
        let help =
            "add a way out that holds with these settings, or keep orders from coming here then";
        report.push(describe(&RULE, facts, id, &showing).help(help));
    }
}
