//! A timer or an automatic transition whose target a caller would have to choose.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Target, Trigger};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "choice-without-caller",
    level: Level::Error,
    page: include_str!("choice-without-caller.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.workflow.rows.rows() {
        let what = match row.trigger {
            Trigger::Event(_) => continue,
            Trigger::Always => "an automatic transition has no caller",
            Trigger::Timer(_) => "a timer has no caller",
        };
        let choices = row.branches.iter();
        for branch in choices.filter(|branch| matches!(branch.target, Target::Choose(_))) {
            let message = format!("{what} who could choose where the order goes");
            let finding = Diagnostic::new(&RULE, branch.target_span, message);
            report.push(
                finding
                    .label("never taken")
                    .help("name one state, or write `branches:` with guards"),
            );
        }
    }
}
