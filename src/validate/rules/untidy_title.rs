//! A title that is empty, or with stray spaces.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "untidy-title",
    level: Level::Warning,
    page: include_str!("untidy-title.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in facts.states() {
        let own = std::iter::once(&state.title.text);
        let titles = own.chain(state.title.by.iter().map(|(_, title)| title));
        let mut untidy = titles.filter(|title| !is_tidy(title));
        let inherits = state
            .parent
            .is_some_and(|id| facts.workflow.states.at(id).title == state.title);
        let Some(title) = untidy.next().filter(|_| !inherits) else {
            continue;
        };
        let message = match title.trim() {
            "" => format!("the title of `{}` is empty", state.path),
            trimmed => format!("the title `{trimmed}` of `{}` has stray spaces", state.path),
        };
        let finding = Diagnostic::new(&RULE, state.span, message).label("people see this title");
        report.push(
            finding.help("write words, with single spaces between them, or leave `title:` out"),
        );
    }
}

/// Whether a title has words, and single spaces between them alone.
fn is_tidy(title: &str) -> bool {
    let words: Vec<&str> = title.split_whitespace().collect();
    !words.is_empty() && words.join(" ") == title
}
