//! Two states with the same value of a unique attribute.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, State};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "duplicate-attribute",
    level: Level::Error,
    page: include_str!("duplicate-attribute.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let attributes = facts.workflow.attributes.iter();
    for (id, attribute) in attributes.filter(|(_, attribute)| attribute.unique) {
        let mut first: BTreeMap<String, &State> = BTreeMap::new();
        for state in facts.workflow.top_level() {
            let Some(Some(value)) = state.attributes.get(id.index()) else {
                continue;
            };
            let Some(other) = first.get(&value.to_string()) else {
                first.insert(value.to_string(), state);
                continue;
            };
            let name = &attribute.name;
            let message = format!(
                "`{}` and `{}` have the same `{name}`: `{value}`",
                other.path, state.path
            );
            let finding = Diagnostic::new(&RULE, state.span, message)
                .label(format!("has `{value}` too"))
                .also(other.span, format!("has `{value}`"))
                .also(attribute.span, "declared unique");
            report.push(finding.help(format!("give one of them another `{name}`")));
        }
    }
}
