//! A column of the state list that no state fills.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-attribute",
    level: Level::Warning,
    page: include_str!("unused-attribute.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for attribute in facts.workflow.attributes.rows() {
        if !facts.complete() || facts.uses.attributes.contains(attribute.name.as_str()) {
            continue;
        }
        let message = format!("no state has the attribute `{}`", attribute.name);
        let finding = Diagnostic::new(&RULE, attribute.span, message).label("given by no state");
        report.push(finding.help("give it to states under `attributes:`, or remove it"));
    }
}
