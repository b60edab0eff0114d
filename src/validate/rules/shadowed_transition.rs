//! A row that is never taken, because earlier rows of its event always apply.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;
use crate::validate::precedence::Extent;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "shadowed-transition",
    level: Level::Warning,
    page: include_str!("shadowed-transition.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let rows = &facts.workflow.rows;
    for overlap in &facts.overlaps {
        if overlap.extent == Extent::Whole {
            let finding =
                Diagnostic::new(&RULE, rows.at(overlap.row).span, "this row is never taken")
                    .label("an earlier row takes its place")
                    .also(rows.at(overlap.earlier).span, "applies first");
            report.push(
                finding.help("put it first, give the earlier row a guard, or remove one of them"),
            );
        }
    }
}
