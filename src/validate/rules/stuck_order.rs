//! A state that some order can never leave while it stays as it is.

use std::fmt::Write;

use super::dead_end::stuck;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::Trigger;
use crate::validate::facts::Facts;

/// How many of the ways out are shown.
const SHOWN: usize = 4;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "stuck-order",
    level: Level::Warning,
    page: include_str!("stuck-order.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    for found in &facts.guards.deadlocks {
        // A state that nothing leaves with some settings is found by itself.
        if !*facts.reachable.at(found.state) || !stuck(facts, found.state).is_empty() {
            continue;
        }
        let state = workflow.states.at(found.state);
        let message = match found.of_all {
            true => format!("no order in `{}` can ever leave it", state.path),
            false => format!("some orders in `{}` can never leave it", state.path),
        };
        let mut finding =
            Diagnostic::new(&RULE, state.span, message).label("no way out applies to them");
        for &id in found.rows.iter().take(SHOWN) {
            let row = workflow.rows.at(id);
            let label = match row.trigger {
                Trigger::Timer(timer) if !workflow.timers.at(timer).when.is_empty() => {
                    "does not run, or is due for nothing"
                }
                Trigger::Timer(_) => "is due for nothing, and spent then",
                _ if found.over.contains(&id) => "applies no longer, once its time is over",
                Trigger::Event(_) | Trigger::Always => "does not apply",
            };
            finding = finding.also(row.span, label);
        }
        let help = match found.over.is_empty() {
            true => "give them a way out, for example a timer without a guard or a way to cancel",
            false => "give them a way out once that time is over, for example a timer",
        };
        let finding = finding.help(help);
        let mut line = format!("stuck is for example {}", found.witness);
        if !found.over.is_empty() && !line.ends_with(&found.witness.at) {
            _ = write!(line, "; from {} on", found.witness.at);
        }
        report.push(finding.witness(line, found.witness.to_json()));
    }
}
