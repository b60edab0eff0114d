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
    for state in states.filter(|state| *facts.immutable.at(state.id) && !state.is_final()) {
        let around = std::iter::once(state.id).chain(facts.workflow.ancestors(state.id));
        let around = around.map(|id| facts.workflow.states.at(id));
        let Some(sealed) = around.filter(|state| state.immutable).last() else {
            continue;
        };
        let mut ways = state.outgoing.clone();
        if sealed.id == state.id {
            // A transition of a state around it serves the orders in it as well.
            let outers = facts.workflow.ancestors(state.id);
            ways.extend(
                outers.flat_map(|id| facts.workflow.states.at(id).outgoing.iter().copied()),
            );
        }
        for transition in ways {
            let transition = *facts.workflow.transitions.at(transition);
            if let Some(finding) = judge(facts, sealed, transition) {
                report.push(finding);
            }
        }
    }
}

/// Judges a transition out of an immutable state, or out of one within it.
fn judge(facts: &Facts<'_>, sealed: &State, transition: Transition) -> Option<Diagnostic> {
    let workflow = facts.workflow;
    let row = workflow.rows.at(transition.row);
    let inside = |id| id != sealed.id && workflow.within(id, sealed.id);
    let leaves = |target: &Target| match target {
        Target::Stay | Target::Several(_) => false,
        Target::State(target) | Target::History { state: target, .. } => {
            !inside(transition.source) || !workflow.within(*target, sealed.id)
        }
        Target::Back | Target::Choose(_) | Target::Unresolved => true,
    };
    let mut targets = row.branches.iter().flat_map(|branch| branch.target.parts());
    let leaves = targets.any(leaves);
    let sets = !row.deed.set.is_empty() || row.branches.iter().any(|b| !b.deed.set.is_empty());
    let (what, label) = match (leaves, sets) {
        (true, _) => ("has a way out", "leads out of"),
        (false, true) => ("has its context changed", "changes the context in"),
        (false, false) => return None,
    };
    let message = format!("`{}` is immutable and yet {what}", sealed.path);
    let mut finding = Diagnostic::new(&RULE, transition.source_span, message)
        .label(format!("{label} `{}`", sealed.path))
        .also(sealed.span, "immutable");
    let groups = workflow.groups.rows().iter();
    for group in groups.filter(|group| group.immutable && group.states.contains(&sealed.id)) {
        finding = finding.also(group.span, "makes its states immutable");
    }
    Some(finding.help("remove `immutable`, or take the state out of the sources"))
}
