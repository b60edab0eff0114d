//! A transition to a state that is switched off.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::StateId;
use crate::source::Span;
use crate::validate::entry::entries;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "inactive-entered",
    level: Level::Warning,
    page: include_str!("inactive-entered.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for branch in &facts.workflow.initial {
        if let Some(target) = branch.target.filter(|&id| *facts.inactive.at(id)) {
            report.push(describe(facts, target, branch.target_span));
        }
    }
    for entry in entries(facts).filter(|entry| *facts.inactive.at(entry.target)) {
        if entry
            .transitions(facts)
            .any(|way| !*facts.inactive.at(way.source))
        {
            report.push(describe(facts, entry.target, entry.span));
        }
    }
}

fn describe(facts: &Facts<'_>, target: StateId, span: Span) -> Diagnostic {
    let state = facts.workflow.states.at(target);
    let message = format!("nothing can enter `{}`, which is inactive", state.path);
    Diagnostic::new(&RULE, span, message)
        .label("always refused")
        .also(
            state.span,
            "switched off, by itself or by the state around it",
        )
        .help("remove `inactive: true`, or lead elsewhere")
}
