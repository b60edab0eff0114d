//! A span as people name it: a path, and where in it the characters begin and end.
//!
//! In: a [`Span`]. Out: a [`Place`], whatever the span says: it is clamped to its file, and a file
//! that the map does not hold has the name [`UNKNOWN`] and no text.

use crate::source::{Position, SourceFile, SourceMap, Span};
use std::ops::Range;

/// The name of a file that the map does not hold.
pub(super) const UNKNOWN: &str = "<unknown>";

/// A resolved span.
pub(super) struct Place<'a> {
    /// The name of the file.
    pub(super) path: &'a str,
    /// The file itself, if the map holds it.
    pub(super) file: Option<&'a SourceFile>,
    /// The bytes, on character boundaries and within the file.
    pub(super) bytes: Range<usize>,
    /// Where the first character stands.
    pub(super) start: Position,
    /// Where the first character behind the span stands.
    pub(super) end: Position,
}

impl<'a> Place<'a> {
    /// Looks a span up.
    pub(super) fn of(sources: &'a SourceMap, span: Span) -> Self {
        let Some(file) = sources.get(span.file) else {
            let start = Position { line: 1, column: 1 };
            return Self {
                path: UNKNOWN,
                file: None,
                bytes: 0..0,
                start,
                end: start,
            };
        };
        let bytes = file.clamp(span);
        // A clamped offset came from a `u32` and is not larger than it was.
        let position = |offset: usize| file.position(u32::try_from(offset).unwrap_or(u32::MAX));
        Self {
            path: file.name(),
            file: Some(file),
            start: position(bytes.start),
            end: position(bytes.end),
            bytes,
        }
    }

    /// The last line of which anything is in the span: not the one behind its last line end.
    pub(super) fn last_line(&self) -> usize {
        if self.end.column == 1 && self.end.line > self.start.line {
            self.end.line - 1
        } else {
            self.end.line
        }
    }
}
