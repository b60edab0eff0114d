//! A state that every site must keep does not exist.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "missing-mandatory-default",
    level: Level::Error,
    page: include_str!("missing-mandatory-default.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let mandatory = &facts.workflow.mandatory;
    let mut told = BTreeSet::new();
    let listed = mandatory
        .undeletable
        .iter()
        .chain(&mandatory.undeactivatable);
    for (name, span, _) in listed.filter(|(_, _, state)| state.is_none()) {
        if !told.insert(name) {
            continue;
        }
        let message = format!("the mandatory state `{name}` is missing");
        let paths = facts.states().map(|state| state.path.as_str());
        let finding = Diagnostic::new(&RULE, *span, message)
            .label("no state has this name")
            .help("declare the state: every site has to keep it")
            .did_you_mean(name, paths);
        report.push(finding);
    }
}
