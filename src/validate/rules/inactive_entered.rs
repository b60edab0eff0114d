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
    let path = facts.path(target);
    let message = format!("nothing can enter `{path}`, which is inactive");
    let mut finding = Diagnostic::new(&RULE, span, message).label("always refused");
    let mut around = std::iter::once(target).chain(facts.workflow.ancestors(target));
    if let Some(state) = around.find(|&id| facts.workflow.states.at(id).inactive) {
        finding = finding.also(facts.workflow.states.at(state).span, "switched off");
    }
    finding.help("remove `inactive: true`, or lead elsewhere")
}
