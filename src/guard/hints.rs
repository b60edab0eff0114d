//! What was probably meant, for forms of other languages.
//!
//! In: the text of an expression and the place of what means nothing in it. Out: a hint that says how
//! it is written here, where that is clear.

use std::ops::Range;

use rust_decimal::Decimal;

use super::place::is_word;

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

/// Whether a text is a number.
pub(super) fn is_number(text: &str) -> bool {
    Decimal::from_str_exact(text).is_ok()
}
