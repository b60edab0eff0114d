//! The lines of a file that a finding shows, safe to hand to the drawing library.
//!
//! In: a file and ranges of its bytes. Out: an [`Excerpt`]: its text without control characters and
//! without line ends of its own, and the same ranges within it. Lines keep their number of
//! characters unless they are longer than [`LINE`]; such a line is cut to a window around the first
//! range that touches it, and ranges outside the window move to its edge.

use super::visible::visible_char;
use crate::source::SourceFile;
use std::ops::Range;

/// How many bytes of a line are shown at most.
const LINE: usize = 800;

/// Some lines of a file.
pub(super) struct Excerpt {
    /// The lines, joined by `\n`.
    pub(super) text: String,
    /// The number of the first line, from 1.
    pub(super) first_line: usize,
    /// The ranges, in the order in which they were given.
    pub(super) ranges: Vec<Range<usize>>,
    /// How many characters the line of the first range lost before its start.
    pub(super) cut: usize,
}

impl Excerpt {
    /// The lines from the first to the last that any of `ranges` touches. The ranges lie within the
    /// file, on character boundaries.
    pub(super) fn of(file: &SourceFile, ranges: &[Range<usize>]) -> Self {
        let first_line = ranges
            .iter()
            .map(|r| file.line_at(r.start))
            .min()
            .unwrap_or(1);
        let last_line = ranges
            .iter()
            .map(|r| file.line_at(r.end))
            .max()
            .unwrap_or(1);
        let mut excerpt = Self {
            text: String::new(),
            first_line,
            ranges: vec![0..0; ranges.len()],
            cut: 0,
        };
        for line in first_line..=last_line {
            if line > first_line {
                excerpt.text.push('\n');
            }
            excerpt.add_line(file, line, ranges);
        }
        // The drawing library sees no line behind the last line end, so an empty one gets a column.
        if excerpt.text.is_empty() || excerpt.text.ends_with('\n') {
            excerpt.text.push(' ');
        }
        excerpt
    }

    /// Adds a line and moves the ends of the ranges that lie on it.
    fn add_line(&mut self, file: &SourceFile, number: usize, ranges: &[Range<usize>]) {
        let line = file.line(number);
        let from = file.line_start(number);
        let here = |offset: usize| {
            (file.line_at(offset) == number).then(|| (offset - from).min(line.len()))
        };
        let touching = ranges
            .iter()
            .find_map(|r| here(r.start).or_else(|| here(r.end)));
        let window = window(line, touching.unwrap_or(0));
        let begin = self.text.len();
        let shown = line.get(window.clone()).unwrap_or_default();
        let cut = if window.start > 0 { "…" } else { "" };
        self.text.push_str(cut);
        self.text.extend(shown.chars().map(harmless));
        if window.end < line.len() {
            self.text.push('…');
        }
        let moved = |offset: usize| {
            let inside = offset.clamp(window.start, window.end) - window.start;
            let before = shown.get(..inside).unwrap_or_default();
            begin
                + cut.len()
                + before
                    .chars()
                    .map(|c| harmless(c).len_utf8())
                    .sum::<usize>()
        };
        for (range, target) in ranges.iter().zip(&mut self.ranges) {
            if let Some(start) = here(range.start) {
                target.start = moved(start);
            }
            if let Some(end) = here(range.end) {
                target.end = moved(end);
            }
        }
        if ranges
            .first()
            .is_some_and(|first| here(first.start).is_some())
            && window.start > 0
        {
            let lost = line.get(..window.start).unwrap_or_default();
            self.cut = lost.chars().count() - 1;
        }
    }
}

/// The bytes of a line that are shown: all, or [`LINE`] around `center`, on character boundaries.
fn window(line: &str, center: usize) -> Range<usize> {
    if line.len() <= LINE {
        return 0..line.len();
    }
    let mut start = center.saturating_sub(LINE / 4).min(line.len() - LINE);
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (start + LINE).min(line.len());
    while !line.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// A character as it is drawn. Tabs stay: the drawing library widens them.
fn harmless(c: char) -> char {
    if c == '\t' { c } else { visible_char(c) }
}
