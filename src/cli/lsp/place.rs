//! Places as an editor counts them.
//!
//! In: byte offsets of a file. Out: lines and columns from 0, columns in UTF-16 or in bytes as was agreed; and the
//! way back. A place behind the end of a line is its end, as the protocol has it.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::source::{SourceFile, Span};

/// What columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    /// The cheapest that an editor understands; UTF-16, which all do, where it does not say.
    pub(super) fn agreed(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: &PositionEncodingKind| offered.is_some_and(|all| all.contains(kind));
        if offers(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offers(&PositionEncodingKind::UTF32) && !offers(&PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }

    /// The place of an offset.
    pub(super) fn position(self, source: &SourceFile, offset: usize) -> Position {
        let at = source
            .clamp(Span::new(Default::default(), offset, offset))
            .start;
        let line = source.line_at(at);
        let before = source.text().get(source.line_start(line)..at);
        let column = before
            .unwrap_or_default()
            .chars()
            .map(|c| self.width(c))
            .sum();
        Position {
            line: number(line.saturating_sub(1)),
            character: number(column),
        }
    }

    /// The characters of a span.
    pub(super) fn range(self, source: &SourceFile, span: Span) -> Range {
        let bytes = source.clamp(span);
        Range {
            start: self.position(source, bytes.start),
            end: self.position(source, bytes.end),
        }
    }

    /// The offset of a place.
    pub(super) fn offset(self, source: &SourceFile, place: Position) -> usize {
        let line = (place.line as usize).saturating_add(1);
        if line > source.line_count() {
            return source.text().len();
        }
        let start = source.line_start(line);
        let mut left = place.character as usize;
        let mut at = start;
        for c in source.line(line).chars() {
            let width = self.width(c);
            if left < width {
                break;
            }
            left -= width;
            at += c.len_utf8();
        }
        at
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
