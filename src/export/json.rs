//! The workflow as JSON: the [`Model`](super::Model), written out.

use std::fmt::Write as _;

use super::model::{Model, model};
use super::text::is_treacherous;
use crate::graph::Workflow;

/// Writes the model as indented JSON with a final newline. Invisible and reordering characters are
/// written as escapes, so that the text looks like what it says.
pub fn json(workflow: &Workflow) -> String {
    json_of(&model(workflow))
}

/// Writes a model as [`json`] does.
pub fn json_of(model: &Model) -> String {
    let text = serde_json::to_string_pretty(model).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c == '\n' || !is_treacherous(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out.push('\n');
    out
}
