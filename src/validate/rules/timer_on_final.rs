//! A timer on a final state, which nothing follows.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::Target;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "timer-on-final",
    level: Level::Warning,
    page: include_str!("timer-on-final.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in facts.states().filter(|state| state.is_final()) {
        for timer in state.timers.iter().map(|&id| facts.workflow.timers.at(id)) {
            let row = facts.workflow.rows.at(timer.row);
            // A timer that leads out breaks the rule on final states.
            if row.branches.iter().any(|b| b.target != Target::Stay) {
                continue;
            }
            let message = format!("the timer `{}` belongs to a final state", timer.name);
            let finding = Diagnostic::new(&RULE, timer.span, message)
                .label("the order has ended by then")
                .also(state.span, "declared final");
            report.push(finding.help("move it to a state before the end, or remove it"));
        }
    }
}
