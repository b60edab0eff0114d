//! A required slot that no active state fills.

use std::collections::BTreeMap;

use super::duplicate_slot::slots;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "empty-slot",
    level: Level::Error,
    page: include_str!("empty-slot.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let Some(slot) = &facts.workflow.slot else {
        return;
    };
    let filled: BTreeMap<_, _> = slots(facts, slot).into_iter().collect();
    for (values, span) in &slot.required {
        let key: Vec<String> = values.iter().map(ToString::to_string).collect();
        let states = filled.get(&key).map_or(&[][..], Vec::as_slice);
        if states.iter().any(|state| !state.inactive) {
            continue;
        }
        let message = format!(
            "no active state fills the required slot `{}`",
            key.join(", ")
        );
        let mut finding = Diagnostic::new(&RULE, *span, message).label("required on every site");
        for state in states.iter().take(3) {
            finding = finding.also(state.span, "fills it, but is inactive");
        }
        report.push(finding.help("give one active top-level state these attributes"));
    }
}
