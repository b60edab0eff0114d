//! A transition out of a final state.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "final-with-way-out",
    level: Level::Error,
    page: include_str!("final-with-way-out.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    for state in facts.states().filter(|state| state.is_final()) {
        for transition in state
            .outgoing
            .iter()
            .map(|&id| *workflow.transitions.at(id))
        {
            let mut branches = workflow.rows.at(transition.row).branches.iter();
            let Some(branch) = branches.find(|b| b.target != crate::graph::Target::Stay) else {
                continue;
            };
            let message = format!("`{}` is final and yet has a way out", state.path);
            let finding = Diagnostic::new(&RULE, transition.source_span, message)
                .label(format!("leads out of `{}`", state.path))
                .also(state.span, "declared final")
                .also(branch.target_span, "leads here");
            report.push(finding.help("remove `final: true`, or take the state out of the sources"));
        }
    }
}
