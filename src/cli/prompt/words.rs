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
        let text = self.text.strip_prefix('[');
        let inner = text.and_then(|text| text.strip_suffix(']'));
        match inner.filter(|_| !self.quoted && matches!(ty, Some(Type::List(_)))) {
            Some(inner) => LiteralOrList::List(entries(inner), Span::default()),
            None => LiteralOrList::Literal(literal(&self.text, self.quoted)),
        }
    }

    /// The word as an entry of a list: blanks around it are not part of it.
    fn entry(self) -> Literal {
        match self.quoted {
            true => literal(&self.text, true),
            false => literal(self.text.trim(), false),
        }
    }

    /// Whether the word is just this.
    pub(super) fn is(&self, text: &str) -> bool {
        self.name.is_none() && !self.quoted && self.text == text
    }
}

fn literal(text: &str, quoted: bool) -> Literal {
    Literal {
        text: text.to_owned(),
        quoted,
        span: Span::default(),
    }
}

/// The entries of a list, apart at commas outside of double quotes.
fn entries(inner: &str) -> Vec<Literal> {
    let mut entries = Vec::new();
    let mut entry = Word::default();
    let mut in_quotes = false;
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if in_quotes => in_quotes = false,
            '"' => {
                in_quotes = true;
                entry.quoted = true;
                let blanks = entry.text.len() - entry.text.trim_start().len();
                entry.text.drain(..blanks);
            }
            '\\' if in_quotes => entry.text.extend(chars.next()),
            ',' if !in_quotes => entries.push(std::mem::take(&mut entry).entry()),
            c if c.is_whitespace() && !in_quotes && entry.quoted => {}
            c => entry.text.push(c),
        }
    }
    if !inner.trim().is_empty() {
        entries.push(entry.entry());
    }
    entries
}

/// Takes a line apart at blanks outside of double quotes and of values in brackets, which stay as they
/// are.
pub(super) fn words(line: &str) -> Result<Vec<Word>, CliError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let (mut in_quotes, mut in_brackets) = (false, false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() && !in_quotes && !in_brackets {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        if in_brackets {
            word.text.push(c);
            match c {
                '"' => in_quotes = !in_quotes,
                '\\' if in_quotes => word.text.extend(chars.next()),
                ']' if !in_quotes => in_brackets = false,
                _ => {}
            }
            continue;
        }
        match c {
            '"' => {
                in_quotes = !in_quotes;
                word.quoted = true;
            }
            '\\' if in_quotes => word.text.extend(chars.next()),
            '=' if !word.quoted && word.name.is_none() => {
                word.name = Some(std::mem::take(&mut word.text));
            }
            c => {
                in_brackets =
                    c == '[' && !word.quoted && word.name.is_some() && word.text.is_empty();
                word.text.push(c);
            }
        }
    }
    words.extend(word);
    match (in_quotes, in_brackets) {
        (true, _) => Err(CliError::new("a quote is not closed")),
        (_, true) => {
            let error = CliError::new("a `[` is not closed");
            Err(error.help("a list is written NAME=[a,b]; other values may stand in quotes"))
        }
        _ => Ok(words),
    }
}
