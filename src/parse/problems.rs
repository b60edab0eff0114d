//! The findings of one file, with an upper limit.
//!
//! A file that is wrong in a hundred thousand places helps nobody by listing them all.

use crate::diagnostic::{Diagnostic, Report};

/// The most findings that one pass over a file, or one check of it, keeps.
pub(crate) const MOST: usize = 500;

/// Findings as they are raised.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    report: Report,
    more: usize,
}

impl Problems {
    /// Keeps a finding, or only counts it beyond the limit.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.report.push(diagnostic);
        }
    }

    /// Keeps the findings of a report, as far as there is room.
    pub(crate) fn extend(&mut self, found: &Report) {
        for diagnostic in found {
            self.push_with(|| diagnostic.clone());
        }
    }

    /// Like [`Problems::push`], where even putting the finding into words would cost too much.
    pub(crate) fn push_with(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.report.push(diagnostic());
        }
    }

    /// Counts findings that were not even kept.
    pub(crate) fn count(&mut self, more: usize) {
        self.more += more;
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.report.is_empty()
    }

    /// Whether further findings are only counted, so that their hints need not be looked for.
    pub(crate) fn is_full(&self) -> bool {
        self.report.len() >= MOST
    }

    /// The findings by place; the last one says how many were left out.
    pub(crate) fn into_report(self) -> Report {
        let mut sorted = self.report;
        sorted.sort();
        let Some(last) = sorted.iter().last().cloned() else {
            return sorted;
        };
        if self.more > 0 {
            sorted.retain(|kept| *kept != last);
            sorted.push(last.help(format!("{} further problems are not shown", self.more)));
        }
        sorted
    }
}
