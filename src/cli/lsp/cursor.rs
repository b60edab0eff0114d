//! Where the cursor stands in a file that is being written, and so need not be YAML yet.
//!
//! In: a text and an offset. Out: a [`Cursor`]: the keys around it, the innermost last, what of a value stands before
//! it, and the word that it ends.

use super::flow::{Flow, behind, beside, flow, raised, unquoted};

/// What is being written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cursor {
    /// The keys around the place, from the top of the file.
    pub(super) keys: Vec<String>,
    /// Whether a key is written; a value otherwise.
    pub(super) is_key: bool,
    /// The value up to the place; of a list, the item.
    pub(super) value: String,
    /// The event that was named last before, as far as one is near.
    pub(super) raised: Option<String>,
    /// Of a list, the other items.
    pub(super) others: Vec<String>,
    /// How many bytes of the word at the place stand before it.
    pub(super) word: usize,
}

impl Cursor {
    /// The cursor at an offset; `None` within a comment.
    pub(super) fn at(text: &str, offset: usize) -> Option<Self> {
        let before = text.get(..offset)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..).unwrap_or_default();
        if is_comment(line) {
            return None;
        }
        let (mut keys, rest, is_text) = keys_of_lines(before.get(..start)?, line);
        let Flow {
            keys: inner,
            value,
            is_key,
            items,
            is_open,
        } = flow(&rest);
        let after = text.get(offset..).unwrap_or_default();
        let others = match items {
            Some(items) => items.into_iter().chain(behind(after)).collect(),
            None if !is_open => beside(before.get(..start)?, line, after),
            None => Vec::new(),
        };
        // A word alone on its line becomes a key there, but for an item of a list.
        let is_name = |c| is_word(c) || c == '.';
        let is_whole = inner.is_empty() && line.trim_start() == rest;
        let is_alone = is_whole && !is_text && rest.chars().all(is_name);
        let is_key = is_key || is_alone;
        keys.extend(inner);
        // What YAML takes out of double quotes.
        let value = match value.strip_prefix('"').filter(|_| !is_text) {
            Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => value,
        };
        let word = value.chars().rev().take_while(|c| is_word(*c));
        Some(Self {
            word: word.map(char::len_utf8).sum(),
            keys,
            is_key,
            value,
            others,
            raised: raised(before),
        })
    }

    /// How many bytes of the dotted name at the place stand before it.
    pub(super) fn dotted(&self) -> usize {
        let name = self.value.chars().rev();
        let name = name.take_while(|c| is_word(*c) || *c == '.');
        name.map(char::len_utf8).sum()
    }

    /// The innermost key.
    pub(super) fn key(&self) -> &str {
        self.keys.last().map_or("", String::as_str)
    }

    /// The key so many further out.
    pub(super) fn around(&self, further: usize) -> &str {
        let place = self.keys.len().checked_sub(further + 1);
        let key = place.and_then(|place| self.keys.get(place));
        key.map_or("", String::as_str)
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a line is a comment by its end.
fn is_comment(line: &str) -> bool {
    let mut quote = None;
    let mut last = ' ';
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '#') if last.is_whitespace() => return true,
            _ => {}
        }
        last = c;
    }
    false
}

/// How far a line is indented, the marks of list items counting as spaces.
fn indent(line: &str) -> usize {
    line.find(|c: char| c != ' ' && c != '-')
        .unwrap_or(line.len())
}

/// The keys that lines are written under, what the last line says below them, and whether that is part of a text over
/// several lines.
fn keys_of_lines(above: &str, line: &str) -> (Vec<String>, String, bool) {
    let mut keys = Vec::new();
    let mut rest = line.get(indent(line)..).unwrap_or_default().to_owned();
    let mut below = vec![rest.clone()];
    let mut limit = indent(line);
    let is_item = line.trim_start().starts_with("- ") || line.trim() == "-";
    if let Some((key, value)) = block_key(&rest) {
        keys.push(key);
        rest = value;
    }
    // A list may stand as far out as its key.
    let mut dash = is_item.then(|| line.len() - line.trim_start().len());
    let mut depth = 0_i32;
    let mut is_text = false;
    for line in above.lines().rev() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        below.push(line.get(indent(line)..).unwrap_or_default().to_owned());
        depth += closed(content);
        if depth < 0 {
            // Braces that are open here go on in the lines below: what these say stands within.
            keys.clear();
            rest = below
                .iter()
                .rev()
                .map(String::as_str)
                .collect::<Vec<&str>>()
                .join(" ");
            limit = limit.min(indent(line));
            depth = 0;
            if let Some((key, value)) = block_key(&rest) {
                keys.push(key);
                rest = value;
            }
            continue;
        }
        let here = indent(line);
        let outer =
            here < limit || dash.is_some_and(|dash| here <= dash && !content.starts_with('-'));
        if depth > 0 || !outer {
            continue;
        }
        limit = here;
        dash = content
            .starts_with("- ")
            .then(|| line.len() - line.trim_start().len());
        if let Some((key, value)) = block_key(line.get(here..).unwrap_or_default()) {
            is_text |= keys.is_empty() && value.starts_with(['|', '>']);
            keys.push(key);
        }
    }
    keys.reverse();
    (keys, rest, is_text)
}

/// How many more brackets a line closes than it opens.
fn closed(line: &str) -> i32 {
    let line = unquoted(line);
    let count = |brackets: [char; 2]| line.matches(brackets).count();
    let difference = count(['}', ']']).abs_diff(count(['{', '[']));
    let difference = i32::try_from(difference).unwrap_or(0);
    match count(['}', ']']) >= count(['{', '[']) {
        true => difference,
        false => -difference,
    }
}

/// The key that a line begins with, and what stands behind it.
fn block_key(line: &str) -> Option<(String, String)> {
    // Those of migration files are dotted.
    let end = line.find(|c| !is_word(c) && c != '.')?;
    let (key, rest) = line.split_at_checked(end)?;
    let rest = rest.strip_prefix(':')?;
    let ends = rest.is_empty() || rest.starts_with(' ');
    (ends && !key.is_empty()).then(|| (key.to_owned(), rest.trim_start().to_owned()))
}
