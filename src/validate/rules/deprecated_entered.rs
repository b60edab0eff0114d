//! A deprecated state that orders still enter.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Deprecated, StateId};
use crate::source::Span;
use crate::validate::entry::entries;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "deprecated-entered",
    level: Level::Warning,
    page: include_str!("deprecated-entered.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for branch in &facts.workflow.initial {
        if let Some(target) = branch.target.filter(|&id| *facts.deprecated.at(id)) {
            report.push(describe(facts, target, branch.target_span));
        }
    }
    for entry in entries(facts).filter(|entry| *facts.deprecated.at(entry.target)) {
        if entry
            .transitions(facts)
            .any(|way| !*facts.deprecated.at(way.source))
        {
            report.push(describe(facts, entry.target, entry.span));
        }
    }
}

fn describe(facts: &Facts<'_>, target: StateId, span: Span) -> Diagnostic {
    let state = facts.workflow.states.at(target);
    let message = format!("orders still enter `{}`, which is deprecated", state.path);
    let mut finding = Diagnostic::new(&RULE, span, message).label("leads there");
    let around = std::iter::once(target).chain(facts.workflow.ancestors(target));
    let mut marks = around.filter_map(|id| facts.workflow.states.at(id).deprecated.as_ref());
    let mark: Option<&Deprecated> = marks.next();
    if let Some(mark) = mark {
        finding = finding.also(mark.span, "deprecated");
    }
    match mark.and_then(|mark| mark.successor) {
        Some(successor) => finding.help(format!("lead to `{}` instead", facts.path(successor))),
        None => finding.help("lead elsewhere, or remove `deprecated`"),
    }
}
