//! The whole way from text to a checked workflow: parse, compile, validate, suppress.
//!
//! In: one file. Out: [`Loaded`], the workflow and every finding of every pass, in the order of the
//! file. This is the way for the command line, for an editor, and for a host that embeds the library.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compile::{self, compile};
use crate::diagnostic::{Diagnostic, Level, Report, Rule, suppress};
use crate::graph::Workflow;
use crate::guard;
use crate::parse::{self, parse};
use crate::source::{FileId, SourceFile, Span};
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

    /// The workflow to play the situations of its findings in: errors that show one do not matter.
    ///
    /// # Errors
    /// The report, where it has other errors.
    pub fn playable(self) -> Result<Arc<Workflow>, Report> {
        match self.workflow {
            Some(workflow) if !self.report.iter().any(is_in_the_way) => Ok(Arc::new(workflow)),
            _ => Err(self.report),
        }
    }
}

/// Whether a finding is an error that no situation shows.
fn is_in_the_way(found: &Diagnostic) -> bool {
    found.level() == Level::Error && found.witness.is_none()
}

/// Takes a file through every pass; `file` is its number in the caller's source map.
pub fn load(file: FileId, source: &SourceFile) -> Loaded {
    let parsed = parse(file, source);
    let mut report = parsed.report;
    let workflow = parsed.document.map(|document| {
        let mut compiled = compile(&document, source);
        compiled.workflow.incomplete |= report.has_errors();
        compiled
            .report
            .extend(validate(&compiled.workflow, &document));
        let unread = Unread::of(&report, source);
        compiled
            .report
            .retain(|later| !unread.explains(later, source, &compiled.workflow));
        report.extend(compiled.report);
        compiled.workflow
    });
    let known = rules();
    let report = suppress::suppress(report, source, &parsed.comments, &known);
    Loaded { workflow, report }
}

/// What the parser could not read.
struct Unread<'a> {
    /// Where, in the order of the file.
    places: Vec<Span>,
    /// The words that stand before a colon, with where they end: names that may be declared there.
    keys: BTreeSet<(&'a str, usize)>,
    /// What stands before a colon at the beginning of a line: the sections of the file.
    sections: BTreeSet<&'a str>,
}

impl<'a> Unread<'a> {
    fn of(report: &Report, source: &'a SourceFile) -> Self {
        let errors = report.iter().filter(|found| found.level() == Level::Error);
        let mut places: Vec<Span> = errors.map(|found| found.primary.span).collect();
        places.sort_unstable();
        let mut keys = BTreeSet::new();
        if !places.is_empty() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let before = source.text().split(':').scan(0, |end, text| {
                *end += text.len() + 1;
                Some((text.rsplit(|c| !is_word(c)).next()?, *end - 1))
            });
            keys.extend(before);
        }
        let lines = source.text().lines();
        let sections = lines.filter_map(|line| Some(line.split_once(':')?.0));
        Self {
            places,
            keys,
            sections: sections.collect(),
        }
    }

    /// Whether a finding of a later pass only repeats that something was not read: it is about text
    /// around that, or about a name whose declaration may stand there.
    fn explains(&self, later: &Diagnostic, source: &SourceFile, workflow: &Workflow) -> bool {
        if self.places.is_empty() {
            return false;
        }
        if let Some(section) = empty_section(later.rule.id, workflow)
            && self.sections.contains(section)
        {
            return true;
        }
        let place = later.primary.span;
        let word = source.slice(place);
        let mut elsewhere = self.keys.range((word, 0)..=(word, usize::MAX));
        let is_declared = elsewhere.any(|&(_, end)| end != place.end as usize);
        let first = self
            .places
            .partition_point(|unread| unread.start < place.start);
        let mut near = self.places.iter().skip(first).take(8);
        (later.rule.id.starts_with("unknown-") && is_declared)
            || near.any(|unread| unread.end <= place.end)
    }
}

/// The section that declares what a rule misses, where nothing of it was read; what is built in is
/// not declared.
fn empty_section(rule: &str, workflow: &Workflow) -> Option<&'static str> {
    let flags = workflow.flags.ids().filter(|flag| !flag.is_built_in());
    let (section, declared) = match rule {
        "unknown-state" | "unknown-state-in-guard" => {
            ("states", workflow.states.len().saturating_sub(1))
        }
        "unknown-actor" => ("actors", workflow.actors.len().saturating_sub(1)),
        "unknown-effect" => ("effects", workflow.effects.len().saturating_sub(1)),
        "unknown-event" => ("transitions", workflow.events.len()),
        "unknown-attribute" => ("attributes", workflow.attributes.len()),
        "unknown-group" => ("groups", workflow.groups.len()),
        "unknown-child-set" => ("children", workflow.children.len()),
        "unknown-field" => ("context", workflow.fields.len()),
        "unknown-setting" => ("settings", workflow.settings.len().saturating_sub(1)),
        "unknown-flag" => ("flags", flags.count()),
        _ => return None,
    };
    (declared == 0).then_some(section)
}

/// Every rule that any pass may raise, by id.
pub fn rules() -> Vec<&'static Rule> {
    let passes = [
        parse::RULES,
        guard::RULES,
        compile::RULES,
        validate::RULES,
        suppress::RULES,
    ];
    let mut rules: Vec<&'static Rule> = passes.into_iter().flatten().copied().collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}
