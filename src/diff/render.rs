//! A difference as text, as Markdown, as data.
//!
//! In: a [`Difference`] and both files. Out: text for a terminal or a log, a table for a review, or
//! JSON whose fields are a promise: within one [`VERSION`] fields are added, never changed.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::change::{Change, Class, Difference, Kind, Severity, Stranded};
use crate::source::{SourceMap, Span};

/// The version of the JSON form.
const VERSION: u32 = 1;

/// What `flagstate diff --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JsonDifference {
    /// The version of this form: 1.
    pub version: u32,
    /// The gravest severity; left out where nothing differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub severity: Option<Severity>,
    /// The changes, the gravest first.
    pub changes: Vec<JsonChange>,
    /// Where orders of the old version would be stranded, were each kept where it is.
    #[schemars(with = "Vec<JsonStranded>")]
    pub stranded: Vec<Stranded>,
    /// Whether all that orders can do was followed. Otherwise `stranded` may lack some.
    pub whole: bool,
    /// How many questions about guards could be neither proved nor shown; each counts as a way that
    /// may be taken.
    pub open: usize,
}

/// Where orders would be stranded.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "it describes what `Stranded` writes")]
struct JsonStranded {
    /// The paths of the innermost states, joined by ` + `.
    status: String,
    /// `gone`, `incomplete` or `cut-off`.
    why: String,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JsonChange {
    /// What it is, for example `state-removed`.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// What it means, for example `strands-orders`.
    #[schemars(with = "String")]
    pub class: Class,
    /// `safe`, `changed`, `mapping` or `strands`.
    #[schemars(with = "String")]
    pub severity: Severity,
    /// What it is about: a state, `STATE.TIMER`, an event or a declaration.
    pub about: String,
    /// One sentence.
    pub message: String,
    /// Its place in the old file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<JsonPlace>,
    /// Its place in the new file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<JsonPlace>,
    /// Situations that show it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<JsonWitness>,
    /// What to do, or what may have been meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JsonPlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A situation that shows a change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JsonWitness {
    /// What it shows: `no longer let through` or `let through now`.
    pub shows: String,
    /// The situation, which `flagstate run --witness` plays in the new version.
    pub witness: Json,
}

fn place(sources: &SourceMap, span: Span) -> Option<JsonPlace> {
    let file = sources.get(span.file)?;
    let at = file.position(span.start);
    Some(JsonPlace {
        file: file.name().to_owned(),
        line: at.line,
        column: at.column,
    })
}

fn described(change: &Change, sources: &SourceMap) -> JsonChange {
    let witnesses = change.witnesses.iter();
    JsonChange {
        kind: change.kind,
        class: change.class,
        severity: change.severity(),
        about: change.about.clone(),
        message: change.message.clone(),
        old: change.old.and_then(|span| place(sources, span)),
        new: change.new.and_then(|span| place(sources, span)),
        witnesses: witnesses
            .map(|(shows, witness)| JsonWitness {
                shows: (*shows).to_owned(),
                witness: witness.to_json(),
            })
            .collect(),
        hint: change.hint.clone(),
    }
}

/// The difference as data.
pub fn json(difference: &Difference, sources: &SourceMap) -> JsonDifference {
    let changes = difference.changes.iter();
    JsonDifference {
        version: VERSION,
        severity: difference.severity(),
        changes: changes.map(|change| described(change, sources)).collect(),
        stranded: difference.stranded.clone(),
        whole: difference.whole,
        open: difference.open,
    }
}

/// The difference as a person reads it: a block for each change, then a count.
pub fn text(difference: &Difference, sources: &SourceMap) -> String {
    let mut text = String::new();
    for change in &difference.changes {
        // Writing to a string cannot fail.
        let _ = one(&mut text, change, sources);
    }
    text + &summary(difference) + "\n"
}

fn one(out: &mut String, change: &Change, sources: &SourceMap) -> std::fmt::Result {
    let means = change.words();
    writeln!(out, "{means} [{}]: {}", change.kind.id(), change.message)?;
    for (word, span) in [("old", change.old), ("new", change.new)] {
        if let Some(at) = span.and_then(|span| place(sources, span)) {
            writeln!(out, "  {word} {}:{}:{}", at.file, at.line, at.column)?;
        }
    }
    for (shows, witness) in &change.witnesses {
        writeln!(out, "  {shows}: {witness}")?;
    }
    if let Some(hint) = &change.hint {
        writeln!(out, "  hint: {hint}")?;
    }
    writeln!(out)
}

/// How many changes of each severity there are, and what stayed open.
fn summary(difference: &Difference) -> String {
    if difference.changes.is_empty() {
        return "nothing differs".to_owned();
    }
    let words = [
        (Severity::Strands, "strands orders", "strand orders"),
        (Severity::Mapping, "needs mapping", "need mapping"),
        (
            Severity::Changed,
            "changes what orders do",
            "change what orders do",
        ),
        (Severity::Safe, "is safe", "are safe"),
    ];
    let counts =
        words
            .iter()
            .filter_map(|(severity, one, more)| match difference.count(*severity) {
                0 => None,
                1 => Some(format!("1 {one}")),
                count => Some(format!("{count} {more}")),
            });
    let counts: Vec<String> = counts.collect();
    let counts = counts.join(", ");
    let mut line = match difference.changes.len() {
        1 => format!("1 change: {}", counts.replace("1 ", "it ")),
        count => format!("{count} changes: {counts}"),
    };
    if !difference.stranded.is_empty() {
        let places: Vec<String> = difference
            .stranded
            .iter()
            .map(|stranded| format!("`{}`", stranded.status))
            .collect();
        _ = write!(line, "\norders are stranded in {}", places.join(", "));
    }
    if !difference.whole {
        line += "\nnot every way was followed: more orders may be stranded";
    }
    match difference.open {
        0 => {}
        1 => {
            line +=
                "\none question about a guard stayed open; it counts as a way that may be taken";
        }
        open => {
            _ = write!(
                line,
                "\n{open} questions about guards stayed open; each counts as a way that may be taken"
            );
        }
    }
    line
}

/// The difference as a table for a review.
pub fn markdown(difference: &Difference, sources: &SourceMap) -> String {
    let mut text = String::new();
    if !difference.changes.is_empty() {
        text += "| means | what | old | new |\n|---|---|---|---|\n";
    }
    for change in &difference.changes {
        let at = |span: Option<Span>| {
            let place = span.and_then(|span| place(sources, span));
            place.map_or(String::new(), |at| {
                format!("{}:{}:{}", at.file, at.line, at.column)
            })
        };
        let mut message = change.message.clone();
        for (shows, witness) in &change.witnesses {
            _ = write!(message, "; {shows}: {witness}");
        }
        if let Some(hint) = &change.hint {
            _ = write!(message, " ({hint})");
        }
        let message = message.replace('|', "\\|").replace('\n', " ");
        _ = writeln!(
            text,
            "| {} | {message} | {} | {} |",
            change.words(),
            at(change.old),
            at(change.new)
        );
    }
    let apart = if text.is_empty() { "" } else { "\n" };
    format!("{text}{apart}{}\n", summary(difference))
}
