//! An effect that no step asks for.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-effect",
    level: Level::Warning,
    page: include_str!("unused-effect.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for effect in facts.workflow.effects.rows() {
        let used = facts.uses.effects.contains(effect.name.as_str());
        let Some(span) = effect.span.filter(|_| facts.complete() && !used) else {
            continue;
        };
        let message = format!("no step asks for the effect `{}`", effect.name);
        let finding = Diagnostic::new(&RULE, span, message).label("never asked for");
        report.push(
            finding.help("name it under the `effects:` of a transition or state, or remove it"),
        );
    }
}
