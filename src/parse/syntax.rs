//! What the YAML reader could not read, in words for people.

use granit_parser::{ErrorKind, ScanError};

use super::{MAX_DEPTH, MAX_SCALAR, MAX_VALUES, rule};
use crate::diagnostic::{Diagnostic, lookalike};
use crate::source::{FileId, Span};

/// The finding for a syntax error; `unclosed` is the innermost bracket that is open there.
pub(super) fn diagnostic(
    error: &ScanError,
    file: FileId,
    text: &str,
    unclosed: Option<Span>,
) -> Diagnostic {
    let marker = boundary(text, error.marker().byte_offset().unwrap_or(text.len()));
    // A tab is reported behind it.
    let is_behind_tab = text
        .get(..marker)
        .is_some_and(|before| before.ends_with('\t'));
    let at = marker - usize::from(is_behind_tab && is_tab(error.kind()));
    // A quote that is not closed goes on to the next line, where it is found out.
    let at = match error.kind() {
        ErrorKind::InvalidQuotedScalarIndent | ErrorKind::DocumentIndicatorInQuotedScalar => {
            opening_quote(text, at).unwrap_or(at)
        }
        _ => at,
    };
    let width = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .filter(|c| *c != '\n');
    let span = Span::new(file, at, at + width.map_or(0, char::len_utf8));
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep(span);
    }
    if matches!(error.kind(), ErrorKind::TooManyComments) {
        return too_many("comments in a row", span);
    }
    let (message, help) = match text.get(at..).is_some_and(|rest| rest.starts_with(',')) {
        true if matches!(error.kind(), ErrorKind::UnexpectedEofImplicitFlowMapping) => (
            "nothing stands before this `,`".to_owned(),
            Some("remove it, or write what is missing"),
        ),
        _ => words(error.kind()),
    };
    let mut diagnostic = Diagnostic::new(&rule::YAML_SYNTAX, span, message);
    if let Some(bracket) = unclosed.filter(|bracket| *bracket != span) {
        diagnostic = diagnostic.also(bracket, "this bracket is open");
    }
    if let Some((place, odd)) = odd_sign(text, at) {
        let place = Span::new(file, place, place + odd.len_utf8());
        diagnostic = diagnostic.also(place, lookalike::odd_sign(odd));
    }
    let is_about_keys = matches!(
        error.kind(),
        ErrorKind::MappingValueNotAllowed | ErrorKind::SimpleKeyExpected
    );
    if let Some(colon) = glued_colon(text, at).filter(|_| is_about_keys) {
        let place = Span::new(file, colon, colon + 1);
        diagnostic = diagnostic.also(place, "a blank is missing behind this `:`");
    }
    help.into_iter().fold(diagnostic, Diagnostic::help)
}

/// The colon of a key that its value follows without a blank, in the line of an offset or the one before.
fn glued_colon(text: &str, offset: usize) -> Option<usize> {
    let (start, lines) = lines_to(text, offset)?;
    let mut at = start;
    lines.split_inclusive('\n').find_map(|line| {
        let begins = at;
        at += line.len();
        let key = line.trim_start_matches(['-', ' ']);
        let (name, rest) = key.split_once(':')?;
        let is_key = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let is_glued = rest.starts_with(|c: char| !c.is_whitespace() && c != '/');
        (is_key && is_glued).then(|| begins + line.len() - key.len() + name.len())
    })
}

/// The line of an offset and the one before, and where they begin.
fn lines_to(text: &str, offset: usize) -> Option<(usize, &str)> {
    let before = text.get(..offset)?;
    let line = before.rfind('\n').unwrap_or(0);
    let start = before.get(..line)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(offset..)?;
    let end = offset + rest.find('\n').unwrap_or(rest.len());
    Some((start, text.get(start..end)?))
}

/// A sign that only looks like one of YAML's, in the line of an offset or the one before.
fn odd_sign(text: &str, offset: usize) -> Option<(usize, char)> {
    let (start, lines) = lines_to(text, offset)?;
    let lines = lines.char_indices();
    let mut odd = lines.filter(|(_, c)| lookalike::is_odd_sign(*c));
    odd.next().map(|(at, c)| (start + at, c))
}

/// The start of the character at an offset: the reader of YAML may name a place within one.
pub(super) fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The last quote before an offset that begins a value or a key.
fn opening_quote(text: &str, offset: usize) -> Option<usize> {
    let before = text.get(..offset)?;
    let mut quotes = before.rmatch_indices(['"', '\'']).map(|(at, _)| at);
    let begins = |before: &str| before.ends_with([' ', '\t', '\n', '[', '{', ',']);
    quotes.find(|&at| {
        before
            .get(..at)
            .is_some_and(|before| before.is_empty() || begins(before))
    })
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation
    )
}

fn words(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let (message, help) = match kind {
        kind if is_tab(kind) => (
            "a tab stands where YAML allows only blanks",
            "indent with blanks",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `: ` stands where no key can be",
            "put a text that contains `: ` in quotes, or check the indentation",
        ),
        ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar => (
            "something follows the closing quote",
            "put the whole value in quotes",
        ),
        ErrorKind::InvalidQuotedScalarIndent => (
            "a quote is not closed, and what follows is not indented",
            "close it at the end of the text, or indent the lines of the text",
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("a quote is not closed", "close it at the end of the text")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            return (format!("the bracket `{open}` is not closed"), None);
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let message = format!("a value cannot begin with `{}`", shown(*character));
            return (message, Some("put the value in quotes"));
        }
        ErrorKind::ExpectedBlockMappingKey => (
            "a key is expected here",
            "check the indentation of this line",
        ),
        ErrorKind::SimpleKeyExpected => (
            "a `:` is missing behind a key",
            "check the indentation of this line",
        ),
        ErrorKind::InvalidIndentation => (
            "the indentation fits nothing above",
            "indent as the lines around it",
        ),
        ErrorKind::ExpectedFlowMappingSeparator => (
            "a `,` or `}` is expected here",
            "put a text that contains brackets or `: ` in quotes",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator => (
            "a `,` or `]` is expected here",
            "put a text that contains brackets or `: ` in quotes",
        ),
        ErrorKind::MisplacedFlowCollectionEnd => (
            "a bracket closes what is not open",
            "remove it, or quote the text",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{close}` closes what `{open}` opened"), None);
        }
        other => return (other.to_string(), None),
    };
    (message.to_owned(), Some(help))
}

/// A character, written down where it does not show itself.
fn shown(character: char) -> String {
    match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    }
}

/// Nesting beyond the limit.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("the file is nested more than {MAX_DEPTH} levels deep");
    Diagnostic::new(&rule::TOO_DEEP, span, message).label("the rest is not read")
}

/// More of something than is read.
pub(super) fn too_many(what: &str, span: Span) -> Diagnostic {
    let message = format!("the file has more than {MAX_VALUES} {what}");
    Diagnostic::new(&rule::TOO_LARGE, span, message).label("the rest is not read")
}

/// A text longer than is read.
pub(super) fn too_long(length: usize, span: Span) -> Diagnostic {
    let message = format!("a text of {length} bytes, and at most {MAX_SCALAR} are read");
    let start = span.start as usize;
    Diagnostic::new(
        &rule::TOO_LARGE,
        Span::new(span.file, start, start),
        message,
    )
}
