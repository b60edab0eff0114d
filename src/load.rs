//! The whole way from text to a checked workflow: parse, compile, validate, suppress.
//!
//! In: one file. Out: [`Loaded`], the workflow and every finding of every pass, in the order of the
//! file. This is the way for the command line, for an editor, and for a host that embeds the library.

use std::sync::Arc;

use crate::compile::{self, compile};
use crate::diagnostic::{Report, Rule, suppress};
use crate::graph::Workflow;
use crate::guard;
use crate::parse::{self, parse};
use crate::source::{FileId, SourceFile};
use crate::validate::{self, validate};

/// A file that went through every pass.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The workflow; `None` where the text is no document at all. With errors in the report it is
    /// for drawing, not for running.
    pub workflow: Option<Workflow>,
    /// Every finding, by place, after suppression.
    pub report: Report,
}

impl Loaded {
    /// The workflow to run orders through.
    ///
    /// # Errors
    /// The report, where it has errors.
    pub fn runnable(self) -> Result<Arc<Workflow>, Report> {
        match self.workflow {
            Some(workflow) if !self.report.has_errors() => Ok(Arc::new(workflow)),
            _ => Err(self.report),
        }
    }
}

/// Takes a file through every pass; `file` is its number in the caller's source map.
pub fn load(file: FileId, source: &SourceFile) -> Loaded {
    let parsed = parse(file, source);
    let mut report = parsed.report;
    let workflow = parsed.document.map(|document| {
        let unread = report.has_errors();
        let mut compiled = compile(&document, source);
        compiled.workflow.incomplete |= unread;
        report.extend(compiled.report);
        report.extend(validate(&compiled.workflow, &document));
        compiled.workflow
    });
    let known = rules();
    let report = suppress::suppress(report, source, &parsed.comments, &known);
    Loaded { workflow, report }
}

/// Every rule that any pass may raise, by id.
pub fn rules() -> Vec<&'static Rule> {
    let passes = [
        parse::RULES,
        guard::RULES,
        compile::RULES,
        validate::RULES,
        &suppress::RULES,
    ];
    let mut rules: Vec<&'static Rule> = passes.into_iter().flatten().copied().collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}
