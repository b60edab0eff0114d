//! A transition by somebody who may not enter its target.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{ActorId, StateId};
use crate::validate::entry::{Entry, entered_along, enters, entries};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "system-only-target",
    level: Level::Error,
    page: include_str!("system-only-target.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let guarded = entered_along(facts, |state| state.enter.by.is_some());
    for entry in entries(facts) {
        for &state in guarded.at(entry.target) {
            if let Some(finding) = judge(facts, &entry, state) {
                report.push(finding);
            }
        }
    }
}

fn judge(facts: &Facts<'_>, entry: &Entry<'_>, state: StateId) -> Option<Diagnostic> {
    let workflow = facts.workflow;
    let hook = &workflow.states.at(state).enter;
    let allowed = hook.by.as_ref()?;
    let members = entry.row.by.members.iter().copied();
    let barred: Vec<ActorId> = members.filter(|&actor| !allowed.contains(actor)).collect();
    let entered = |t: &crate::graph::Transition| enters(facts, t.source, entry.target, state);
    if barred.is_empty() || entry.transitions(facts).find(entered).is_none() {
        return None;
    }
    let names = |ids: &[ActorId]| {
        let names = ids
            .iter()
            .map(|&id| format!("`{}`", workflow.actors.at(id).name));
        names.collect::<Vec<_>>().join(", ")
    };
    let path = facts.path(state);
    let message = format!("{} may not enter `{path}`", names(&barred));
    let mut finding = Diagnostic::new(&RULE, entry.span, message)
        .label(format!("enters `{path}`"))
        .also(
            hook.by_span.unwrap_or(workflow.states.at(state).span),
            format!("only {} may enter", names(&allowed.members)),
        );
    if let Some(span) = entry.row.by.span {
        finding = finding.also(span, "who may cause it");
    }
    Some(finding.help("lead elsewhere, let another actor cause it, or widen `enter.by`"))
}
