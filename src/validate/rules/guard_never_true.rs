//! A guard that no order can meet.

use crate::analysis::Finer;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "guard-never-true",
    level: Level::Warning,
    page: include_str!("guard-never-true.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for found in &facts.guards.never {
        let message = format!("the guard `{}` is never true", found.text);
        let label = match (found.alone, found.by_rest) {
            (true, _) => "true for no order",
            (false, true) => "an automatic transition takes every such order away before",
            (false, false) => "contradicts what holds where it is asked",
        };
        let finding = Diagnostic::new(&RULE, found.span, message).label(label);
        let finding = match &found.finer {
            Some(Finer {
                field,
                number,
                digits,
            }) => finding.help(format!(
                "`{field}` has {digits} digits behind the point, and never is {number}"
            )),
            None => finding,
        };
        let finding = finding.help("remove what it guards, or ask what was meant");
        report.push(match &found.witness {
            Some(witness) => finding.witness(
                format!("it denies for example {witness}"),
                witness.to_json(),
            ),
            None => finding,
        });
    }
}
