//! A title that is empty or with stray spaces, or another text for people that is empty.

use std::fmt;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::document::{Branch, Document, Entries, Guard, Move, OneOrMany, State, Title};
use crate::source::Spanned;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "untidy-title",
    level: Level::Warning,
    page: include_str!("untidy-title.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let document = facts.document;
    if let Some(title) = &document.title {
        judge(&"the workflow", title, report);
    }
    for (name, title) in declared(document) {
        judge(&format_args!("`{name}`"), title, report);
    }
    states(document, report);
    for guard in &document.guards {
        let owner = format!("`{}`", guard.name.value);
        told("refusal", &owner, guard.value.refusal.as_ref(), report);
    }
    for event in &document.transitions {
        let owner = format!("`{}`", event.name.value);
        for row in std::iter::once(&event.value.single).chain(&event.value.moves) {
            told("advice", &owner, row.advice.as_deref(), report);
            for refusal in refusals(row) {
                told("refusal", &owner, Some(refusal), report);
            }
        }
    }
}

/// The titles of all but states, with the names of what has them.
fn declared(document: &Document) -> impl Iterator<Item = (&str, &Spanned<String>)> {
    let plain = document.actors.0.iter().chain(&document.effects.0);
    let plain = plain.map(|entry| (&entry.name, &entry.value.title));
    let settings = document.settings.iter();
    let settings = settings.map(|entry| (&entry.name, &entry.value.title));
    let flags = document.flags.iter();
    let flags = flags.map(|entry| (&entry.name, &entry.value.title));
    let groups = document.groups.iter();
    let groups = groups.map(|entry| (&entry.name, &entry.value.title));
    let events = document.transitions.iter();
    let events = events.map(|entry| (&entry.name, &entry.value.title));
    let all = plain.chain(settings).chain(flags).chain(groups);
    all.chain(events)
        .filter_map(|(name, title)| Some((name.value.as_str(), title.as_ref()?)))
}

fn states(document: &Document, report: &mut Report) {
    let mut open: Vec<(&str, &State)> = named(&document.states).collect();
    while let Some((name, state)) = open.pop() {
        judge_all(name, state.title.as_ref(), report);
        open.extend(named(&state.states));
        for region in &state.regions {
            judge_all(&region.name.value, region.value.title.as_ref(), report);
            open.extend(named(&region.value.states));
        }
    }
}

fn named(states: &Entries<State>) -> impl Iterator<Item = (&str, &State)> {
    states.iter().map(|s| (s.name.value.as_str(), &s.value))
}

/// What the conditions of a row, and those of its branches, say to the person who is refused.
fn refusals(row: &Move) -> impl Iterator<Item = &Spanned<String>> {
    let branches = row.branches.iter();
    let guards = branches.map(|branch: &Branch| &branch.guard);
    let guards = std::iter::once(&row.guard).chain(guards).flatten();
    guards
        .flat_map(OneOrMany::iter)
        .filter_map(|guard| match guard {
            Guard::Inline(guard) => guard.refusal.as_ref(),
            Guard::Written(_) => None,
        })
}

fn judge_all(name: &str, title: Option<&Title>, report: &mut Report) {
    match title {
        None => {}
        Some(Title::Text(text)) => judge(&format_args!("`{name}`"), text, report),
        Some(Title::By(texts)) => {
            for text in texts {
                judge(&format_args!("`{name}`"), &text.value, report);
            }
        }
    }
}

fn judge(owner: &dyn fmt::Display, title: &Spanned<String>, report: &mut Report) {
    let text = title.value.trim();
    let message = match (text, control(&title.value)) {
        ("", _) => format!("the title of {owner} is empty"),
        (_, Some(control)) => format!("the title of {owner} has {control}"),
        (_, None) if is_tidy(&title.value) => return,
        (_, None) => format!("the title `{text}` of {owner} has stray spaces"),
    };
    let finding = Diagnostic::new(&RULE, title.span, message).label("people see this title");
    report
        .push(finding.help("write words, with single spaces between them, or leave `title:` out"));
}

/// Judges a text that may have several lines, and is for people as well.
fn told(kind: &str, owner: &str, text: Option<&Spanned<String>>, report: &mut Report) {
    let Some(text) = text else {
        return;
    };
    let control = control(&text.value.replace('\n', " "));
    let message = match (text.value.trim(), control) {
        ("", _) => format!("the {kind} of {owner} is empty"),
        (_, Some(control)) => format!("the {kind} of {owner} has {control}"),
        (_, None) => return,
    };
    let finding = Diagnostic::new(&RULE, text.span, message).label("people see this text");
    report.push(finding.help(format!("write words, or leave `{kind}:` out")));
}

/// What the first control character of a text is, if it has any.
fn control(text: &str) -> Option<String> {
    let found = text.chars().find(|c| c.is_control())?;
    Some(match found {
        '\n' | '\r' => "a line break".to_owned(),
        '\t' => "a tab".to_owned(),
        other => format!("a control character (U+{:04X})", u32::from(other)),
    })
}

/// Whether a title has words, and single spaces between them alone.
fn is_tidy(title: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    title.split(' ').all(is_word)
}
