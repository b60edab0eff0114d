//! A title that is empty, or with stray spaces.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::document::{Entries, State, Title};
use crate::source::Spanned;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "untidy-title",
    level: Level::Warning,
    page: include_str!("untidy-title.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let mut open: Vec<(&str, &State)> = named(&facts.document.states).collect();
    while let Some((name, state)) = open.pop() {
        judge(name, state.title.as_ref(), report);
        open.extend(named(&state.states));
        for region in &state.regions {
            judge(&region.name.value, region.value.title.as_ref(), report);
            open.extend(named(&region.value.states));
        }
    }
}

fn named(states: &Entries<State>) -> impl Iterator<Item = (&str, &State)> {
    states.iter().map(|s| (s.name.value.as_str(), &s.value))
}

fn judge(name: &str, title: Option<&Title>, report: &mut Report) {
    let titles: Vec<&Spanned<String>> = match title {
        None => Vec::new(),
        Some(Title::Text(text)) => vec![text],
        Some(Title::By(texts)) => texts.iter().map(|text| &text.value).collect(),
    };
    for title in titles.into_iter().filter(|title| !is_tidy(&title.value)) {
        let message = match title.value.trim() {
            "" => format!("the title of `{name}` is empty"),
            trimmed => format!("the title `{trimmed}` of `{name}` has stray spaces"),
        };
        let finding = Diagnostic::new(&RULE, title.span, message).label("people see this title");
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
