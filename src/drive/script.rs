//! Scripts: what happens to an order, one thing after another, as the command line is given it.
//!
//! In: JSON lines (one object a line) or a YAML list, with the keys of [`Stimulus`]. Out: the stimuli
//! in order, and every problem with its place.

use std::borrow::Cow;

use super::written::Stimulus;
use crate::diagnostic::Report;
use crate::parse;
use crate::parse::decode::{Decode, Decoder};
use crate::parse::tree::{Kind, Node};
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
    let (script, report) = parse::whole(file, source, "the file holds no events");
    (
        script.map_or_else(Vec::new, |Script(stimuli)| stimuli),
        report,
    )
}

/// What happens, one thing after another.
struct Script(Vec<Stimulus>);

impl Decode for Script {
    fn expected() -> Cow<'static, str> {
        "a list of what happens".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::List(_) = &node.kind {
            return Decode::decode(node, decoder).map(Self);
        }
        let diagnostic = decoder
            .unexpected(node, &Self::expected())
            .help("write one item for each thing that happens: `- { event: EVENT, by: ACTOR }`")
            .help("or one JSON object a line: `{\"event\": \"EVENT\", \"by\": \"ACTOR\"}`");
        decoder.push_at(node, diagnostic);
        None
    }
}
