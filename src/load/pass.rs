//! One file on its way through the passes, alone or upon what it extends.
//!
//! In: a file as it was read, and its base as a whole. Out: [`Whole`], with the findings that are its own: what
//! was found in the base already is not repeated, and what an override leads to names it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::sealed;
use super::{Loaded, judge, rules};
use crate::analysis::Memo;
use crate::diagnostic::{Diagnostic, Level, Report, suppress};
use crate::document::Document;
use crate::graph::{Id as _, State, Workflow};
use crate::parse;
use crate::parse::problems::Problems;
use crate::parse::tree::Node;
use crate::source::{Comment, FileId, SourceFile, Span, Texts};
use crate::tenant::{self, Layer, Override, Verb};

/// How many places are shown that use something that was removed.
const MOST_USES: usize = 4;

/// How many overrides are shown that may have caused a finding in a base.
const MOST_CAUSES: usize = 4;

/// A file as it stands.
pub(super) struct Read {
    pub(super) root: Option<Node<'static>>,
    pub(super) comments: Vec<Comment>,
    pub(super) report: Report,
    pub(super) base: Base,
}

/// What a file extends.
pub(super) enum Base {
    Nothing,
    File(FileId),
    /// It cannot be had, and why, where that is not said otherwise.
    None(Option<Box<Diagnostic>>),
}

/// A file with all that it extends.
pub(super) struct Whole {
    /// The effective tree; `None` where it could not be built.
    pub(super) layer: Option<Layer>,
    /// The effective tree as a document.
    pub(super) document: Option<Document>,
    /// The workflow and the findings.
    pub(super) loaded: Loaded,
    /// Its own findings, before any was suppressed.
    pub(super) raw: Report,
    /// The findings that were there in what it extends.
    pub(super) inherited: Vec<Diagnostic>,
    /// The answers about its guards.
    pub(super) memo: Arc<Memo>,
}

impl Whole {
    /// Of a file that is not there.
    pub(super) fn nothing() -> Self {
        Self {
            layer: None,
            document: None,
            loaded: Loaded {
                workflow: None,
                report: Report::new(),
            },
            raw: Report::new(),
            inherited: Vec::new(),
            memo: Arc::default(),
        }
    }

    /// With the findings in order, but for those that comments suppress.
    pub(super) fn judged(mut self, source: &SourceFile, comments: &[Comment]) -> Self {
        self.raw.sort();
        self.loaded.report = suppress::suppress(self.raw.clone(), source, comments, &rules());
        self
    }
}

/// One file on its way through the passes.
pub(super) struct Pass<'a> {
    pub(super) file: FileId,
    pub(super) source: &'a SourceFile,
    pub(super) read: &'a Read,
    pub(super) texts: Texts<'a>,
}

impl Pass<'_> {
    /// A file that extends nothing.
    pub(super) fn alone(&self) -> Whole {
        let mut problems = Problems::default();
        problems.extend(&self.read.report);
        let layer = self.read.root.as_ref().map(|root| {
            let tree = root.lend().into_owned();
            Layer::ground(tree, self.texts, &mut problems)
        });
        self.built(layer, problems, Memo::default())
    }

    /// A file whose base cannot be had: its own keys are read.
    pub(super) fn without_base(&self, found: Option<&Diagnostic>) -> Whole {
        let mut problems = Problems::default();
        problems.extend(&self.read.report);
        if let Some(found) = found {
            problems.push(found.clone());
        }
        if let Some(root) = &self.read.root {
            tenant::decode(root, self.texts, &mut problems);
        }
        Whole {
            raw: problems.into_report(),
            ..Whole::nothing()
        }
    }

    /// A file upon its base.
    pub(super) fn upon(&self, base: &Whole) -> Whole {
        let (Some(root), Some(ground)) = (&self.read.root, &base.layer) else {
            return self.without_base(Some(&self.broken(base)));
        };
        if base.loaded.report.has_errors() {
            return self.without_base(Some(&self.broken(base)));
        }
        let mut problems = Problems::default();
        problems.extend(&self.read.report);
        tenant::decode(root, self.texts, &mut problems);
        let layer = Layer::upon(ground, root, self.texts, &mut problems);
        let mut whole = self.built(Some(layer), problems, Memo::upon(&base.memo));
        whole.inherited.clone_from(&base.inherited);
        whole.inherited.extend(base.raw.iter().cloned());
        let inherited = &whole.inherited;
        let known = |found: &Diagnostic| inherited.iter().any(|other| repeats(found, other));
        whole.raw.retain(|found| !known(found));
        if let Some(layer) = &whole.layer {
            let place = tenant::extends(root).map_or(self.read_span(), |name| name.span);
            if let (Some(before), Some(after)) = (&base.loaded.workflow, &whole.loaded.workflow)
                && !whole.raw.has_errors()
            {
                whole
                    .raw
                    .extend(sealed::check((before, &ground.seals), after, layer, place));
            }
            whole.raw = self.told(&whole.raw, &layer.overrides, base);
        }
        whole
    }

    fn read_span(&self) -> Span {
        Span::new(self.file, 0, 0)
    }

    /// Decodes, compiles and checks an effective tree.
    fn built(&self, layer: Option<Layer>, mut problems: Problems, mut memo: Memo) -> Whole {
        let tree = layer.as_ref().map(|layer| &layer.tree);
        let document =
            tree.and_then(|tree| parse::document(self.file, self.texts, tree, &mut problems));
        let mut raw = problems.into_report();
        let workflow = document.as_ref().map(|document| {
            let known = (&raw, &mut memo);
            let (workflow, found) = judge(self.file, self.source, document, self.texts, known);
            raw.extend(found);
            workflow
        });
        Whole {
            layer,
            document,
            loaded: Loaded {
                workflow,
                report: Report::new(),
            },
            raw,
            inherited: Vec::new(),
            memo: Arc::new(memo),
        }
    }

    /// The finding that the base is wrong in itself.
    fn broken(&self, base: &Whole) -> Diagnostic {
        let reference = self.read.root.as_ref().and_then(tenant::extends);
        let (name, place) = match &reference {
            Some(reference) => (reference.value.as_str(), reference.span),
            None => ("", self.read_span()),
        };
        let errors = base.loaded.report.count(Level::Error);
        let message = match errors {
            1 => format!("`{name}` has an error"),
            many => format!("`{name}` has {many} errors"),
        };
        let found = Diagnostic::new(&tenant::rules::BROKEN_BASE, place, message)
            .help("what is put upon it cannot be checked before it is mended");
        let report = &base.loaded.report;
        let mut all = report.iter();
        match all.find(|found| found.level() == Level::Error) {
            Some(first) => {
                let found = found.also(first.primary.span, first.message.clone());
                // Where that is wrong because of a base of its own, what is wrong with that follows, to the last.
                let is_further = first.rule.id == tenant::rules::BROKEN_BASE.id;
                let further = first.secondary.iter().filter(|_| is_further);
                further.fold(found, |found, label| {
                    found.also(label.span, label.text.clone())
                })
            }
            None => found,
        }
    }

    /// The findings, with the overrides that caused them and, where they lie in a base, the way there.
    fn told(&self, report: &Report, overrides: &[Override], base: &Whole) -> Report {
        let removed: Vec<&Override> = overrides
            .iter()
            .filter(|done| done.verb == Verb::Remove)
            .collect();
        let mut told = Report::new();
        let mut used: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        for found in report {
            let names = |done: &&Override| {
                let name = done.path.last().map_or("", String::as_str);
                found.message.contains(&format!("`{name}`"))
            };
            let is_unknown = found.rule.id.starts_with("unknown-");
            match removed.iter().position(names).filter(|_| is_unknown) {
                Some(cause) => used.entry(cause).or_default().push(found.primary.span),
                None => told.push(self.led(found, overrides, base)),
            }
        }
        for (cause, places) in used {
            if let Some(done) = removed.get(cause) {
                told.push(still_used(done, &places));
            }
        }
        for open in report.open() {
            told.leave_open(open.span, open.question.clone());
        }
        told
    }

    /// A finding that lies in a base, with the overrides that may have caused it and the way to it.
    fn led(&self, found: &Diagnostic, overrides: &[Override], base: &Whole) -> Diagnostic {
        let mut found = found.clone();
        let place = found.primary.span;
        if place.file == self.file {
            return found;
        }
        let mut words: BTreeSet<String> = found
            .message
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        words.insert(self.texts.slice(place).to_owned());
        if let Some(workflow) = &base.loaded.workflow {
            words.extend(fillers(workflow, place));
        }
        // Names stand at every second place of a path, behind the section that they are in.
        let concerns = |done: &&Override| {
            let mut names = done.path.iter().skip(1).step_by(2);
            names.any(|name| words.contains(name))
        };
        let mut causes: Vec<&Override> = overrides.iter().filter(concerns).collect();
        if causes.is_empty() && overrides.len() <= MOST_CAUSES {
            // What the base alone does not raise comes from one of them.
            causes.extend(overrides);
        }
        for done in causes.into_iter().take(MOST_CAUSES) {
            let text = match done.verb {
                Verb::Add => "added here",
                Verb::Change => "changed here",
                Verb::Remove => "removed here",
            };
            found = found.also(done.place, text);
        }
        let mut way = Vec::new();
        for file in self.texts.iter() {
            way.push(format!("`{}`", file.name()));
            let there = self.texts.get(place.file);
            if there.is_some_and(|there| std::ptr::eq(there, file)) {
                break;
            }
        }
        found.help(format!("as extended: {}", way.join(" extends ")))
    }
}

/// The finding that something is removed which other places use.
fn still_used(done: &Override, places: &[Span]) -> Diagnostic {
    let name = done.path.join(".");
    let message = format!("`{name}` is removed, but still used");
    let mut found = Diagnostic::new(&tenant::rules::REMOVED_BUT_USED, done.place, message)
        .label("removed here")
        .help("change or remove what uses it as well");
    for place in places.iter().take(MOST_USES) {
        found = found.also(*place, "used here");
    }
    match places.len().saturating_sub(MOST_USES) {
        0 => found,
        1 => found.help("one more place uses it"),
        more => found.help(format!("{more} more places use it")),
    }
}

/// The states that fill the required slot at a place, where there is one.
fn fillers(workflow: &Workflow, place: Span) -> Vec<String> {
    let Some(slot) = &workflow.slot else {
        return Vec::new();
    };
    let Some((values, _)) = slot.required.iter().find(|(_, span)| *span == place) else {
        return Vec::new();
    };
    let fills = |state: &&State| {
        let mut pairs = slot.by.iter().zip(values);
        pairs.all(|(by, value)| state.attributes.get(by.index()) == Some(&Some(value.clone())))
    };
    let states = workflow.top_level().filter(fills);
    states.map(|state| state.name.clone()).collect()
}

/// Whether a finding was made in the base already.
fn repeats(found: &Diagnostic, other: &Diagnostic) -> bool {
    found.rule.id == other.rule.id
        && found.primary.span == other.primary.span
        && found.message == other.message
}
