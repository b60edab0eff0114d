//! A field of the context that nothing reads or sets.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-field",
    level: Level::Warning,
    page: include_str!("unused-field.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for field in facts.workflow.fields.rows() {
        // What is personal is carried, and decides nothing.
        let is_used = field.personal || facts.uses.fields.contains(field.name.as_str());
        if !facts.complete() || is_used {
            continue;
        }
        let message = format!("the field `{}` has no part in the workflow", field.name);
        let finding = Diagnostic::new(&RULE, field.span, message)
            .label("nothing reads it and nothing sets it");
        report.push(finding.help(format!("use `order.{}`, or remove it", field.name)));
    }
}
