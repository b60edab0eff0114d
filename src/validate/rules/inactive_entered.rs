//! A transition to a state that is switched off.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::StateId;
use crate::source::Span;
use crate::validate::entry::{entered_along, enters, entries};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "inactive-entered",
    level: Level::Warning,
    page: include_str!("inactive-entered.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let along = entered_along(facts, |state| state.inactive);
    for branch in &facts.workflow.initial {
        if let Some(target) = branch.target.filter(|&id| *facts.inactive.at(id)) {
            report.push(describe(facts, target, branch.target_span));
        } else if let Some((target, &within)) = branch
            .target
            .and_then(|target| Some((target, along.at(target).first()?)))
        {
            report.push(describe_along(facts, target, within, branch.target_span));
        }
    }
    for entry in entries(facts) {
        let mut ways = entry
            .transitions(facts)
            .filter(|way| !*facts.inactive.at(way.source));
        if *facts.inactive.at(entry.target) {
            if ways.next().is_some() {
                report.push(describe(facts, entry.target, entry.span));
            }
            continue;
        }
        let along = along.at(entry.target);
        if along.is_empty() {
            continue;
        }
        let ways: Vec<_> = ways.collect();
        let entered = |&state: &&StateId| {
            let mut ways = ways.iter();
            ways.any(|way| enters(facts, way.source, entry.target, *state))
        };
        if let Some(&within) = along.iter().find(entered) {
            report.push(describe_along(facts, entry.target, within, entry.span));
        }
    }
}

/// The target is active, and something that is entered with it is not.
fn describe_along(facts: &Facts<'_>, target: StateId, within: StateId, span: Span) -> Diagnostic {
    let (path, inner) = (facts.path(target), facts.path(within));
    let message = format!("nothing can enter `{path}`: that enters `{inner}`, which is inactive");
    Diagnostic::new(&RULE, span, message)
        .label("always refused")
        .also(facts.workflow.states.at(within).span, "switched off")
        .help("remove `inactive: true`, or lead to a state that enters no inactive one")
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
