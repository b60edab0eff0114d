//! The names that an expression uses, whether it compiles or not.
//!
//! In: its text. Out: each name with its bytes, by what stands around it: `order.` and the like, `in_state("…")`,
//! or nothing, which may be a named guard or a set of children.

use std::ops::Range;

/// A name in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word<'a> {
    /// Behind a root, as `total` of `order.total`; `"total" in order` is the same.
    Member(&'a str, &'a str, Range<usize>),
    /// By itself.
    Bare(&'a str, Range<usize>),
    /// In quotes, with what they belong to.
    Quoted(Of<'a>, &'a str, Range<usize>),
}

/// What quotes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of<'a> {
    /// `in_state("…")`.
    InState,
    /// A method of a set of children, `suborders.all("…")`.
    Children(&'a str),
    /// `actor.role`, which is compared with them.
    Role,
    /// `order` or `event`, which is asked for them.
    Asked(&'a str),
    /// Anything else.
    Other,
}

/// The names of an expression, in order.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with('"') {
            let inner = quoted(rest);
            let (start, end) = (at + 1, at + 1 + inner.len());
            let before = text.get(..at).unwrap_or_default().trim_end();
            let behind = text.get(end + 1..).unwrap_or_default().trim_start();
            found.push(match of(before, behind) {
                Of::Asked(root) => Word::Member(root, inner, start..end),
                of => Word::Quoted(of, inner, start..end),
            });
            at = end + 1;
            continue;
        }
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let (word, end) = (rest.get(..length).unwrap_or_default(), at + length);
        let so_far = text.get(..at).unwrap_or_default().trim_end();
        match so_far.strip_suffix('.') {
            Some(root) => found.push(Word::Member(last_word(root.trim_end()), word, at..end)),
            None => found.push(Word::Bare(word, at..end)),
        }
        at = end;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What stands between a quote and the next one.
fn quoted(rest: &str) -> &str {
    let mut escaped = false;
    let inner = rest.get(1..).unwrap_or_default();
    let end = inner.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    inner.get(..end.unwrap_or(inner.len())).unwrap_or_default()
}

/// The word that a text ends with.
fn last_word(text: &str) -> &str {
    let start = text.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}

/// What quotes between two texts belong to.
fn of<'a>(before: &'a str, behind: &'a str) -> Of<'a> {
    let called = before.strip_suffix('(').map(str::trim_end);
    // Brackets behind nothing stand around a question, as in `!("total" in order)`.
    if let Some(called) = called.filter(|called| !last_word(called).is_empty()) {
        let name = last_word(called);
        if name == "in_state" {
            return Of::InState;
        }
        let around = called.strip_suffix(name).map(str::trim_end);
        let set = around.and_then(|around| around.strip_suffix('.'));
        return set.map_or(Of::Other, |set| Of::Children(last_word(set.trim_end())));
    }
    let is_role = |text: &str| text.trim_end().ends_with("actor.role");
    let compared = ["==", "!="].into_iter();
    let mut left = compared
        .clone()
        .filter_map(|sign| before.strip_suffix(sign));
    let mut right = compared.filter_map(|sign| behind.strip_prefix(sign));
    if left.any(is_role) || right.any(|right| right.trim_start().starts_with("actor.role")) {
        return Of::Role;
    }
    // One of several, `actor.role in ["…", "…"]`.
    let list = before
        .rsplit_once('[')
        .filter(|(_, list)| !list.contains(']'));
    let asked = list.and_then(|(list, _)| list.trim_end().strip_suffix("in"));
    if asked.is_some_and(|asked| is_role(asked.trim_end().trim_end_matches('!'))) {
        return Of::Role;
    }
    let asked = behind.trim_start_matches('!').strip_prefix("in");
    let asked = asked.map_or("", str::trim_start);
    let end = asked.find(|c| !is_word(c) && c != '.');
    match asked.get(..end.unwrap_or(asked.len())) {
        Some(root @ ("order" | "event")) => Of::Asked(root),
        _ => Of::Other,
    }
}
