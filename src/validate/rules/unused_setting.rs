//! A setting that decides nothing.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-setting",
    level: Level::Warning,
    page: include_str!("unused-setting.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for setting in facts.workflow.settings.rows() {
        let used =
            facts.uses.settings.contains(setting.name.as_str()) || setting.name == "timezone";
        let Some(span) = setting.span.filter(|_| facts.complete() && !used) else {
            continue;
        };
        let message = format!("the setting `{}` decides nothing", setting.name);
        let finding =
            Diagnostic::new(&RULE, span, message).label("read by no guard, flag or timer");
        report.push(finding.help(format!("use `settings.{}`, or remove it", setting.name)));
    }
}
