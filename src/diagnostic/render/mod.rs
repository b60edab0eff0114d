//! Reports as text: for people, for editors and for build servers.
//!
//! In: a [`Report`], the files its spans point into, and [`Options`]. Out: one string.
//! Each format is a pure function of these; none looks at a terminal, the disk or the clock.
//! Any span and any text are safe: places are clamped to the file, and characters that would act on
//! a terminal or hide text are shown, not sent. The order of the findings is the report's own.

mod concise;
mod excerpt;
mod github;
pub mod json;
mod junit;
mod place;
mod sarif;
mod text;
mod visible;

#[cfg(feature = "cli")]
pub(crate) use junit::escape as xml;

use super::{Diagnostic, Level, Report};
use crate::source::{SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OutputFormat {
    /// Each finding with its lines of the file, the words underlined.
    #[default]
    Full,
    /// One line a finding: `path:line:column: error[rule]: message`.
    Concise,
    /// One JSON object, described by [`json::JsonReport`].
    Json,
    /// SARIF 2.1.0, as code scanning services read it.
    Sarif,
    /// Workflow commands of GitHub Actions, which become annotations of a change.
    Github,
    /// `JUnit` XML with one test case a file.
    Junit,
}

impl OutputFormat {
    /// Every format, in the order in which help texts list them.
    pub const ALL: [Self; 6] = [
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Junit,
    ];

    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rendering needs to know besides the findings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which format is written.
    pub format: OutputFormat,
    /// Whether [`OutputFormat::Full`] carries ANSI colours; no other format ever does.
    pub color: bool,
    /// How many columns [`OutputFormat::Full`] may fill; 140 where nothing is said.
    pub width: Option<usize>,
    /// The names of all files that were checked, in order: the clean ones are seen nowhere else.
    pub checked: Vec<String>,
    /// What could not be read, so that nobody takes a report without it for a clean one.
    pub unread: Vec<Unread>,
    /// What was read but not judged, so that nobody takes it for clean.
    pub unjudged: Vec<Unjudged>,
    /// The names of the rules whose warnings fail the run, each with what says so. They are shown as errors.
    pub denied: BTreeMap<String, String>,
}

/// A file or folder that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its path or pattern as it was named; `None` where nothing says which it was.
    pub path: Option<String>,
    /// Why, on one line.
    pub message: String,
}

/// A file that was read and not judged as a whole, since something that it is judged by is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// The characters that keep it from being judged.
    pub span: Span,
    /// Why, on one line.
    pub message: String,
}

impl Options {
    /// What a finding counts as: a warning that is denied is an error.
    fn level(&self, diagnostic: &Diagnostic) -> Level {
        match self.denied_by(diagnostic) {
            Some(_) => Level::Error,
            None => diagnostic.level(),
        }
    }

    /// What denies a warning; nothing does an error.
    fn denied_by(&self, diagnostic: &Diagnostic) -> Option<&str> {
        let is_warning = diagnostic.level() == Level::Warning;
        let by = self.denied.get(diagnostic.rule.id).filter(|_| is_warning);
        by.map(String::as_str)
    }
}

/// Writes a report in the format that `options` names.
///
/// Every non-empty result ends in a line end. The summary line is not part of it: see [`summary`].
pub fn render(report: &Report, sources: &SourceMap, options: &Options) -> String {
    match options.format {
        OutputFormat::Full => text::render(report, sources, options),
        OutputFormat::Concise => concise::render(report, sources, options),
        OutputFormat::Json => json::render(report, sources, options),
        OutputFormat::Sarif => sarif::render(report, sources, options),
        OutputFormat::Github => github::render(report, sources, options),
        OutputFormat::Junit => junit::render(report, sources, options),
    }
}

/// One line that sums a run up, without a line end: `2 errors, 1 warning in 1 file` counts the files
/// that have findings, `all clean: 5 files checked` all that were read.
pub fn summary(report: &Report, options: &Options) -> String {
    if report.is_empty() {
        let checked = options.checked.len();
        return format!("all clean: {} checked", counted(checked, "file"));
    }
    let files: BTreeSet<_> = report.iter().map(|d| d.primary.span.file).collect();
    format!(
        "{} in {}",
        counts(report, options),
        counted(files.len(), "file")
    )
}

/// `2 errors (1 denied warning), 1 warning`; a level that does not occur is left out.
fn counts<'a>(found: impl IntoIterator<Item = &'a Diagnostic>, options: &Options) -> String {
    let (mut errors, mut denied, mut warnings) = (0, 0, 0);
    for diagnostic in found {
        denied += usize::from(options.denied_by(diagnostic).is_some());
        match options.level(diagnostic) {
            Level::Error => errors += 1,
            Level::Warning => warnings += 1,
        }
    }
    let mut parts = Vec::new();
    if errors > 0 {
        let errors = counted(errors, "error");
        parts.push(match denied {
            0 => errors,
            _ => format!("{errors} ({})", counted(denied, "denied warning")),
        });
    }
    if warnings > 0 {
        parts.push(counted(warnings, "warning"));
    }
    parts.join(", ")
}

/// `1 file`, `2 files`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A value as indented JSON with a line end.
fn pretty(value: &impl serde::Serialize) -> String {
    // The values are structs of strings and numbers, which JSON always can say.
    serde_json::to_string_pretty(value).map_or_else(|_| String::new(), |json| json + "\n")
}
