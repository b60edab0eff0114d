//! Findings that only repeat that something was not read.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report};
use crate::document::Document;
use crate::graph::Workflow;
use crate::parse::decode::Record as _;
use crate::parse::problems::MOST;
use crate::source::{FileId, SourceFile, Span};

/// The rules of what leaves the rest of the file to be read.
const LOCAL: [&str; 6] = [
    "bad-id",
    "misplaced-key",
    "missing-key",
    "unknown-key",
    "unknown-word",
    "wrong-type",
];

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
    /// The sections of which something was not read; `None` where that may belong to any of them.
    torn: Option<BTreeSet<&'a str>>,
    /// What names should be that are declared and are none.
    meant: BTreeSet<String>,
    /// Names that are declared and are none.
    misnamed: BTreeSet<&'a str>,
}

impl<'a> Unread<'a> {
    pub(super) fn of(report: &Report, file: FileId, source: &'a SourceFile) -> Self {
        let errors = || report.iter().filter(|found| found.level() == Level::Error);
        let mut places: Vec<Span> = errors().map(|found| found.primary.span).collect();
        places.sort_unstable();
        let (mut keys, mut sections) = (BTreeSet::new(), BTreeSet::new());
        let mut torn = None;
        if !places.is_empty() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let before = source.text().split(':').scan(0, |end, text| {
                *end += text.len() + 1;
                Some((text.rsplit(|c| !is_word(c)).next()?, *end - 1))
            });
            keys.extend(before);
            let lines = source.text().lines();
            sections.extend(lines.filter_map(|line| Some(line.split_once(':')?.0)));
            let torn_at = errors().map(|found| {
                let is_here = found.primary.span.file == file && LOCAL.contains(&found.rule.id);
                let name = section_at(source, found.primary.span.start as usize);
                name.filter(|name| is_here && Document::knows(name))
            });
            // Beyond the limit nobody knows where the others are.
            torn = match report.len() < MOST {
                true => torn_at.collect(),
                false => None,
            };
        }
        let misnamed = errors().filter(|found| found.rule.id == "bad-id");
        let spans = misnamed.clone().map(|found| found.primary.span);
        let misnamed_here = spans.filter(|span| span.file == file);
        let misnamed_here = misnamed_here.map(|span| source.slice(span)).collect();
        let meant = misnamed.filter_map(|found| Some(found.fix.as_ref()?.replacement.clone()));
        Self {
            file,
            meant: meant.collect(),
            misnamed: misnamed_here,
            places,
            keys,
            sections,
            torn,
        }
    }

    /// Whether all was read that declares what a rule misses.
    fn is_certain(&self, rule: &str) -> bool {
        let (Some(section), Some(torn)) = (declaring(rule), &self.torn) else {
            return false;
        };
        let anywhere = (section, 0)..=(section, usize::MAX);
        let is_read = self.sections.contains(section) || self.keys.range(anywhere).next().is_none();
        is_read && !torn.contains(section)
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
        let is_torn = |section| match &self.torn {
            Some(torn) => torn.contains(section),
            None => true,
        };
        if later.rule.id == "done-without-end" && is_torn("states") {
            return true;
        }
        let place = later.primary.span;
        if place.file != self.file {
            return false;
        }
        let word = source.slice(place);
        if later.rule.id.starts_with("unknown-") && self.meant.contains(word) {
            return true;
        }
        // A word of the guard language is no name anywhere.
        if later.rule.id == "guard-syntax" && self.misnamed.contains(word) {
            return true;
        }
        if later.rule.id == "bad-type" && self.has_unread_values(place, source) {
            return true;
        }
        let mut elsewhere = self.keys.range((word, 0)..=(word, usize::MAX));
        let is_declared = elsewhere.any(|&(_, end)| end != place.end as usize);
        let first = self
            .places
            .partition_point(|unread| unread.start < place.start);
        let mut near = self.places.iter().skip(first).take(8);
        (later.rule.id.starts_with("unknown-") && is_declared && !self.is_certain(later.rule.id))
            || near.any(|unread| unread.end <= place.end)
    }
}

impl Unread<'_> {
    /// Whether the `values:` behind a type could not be read.
    fn has_unread_values(&self, place: Span, source: &SourceFile) -> bool {
        let next = self
            .places
            .partition_point(|unread| unread.start < place.end);
        let Some(next) = self.places.get(next) else {
            return false;
        };
        let between = source.slice(Span {
            end: next.start,
            ..place
        });
        !between.contains('}') && between.trim_end().ends_with("values:")
    }
}

/// The section that a place of a file lies in.
fn section_at(source: &SourceFile, at: usize) -> Option<&str> {
    let text = source.text();
    let end = text
        .get(at..)?
        .find('\n')
        .map_or(text.len(), |length| at + length);
    let mut lines = text.get(..end)?.lines().rev();
    // What begins in the first column is a section, unless it goes on with one.
    let goes_on = |c: char| c.is_whitespace() || matches!(c, '#' | '-' | ']' | '}');
    let is_section = |line: &&str| !line.is_empty() && !line.starts_with(goes_on);
    Some(lines.find(is_section)?.split_once(':')?.0)
}

/// The one section that declares what a rule misses in a guard.
fn declaring(rule: &str) -> Option<&'static str> {
    match rule {
        "unknown-field" => Some("context"),
        "unknown-setting" => Some("settings"),
        "unknown-guard" => Some("guards"),
        "unknown-payload-field" => Some("transitions"),
        "unknown-state-in-guard" => Some("states"),
        _ => None,
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
