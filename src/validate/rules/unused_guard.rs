//! A named guard that nothing asks.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-guard",
    level: Level::Warning,
    page: include_str!("unused-guard.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for guard in &facts.document.guards {
        let name = &guard.name;
        if !facts.complete() || facts.uses.guards.contains(name.value.as_str()) {
            continue;
        }
        let message = format!("the guard `{}` is never asked", name.value);
        let finding =
            Diagnostic::new(&RULE, name.span, message).label("named by no `guard:` and no `when:`");
        report.push(finding.help(format!(
            "write `guard: {}` where it should hold, or remove it",
            name.value
        )));
    }
}
