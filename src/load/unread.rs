//! Findings that only repeat that something was not read.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report};
use crate::graph::Workflow;
use crate::source::{FileId, SourceFile, Span};

/// What the parser could not read. Where it read all, nothing of the file is looked at.
pub(super) struct Unread<'a> {
    /// The file that was read.
    file: FileId,
    /// Where, in the order of the file.
    places: Vec<Span>,
    /// The words that stand before a colon, with where they end: names that may be declared there.
    keys: BTreeSet<(&'a str, usize)>,
    /// What stands before a colon at the beginning of a line: the sections of the file.
    sections: BTreeSet<&'a str>,
}

impl<'a> Unread<'a> {
    pub(super) fn of(report: &Report, file: FileId, source: &'a SourceFile) -> Self {
        let errors = report.iter().filter(|found| found.level() == Level::Error);
        let mut places: Vec<Span> = errors.map(|found| found.primary.span).collect();
        places.sort_unstable();
        let (mut keys, mut sections) = (BTreeSet::new(), BTreeSet::new());
        if !places.is_empty() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let before = source.text().split(':').scan(0, |end, text| {
                *end += text.len() + 1;
                Some((text.rsplit(|c| !is_word(c)).next()?, *end - 1))
            });
            keys.extend(before);
            let lines = source.text().lines();
            sections.extend(lines.filter_map(|line| Some(line.split_once(':')?.0)));
        }
        Self {
            file,
            places,
            keys,
            sections,
        }
    }

    /// Whether a finding of a later pass only repeats that something was not read: it is about text
    /// around that, or about a name whose declaration may stand there.
    pub(super) fn explains(
        &self,
        later: &Diagnostic,
        source: &SourceFile,
        workflow: &Workflow,
    ) -> bool {
        if self.places.is_empty() {
            return false;
        }
        if let Some(section) = empty_section(later.rule.id, workflow)
            && self.sections.contains(section)
        {
            return true;
        }
        let place = later.primary.span;
        if place.file != self.file {
            return false;
        }
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
