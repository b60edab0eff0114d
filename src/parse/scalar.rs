//! Plain values: booleans, numbers, text, words, literals and expressions.

use std::borrow::Cow;

use super::decode::{Decode, Decoder, shorten, value};
use super::rule;
use super::tree::{Kind, Node, Scalar, Style};
use super::{elsewhere, id};
use crate::context::meant::grouped;
use crate::diagnostic::Diagnostic;
use crate::document::{Assigned, Expression, Literal, LiteralOrList};
use crate::source::{Span, Spanned, Texts};

impl<T: Decode> Decode for Spanned<T> {
    fn expected() -> Cow<'static, str> {
        T::expected()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        Some(Self::new(T::decode(node, decoder)?, node.span))
    }
}

impl Decode for bool {
    fn expected() -> Cow<'static, str> {
        "`true` or `false`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Scalar(scalar) = &node.kind else {
            decoder.wrong_type(node, &Self::expected());
            return None;
        };
        if scalar.is_plain() && matches!(&*scalar.text, "true" | "false") {
            return Some(scalar.text == "true");
        }
        let diagnostic = decoder.unexpected(node, &Self::expected());
        let meant = match scalar.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some("true"),
            "false" | "no" | "off" | "n" => Some("false"),
            _ => None,
        };
        decoder.problems.push(match meant {
            Some(word) => diagnostic.help(format!("write `{word}`")).fix(
                node.span,
                word,
                format!("replace with `{word}`"),
            ),
            None => diagnostic,
        });
        None
    }
}

impl Decode for u32 {
    fn expected() -> Cow<'static, str> {
        "a whole number".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        number(node, decoder, &Self::expected())
    }
}

impl Decode for u8 {
    fn expected() -> Cow<'static, str> {
        "a whole number up to 255".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        number(node, decoder, &Self::expected())
    }
}

fn number<N: std::str::FromStr>(
    node: &Node<'_>,
    decoder: &mut Decoder<'_>,
    expected: &str,
) -> Option<N> {
    let mut diagnostic = decoder.unexpected(node, expected);
    if let Kind::Scalar(scalar) = &node.kind {
        let text = &*scalar.text;
        let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = text.len() > 1 && text.starts_with('0');
        if scalar.is_plain() && is_digits && !leading_zero {
            if let Ok(number) = text.parse() {
                return Some(number);
            }
        } else if is_digits && leading_zero {
            diagnostic = diagnostic
                .help("some YAML readers take a leading zero for octal: write it without");
        } else if is_digits {
            diagnostic = diagnostic.help("write it without quotes");
        }
    }
    decoder.problems.push(diagnostic);
    None
}

impl Decode for String {
    fn expected() -> Cow<'static, str> {
        "text".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Scalar(scalar) = &node.kind else {
            decoder.wrong_type(node, &Self::expected());
            return None;
        };
        if scalar.is_plain() && looks_typed(&scalar.text) {
            let quoted = format!("\"{}\"", scalar.text);
            let diagnostic = decoder
                .unexpected(node, &Self::expected())
                .help(format!(
                    "YAML readers may take it for something else than text: write `{quoted}`"
                ))
                .fix(node.span, quoted, "put it in quotes");
            decoder.problems.push(diagnostic);
        }
        Some(scalar.text.to_string())
    }
}

/// A text as it is written within brackets: in quotes where it would be read otherwise without.
pub(crate) fn in_flow(text: &str) -> String {
    let begins = text.starts_with(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '(')));
    let is_taken_apart = text.contains([',', '[', ']', '{', '}', '#', ':']);
    match begins || is_taken_apart || looks_typed(text) {
        true => format!("'{}'", text.replace('\'', "''")),
        false => text.to_owned(),
    }
}

/// Whether some YAML reader takes a plain scalar for something else than text.
pub(super) fn looks_typed(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan",
    ];
    let begins = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
    if text.len() <= 5 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return true;
    }
    let is_number = || text.replace('_', "").parse::<f64>().is_ok();
    let is_prefixed = || text.starts_with("0x") || text.starts_with("0o");
    text.starts_with(begins) && text.len() <= 64 && (is_number() || is_prefixed())
}

/// Words as they are listed in a message.
pub(super) fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Reads one of several words.
pub(crate) fn word(
    node: &Node<'_>,
    expected: &str,
    words: &[&'static str],
    decoder: &mut Decoder<'_>,
) -> Option<&'static str> {
    let Kind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, expected);
        return None;
    };
    let found = words.iter().find(|word| **word == scalar.text);
    if found.is_none() {
        let message = format!("`{}` is not {expected}", shorten(&scalar.text));
        let diagnostic = Diagnostic::new(&rule::UNKNOWN_WORD, node.span, message);
        let list = elsewhere::list_type(&scalar.text).filter(|_| words.contains(&"list"));
        if let Some(told) = list {
            decoder.problems.push(diagnostic.help(told));
            return None;
        }
        let diagnostic = id::guess(diagnostic, &scalar.text, words);
        let diagnostic = match words {
            [_] => diagnostic,
            _ => diagnostic.help(format!("it is one of {}", listed(words))),
        };
        decoder.problems.push(diagnostic);
    }
    found.copied()
}

impl Decode for Literal {
    fn expected() -> Cow<'static, str> {
        "a plain value".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Scalar(scalar) = &node.kind else {
            decoder.wrong_type(node, &Self::expected());
            return None;
        };
        Some(Self {
            text: scalar.text.to_string(),
            quoted: !scalar.is_plain(),
            span: node.span,
        })
    }
}

impl Decode for LiteralOrList {
    fn expected() -> Cow<'static, str> {
        "a plain value or a list of them".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(entries) => {
                let entries = entries.iter().filter_map(|entry| value(entry, decoder));
                Some(Self::List(entries.collect(), node.span))
            }
            Kind::Scalar(_) => Literal::decode(node, decoder).map(Self::Literal),
            _ => {
                decoder.wrong_type(node, &Self::expected());
                None
            }
        }
    }
}

impl Decode for Assigned {
    const NULLABLE: bool = true;

    fn expected() -> Cow<'static, str> {
        "an expression or `null`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match node.kind {
            // Nothing at all may have been forgotten.
            Kind::Null if decoder.source.slice(node.span).trim().is_empty() => {
                decoder.no_value(node, &Self::expected());
                None
            }
            Kind::Null => Some(Self::Unset(Spanned::new((), node.span))),
            _ => Expression::decode(node, decoder).map(Self::Value),
        }
    }
}

impl Decode for Expression {
    fn expected() -> Cow<'static, str> {
        "an expression".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Scalar(scalar) = &node.kind else {
            let mut diagnostic = decoder.unexpected(node, &Self::expected());
            if matches!(
                decoder.source.slice(node.span).chars().next(),
                Some('[' | '{')
            ) {
                diagnostic =
                    diagnostic.help("an expression that begins with a bracket needs quotes");
            }
            decoder.push_at(node, diagnostic);
            return None;
        };
        let written = decoder.source.slice(node.span);
        if scalar.is_plain() {
            super::swallowed::by_comment(node, decoder);
        }
        Some(Self {
            text: scalar.text.to_string(),
            span: node.span,
            lines: lines(scalar, written, node.span),
            quote: written
                .chars()
                .next()
                .filter(|_| scalar.style == Style::Quoted),
        })
    }
}

/// Where the lines of a scalar's text start in the file, if YAML left the characters as they are but for
/// indentation, folding and simple escapes.
fn lines(scalar: &Scalar<'_>, written: &str, span: Span) -> Option<Vec<(u32, u32)>> {
    let (inner, quote, start) = match scalar.style {
        Style::Plain => (written, None, 0),
        Style::Quoted => {
            let inner = written.get(1..written.len().checked_sub(1)?)?;
            (inner, written.chars().next(), 1)
        }
        Style::Literal | Style::Folded => {
            let (head, inner) = written.split_once('\n')?;
            (inner, None, head.len() + 1)
        }
    };
    let mut aligned = Aligned {
        text: &scalar.text,
        written: inner,
        quote,
        at: (0, 0),
        lines: Vec::new(),
    };
    while aligned.next()? {}
    let shift = |(text, file): (usize, usize)| {
        let file = span.start as usize + start + file;
        Some((u32::try_from(text).ok()?, u32::try_from(file).ok()?))
    };
    aligned.lines.into_iter().map(shift).collect()
}

/// A text beside what was written for it, both read at once.
struct Aligned<'a> {
    text: &'a str,
    written: &'a str,
    /// The quote that the scalar stands in.
    quote: Option<char>,
    /// How far either was read.
    at: (usize, usize),
    lines: Vec<(usize, usize)>,
}

impl Aligned<'_> {
    /// Reads on; `false` at the end of the text, `None` where the two differ.
    fn next(&mut self) -> Option<bool> {
        let text = self.text.get(self.at.0..)?;
        let written = self.written.get(self.at.1..)?;
        let Some(c) = text.chars().next() else {
            return Some(false);
        };
        // A break of the line with what is blank around it stands for a blank or for line breaks.
        let (blank, breaks) = (blank(text), blank(written));
        let is_break = written.get(..breaks)?.contains(['\n', '\r']);
        if is_break && (blank > 0 || self.at.0 == 0) || self.at == (0, 0) && breaks > blank {
            self.at.0 += blank;
            self.at.1 += breaks;
            return Some(true);
        }
        let skipped = match (self.quote, written.get(..2)) {
            (Some('\''), Some("''")) | (Some('"'), Some("\\\"" | "\\\\")) => 1,
            (Some('"'), _) if written.starts_with('\\') => return self.escape(written, c),
            _ => 0,
        };
        if !written.get(skipped..)?.starts_with(c) {
            // Trailing line breaks of a block are no part of what was written.
            return text.trim().is_empty().then_some(false);
        }
        if skipped > 0 {
            self.end();
        }
        self.at.1 += skipped;
        self.mark();
        self.at.0 += c.len_utf8();
        self.at.1 += c.len_utf8();
        Some(true)
    }

    /// Notes where both are at the end of a run.
    fn end(&mut self) {
        if self.lines.last().is_some_and(|last| *last != self.at) {
            self.lines.push(self.at);
        }
    }

    /// Notes where both are, unless that follows from what was noted before.
    fn mark(&mut self) {
        let run_on = self
            .lines
            .last()
            .is_some_and(|(text, file)| self.at.0 - text == self.at.1 - file);
        if !run_on {
            self.lines.push(self.at);
        }
    }

    /// Reads an escape of several characters, which stands for `c` or, before the end of a line, for nothing.
    fn escape(&mut self, written: &str, c: char) -> Option<bool> {
        let kind = written.chars().nth(1)?;
        self.end();
        if matches!(kind, '\n' | '\r') {
            self.at.1 += 1 + blank(written.get(1..)?);
            return Some(true);
        }
        // YAML 1.2, 5.7; which character it is was found by the parser of YAML.
        let digits = match kind {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        self.mark();
        self.at.0 += c.len_utf8();
        self.at.1 += 1 + kind.len_utf8() + digits;
        self.end();
        Some(true)
    }
}

/// How many bytes at the start of a text are blank.
fn blank(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len()
}

/// A number that a `,` tore within `{ }`, of which one part became a key, and how it is written; nothing where the key
/// is no part of one.
pub(super) fn torn_number(texts: Texts<'_>, key: Span) -> Option<(Span, String)> {
    let text = texts.get(key.file)?.text();
    let (before, rest) = text.split_at_checked(key.start as usize)?;
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    let start = before.trim_end_matches(is_part).len();
    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let ends = |rest: &str| rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '}' | ']'));
    let end = key.start as usize + rest.get(..length)?.trim_end_matches([',', '.']).len();
    let number = text.get(start..end)?;
    // A duration, or another word that begins with digits.
    if !text.get(key.start as usize + length..).is_some_and(ends) {
        return None;
    }
    let written = grouped(number)?;
    let place = Span {
        start: u32::try_from(start).ok()?,
        end: u32::try_from(end).ok()?,
        ..key
    };
    Some((place, written))
}
