//! The report as data: a stable form that other programs may rely on.
//!
//! In: a report and its files. Out: a [`JsonReport`], and its text.
//! Within one [`VERSION`] fields are added, never changed or taken away. Texts are as they are:
//! whoever shows them on a terminal makes control characters harmless.

use super::{Options, place::Place};
use crate::diagnostic::{Diagnostic, Fix, Label, Level, OpenQuestion, Report};
use crate::source::{SourceMap, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// The version of the form.
pub const VERSION: u32 = 1;

/// What `flagstate check --output-format json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonReport {
    /// The version of this form: 1.
    pub version: u32,
    /// The findings counted.
    pub summary: JsonSummary,
    /// The findings, by file and place.
    pub findings: Vec<JsonFinding>,
    /// What could not be read, and is therefore in no finding.
    pub unread: Vec<JsonUnread>,
    /// Questions about guards that could be neither proved nor shown, and are therefore in no finding.
    pub open: Vec<JsonOpen>,
    /// What was read and not judged as a whole: a migration file whose versions are not at hand, or have errors.
    pub unjudged: Vec<JsonUnjudged>,
}

/// A file that was read and not judged as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonUnjudged {
    /// Why, on one line.
    pub message: String,
    /// The characters that keep it from being judged.
    #[serde(flatten)]
    pub place: JsonPlace,
}

/// A question about a guard that could be neither proved nor shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonOpen {
    /// What is not known.
    pub question: String,
    /// The characters that it is about.
    #[serde(flatten)]
    pub place: JsonPlace,
}

/// A file or folder that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonUnread {
    /// Its path or pattern as it was named; left out where nothing says which it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why, on one line.
    pub message: String,
}

/// The findings of a run, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonSummary {
    /// How many files were checked.
    pub files: usize,
    /// How many findings are errors: the workflow cannot be run.
    pub errors: usize,
    /// How many findings are warnings: the workflow runs, but probably not as meant.
    pub warnings: usize,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonFinding {
    /// The rule that was broken: `flagstate explain RULE` tells about it.
    pub rule: String,
    /// How much it matters, as its rule says.
    pub level: Level,
    /// What makes a warning fail the run: an option of the command line, or the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by: Option<String>,
    /// What is wrong, on one line.
    pub message: String,
    /// The characters that caused it.
    #[serde(flatten)]
    pub place: JsonPlace,
    /// What is said beside these characters; may be empty.
    pub label: String,
    /// Further places that explain it.
    pub labels: Vec<JsonLabel>,
    /// What to do about it, one line each.
    pub help: Vec<String>,
    /// A change that would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<JsonFix>,
    /// A situation that shows it, which `flagstate run FILE --witness` plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<serde_json::Value>,
}

/// A range of characters in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonPlace {
    /// The file, as it was named on the command line or found below a folder.
    pub path: String,
    /// The first character.
    pub start: JsonPosition,
    /// The first character behind the range; equal to `start` where the range is empty.
    pub end: JsonPosition,
}

/// A place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonPosition {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters (Unicode scalar values), from 1.
    pub column: usize,
    /// Bytes of UTF-8 from the start of the file, from 0.
    pub offset: usize,
}

/// A further place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonLabel {
    /// The characters.
    #[serde(flatten)]
    pub place: JsonPlace,
    /// What is said beside them.
    pub text: String,
}

/// A change of the text that would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonFix {
    /// What the change does.
    pub title: String,
    /// The characters to replace.
    #[serde(flatten)]
    pub place: JsonPlace,
    /// What stands there afterwards.
    pub replacement: String,
}

/// The report as data.
pub fn report(report: &Report, sources: &SourceMap, options: &Options) -> JsonReport {
    let unread = options.unread.iter().map(|unread| JsonUnread {
        path: unread.path.clone(),
        message: unread.message.clone(),
    });
    let unjudged = options.unjudged.iter().map(|unjudged| JsonUnjudged {
        message: unjudged.message.clone(),
        place: place(unjudged.span, sources),
    });
    JsonReport {
        version: VERSION,
        summary: JsonSummary {
            files: options.checked.len(),
            errors: report.count(Level::Error),
            warnings: report.count(Level::Warning),
        },
        findings: report
            .iter()
            .map(|d| finding(d, sources, options))
            .collect(),
        unread: unread.collect(),
        open: report
            .open()
            .iter()
            .map(|open| self::open(open, sources))
            .collect(),
        unjudged: unjudged.collect(),
    }
}

fn open(open: &OpenQuestion, sources: &SourceMap) -> JsonOpen {
    JsonOpen {
        question: open.question.clone(),
        place: place(open.span, sources),
    }
}

/// The report as indented JSON.
pub(super) fn render(findings: &Report, sources: &SourceMap, options: &Options) -> String {
    super::pretty(&report(findings, sources, options))
}

fn finding(diagnostic: &Diagnostic, sources: &SourceMap, options: &Options) -> JsonFinding {
    let secondary = |label: &Label| JsonLabel {
        place: place(label.span, sources),
        text: label.text.clone(),
    };
    let fix = |fix: &Fix| JsonFix {
        title: fix.title.clone(),
        place: place(fix.span, sources),
        replacement: fix.replacement.clone(),
    };
    JsonFinding {
        rule: diagnostic.rule.id.to_owned(),
        level: diagnostic.level(),
        denied_by: options.denied_by(diagnostic).map(str::to_owned),
        message: diagnostic.message.clone(),
        place: place(diagnostic.primary.span, sources),
        label: diagnostic.primary.text.clone(),
        labels: diagnostic.secondary.iter().map(secondary).collect(),
        help: diagnostic.help.clone(),
        fix: diagnostic.fix.as_ref().map(fix),
        witness: diagnostic.witness.as_deref().cloned(),
    }
}

fn place(span: Span, sources: &SourceMap) -> JsonPlace {
    let place = Place::of(sources, span);
    JsonPlace {
        path: place.path.to_owned(),
        start: JsonPosition {
            line: place.start.line,
            column: place.start.column,
            offset: place.bytes.start,
        },
        end: JsonPosition {
            line: place.end.line,
            column: place.end.column,
            offset: place.bytes.end,
        },
    }
}
