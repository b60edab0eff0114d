//! A guard that decides nothing, because it holds whenever it is asked.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "guard-always-true",
    level: Level::Warning,
    page: include_str!("guard-always-true.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for found in &facts.guards.always {
        let message = format!("the guard `{}` is always true", found.text);
        let label = match found.alone {
            true => "true for every order",
            false => "true wherever what stands before it holds",
        };
        let finding = Diagnostic::new(&RULE, found.span, message).label(label);
        let finding = finding.help("leave it out, or ask what was meant");
        report.push(match &found.witness {
            Some(witness) => finding.witness(format!("for example {witness}"), witness.to_json()),
            None => finding,
        });
    }
}
