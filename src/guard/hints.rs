//! What was probably meant, for forms of other languages.
//!
//! In: the text of an expression and the place of what means nothing in it. Out: a hint that says how
//! it is written here, where that is clear.

use std::collections::BTreeMap;
use std::ops::Range;

use rust_decimal::Decimal;

use super::habits;
use super::place::{is_word, quoted};
use crate::parse::scalar::in_flow;
use crate::time::meant::{self, Meant};

/// The longest text of a guard, in bytes, that a hint writes down.
const LONGEST: usize = 80;

/// For a comparison with `null`: whether a field is set.
pub(super) fn unset(text: &str, token: &Range<usize>) -> Option<String> {
    if !matches!(text.get(token.clone())?, "null" | "nil" | "undefined") {
        return None;
    }
    let before = text.get(..token.start)?.trim_end();
    let (chain, is_in) = match before.strip_suffix("==") {
        Some(chain) => (chain, "!in"),
        None => (before.strip_suffix("!=")?, "in"),
    };
    let chain = chain.trim_end();
    let start = chain.trim_end_matches(|c| is_word(c) || c == '.').len();
    let (root, field) = chain.get(start..)?.split_once('.')?;
    let is_field = matches!(root, "order" | "event" | "actor") && !field.contains('.');
    is_field.then(|| format!("ask whether the field is set: `\"{field}\" {is_in} {root}`"))
}

/// For a question that other languages ask with a word between two values: what is said of the word, and how the
/// question is written here.
pub(super) fn other_form(text: &str, at: usize, word: &str) -> Option<(String, String)> {
    let before = text.get(..at)?.trim_end();
    let start = before
        .trim_end_matches(|c: char| is_word(c) || c == '.')
        .len();
    let asked = before.get(start..).filter(|asked| !asked.is_empty())?;
    let mut rest = text.get(at + word.len()..)?.split_whitespace();
    let help = match word.to_ascii_lowercase().as_str() {
        "between" => {
            let (low, and, high) = (rest.next()?, rest.next()?, rest.next()?);
            and.eq_ignore_ascii_case("and")
                .then(|| format!("write `between({asked}, {low}, {high})`"))?
        }
        "is" => {
            let next = rest.next()?;
            let is_not = next.eq_ignore_ascii_case("not");
            let value = if is_not { rest.next()? } else { next };
            let (root, field) = asked.split_once('.').unwrap_or(("", asked));
            match matches!(value, "null" | "NULL" | "nil" | "None") && !root.is_empty() {
                true => {
                    let is_in = if is_not { "in" } else { "!in" };
                    format!("ask whether the field is set: `\"{field}\" {is_in} {root}`")
                }
                false => {
                    let operator = if is_not { "!=" } else { "==" };
                    format!("write `{asked} {operator} {value}`")
                }
            }
        }
        _ if asked == "in" => return None,
        _ => return habits::operator(asked, word, rest.next()),
    };
    Some((format!("`{word}` is no operator"), help))
}

/// For what stands behind a `not` from `start` on, as far as that reaches: where it ends and what it is, where it is a
/// comparison or asks what contains something, which `!` would not deny as a whole.
pub(super) fn denied(text: &str, start: usize) -> Option<(usize, &str)> {
    let rest = text.get(start..)?;
    let mut open = 0_usize;
    let mut compares = false;
    let mut at = 0;
    while let Some(c) = rest.get(at..).and_then(|rest| rest.chars().next()) {
        let here = rest.get(at..).unwrap_or_default();
        let word = c.is_whitespace().then(|| here.split_whitespace().next());
        let word = word.flatten().unwrap_or_default();
        let is_joined = here.starts_with("&&")
            || here.starts_with("||")
            || matches!(word, "and" | "or" | "AND" | "OR");
        match c {
            '"' => {
                at += quoted(here);
                continue;
            }
            '(' | '[' => open += 1,
            ')' | ']' | ',' if open == 0 => break,
            ')' | ']' => open -= 1,
            _ if open == 0 && is_joined => break,
            '<' | '>' | '=' if open == 0 => compares = true,
            _ if open == 0 && word == "in" => compares = true,
            _ => {}
        }
        at += c.len_utf8();
    }
    let denied = rest.get(..at)?;
    let end = start + denied.trim_end().len();
    (compares && !denied.trim().starts_with('!')).then(|| (end, denied.trim()))
}

/// Whether nothing stands there that an operator before it could be about.
pub(super) fn ends(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default().trim_start();
    rest.is_empty() || rest.starts_with([')', ']', ',', '&', '|'])
}

/// Whether `not` there asks what does not contain something (`x not in …`): how much of the text that is.
pub(super) fn not_in(text: &str, at: usize) -> Option<usize> {
    let is_value = |c: char| is_word(c) || matches!(c, '"' | ')' | ']');
    text.get(..at)?
        .trim_end()
        .chars()
        .next_back()
        .filter(|&c| is_value(c))?;
    let rest = text.get(at + "not".len()..)?;
    let behind = rest.trim_start();
    let behind = behind
        .strip_prefix("in")
        .or_else(|| behind.strip_prefix("IN"))?;
    let is_whole = behind.len() + "in".len() < rest.len() && !behind.starts_with(is_word);
    is_whole.then(|| text.len() - at - behind.len())
}

/// A day as other languages write it, in quotes or without.
pub(super) fn day(written: &str) -> Option<Meant> {
    meant::date(written.trim_matches('"'))
}

/// How a day is written in a guard.
pub(super) fn day_hint(day: &Meant) -> String {
    match day {
        Meant::Written(day) => format!("write `date(\"{day}\")`"),
        Meant::Unsure(_) => {
            "a day is written year first and in quotes: `date(\"2026-12-31\")`".to_owned()
        }
    }
}

/// For the `:` of a point in time that is written without quotes.
pub(super) fn moment(text: &str, at: usize) -> Option<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let before = text.get(..at)?;
    let rest = before.trim_end_matches(is_digit);
    let hour = before.get(rest.len()..).filter(|hour| !hour.is_empty())?;
    let rest = rest.strip_suffix(['T', 't', ' '])?;
    let start = rest
        .trim_end_matches(|c: char| is_digit(c) || matches!(c, '-' | '/' | '.'))
        .len();
    let Meant::Written(day) = day(rest.get(start..)?)? else {
        return None;
    };
    let behind = text.get(at + 1..)?;
    let minute = behind.get(..behind.len() - behind.trim_start_matches(is_digit).len())?;
    Some(format!(
        "a point in time is written in quotes, with its zone: `datetime(\"{day}T{hour:0>2}:{minute:0>2}:00Z\")`"
    ))
}

/// How a length of time is written that stands there as a text or without brackets: `30m`, `"3d"`.
pub(super) fn length(written: &str) -> String {
    let text = written.trim_matches('"');
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let unit = match text.get(digits.len()..).unwrap_or_default().trim() {
        "d" | "day" | "days" => "days",
        "h" | "hour" | "hours" => "hours",
        "m" | "min" | "minute" | "minutes" => "minutes",
        "s" | "sec" | "second" | "seconds" => "seconds",
        _ => "",
    };
    match is_number && !unit.is_empty() {
        true => format!("write `{unit}({digits})`"),
        false => "a duration is written `days(3)`, `hours(36)` or `minutes(30)`".to_owned(),
    }
}

/// For a letter behind a number, where it is a unit of time.
pub(super) fn unit(text: &str, token: &Range<usize>) -> Option<String> {
    let before = text.get(..token.start)?;
    let start = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let help = length(text.get(start..token.end)?);
    help.starts_with("write").then_some(help)
}

/// For a number of which a part before or behind the point is missing, at the point or behind it.
pub(super) fn half_number(text: &str, at: usize) -> Option<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let rest = text.get(at..)?;
    if let Some(behind) = rest.strip_prefix('.')
        && behind.starts_with(is_digit)
    {
        let digits = behind.len() - behind.trim_start_matches(is_digit).len();
        return Some(format!("write `0.{}`", behind.get(..digits)?));
    }
    let before = text.get(..at)?.trim_end();
    let before = before
        .strip_suffix('.')
        .or(rest.starts_with('.').then_some(before))?;
    let digits = before.get(before.trim_end_matches(is_digit).len()..)?;
    // Two points are a range.
    let is_range = rest.starts_with("..") || text.get(..at)?.trim_end().ends_with("..");
    (!digits.is_empty() && !is_range).then(|| format!("write `{digits}`, or `{digits}.0`"))
}

/// For a list in round brackets behind `in`, in which a `,` stands at `at`.
pub(super) fn round_list(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let open = before.rfind('(')?;
    let asked = text.get(..open)?.trim_end().strip_suffix("in")?;
    let inner = text.get(open + 1..)?;
    let inner = inner.get(..inner.find(')')?)?.trim();
    asked
        .ends_with([' ', '!'])
        .then(|| format!("a list stands in `[ ]`: `in [{inner}]`"))
}

/// For a number with an exponent, of which the part from the `e` on starts at `at`.
pub(super) fn exponent(text: &str, at: usize) -> Option<String> {
    let rest = text.get(at..)?.strip_prefix(['e', 'E'])?;
    let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let digits = unsigned.len()
        - unsigned
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let end = text.len() - unsigned.len() + digits;
    let before = text.get(..at)?;
    let start = before
        .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
        .len();
    let number = Decimal::from_scientific(text.get(start..end)?).ok()?;
    Some(format!("write the number out: `{}`", number.normalize()))
}

/// For `x => x > 1` in the brackets of a method, of which the arrow stands at `at`.
pub(super) fn closure(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?.trim_end();
    if before.ends_with('|') {
        return Some("a closure is written without an arrow: `|a| a > 3`".to_owned());
    }
    let start = before.trim_end_matches(is_word).len();
    let parameter = before.get(start..).filter(|name| !name.is_empty())?;
    if !before.get(..start)?.trim_end().ends_with('(') {
        return None;
    }
    let body = text.get(at..)?.strip_prefix("=>")?;
    let mut open = 0_usize;
    let end = body.char_indices().find(|(_, c)| {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return true,
            ')' => open -= 1,
            _ => {}
        }
        false
    });
    let body = body.get(..end.map_or(body.len(), |(at, _)| at))?.trim();
    Some(format!("a closure is written `|{parameter}| {body}`"))
}

/// For the name of a guard within an expression: the list in which it stands beside the rest, where `text` is a
/// guard whose parts must all hold, and what it says, to be written in its place.
pub(super) fn named_guard(
    name: &str,
    text: Option<&str>,
    guards: &BTreeMap<String, String>,
) -> Vec<String> {
    let Some(says) = guards.get(name) else {
        return Vec::new();
    };
    let mut hints = Vec::new();
    let parts = text.and_then(joined);
    if let Some(parts) = parts.filter(|parts| parts.contains(&name)) {
        let list = match text.is_some_and(is_short) {
            true => listed(parts, guards),
            false => format!("[…, {name}]"),
        };
        hints.push(format!(
            "guards that must all hold stand in a list: `{list}`"
        ));
    }
    let says = says.trim();
    let mut words = says.split(|c| !is_word(c));
    if is_short(says) && !words.any(|word| guards.contains_key(word)) {
        let or = if hints.is_empty() { "" } else { "or " };
        hints.push(format!("{or}write what it says in its place: `({says})`"));
    }
    hints
}

/// Parts as a list, in which named guards stand by themselves.
fn listed(parts: Vec<&str>, guards: &BTreeMap<String, String>) -> String {
    let mut items: Vec<String> = Vec::new();
    let mut is_name = true;
    for part in parts {
        let was_name = std::mem::replace(&mut is_name, guards.contains_key(part));
        match items.last_mut() {
            Some(last) if !was_name && !is_name => *last = format!("{last} && {part}"),
            _ => items.push(part.to_owned()),
        }
    }
    let items: Vec<String> = items.iter().map(|item| in_flow(item)).collect();
    format!("[{}]", items.join(", "))
}

/// Whether a hint has room for a text.
fn is_short(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && !text.contains(['\n', '`'])
}

/// What `&&` joins at the top of an expression; `None` where `||` joins it too.
fn joined(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut open, mut start, mut at) = (0_usize, 0, 0);
    while let Some(c) = text.get(at..)?.chars().next() {
        let rest = text.get(at..)?;
        at += match c {
            '"' => quoted(rest),
            '&' if open == 0 && rest.starts_with("&&") => {
                parts.push(text.get(start..at)?.trim());
                start = at + 2;
                2
            }
            '|' if open == 0 => return None,
            _ => c.len_utf8(),
        };
        match c {
            '(' | '[' => open += 1,
            ')' | ']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    parts.push(text.get(start..)?.trim());
    Some(parts)
}

/// Whether a text is a number.
pub(super) fn is_number(text: &str) -> bool {
    Decimal::from_str_exact(text).is_ok()
}
