//! A flag that no state decides.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-flag",
    level: Level::Warning,
    page: include_str!("unused-flag.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for flag in facts.workflow.flags.rows() {
        let used = facts.uses.flags.contains(flag.name.as_str());
        let Some(span) = flag.span.filter(|_| facts.complete() && !used) else {
            continue;
        };
        let message = format!("no state decides the flag `{}`", flag.name);
        let finding =
            Diagnostic::new(&RULE, span, message).label(format!("always `{}`", flag.default));
        report.push(finding.help("set it under the `flags:` of a state, or remove it"));
    }
}
