//! Braces, brackets and lists around the cursor.
//!
//! In: a text that is being written. Out: the keys and the items around its end, of what is open there.

use super::cursor::is_word;

/// What is within brackets that are still open.
pub(super) struct Flow {
    pub(super) keys: Vec<String>,
    /// What is written of the innermost value or key.
    pub(super) value: String,
    pub(super) is_key: bool,
    /// Of a list, what stands before in it.
    pub(super) items: Option<Vec<String>>,
    /// Whether any are open.
    pub(super) is_open: bool,
}

/// A bracket that is still open.
struct Bracket {
    is_brace: bool,
    /// The last key.
    key: Option<String>,
    /// The items before the last one.
    items: Vec<String>,
}

impl Bracket {
    fn new(sign: char) -> Self {
        Self {
            is_brace: sign == '{',
            key: None,
            items: Vec::new(),
        }
    }
}

pub(super) fn flow(text: &str) -> Flow {
    let mut open: Vec<Bracket> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let (mut last, mut escaped) = (' ', false);
    for c in text.chars() {
        let is_escaped = std::mem::take(&mut escaped);
        escaped = quote == Some('"') && c == '\\' && !is_escaped;
        match (quote, c) {
            (Some('"'), '"') if is_escaped => word.push(c),
            (None, '"' | '\'') if word.trim().is_empty() => {
                quote = Some(c);
                word.push(c);
            }
            (Some(one), c) if c == one => {
                quote = None;
                word.push(c);
            }
            (None, '{' | '[') if word.trim().is_empty() => {
                open.push(Bracket::new(c));
                word.clear();
            }
            (None, '}' | ']') if !open.is_empty() && !has_open(&word) => {
                open.pop();
                word.clear();
            }
            (None, ',') if !open.is_empty() && !has_open(&word) => {
                if let Some(Bracket { key, items, .. }) = open.last_mut() {
                    *key = None;
                    items.push(plain(&word));
                }
                word.clear();
            }
            (None, ' ') if last == ':' => match open.last_mut() {
                Some(Bracket {
                    is_brace: true,
                    key: key @ None,
                    ..
                }) => {
                    *key = Some(word.trim().trim_end_matches(':').to_owned());
                    word.clear();
                }
                _ => word.push(c),
            },
            _ => word.push(c),
        }
        last = c;
    }
    let innermost = open.last();
    Flow {
        is_key: innermost.is_some_and(|it| it.is_brace && it.key.is_none()),
        items: innermost
            .filter(|it| !it.is_brace)
            .map(|it| it.items.clone()),
        is_open: innermost.is_some(),
        value: word.trim_start().to_owned(),
        keys: open.into_iter().filter_map(|it| it.key).collect(),
    }
}

/// The event that the last `event:` near the end of a text names.
pub(super) fn raised(before: &str) -> Option<String> {
    let (_, rest) = before.rsplit_once("event: ")?;
    let is_near = rest.matches('\n').count() < 20;
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    rest.get(..end).filter(|_| is_near).map(str::to_owned)
}

/// The items of a list in brackets behind the one at hand.
pub(super) fn behind(after: &str) -> Vec<String> {
    let end = after.find([']', '\n']).unwrap_or(after.len());
    let rest = after.get(..end).unwrap_or_default();
    rest.split(',').skip(1).map(plain).collect()
}

/// The other items of the list of which a line is one.
pub(super) fn beside(above: &str, line: &str, after: &str) -> Vec<String> {
    let dash = line.len() - line.trim_start().len();
    if !line.trim_start().starts_with("- ") {
        return Vec::new();
    }
    let is_within = |line: &&str| {
        let out = line.len() - line.trim_start().len();
        line.trim().is_empty() || out > dash || (out == dash && line.trim_start().starts_with("- "))
    };
    let item = |line: &str| {
        let rest = line.get(dash..)?.strip_prefix("- ")?;
        Some(plain(rest))
    };
    let above = above.lines().rev().take_while(is_within).filter_map(item);
    let below = after.lines().skip(1).take_while(is_within).filter_map(item);
    above.chain(below).collect()
}

/// A scalar without its quotes, and without a comment behind it.
fn plain(text: &str) -> String {
    let end = text.find(" #").unwrap_or(text.len());
    let text = text.get(..end).unwrap_or_default();
    text.trim().trim_matches(['"', '\'']).to_owned()
}

/// Whether an expression has brackets that are not closed yet.
fn has_open(text: &str) -> bool {
    let count = |c: char| text.matches(c).count();
    count('(') > count(')') || count('[') > count(']')
}

/// A line without what stands in quotes.
pub(super) fn unquoted(line: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let (mut last, mut escaped) = (' ', false);
    for c in line.chars() {
        let is_escaped = std::mem::take(&mut escaped);
        escaped = quote == Some('"') && c == '\\' && !is_escaped;
        match quote {
            Some(open) if c == open && !is_escaped => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') && " [{(,".contains(last) => quote = Some(c),
            None => plain.push(c),
        }
        last = c;
    }
    plain
}
