//! The whole way from text to a checked workflow: parse, compile, validate, suppress.
//!
//! In: one file. Out: [`Loaded`], the workflow and every finding of every pass, in the order of the
//! file. This is the way for the command line, for an editor, and for a host that embeds the library.

mod library;
mod pass;
mod sealed;
mod unread;

pub use library::{Effective, Library, Upgraded};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::analysis::Memo;
use crate::compile::{self, Compiled, compile};
use crate::diagnostic::{Diagnostic, Report, Rule, suppress};
use crate::document::Document;
use crate::graph::Workflow;
use crate::guard;
use crate::parse::{self, parse};
use crate::source::{FileId, SourceFile, Texts};
use crate::tenant;
use crate::validate::{self, validate_with};
use unread::Unread;

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

    /// The workflow to play the situations of its findings in: what is wrong with where orders can be does not matter,
    /// as long as all that is written was understood.
    ///
    /// # Errors
    /// The report, where something was not.
    pub fn playable(self) -> Result<Arc<Workflow>, Report> {
        match self.workflow {
            Some(workflow) if !workflow.incomplete => Ok(Arc::new(workflow)),
            _ => Err(self.report),
        }
    }
}

/// Takes a file through every pass; `file` is its number in the caller's source map. It must stand
/// alone: one that `extends:` another is loaded through a [`Library`].
///
/// Guards are read by a recursive parser: a thread that loads files has at least 1 MiB of stack.
pub fn load(file: FileId, source: &SourceFile) -> Loaded {
    if let Some(found) = based(file, source) {
        let mut report = Report::new();
        report.push(found);
        let workflow = None;
        return Loaded { workflow, report };
    }
    let parsed = parse(file, source);
    let mut report = parsed.report;
    let workflow = parsed.document.map(|document| {
        let memo = &mut Memo::default();
        let (workflow, found) = judge(file, source, &document, source.into(), (&report, memo));
        report.extend(found);
        if document.sealed.is_some() {
            report.extend(tenant::seals(file, source));
        }
        workflow
    });
    let report = suppress::suppress(report, source, &parsed.comments, &rules());
    Loaded { workflow, report }
}

/// The finding about a file that extends another, which is not at hand.
fn based(file: FileId, source: &SourceFile) -> Option<Diagnostic> {
    if !source.text().contains("extend") {
        return None;
    }
    let tree = parse::tree(file, source);
    let base = tenant::extends(tree.root.as_ref()?)?;
    let message = format!("the file extends `{}`, and was loaded alone", base.value);
    let found = Diagnostic::new(&tenant::rules::UNREADABLE_BASE, base.span, message);
    Some(found.help("load it through `load::Library`, which finds its base"))
}

/// Compiles and validates a document that was read with the findings of `reading`.
fn judge(
    file: FileId,
    source: &SourceFile,
    document: &Document,
    texts: Texts<'_>,
    (reading, memo): (&Report, &mut Memo),
) -> (Workflow, Report) {
    let Compiled {
        mut workflow,
        mut report,
    } = compile(document, texts);
    workflow.incomplete |= reading.has_errors();
    let later = validate_with(&workflow, document, memo);
    let later = without_meant(later, &report, texts);
    report.extend(later);
    let unread = Unread::of(reading, file, source);
    report.retain(|later| !unread.explains(later, source, &workflow));
    (workflow, report)
}

/// Findings but for those that accuse a name of being unused that was meant where another is written.
fn without_meant(mut later: Report, report: &Report, texts: Texts<'_>) -> Report {
    let fixes = report.iter().filter_map(|found| found.fix.as_ref());
    let meant = fixes.filter_map(|fix| fix.replacement.rsplit('.').next());
    let meant: BTreeSet<&str> = meant.collect();
    if !meant.is_empty() {
        later.retain(|found| {
            let is_unused = found.rule.id.starts_with("unused-");
            !is_unused || !meant.contains(texts.slice(found.primary.span))
        });
    }
    later
}

/// Every rule that any pass may raise, by id.
pub fn rules() -> Vec<&'static Rule> {
    let passes = [
        parse::RULES,
        guard::RULES,
        compile::RULES,
        validate::RULES,
        suppress::RULES,
        tenant::RULES,
    ];
    let mut rules: Vec<&'static Rule> = passes.into_iter().flatten().copied().collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}
