//! The checks on a compiled workflow: what would surprise somebody although it compiles.
//!
//! In: a [`Workflow`] and the [`Document`] it came from. Out: a [`Report`]. Every check is one file
//! under `rules` beside its page, and one line in the registry; what several checks need to know is
//! worked out once, in `Facts`. Checks never stop, never change anything, know nothing of suppression,
//! and take time that grows with the workflow's size, not with its square. Names that stand for
//! nothing, bad literals and bad guards are raised by the passes before.

mod facts;
mod uses;
mod reach;
mod exits;
mod precedence;
mod flags;
mod entry;
mod rules;

pub use rules::RULES;

use crate::diagnostic::Report;
use crate::document::Document;
use crate::graph::Workflow;
use crate::parse::problems::Problems;
use facts::Facts;

/// Runs every check; the findings are ordered by place.
///
/// Where names of the workflow could not be resolved, the checks that would only repeat that (what
/// can be reached, what is used) keep quiet.
pub fn validate(workflow: &Workflow, document: &Document) -> Report {
    let facts = Facts::new(workflow, document);
    let mut report = Report::new();
    for check in rules::CHECKS {
        let mut found = Report::new();
        check(&facts, &mut found);
        // Bounded rule by rule, so that many warnings of one never hide an error of another.
        let mut kept = Problems::default();
        kept.extend(&found);
        report.extend(kept.into_report());
    }
    for open in &facts.guards.open {
        report.leave_open(open.span, open.question);
    }
    if facts.guards.skipped > 0 {
        let question = format!(
            "{} questions about guards were not asked: there are too many of them",
            facts.guards.skipped
        );
        report.leave_open(document.workflow.span, question);
    }
    report.sort();
    report
}
