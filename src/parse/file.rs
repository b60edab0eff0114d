//! Files of ours other than workflows: the same reading, decoded to other types.
//!
//! In: a text, and a type that can be decoded. Out: the value, and every problem. A file of JSON lines
//! is read line by line, each line as YAML (of which JSON is a part), so that places and findings are
//! the same for both.

use super::decode::{Decode, Decoder, value};
use super::kind::other_kind;
use super::problems::Problems;
use super::tree::{Kind, Node};
use super::{EMPTY_FILE, MAX_BYTES, reading, too_large};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{Comment, FileId, SourceFile, Span};

/// Reads a whole file. `none` says what an empty one lacks: "the file holds no scenarios".
pub(crate) fn whole<T: Decode>(
    file: FileId,
    source: &SourceFile,
    none: &str,
) -> (Option<T>, Report) {
    let (decoded, report, _) = commented(file, source, none);
    (decoded, report)
}

/// The same, with the comments in it.
pub(crate) fn commented<T: Decode>(
    file: FileId,
    source: &SourceFile,
    none: &str,
) -> (Option<T>, Report, Vec<Comment>) {
    let text = source.text();
    if text.len() > MAX_BYTES {
        return (None, too_large(file, text.len()).report, Vec::new());
    }
    reading(file, text, |read, mut problems| {
        let decoded = match &read.root {
            None
            | Some(Node {
                kind: Kind::Null, ..
            }) => {
                if problems.is_empty() {
                    let span = Span::new(file, 0, 0);
                    problems.push(Diagnostic::new(&EMPTY_FILE, span, none));
                }
                None
            }
            Some(root) => match other_kind::<T>(root) {
                Some(found) => {
                    problems.push(found);
                    None
                }
                None => value(root, &mut Decoder::new(source, &mut problems)),
            },
        };
        (decoded, problems.into_report(), read.comments.clone())
    })
}

/// Reads a file of which each line that is not blank holds one value.
pub(crate) fn lines<T: Decode>(file: FileId, source: &SourceFile) -> (Vec<T>, Report) {
    let text = source.text();
    if text.len() > MAX_BYTES {
        return (Vec::new(), too_large(file, text.len()).report);
    }
    let mut values = Vec::new();
    let mut report = Report::new();
    let mut start = 0;
    for written in text.split_inclusive('\n') {
        if !written.trim().is_empty() {
            values.extend(line(file, source, written, start, &mut report));
        }
        start += written.len();
    }
    report.sort();
    (values, report)
}

fn line<T: Decode>(
    file: FileId,
    source: &SourceFile,
    written: &str,
    start: usize,
    report: &mut Report,
) -> Option<T> {
    let by = u32::try_from(start).unwrap_or(u32::MAX);
    reading(file, written, |mut read, problems| {
        for diagnostic in &problems.into_report() {
            report.push(shifted(diagnostic.clone(), by));
        }
        let root = read.root.as_mut()?;
        shift(root, by);
        let mut problems = Problems::default();
        let decoded = value(root, &mut Decoder::new(source, &mut problems));
        report.extend(problems.into_report());
        decoded
    })
}

/// A place in a line to the place in the file.
fn moved(span: Span, by: u32) -> Span {
    Span {
        start: span.start.saturating_add(by),
        end: span.end.saturating_add(by),
        ..span
    }
}

fn shift(node: &mut Node<'_>, by: u32) {
    node.span = moved(node.span, by);
    node.key = node.key.map(|key| moved(key, by));
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Kind::Map(pairs) => pairs.iter_mut().for_each(|pair| shift(&mut pair.value, by)),
        _ => {}
    }
}

fn shifted(mut diagnostic: Diagnostic, by: u32) -> Diagnostic {
    diagnostic.primary.span = moved(diagnostic.primary.span, by);
    for label in &mut diagnostic.secondary {
        label.span = moved(label.span, by);
    }
    if let Some(fix) = &mut diagnostic.fix {
        fix.span = moved(fix.span, by);
    }
    diagnostic
}
