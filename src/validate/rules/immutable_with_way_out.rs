//! A transition out of an immutable state, or one that changes its context.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{State, Target, Transition};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "immutable-with-way-out",
    level: Level::Error,
    page: include_str!("immutable-with-way-out.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let states = facts.states();
    for state in states.filter(|state| state.immutable && !state.is_final()) {
        for transition in state
            .outgoing
            .iter()
            .map(|&id| *facts.workflow.transitions.at(id))
        {
            if let Some(finding) = judge(facts, state, transition) {
                report.push(finding);
            }
        }
    }
}

fn judge(facts: &Facts<'_>, state: &State, transition: Transition) -> Option<Diagnostic> {
    let row = facts.workflow.rows.at(transition.row);
    let leaves = row.branches.iter().any(|b| b.target != Target::Stay);
    let sets = !row.set.is_empty() || row.branches.iter().any(|b| !b.set.is_empty());
    let (what, label) = match (leaves, sets) {
        (true, _) => ("has a way out", "leads out of"),
        (false, true) => ("has its context changed", "changes the context in"),
        (false, false) => return None,
    };
    let message = format!("`{}` is immutable and yet {what}", state.path);
    let mut finding = Diagnostic::new(&RULE, transition.source_span, message)
        .label(format!("{label} `{}`", state.path))
        .also(state.span, "immutable");
    let groups = facts.workflow.groups.rows().iter();
    for group in groups.filter(|group| group.immutable && group.states.contains(&state.id)) {
        finding = finding.also(group.span, "makes its states immutable");
    }
    Some(finding.help("remove `immutable`, or take the state out of the sources"))
}
