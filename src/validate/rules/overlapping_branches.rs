//! Rows or branches that apply to one order, although at most one of them is meant to.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "overlapping-branches",
    level: Level::Warning,
    page: include_str!("overlapping-branches.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for found in &facts.guards.overlaps {
        let what = if found.branches { "branches" } else { "rows" };
        let message = format!("two {what} apply to the same order although they are `exclusive`");
        let finding = Diagnostic::new(&RULE, found.second, message)
            .label("applies as well")
            .also(found.first, "is taken, because it comes first")
            .help(
                "tell their guards apart, or leave `exclusive` out where the first is meant to win",
            );
        let line = format!("both apply to {}", found.witness);
        report.push(finding.witness(line, found.witness.to_json()));
    }
}
