//! The checks on a compiled workflow: what would surprise somebody although it compiles.
//!
//! In: a [`Workflow`] and the [`Document`] it came from. Out: a [`Report`]. Every check is one file
//! under `rules` beside its page, and one line in the registry; what several checks need to know is
//! worked out once, in `Facts`. Checks never stop, never change anything, know nothing of suppression,
//! and take time that grows with the workflow's size, not with its square. Names that stand for
//! nothing, bad literals and bad guards are raised by the passes before.

mod facts;
mod uses;
mod waits;
mod reach;
mod exits;
mod precedence;
mod flags;
mod entry;
mod showing;
mod rules;

pub use rules::RULES;

use crate::analysis::{self, Memo};
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
    validate_with(workflow, document, &mut Memo::default())
}

/// Runs every check with the answers about guards that were given before, and keeps those given now.
pub(crate) fn validate_with(workflow: &Workflow, document: &Document, memo: &mut Memo) -> Report {
    let by_settings = !workflow.incomplete && analysis::is_sound(workflow);
    let mut report = match judged(workflow, document, by_settings, memo) {
        Some(report) => report,
        None => {
            let mut report = judged(workflow, document, false, memo).unwrap_or_default();
            let question = "settings were not told apart: there are too many combinations of them";
            report.leave_open(document.workflow.span, question);
            report
        }
    };
    report.sort();
    report
}

/// What the checks find; `None` where there are too many combinations of settings to tell them apart.
fn judged(
    workflow: &Workflow,
    document: &Document,
    by_settings: bool,
    memo: &mut Memo,
) -> Option<Report> {
    let facts = Facts::new(workflow, document, by_settings, memo);
    let mut report = Report::new();
    for check in rules::CHECKS {
        let mut found = Report::new();
        check(&facts, &mut found);
        // Bounded rule by rule, so that many warnings of one never hide an error of another.
        let mut kept = Problems::default();
        kept.extend(&found);
        report.extend(kept.into_report());
        for open in found.open() {
            report.leave_open(open.span, open.question.clone());
        }
    }
    for open in &facts.guards.open {
        report.leave_open(open.span, open.question);
    }
    let mut skip = |count: usize, what: &str| {
        if count > 0 {
            let question = format!(
                "{count} questions about {what} were not asked: there are too many of them"
            );
            report.leave_open(document.workflow.span, question);
        }
    };
    skip(facts.guards.skipped, "guards");
    skip(facts.ways.skipped, "settings");
    (!facts.grid.is_lost()).then_some(report)
}
