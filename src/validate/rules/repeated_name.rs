//! A name that stands twice in one list.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::document::{Branch, Members, Move, Name, OneOrMany, Target};
use crate::source::Span;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "repeated-name",
    level: Level::Warning,
    page: include_str!("repeated-name.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let document = facts.document;
    let defaults = document.defaults.iter();
    defaults.for_each(|defaults| list(&defaults.by, report));
    for event in &document.transitions {
        let event = &event.value;
        for row in event.moves.iter().chain([&event.single]) {
            moved(row, report);
        }
    }
    for automatic in &document.always {
        list(&automatic.from, report);
    }
    for group in &document.groups {
        if let Members::Names(states) = &group.value.members {
            list(states, report);
        }
    }
}

fn moved(row: &Move, report: &mut Report) {
    list(&row.by, report);
    list(&row.from, report);
    let branches = row.branches.iter().map(|Branch { to, .. }| to);
    for target in branches.chain([&row.to]).flatten() {
        if let Target::Choose(choose) = target {
            list(&choose.choose, report);
        }
    }
}

fn list(names: &OneOrMany<Name>, report: &mut Report) {
    if names.iter().len() < 2 {
        return;
    }
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        let Some(&earlier) = first.get(name.value.as_str()) else {
            first.insert(&name.value, name.span);
            continue;
        };
        let message = format!("`{}` stands twice in the list", name.value);
        let finding = Diagnostic::new(&RULE, name.span, message).also(earlier, "it stands here");
        report.push(finding.help("leave it out, or name what was meant beside it"));
    }
}
