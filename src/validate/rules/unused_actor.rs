//! An actor who may do nothing.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-actor",
    level: Level::Warning,
    page: include_str!("unused-actor.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for actor in facts.workflow.actors.rows() {
        let used = facts.uses.any_actor || facts.uses.actors.contains(actor.name.as_str());
        let Some(span) = actor.span.filter(|_| facts.complete() && !used) else {
            continue;
        };
        let message = format!("the actor `{}` may do nothing", actor.name);
        let finding = Diagnostic::new(&RULE, span, message).label("named by no `by:` and no guard");
        report.push(finding.help("name the actor in a `by:`, or remove it"));
    }
}
