//! From Rhai's line and column to the characters that a finding underlines.
//!
//! In: the source and a position, which Rhai gives only for the start of a token. Out: byte ranges
//! of tokens and of whole expressions, found by reading the source again from there.

use std::ops::Range;

use rhai::{Expr, Position};

/// The byte offset of a position; the end of the text where it lies behind it.
pub(super) fn offset(text: &str, at: Position) -> usize {
    let (Some(line), column) = (at.line(), at.position().unwrap_or(1)) else {
        return 0;
    };
    let start = match line.checked_sub(2) {
        None => 0,
        Some(before) => {
            let newline = text.match_indices('\n').nth(before);
            newline.map_or(text.len(), |(at, _)| at + 1)
        }
    };
    let rest = text.get(start..).unwrap_or_default();
    let found = rest.char_indices().nth(column.saturating_sub(1));
    start + found.map_or(rest.len(), |(at, _)| at)
}

/// The token that starts at a byte offset: a word with its dots where it is a number, a text with
/// its quotes, a run of operator characters, else one character.
pub(super) fn token(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let mut chars = rest.chars();
    let length = match chars.next() {
        Some('"') => quoted(rest),
        Some(c) if c.is_ascii_digit() => {
            let number = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let all = rest.find(|c| !number(c)).unwrap_or(rest.len());
            rest.find("..").map_or(all, |range| all.min(range))
        }
        Some(c) if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        Some(c) => {
            let operator = LONG_OPERATORS.iter().find(|long| rest.starts_with(**long));
            operator.map_or(c.len_utf8(), |long| long.len())
        }
        None => 0,
    };
    start..start + length
}

/// The last word, operator or character of a text.
pub(super) fn last_token(text: &str) -> Range<usize> {
    let text = text.trim_end();
    let start = match text.chars().next_back() {
        Some(c) if is_word(c) => text.trim_end_matches(is_word).len(),
        Some(c) => {
            let operator = LONG_OPERATORS.iter().find(|long| text.ends_with(**long));
            text.len() - operator.map_or(c.len_utf8(), |long| long.len())
        }
        None => 0,
    };
    start..text.len()
}

/// Operators of more than one character, the longer first.
const LONG_OPERATORS: [&str; 8] = ["..=", "..", "==", "!=", "<=", ">=", "&&", "||"];

/// Whether a character may stand inside a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a text in double quotes, both quotes included; all of it where it is not closed.
pub(super) fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The range of a whole expression, without brackets around it.
pub(super) fn extent(text: &str, expr: &Expr) -> Range<usize> {
    let at = offset(text, expr.position());
    let own = match expr {
        Expr::Array(..) => closed(text, at),
        Expr::FnCall(call, _) if call.op_token.is_none() && !is_membership(text, at) => {
            closed(text, token(text, at).end)
        }
        Expr::MethodCall(..) => closed(text, token(text, at).end),
        Expr::IntegerConstant(..) | Expr::DynamicConstant(..) => signed(text, at),
        _ => token(text, at),
    };
    let own = at..own.end.max(at);
    let with = |own: Range<usize>, parts: &[Expr]| {
        let parts = parts.iter().map(|part| extent(text, part));
        parts.fold(own, |a, b| a.start.min(b.start)..a.end.max(b.end))
    };
    match expr {
        Expr::FnCall(call, _) => with(own, &call.args),
        Expr::Dot(pair, ..) => {
            let own = with(own, std::slice::from_ref(&pair.lhs));
            with(own, std::slice::from_ref(&pair.rhs))
        }
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => with(own, parts),
        _ => own,
    }
}

/// A number with the signs before it, which Rhai takes into the number.
fn signed(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let number = rest.trim_start_matches(|c: char| matches!(c, '-' | '+') || c.is_whitespace());
    at..token(text, at + rest.len() - number.len()).end
}

/// Whether `in` or `!in` stands there: Rhai turns both into a call of `contains`.
pub(super) fn is_membership(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.strip_prefix('!').unwrap_or(rest);
    word.strip_prefix("in")
        .is_some_and(|rest| !rest.starts_with(is_word))
}

/// From the bracket at or behind `start` to the one that closes it.
fn closed(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let mut depth = 0_usize;
    let mut skip_to = 0;
    for (at, c) in rest.char_indices() {
        match c {
            _ if at < skip_to => {}
            '"' => skip_to = at + quoted(rest.get(at..).unwrap_or_default()),
            '(' | '[' => depth += 1,
            ')' | ']' if depth <= 1 => return start..start + at + 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    start..text.len()
}
