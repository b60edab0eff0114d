//! The marks of which a picture and its legend are made.

use std::fmt::{Result, Write};

/// The free border of the picture.
pub(super) const MARGIN: f64 = 24.0;

/// A clock as wide as a letter.
pub(super) fn clock(out: &mut String, x: f64, y: f64) -> Result {
    let (x, y) = (number(x), number(y));
    writeln!(
        out,
        "<path class=\"glyph\" transform=\"translate({x} {y})\" d=\"M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0M0 -3V0L2.2 1.4\"/>"
    )
}

/// Writes a line of text; nothing but the escaped text stands in the element.
pub(super) fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) -> Result {
    let (x, y) = (number(x), number(y));
    writeln!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>",
        escape(words)
    )
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// A number with at most one digit behind the point.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}
