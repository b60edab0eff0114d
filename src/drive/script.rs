//! Scripts: what happens to an order, one thing after another, as the command line is given it.
//!
//! In: JSON lines (one object a line) or a YAML list, with the keys of [`Stimulus`]. Out: the stimuli
//! in order, and every problem with its place.

use super::written::Stimulus;
use crate::diagnostic::Report;
use crate::parse;
use crate::source::{FileId, SourceFile};

/// Reads a script. A text whose first character is `{` holds JSON lines, any other a YAML list.
pub fn script(file: FileId, source: &SourceFile) -> (Vec<Stimulus>, Report) {
    let text = source.text();
    if text.trim_start().starts_with('{') {
        return parse::lines(file, source);
    }
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(is_blank) {
        return (Vec::new(), Report::new());
    }
    let (stimuli, report) = parse::whole(file, source, "the file holds no events");
    (stimuli.unwrap_or_default(), report)
}
