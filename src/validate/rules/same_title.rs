//! Two states that people cannot tell apart.

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::State;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "same-title",
    level: Level::Warning,
    page: include_str!("same-title.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let states = facts.workflow.top_level();
    let mut first: IndexMap<String, &State, RandomState> = IndexMap::default();
    for state in states.filter(|state| state.deprecated.is_none() && !state.title.text.is_empty()) {
        let title = state.title.text.to_lowercase();
        let Some(other) = first.get(&title) else {
            first.insert(title, state);
            continue;
        };
        let message = format!(
            "`{}` and `{}` have the same title: `{}`",
            other.path, state.path, state.title.text
        );
        let finding = Diagnostic::new(&RULE, state.span, message)
            .label("has the title too")
            .also(other.span, "has the title");
        report.push(finding.help("give one of them another `title:`"));
    }
}
