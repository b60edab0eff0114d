//! Guards that YAML took apart because they were not quoted.
//!
//! In: the text, and places where reading met something odd in a guard. Out: the characters that the
//! author meant as the guard, and a text of the same length in which they are masked, so that reading
//! can go on behind them and the other problems of the file are found in the same run.

use std::borrow::Cow;
use std::ops::Range;

use super::decode::Decoder;
use super::rule;
use super::tree::Node;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceFile, Span};

/// Reading again costs time, so a file is read again only while the bytes of all rounds stay below this.
const MOST_BYTES: usize = 4 << 20;

/// The most rounds whatever the size.
const MOST_ROUNDS: usize = 32;

/// The longest guard that is looked for, in bytes; a guard may not be longer anyway.
const LONGEST: usize = 4096;

/// The text of a file, with the guards masked that YAML would take apart.
#[derive(Debug)]
pub(super) struct Masked<'s> {
    original: &'s str,
    text: Cow<'s, str>,
    ranges: Vec<Range<usize>>,
}

impl<'s> Masked<'s> {
    /// Nothing is masked yet.
    pub(super) fn new(original: &'s str) -> Self {
        Self {
            original,
            text: Cow::Borrowed(original),
            ranges: Vec::new(),
        }
    }

    /// The text to read.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text as it was written; places in it are those of the text to read.
    pub(super) fn original(&self) -> &'s str {
        self.original
    }

    /// The guard that was masked at this place.
    pub(super) fn original_at(&self, start: usize) -> Option<&'s str> {
        let range = self.ranges.iter().find(|range| range.start == start)?;
        self.original.get(range.clone())
    }

    /// Whether another guard may be masked.
    pub(super) fn may_grow(&self) -> bool {
        let rounds = MOST_BYTES
            .checked_div(self.original.len())
            .unwrap_or(MOST_ROUNDS);
        self.ranges.len() < rounds.clamp(1, MOST_ROUNDS)
    }

    /// Masks one more guard.
    pub(super) fn add(&mut self, range: Range<usize>) {
        let cover = "x".repeat(range.len());
        self.text.to_mut().replace_range(range.clone(), &cover);
        self.ranges.push(range);
    }

    /// One finding for each masked guard.
    pub(super) fn diagnostics(&self, file: FileId) -> impl Iterator<Item = Diagnostic> {
        self.ranges.iter().map(move |range| {
            let written = self.original.get(range.clone()).unwrap_or_default();
            taken_apart(Span::new(file, range.start, range.end), written)
        })
    }
}

fn taken_apart(span: Span, written: &str) -> Diagnostic {
    let quoted = format!("'{}'", written.replace('\'', "''"));
    Diagnostic::new(&rule::UNQUOTED_GUARD, span, "YAML takes this guard apart")
        .label("an expression that needs quotes")
        .help(format!("quote this guard: `{quoted}`"))
        .fix(span, quoted, "quote this guard")
}

/// What no remark about a guard begins with, but the rest of one does.
const GOES_ON: [&str; 4] = ["&&", "||", "==", "!="];

/// Reports an expression behind which a comment begins that reads like the rest of it.
pub(super) fn by_comment(node: &Node<'_>, decoder: &mut Decoder<'_>) {
    let file = node.span.file;
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    let text = decoder.source.get(file).map_or("", SourceFile::text);
    let line = text.get(end..).and_then(|rest| rest.lines().next());
    let line = line.unwrap_or_default().trim_end();
    let comment = line.trim_start().strip_prefix('#').map(str::trim_start);
    let goes_on = |comment: &&str| GOES_ON.iter().any(|start| comment.starts_with(start));
    if let Some(rest) = comment.filter(goes_on) {
        let written = text.get(start..end).unwrap_or_default();
        let span = Span::new(file, start, end + line.len());
        // Outside of a text, `#` means nothing in it.
        decoder
            .problems
            .push(taken_apart(span, &format!("{written} {rest}")));
    }
}

/// The expression that starts at `start` as its author meant it: to the end of the line or a comment
/// and, within `{ }`, to the next comma or bracket outside its own. `None` where it is not closed on
/// its line.
pub(super) fn extent(text: &str, start: usize, in_flow: bool) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let mut scan = Scan::default();
    let mut length = 0;
    for (at, c) in rest.char_indices() {
        if c == '\n' || c == '\r' || scan.ends_before(c, in_flow) {
            break;
        }
        scan.pass(c);
        if scan.is_torn || at > LONGEST {
            return None;
        }
        length = at + c.len_utf8();
    }
    let written = rest.get(..length)?.trim_end();
    (scan.is_closed() && !written.is_empty()).then(|| start..start + written.len())
}

/// Whether quotes and brackets of an expression are closed.
pub(super) fn is_closed(expression: &str) -> bool {
    let mut scan = Scan::default();
    expression.chars().for_each(|c| scan.pass(c));
    scan.is_closed()
}

/// Where in an expression the scan stands: within quotes, within brackets, behind a blank.
#[derive(Debug, Default)]
struct Scan {
    quote: Option<char>,
    escaped: bool,
    open: Vec<char>,
    behind_blank: bool,
    is_torn: bool,
}

impl Scan {
    fn ends_before(&self, c: char, in_flow: bool) -> bool {
        if self.quote.is_some() {
            return false;
        }
        let comment = c == '#' && self.behind_blank;
        comment || (in_flow && self.open.is_empty() && matches!(c, ',' | '}' | ']'))
    }

    fn pass(&mut self, c: char) {
        self.behind_blank = c.is_whitespace();
        if std::mem::take(&mut self.escaped) {
            return;
        }
        if let Some(quote) = self.quote {
            self.escaped = c == '\\';
            self.quote = (quote != c).then_some(quote);
            return;
        }
        match c {
            '"' | '\'' | '`' => self.quote = Some(c),
            '(' => self.open.push(')'),
            '[' => self.open.push(']'),
            '{' => self.open.push('}'),
            ')' | ']' | '}' => self.is_torn |= self.open.pop() != Some(c),
            _ => {}
        }
    }

    fn is_closed(&self) -> bool {
        self.quote.is_none() && self.open.is_empty() && !self.is_torn
    }
}
