//! Files that extend each other, each read once.
//!
//! In: paths, and a way to read them. Out: [`Loaded`] workflows. A base is parsed, compiled and checked
//! once, however many files extend it; what was found in it already is not repeated for those. Once the
//! files are open, loading them changes nothing, so that they may be loaded side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::sealed;
use super::{Loaded, judge, load, rules};
use crate::diagnostic::{Diagnostic, Level, Report, suppress};
use crate::graph::{Id as _, State, Workflow};
use crate::parse::problems::Problems;
use crate::parse::tree::Node;
use crate::parse::{self, Tree};
use crate::source::{Comment, FileId, SourceError, SourceFile, SourceMap, Sources, Span, Texts};
use crate::tenant::upgrade::{Upgrade, upgrade};
use crate::tenant::{self, Layer, Override, Verb};

/// The longest chain of files that extend each other.
const MOST_BASES: usize = 32;

/// How many places are shown that use something that was removed.
const MOST_USES: usize = 4;

/// How many overrides are shown that may have caused a finding in a base.
const MOST_CAUSES: usize = 4;

/// Workflow files and what they extend.
pub struct Library<'a> {
    sources: &'a (dyn Sources + Sync),
    files: SourceMap,
    numbers: BTreeMap<String, FileId>,
    /// The files that may extend others, and those that are extended.
    read: BTreeMap<FileId, Read>,
    /// The files that are extended.
    bases: BTreeMap<FileId, Arc<Whole>>,
}

/// A file as it stands.
struct Read {
    root: Option<Node<'static>>,
    comments: Vec<Comment>,
    report: Report,
    base: Base,
}

/// What a file extends.
enum Base {
    Nothing,
    File(FileId),
    /// It cannot be had, and why, where that is not said otherwise.
    None(Option<Box<Diagnostic>>),
}

/// A file with all that it extends.
struct Whole {
    /// The effective tree; `None` where it could not be built.
    layer: Option<Layer>,
    /// The workflow and the findings.
    loaded: Loaded,
    /// Its own findings, before any was suppressed.
    raw: Report,
    /// The findings that were there in what it extends.
    inherited: Vec<Diagnostic>,
}

/// What a file says together with all that it extends.
#[derive(Debug)]
pub struct Effective {
    layer: Option<Layer>,
    /// The workflow and the findings.
    pub loaded: Loaded,
}

/// A tenant's file between two editions of its base.
#[derive(Debug)]
pub struct Upgraded {
    /// What the base changed, what the tenant overrides, and where they collide; empty where one of
    /// the files could not be read.
    pub upgrade: Upgrade,
    /// The findings of the tenant's file upon the old edition.
    pub before: Report,
    /// The findings of the tenant's file upon the new edition.
    pub after: Report,
}

impl Effective {
    /// As a YAML file that stands alone; behind each value stands where it comes from, a file and a
    /// line. Empty where the file or what it extends could not be read.
    pub fn yaml(&self, files: &SourceMap) -> String {
        let tree = self.layer.as_ref().map(|layer| &layer.tree);
        tree.map_or(String::new(), |tree| tenant::show::yaml(tree, files))
    }

    /// As JSON: mappings and lists as written, and each value as an object with `value` (its text),
    /// `quoted`, `file`, `line` and `column`, both from 1.
    pub fn json(&self, files: &SourceMap) -> serde_json::Value {
        let tree = self.layer.as_ref().map(|layer| &layer.tree);
        tree.map_or(serde_json::Value::Null, |tree| {
            tenant::show::json(tree, files)
        })
    }

    /// What the file itself overrides, in the order of `remove`, `settings`, `change` and `add`.
    pub fn overrides(&self) -> &[Override] {
        let layer = self.layer.as_ref();
        layer.map_or(&[], |layer| &layer.overrides)
    }
}

impl<'a> Library<'a> {
    /// An empty library over files that are reached through `sources`.
    pub fn new(sources: &'a (dyn Sources + Sync)) -> Self {
        Self {
            sources,
            files: SourceMap::default(),
            numbers: BTreeMap::new(),
            read: BTreeMap::new(),
            bases: BTreeMap::new(),
        }
    }

    /// The texts that findings point into.
    pub fn files(&self) -> &SourceMap {
        &self.files
    }

    /// The texts, when no file is to be loaded any more.
    pub fn into_files(self) -> SourceMap {
        self.files
    }

    /// Reads a file and all that it extends.
    ///
    /// # Errors
    /// When the file itself cannot be read; a base that cannot is a finding.
    pub fn open(&mut self, path: &str) -> Result<FileId, SourceError> {
        if let Some(&known) = self.numbers.get(path) {
            return Ok(known);
        }
        let source = self.sources.read(path)?;
        Ok(self.add(source))
    }

    /// Adds a file that was read already, and reads all that it extends; its name is its path. One that
    /// the library has by that name is not added again.
    pub fn add(&mut self, source: SourceFile) -> FileId {
        let known = self.numbers.get(source.name()).copied();
        let file = known.unwrap_or_else(|| self.number(source));
        self.prepare(file);
        file
    }

    /// Adds a text that is no workflow, for findings to point into.
    pub fn add_other(&mut self, source: SourceFile) -> FileId {
        self.files.add(source)
    }

    /// The workflow of a file, with every finding of every pass over it and what it extends; what is
    /// wrong with a base alone belongs to the base.
    pub fn load(&self, file: FileId) -> Loaded {
        if let Some(base) = self.bases.get(&file) {
            return base.loaded.clone();
        }
        match (self.read.get(&file), self.files.get(file)) {
            (Some(_), _) => self.whole(file).loaded,
            (None, Some(source)) => load(file, source),
            (None, None) => Loaded {
                workflow: None,
                report: Report::new(),
            },
        }
    }

    /// The file with all that it extends as one, whether it extends anything or not.
    pub fn effective(&mut self, file: FileId) -> Effective {
        if !self.read.contains_key(&file) {
            self.read_tree(file);
        }
        let Whole { layer, loaded, .. } = self.whole(file);
        Effective { layer, loaded }
    }

    /// A tenant's file between two editions of its base, whatever it extends now, and what it comes to
    /// upon each.
    pub fn upgrade(&mut self, tenant: FileId, from: FileId, to: FileId) -> Upgraded {
        for file in [tenant, from, to] {
            if !self.read.contains_key(&file) {
                self.read_tree(file);
            }
        }
        let (old, new) = (self.whole(from), self.whole(to));
        let (before, after) = (
            self.upon(tenant, from, &old),
            self.upon(tenant, to, &new),
        );
        let layers = (&old.layer, &new.layer, &before.layer);
        let compared = match layers {
            (Some(old), Some(new), Some(before)) => {
                let overrides = before.overrides.clone();
                upgrade(&old.tree, &new.tree, &before.tree, overrides)
            }
            _ => Upgrade::default(),
        };
        Upgraded {
            upgrade: compared,
            before: before.loaded.report,
            after: after.loaded.report,
        }
    }

    /// A tenant's file upon a base that it need not name.
    fn upon(&self, tenant: FileId, base: FileId, whole: &Whole) -> Whole {
        let (Some(read), Some(source)) = (self.read.get(&tenant), self.files.get(tenant)) else {
            return Whole::nothing();
        };
        let mut chain = vec![tenant, base];
        chain.extend(self.chain(base));
        let texts: Vec<(FileId, &SourceFile)> = chain
            .into_iter()
            .filter_map(|id| Some((id, self.files.get(id)?)))
            .collect();
        let pass = Pass {
            file: tenant,
            source,
            read,
            texts: Texts::Chain(&texts),
        };
        pass.upon(whole).judged(source, &read.comments)
    }

    /// What a file extends: the next base first.
    pub fn chain(&self, file: FileId) -> Vec<FileId> {
        let next = |file: &FileId| match self.read.get(file)?.base {
            Base::File(base) => Some(base),
            Base::Nothing | Base::None(_) => None,
        };
        std::iter::successors(next(&file), next).collect()
    }

    /// Where a file names what it extends.
    pub fn extends(&self, file: FileId) -> Option<Span> {
        let root = self.read.get(&file)?.root.as_ref()?;
        Some(tenant::extends(root)?.span)
    }

    fn number(&mut self, source: SourceFile) -> FileId {
        let name = source.name().to_owned();
        let file = self.files.add(source);
        self.numbers.insert(name, file);
        file
    }

    /// Reads what a file extends, and takes every base through all passes.
    fn prepare(&mut self, file: FileId) {
        let extends = |source: &SourceFile| source.text().contains("extends");
        if !self.files.get(file).is_some_and(extends) {
            return;
        }
        let mut chain = vec![file];
        while let Some(base) = chain.last().and_then(|&last| self.base(last, &chain)) {
            chain.push(base);
        }
        for &base in chain.iter().skip(1).rev() {
            if !self.bases.contains_key(&base) {
                let whole = Arc::new(self.whole(base));
                self.bases.insert(base, whole);
            }
        }
    }

    /// Reads a file as a tree, without its base.
    fn read_tree(&mut self, file: FileId) {
        let Some(source) = self.files.get(file) else {
            return;
        };
        let Tree {
            root,
            comments,
            problems,
        } = parse::tree(file, source);
        let read = Read {
            root,
            comments,
            report: problems.into_report(),
            base: Base::Nothing,
        };
        self.read.insert(file, read);
    }

    /// The base of the last file of a chain, read; what keeps it from being had is noted.
    fn base(&mut self, file: FileId, chain: &[FileId]) -> Option<FileId> {
        if let Some(Read { base, .. }) = self.read.get(&file)
            && !matches!(base, Base::Nothing)
        {
            // Whatever the base extends was read with it.
            return match base {
                Base::File(base) if !self.bases.contains_key(base) => Some(*base),
                _ => None,
            };
        }
        self.read_tree(file);
        let read = self.read.get_mut(&file)?;
        let reference = read.root.as_ref().and_then(tenant::extends)?;
        if reference.value.is_empty() {
            // That it names nothing is found when its keys are read.
            read.base = Base::None(None);
            return None;
        }
        let from = self.files.get(file)?.name().to_owned();
        let found = self
            .sources
            .resolve(&from, &reference.value)
            .and_then(|path| match self.numbers.get(&path) {
                Some(&known) => Ok(known),
                None => Ok(self.number(self.sources.read(&path)?)),
            });
        let base = match found {
            Err(error) => Err(unreadable(&reference.value, reference.span, &error)),
            Ok(base) if chain.contains(&base) => {
                self.cycle(base, chain);
                return None;
            }
            Ok(_) if chain.len() >= MOST_BASES => Err(too_long(reference.span)),
            Ok(base) => Ok(base),
        };
        let read = self.read.get_mut(&file)?;
        match base {
            Ok(base) => {
                read.base = Base::File(base);
                (!self.bases.contains_key(&base)).then_some(base)
            }
            Err(found) => {
                read.base = Base::None(Some(Box::new(found)));
                None
            }
        }
    }

    /// A base that extends, in the end, the file that extends it: each file of the cycle is told.
    fn cycle(&mut self, base: FileId, chain: &[FileId]) {
        let from = chain.iter().position(|file| *file == base).unwrap_or(0);
        let mut cycle = chain.get(from..).unwrap_or_default().to_vec();
        for _ in 0..cycle.len() {
            let found = self.told_of_cycle(&cycle);
            let read = cycle.first().and_then(|file| self.read.get_mut(file));
            if let (Some(read), Some(found)) = (read, found) {
                read.base = Base::None(Some(Box::new(found)));
            }
            cycle.rotate_left(1);
        }
    }

    /// The finding at the first file of a cycle.
    fn told_of_cycle(&self, cycle: &[FileId]) -> Option<Diagnostic> {
        let name = |file: &FileId| self.files.get(*file).map_or("", SourceFile::name);
        let names = cycle.iter().chain(cycle.first());
        let names: Vec<String> = names.map(|file| format!("`{}`", name(file))).collect();
        let message = format!("files extend each other: {}", names.join(" → "));
        let mut places = cycle.iter().filter_map(|file| {
            let root = self.read.get(file)?.root.as_ref()?;
            Some(tenant::extends(root)?.span)
        });
        let found = Diagnostic::new(&tenant::rules::CYCLE_OF_BASES, places.next()?, message)
            .help("one file must extend nothing: it says what the workflow is");
        Some(places.fold(found, |found, place| found.also(place, "extended here")))
    }

    /// Takes a file that was read, and whose bases were, through every pass.
    fn whole(&self, file: FileId) -> Whole {
        let (Some(read), Some(source)) = (self.read.get(&file), self.files.get(file)) else {
            return Whole::nothing();
        };
        let chain = self.chain(file);
        let mut texts = vec![(file, source)];
        texts.extend(
            chain
                .iter()
                .filter_map(|&id| Some((id, self.files.get(id)?))),
        );
        let pass = Pass {
            file,
            source,
            read,
            texts: Texts::Chain(&texts),
        };
        let whole = match &read.base {
            Base::Nothing => pass.alone(),
            Base::None(found) => pass.without_base(found.as_deref()),
            Base::File(base) => match self.bases.get(base) {
                Some(base) => pass.upon(base),
                None => Whole::nothing(),
            },
        };
        whole.judged(source, &read.comments)
    }
}

impl Whole {
    /// Of a file that is not there.
    fn nothing() -> Self {
        Self {
            layer: None,
            loaded: Loaded {
                workflow: None,
                report: Report::new(),
            },
            raw: Report::new(),
            inherited: Vec::new(),
        }
    }

    /// With the findings in order, but for those that comments suppress.
    fn judged(mut self, source: &SourceFile, comments: &[Comment]) -> Self {
        self.raw.sort();
        self.loaded.report = suppress::suppress(self.raw.clone(), source, comments, &rules());
        self
    }
}

/// One file on its way through the passes.
struct Pass<'a> {
    file: FileId,
    source: &'a SourceFile,
    read: &'a Read,
    texts: Texts<'a>,
}

impl Pass<'_> {
    /// A file that extends nothing.
    fn alone(&self) -> Whole {
        let mut problems = Problems::default();
        problems.extend(&self.read.report);
        let layer = self.read.root.as_ref().map(|root| {
            let tree = root.lend().into_owned();
            Layer::ground(tree, self.texts, &mut problems)
        });
        self.built(layer, problems)
    }

    /// A file whose base cannot be had: its own keys are read.
    fn without_base(&self, found: Option<&Diagnostic>) -> Whole {
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
    fn upon(&self, base: &Whole) -> Whole {
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
        let mut whole = self.built(Some(layer), problems);
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
                whole.raw.extend(sealed::check(before, after, layer, place));
            }
            whole.raw = self.told(&whole.raw, &layer.overrides, base);
        }
        whole
    }

    fn read_span(&self) -> Span {
        Span::new(self.file, 0, 0)
    }

    /// Decodes, compiles and checks an effective tree.
    fn built(&self, layer: Option<Layer>, mut problems: Problems) -> Whole {
        let tree = layer.as_ref().map(|layer| &layer.tree);
        let document =
            tree.and_then(|tree| parse::document(self.file, self.texts, tree, &mut problems));
        let mut raw = problems.into_report();
        let workflow = document.map(|document| {
            let (workflow, found) = judge(self.file, self.source, &document, self.texts, &raw);
            raw.extend(found);
            workflow
        });
        Whole {
            layer,
            loaded: Loaded {
                workflow,
                report: Report::new(),
            },
            raw,
            inherited: Vec::new(),
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
            Some(first) => found.also(first.primary.span, first.message.clone()),
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

fn unreadable(reference: &str, place: Span, error: &SourceError) -> Diagnostic {
    let message = format!("`{reference}` cannot be read: {error}");
    Diagnostic::new(&tenant::rules::UNREADABLE_BASE, place, message)
}

fn too_long(place: Span) -> Diagnostic {
    let message = format!("more than {MOST_BASES} files extend each other");
    Diagnostic::new(&tenant::rules::CYCLE_OF_BASES, place, message)
}
