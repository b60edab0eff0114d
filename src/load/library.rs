//! Files that extend each other, each read once.
//!
//! In: paths, and a way to read them. Out: [`Loaded`] workflows. A base is parsed, compiled and checked
//! once, however many files extend it; what was found in it already is not repeated for those. Once the
//! files are open, loading them changes nothing, so that they may be loaded side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pass::{Base, Pass, Read, Whole};
use super::{Loaded, load};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Document;
use crate::parse::{self, Tree};
use crate::source::{FileId, SourceError, SourceFile, SourceMap, Sources, Span, Texts};
use crate::symbols::Symbols;
use crate::tenant::upgrade::{Upgrade, upgrade};
use crate::tenant::{self, Layer, Override};

/// The longest chain of files that extend each other.
const MOST_BASES: usize = 32;

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

    /// The names of a file with all that it extends; `None` where it could not be read.
    pub fn symbols(&self, file: FileId) -> Option<Symbols> {
        let (read, source) = (self.read.get(&file), self.files.get(file)?);
        let of = |document: &Option<Document>| document.as_ref().map(Symbols::of);
        let symbols = match (self.bases.get(&file), read) {
            (Some(base), _) => of(&base.document),
            (None, Some(_)) => of(&self.whole(file).document),
            (None, None) => of(&parse::parse(file, source).document),
        };
        let mut symbols = symbols?;
        // What a file changes or takes away of its base is named there, and nowhere in what it comes to.
        let files = std::iter::once(file).chain(self.chain(file));
        let roots = files.filter_map(|file| self.read.get(&file)?.root.as_ref());
        roots.for_each(|root| symbols.overridden(root));
        Some(symbols)
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
        let (before, after) = (self.upon(tenant, from, &old), self.upon(tenant, to, &new));
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
        let extends = |source: &SourceFile| source.text().contains("extend");
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
            let place = reference.span;
            let written = self
                .files
                .get(file)
                .map_or("", |source| source.slice(place));
            // Anything else that is no name is found when its keys are read.
            let found = matches!(written, "\"\"" | "''").then(|| {
                Diagnostic::new(
                    &tenant::rules::UNREADABLE_BASE,
                    place,
                    "the base has no name",
                )
            });
            read.base = Base::None(found.map(Box::new));
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

fn unreadable(reference: &str, place: Span, error: &SourceError) -> Diagnostic {
    let message = format!("`{reference}` cannot be read: {error}");
    Diagnostic::new(&tenant::rules::UNREADABLE_BASE, place, message)
}

fn too_long(place: Span) -> Diagnostic {
    let message = format!("more than {MOST_BASES} files extend each other");
    Diagnostic::new(&tenant::rules::CYCLE_OF_BASES, place, message)
}
