//! The findings of a run, in a stable order.

use std::fmt;

use super::{Diagnostic, Fix, Level};
use crate::source::Span;

/// Findings, in the order they were raised until [`Report::sort`] puts them by place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    open: Vec<OpenQuestion>,
}

/// A question about the workflow that could be neither proved nor shown: no finding, but no promise
/// either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenQuestion {
    /// What it is about.
    pub span: Span,
    /// What is not known, in words.
    pub question: String,
}

impl Report {
    /// An empty report.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds all findings of another report.
    pub fn extend(&mut self, other: Report) {
        self.diagnostics.extend(other.diagnostics);
        self.open.extend(other.open);
    }

    /// Notes a question that could be neither proved nor shown.
    pub fn leave_open(&mut self, span: Span, question: impl Into<String>) {
        let question = question.into();
        self.open.push(OpenQuestion { span, question });
    }

    /// The questions that could be neither proved nor shown.
    pub fn open(&self) -> &[OpenQuestion] {
        &self.open
    }

    /// Keeps the findings for which `keep` says so.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.diagnostics.retain(keep);
    }

    /// Makes the changes of the fixes in another way, or takes them out.
    pub(crate) fn change_fixes(&mut self, change: impl Fn(&Fix) -> Option<(Span, String)>) {
        for found in &mut self.diagnostics {
            found.fix = found.fix.take().and_then(|fix| {
                let (span, replacement) = change(&fix)?;
                Some(Fix {
                    span,
                    replacement,
                    ..fix
                })
            });
        }
    }

    /// Orders by file and place, then rule, then message, and drops exact repetitions.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.primary.span, d.rule.id);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.diagnostics.dedup();
        self.open.sort();
        self.open.dedup();
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.diagnostics.iter()
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.diagnostics.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.iter().filter(|d| d.level() == level).count()
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Level::Error) > 0
    }
}

/// The first of the findings that matter most, and how many there are: what an error that is handed on says. It is
/// [rendered](super::render) with places and hints.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.iter().min_by_key(|found| found.level()) else {
            return f.write_str("nothing was found");
        };
        let (level, rule) = (first.level().as_str(), first.rule.id);
        write!(f, "{level}: {} ({rule})", first.message)?;
        match self.len() - 1 {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

impl std::error::Error for Report {}

impl<'a> IntoIterator for &'a Report {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
