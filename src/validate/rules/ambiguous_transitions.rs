//! Two rows of one event that ask the same guards of the same actor in the same state.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;
use crate::validate::precedence::Extent;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "ambiguous-transitions",
    level: Level::Warning,
    page: include_str!("ambiguous-transitions.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let rows = &facts.workflow.rows;
    for overlap in &facts.overlaps {
        if overlap.extent == Extent::SameGuards {
            let message = "two rows ask the same guards of the same actor in the same state";
            let finding = Diagnostic::new(&RULE, rows.at(overlap.row).span, message)
                .label("taken only where the first does not apply")
                .also(rows.at(overlap.earlier).span, "taken wherever both apply");
            report.push(finding.help("tell their sources, actors or guards apart"));
        }
    }
}
