//! A group that is no view and that nothing names.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-group",
    level: Level::Warning,
    page: include_str!("unused-group.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for group in facts.workflow.groups.rows() {
        let matters = group.title.is_some() || group.immutable || group.hidden;
        if !facts.complete() || matters || facts.uses.groups.contains(group.name.as_str()) {
            continue;
        }
        let message = format!("the group `{}` is no view and nothing names it", group.name);
        let finding = Diagnostic::new(&RULE, group.span, message)
            .label("named by no `from:`, `choose:`, group or partition");
        report.push(
            finding.help("give it a `title:` to make it a view, use it in a `from:`, or remove it"),
        );
    }
}
