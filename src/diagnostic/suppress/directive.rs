//! One comment read as a suppression.
//!
//! In: a comment of a file. Out: a [`Directive`]; nothing where the comment is meant for people, nor
//! where it cannot be read, which is raised. This does not know which rules exist.

use super::rules::MALFORMED_SUPPRESSION;
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{Comment, SourceFile, Span, Spanned};

/// How a suppression is written.
const USAGE: &str =
    "write `# flagstate: ignore[rule] reason`, or `ignore-file[rule]` at the top of the file";

/// What a directive applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// The line that the comment stands on or above.
    Ignore,
    /// The whole file.
    IgnoreFile,
}

/// A suppression as written.
pub(super) struct Directive {
    /// The whole comment.
    pub(super) comment: Span,
    /// What it applies to.
    pub(super) verb: Verb,
    /// The verb's place.
    pub(super) verb_span: Span,
    /// The names of the rules, at least one.
    pub(super) rules: Vec<Spanned<String>>,
}

/// Reads a comment.
pub(super) fn read(file: &SourceFile, comment: Comment, raised: &mut Report) -> Option<Directive> {
    let bytes = file.clamp(comment.span);
    let text = file.text().get(bytes.clone())?.lines().next()?;
    let body = text.strip_prefix('#').unwrap_or(text).trim_start();
    let body = body.strip_prefix("flagstate:")?.trim_start();
    // A format version that was commented out, `# flagstate: 1`, is no directive.
    if body.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let at = bytes.start + text.len() - body.len();
    let comment = Span::new(
        comment.span.file,
        bytes.start,
        bytes.start + text.trim_end().len(),
    );
    match directive(comment, at, body) {
        Ok(directive) => Some(directive),
        Err(finding) => {
            raised.push(*finding);
            None
        }
    }
}

/// Reads `ignore[a, b] reason`, which begins at the byte `at`.
fn directive(comment: Span, at: usize, body: &str) -> Result<Directive, Box<Diagnostic>> {
    let word_end = body.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
    let word_end = word_end.unwrap_or(body.len());
    let (word, rest) = body.split_at_checked(word_end).unwrap_or((body, ""));
    let verb_span = Span::new(comment.file, at, at + word.len());
    let verb = match word {
        "ignore" => Verb::Ignore,
        "ignore-file" => Verb::IgnoreFile,
        "" => return Err(malformed(comment, "this comment names no directive").into()),
        _ => {
            let finding = malformed(verb_span, format!("there is no directive `{word}`"));
            return Err(finding.did_you_mean(word, ["ignore", "ignore-file"]).into());
        }
    };
    let Some(list) = rest.trim_start().strip_prefix('[') else {
        return Err(malformed(verb_span, format!("`{word}` names no rule")).into());
    };
    let list_at = at + body.len() - list.len();
    let Some((list, _reason)) = list.split_once(']') else {
        let open = Span::new(comment.file, list_at - 1, list_at);
        return Err(malformed(open, "the list of rules is not closed").into());
    };
    Ok(Directive {
        comment,
        verb,
        verb_span,
        rules: names(Span::new(comment.file, list_at, list_at + list.len()), list)?,
    })
}

/// Reads `a, b`, which stands at `span`.
fn names(span: Span, list: &str) -> Result<Vec<Spanned<String>>, Box<Diagnostic>> {
    if list.trim().is_empty() {
        return Err(malformed(span, "the list of rules is empty").into());
    }
    let mut names = Vec::new();
    let mut at = span.start as usize;
    for item in list.split(',') {
        let name = item.trim();
        let start = at + item.len() - item.trim_start().len();
        if name.is_empty() {
            let gap = Span::new(span.file, at, at + item.len());
            return Err(malformed(gap, "a rule is missing between the commas").into());
        }
        let place = Span::new(span.file, start, start + name.len());
        names.push(Spanned::new(name.to_owned(), place));
        at += item.len() + 1;
    }
    Ok(names)
}

/// A directive that cannot be read, or stands where it means nothing.
pub(super) fn malformed(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&MALFORMED_SUPPRESSION, span, message).help(USAGE)
}
