//! A line of the prompt as words.

use super::CliError;
use crate::context::Type;
use crate::document::{Literal, LiteralOrList};
use crate::source::Span;

/// One word: `check_out`, `amount=12`, `reason="changed my mind"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word {
    /// What stands before the `=`.
    pub(super) name: Option<String>,
    /// The word, or what stands behind the `=`.
    pub(super) text: String,
    /// Whether any of it was quoted, so that it is text whatever it looks like.
    pub(super) quoted: bool,
}

impl Word {
    /// The value as a file has it; where a list is wanted, `[a,b]` is one.
    pub(super) fn written(&self, ty: Option<&Type>) -> LiteralOrList {
        let literal = |text: &str| Literal {
            text: text.to_owned(),
            quoted: self.quoted,
            span: Span::default(),
        };
        let inner = self
            .text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let inner = inner.filter(|_| matches!(ty, Some(Type::List(_))));
        let Some(inner) = inner else {
            return LiteralOrList::Literal(literal(&self.text));
        };
        let entries = inner.split(',').map(str::trim);
        let entries = entries.filter(|_| !inner.trim().is_empty());
        LiteralOrList::List(entries.map(literal).collect(), Span::default())
    }

    /// Whether the word is just this.
    pub(super) fn is(&self, text: &str) -> bool {
        self.name.is_none() && !self.quoted && self.text == text
    }
}

/// Takes a line apart at blanks outside of double quotes.
pub(super) fn words(line: &str) -> Result<Vec<Word>, CliError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut in_quotes = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() && !in_quotes {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        match c {
            '"' => {
                in_quotes = !in_quotes;
                word.quoted = true;
            }
            '\\' if in_quotes => word.text.extend(chars.next()),
            '=' if !word.quoted && word.name.is_none() => {
                word.name = Some(std::mem::take(&mut word.text));
            }
            c => word.text.push(c),
        }
    }
    words.extend(word);
    match in_quotes {
        true => Err(CliError::new("a quote is not closed")),
        false => Ok(words),
    }
}
