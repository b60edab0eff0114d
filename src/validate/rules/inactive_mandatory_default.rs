//! A state that every site must keep active is switched off.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "inactive-mandatory-default",
    level: Level::Error,
    page: include_str!("inactive-mandatory-default.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (name, span, state) in &facts.workflow.mandatory.undeactivatable {
        let Some(state) = state.filter(|&id| *facts.inactive.at(id)) else {
            continue;
        };
        let message = format!("the mandatory state `{name}` is inactive");
        let finding = Diagnostic::new(&RULE, facts.workflow.states.at(state).span, message)
            .label("switched off")
            .also(*span, "may not be deactivated");
        report.push(finding.help("remove `inactive: true`"));
    }
}
