//! What is wrong with an override, in words.

use super::{Verb, rules};
use crate::diagnostic::Diagnostic;
use crate::parse::decode::shorten;
use crate::parse::tree::{Node, Pair};
use crate::source::{Span, Texts};

/// What a section of a workflow lists, as people call one of it.
const NOUNS: [(&str, &str); 13] = [
    ("settings", "setting"),
    ("context", "field"),
    ("actors", "actor"),
    ("flags", "flag"),
    ("attributes", "attribute"),
    ("guards", "guard"),
    ("effects", "effect"),
    ("groups", "group"),
    ("children", "child set"),
    ("states", "state"),
    ("regions", "region"),
    ("timers", "timer"),
    ("transitions", "event"),
];

/// What the last part of a path is, by the section that it stands in.
pub(super) fn noun(path: &[String]) -> &'static str {
    let section = path.len().checked_sub(2).and_then(|at| path.get(at));
    section.map_or("key", |section| of_section(section))
}

/// What stands in the section that a path leads to.
pub(super) fn noun_in(path: &[String]) -> &'static str {
    path.last().map_or("key", |section| of_section(section))
}

fn of_section(section: &str) -> &'static str {
    let known = NOUNS.iter().find(|(key, _)| *key == section);
    known.map_or("part", |(_, noun)| noun)
}

/// A path as it is written.
pub(super) fn shown(path: &[String]) -> String {
    path.join(".")
}

pub(super) fn not_in_base<'a>(
    pair: &Pair<'_>,
    what: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let place = pair.value.extent_of_key();
    missing(&pair.key.text, place, what, known)
}

pub(super) fn missing<'a>(
    name: &str,
    place: Span,
    what: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let shown = shorten(name);
    let message = format!("the base has no {what} `{shown}`");
    Diagnostic::new(&rules::NOT_IN_BASE, place, message).did_you_mean(name, known)
}

pub(super) fn already(pair: &Pair<'_>, base: Span, path: &[String]) -> Diagnostic {
    let name = shorten(&pair.key.text);
    let help = match noun(path) {
        "key" | "part" => format!("write `{name}` under `change:`"),
        _ => format!("give it another name, or write `{name}` under `change:`"),
    };
    there_already(pair.value.extent_of_key(), base, path).help(help)
}

pub(super) fn already_listed(place: Span, base: Span, path: &[String]) -> Diagnostic {
    there_already(place, base, path).help("remove it here: it stands in the list")
}

fn there_already(place: Span, base: Span, path: &[String]) -> Diagnostic {
    let message = format!("the base has `{}` already", shown(path));
    Diagnostic::new(&rules::ALREADY_IN_BASE, place, message)
        .label("added here")
        .also(base, "in the base")
}

/// What is said of the file itself, in a section about its base.
pub(super) fn of_the_file(key: &str, place: Span, verb: Verb) -> Diagnostic {
    let message = format!("`{key}` is said by each file of itself");
    let help = match (verb, key) {
        (Verb::Remove, _) | (_, "flagstate") => "remove it here".to_owned(),
        _ => format!("write `{key}:` at the top of the file"),
    };
    Diagnostic::new(&crate::parse::MISPLACED_KEY, place, message).help(help)
}

/// What is changed or added where the file removes it.
pub(super) fn removed_here(pair: &Pair<'_>, removed: Span, path: &[String]) -> Diagnostic {
    let message = format!("`{}` is removed by this file", shown(path));
    Diagnostic::new(&rules::NOT_IN_BASE, pair.value.extent_of_key(), message)
        .label("changed here")
        .also(removed, "removed here")
        .help("keep one of them; what stands in its place is written under `add:`")
}

/// What is overridden at a second place.
pub(super) fn twice(place: Span, first: Span, path: &[String]) -> Diagnostic {
    let message = format!("`{}` is overridden twice", shown(path));
    Diagnostic::new(&rules::OVERRIDDEN_TWICE, place, message)
        .also(first, "overridden here before")
        .help("keep one of them")
}

pub(super) fn idle(value: &Node<'_>, base: Span, path: &[String], texts: Texts<'_>) -> Diagnostic {
    let place = point(value, texts);
    let message = format!("`{}` is like that in the base", shown(path));
    Diagnostic::new(&rules::IDLE_OVERRIDE, place, message)
        .also(base, "in the base")
        .help("remove it: the base's value stands without it")
}

pub(super) fn nothing_said(node: &Node<'_>, path: &[String], texts: Texts<'_>) -> Diagnostic {
    let message = match path {
        [] => "nothing is said here".to_owned(),
        path => format!("nothing is said about `{}`", shown(path)),
    };
    Diagnostic::new(&crate::parse::WRONG_TYPE, point(node, texts), message)
        .help("write what it is to be, or remove the key")
}

pub(super) fn no_mapping(node: &Node<'_>, path: &[String], texts: Texts<'_>) -> Diagnostic {
    let message = format!("expected a mapping under `{}`", shown(path));
    Diagnostic::new(&crate::parse::WRONG_TYPE, point(node, texts), message)
}

pub(super) fn no_list(node: &Node<'_>, path: &[String], texts: Texts<'_>) -> Diagnostic {
    let message = format!("expected a list under `{}`", shown(path));
    Diagnostic::new(&crate::parse::WRONG_TYPE, point(node, texts), message)
}

/// The place that stands for a node in the base: all of it, or its key where it takes several lines.
pub(super) fn place(node: &Node<'_>, texts: Texts<'_>) -> Span {
    let extent = node.extent();
    match node.key {
        Some(key) if texts.slice(extent).contains('\n') => key,
        _ => extent,
    }
}

/// The place that stands for a node: its text, or its key where it takes several lines or none.
fn point(node: &Node<'_>, texts: Texts<'_>) -> Span {
    let text = texts.slice(node.span);
    match node.key {
        Some(key) if text.is_empty() || text.contains('\n') => key,
        _ => node.span,
    }
}
