//! One file, judged as `flagstate check` judges it, and the names in it.
//!
//! In: the open files over those of the disk, and the levels of the configuration. Out: what was found, in whichever
//! files that is, and the names of the workflow, of a migration file those of both versions. Where an open file cannot be read at all for a while, its names are
//! those from before.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::buffers::Buffers;
use crate::cli::levels::Levels;
use crate::cli::{CliError, discover, plan, suite};
use crate::diagnostic::Report;
use crate::export::{self, StateRow};
use crate::graph::Workflow;
use crate::load::Library;
use crate::migrate;
use crate::scenario;
use crate::source::{FileId, SourceFile, SourceMap, Sources, Span};
use crate::symbols::{Kind, Symbol, Symbols};

/// What is known of an open file.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The file itself.
    pub(super) file: FileId,
    /// All texts that findings point into.
    pub(super) files: SourceMap,
    pub(super) report: Report,
    /// Why files that belong to it could not be read, and where they are named.
    pub(super) unread: Vec<(Span, String)>,
    /// Why it was not looked at as a whole, and where that comes from.
    pub(super) apart: Vec<(Span, String)>,
    pub(super) names: Arc<Names>,
}

/// The names that a file may use, with the texts in which they stand.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The file that is asked about.
    pub(super) file: FileId,
    pub(super) files: SourceMap,
    pub(super) kind: FileKind,
    /// The workflow that the file is or belongs to; of a migration file the new version.
    pub(super) version: Version,
    /// Of a migration file the old version.
    pub(super) old: Version,
}

/// What a file of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum FileKind {
    #[default]
    Workflow,
    Scenarios,
    Plan,
}

/// The names of a workflow.
#[derive(Debug, Default)]
pub(super) struct Version {
    pub(super) symbols: Symbols,
    pub(super) workflow: Option<Workflow>,
    /// The states as they are listed.
    pub(super) states: Vec<StateRow>,
}

impl Version {
    fn of(symbols: Symbols, workflow: Option<Workflow>) -> Self {
        let states = workflow.as_ref().map(export::states);
        Self {
            symbols,
            workflow,
            states: states.unwrap_or_default(),
        }
    }

    /// A state as it is listed.
    pub(super) fn state(&self, kind: Kind, path: &str) -> Option<&StateRow> {
        let mut rows = self.states.iter();
        rows.find(|row| kind == Kind::State && row.path == path)
    }
}

/// A file of ours in a library of its own.
struct Opened<'a> {
    library: Library<'a>,
    file: FileId,
    content: Content,
}

/// What a file says that is not a workflow itself, with the files that it belongs to.
enum Content {
    Workflow,
    Scenarios(suite::Read),
    Plan(plan::Read),
}

impl<'a> Opened<'a> {
    /// Opens a file; `None` where it is none of ours.
    fn of(source: SourceFile, buffers: &'a Buffers) -> Option<Self> {
        let mut library = Library::new(buffers);
        let (file, content);
        if discover::is_scenario(source.name()) {
            file = library.add_other(source);
            content = Content::Scenarios(suite::read(&mut library, file));
        } else if discover::is_plan(&source) {
            file = library.add_other(source);
            content = Content::Plan(plan::read(&mut library, file));
        } else if discover::is_workflow(&source) {
            file = library.add(source);
            content = Content::Workflow;
        } else {
            return None;
        }
        Some(Self {
            library,
            file,
            content,
        })
    }

    /// The file of the workflow, of a migration file those of the new version and of the old one.
    fn versions(&self) -> [Option<FileId>; 2] {
        match &self.content {
            Content::Workflow => [Some(self.file), None],
            Content::Scenarios(read) => [read.workflow, None],
            Content::Plan(read) => [read.new, read.old],
        }
    }

    /// What was found, with the workflow, or both versions, as far as they could be read; and what was not looked at.
    fn judged(&self) -> (Report, [Option<Workflow>; 2], Vec<(Span, String)>) {
        let loaded = self.versions().map(|file| Some(self.library.load(file?)));
        let workflows = loaded.each_ref();
        let workflows = workflows.map(|loaded| loaded.as_ref()?.workflow.clone());
        let [loaded, old] = loaded;
        let mut apart = Vec::new();
        let report = match (&self.content, loaded) {
            (Content::Workflow, loaded) => loaded.map(|loaded| loaded.report).unwrap_or_default(),
            (Content::Scenarios(read), Some(loaded)) => suite::check(read, loaded),
            (Content::Scenarios(read), None) => read.report.clone(),
            (Content::Plan(read), new) => {
                let told = read.stands_apart([old.as_ref(), new.as_ref()]);
                apart.extend(told);
                plan::check(read, [old, new])
            }
        };
        (report, workflows, apart)
    }

    /// Why files that belong to it could not be read, and where they are named; at the top of it, where its own
    /// name says which they are.
    fn unread(&self) -> Vec<(Span, String)> {
        let told = |span, error: &CliError| (span, error.message.clone());
        match &self.content {
            Content::Workflow => Vec::new(),
            Content::Scenarios(read) => {
                let named = read.document.as_ref().and_then(|it| it.workflow.as_ref());
                let top = Span::new(self.file, 0, 0);
                let span = named.map_or(top, |named| named.span);
                read.error.iter().map(|error| told(span, error)).collect()
            }
            Content::Plan(read) => {
                let errors = read.errors.iter();
                errors.map(|(span, error)| told(*span, error)).collect()
            }
        }
    }

    fn names(&self, [workflow, old]: [Option<Workflow>; 2]) -> Option<Names> {
        let symbols = self.versions().map(|file| self.library.symbols(file?));
        let (mut symbols, mut before) = match (&self.content, symbols) {
            (Content::Plan(_), [new, old]) => (new.unwrap_or_default(), old.unwrap_or_default()),
            (_, [symbols, _]) => (symbols?, Symbols::default()),
        };
        let kind = match &self.content {
            Content::Workflow => FileKind::Workflow,
            Content::Scenarios(read) => {
                scenario::uses(read.document.as_ref()?, &mut symbols);
                FileKind::Scenarios
            }
            Content::Plan(read) => {
                migrate::uses(read.file.as_ref()?, &mut before, &mut symbols);
                FileKind::Plan
            }
        };
        Some(Names {
            kind,
            file: self.file,
            files: self.library.files().clone(),
            version: Version::of(symbols, workflow),
            old: Version::of(before, old),
        })
    }
}

impl Judged {
    /// Judges a file; `None` where it is none of ours.
    pub(super) fn of(
        name: &str,
        buffers: &Buffers,
        levels: &Levels,
        before: Option<&Self>,
    ) -> Option<Self> {
        let opened = Opened::of(buffers.get(name)?.source.clone(), buffers)?;
        let (mut report, workflows, apart) = opened.judged();
        let names = opened.names(workflows).map(Arc::new);
        let names = names.or_else(|| before.map(|before| Arc::clone(&before.names)));
        let unread = opened.unread();
        levels.judge(&mut report);
        report.sort();
        Some(Self {
            file: opened.file,
            report,
            unread,
            apart,
            names: names.unwrap_or_default(),
            files: opened.library.into_files(),
        })
    }

    /// The files that were read for it.
    pub(super) fn read(&self) -> BTreeSet<&str> {
        self.files.iter().map(SourceFile::name).collect()
    }
}

impl Names {
    /// The names in a file, open or not; `None` where it is none of ours, or cannot be read.
    pub(super) fn of(name: &str, buffers: &Buffers) -> Option<Self> {
        Opened::of(buffers.read(name).ok()?, buffers)?.names([None, None])
    }

    /// The names of the workflow, or of both versions.
    pub(super) fn symbols(&self) -> [&Symbols; 2] {
        [&self.version.symbols, &self.old.symbols]
    }

    /// The state of a symbol, where it is one.
    pub(super) fn state(&self, symbol: &Symbol) -> Option<&StateRow> {
        let is_of = |version: &&Version| {
            let known = version.symbols.get(symbol.kind, &symbol.path);
            known.is_some_and(|known| known.declared == symbol.declared)
        };
        let version = [&self.version, &self.old].into_iter().find(is_of)?;
        version.state(symbol.kind, &symbol.path)
    }
}

/// What is known of a file, open or not, before it is judged.
pub(super) struct Reading {
    /// The files that were read for it, itself among them.
    pub(super) files: Vec<String>,
    /// Whether it cannot be read as it stands.
    pub(super) is_torn: bool,
}

impl Reading {
    /// `None` for what is none of ours.
    pub(super) fn of(name: &str, buffers: &Buffers) -> Option<Self> {
        let opened = Opened::of(buffers.read(name).ok()?, buffers)?;
        let files = opened.library.files().iter();
        let files = files.map(|file| file.name().to_owned());
        let is_torn = match &opened.content {
            Content::Workflow => opened.library.symbols(opened.file).is_none(),
            Content::Scenarios(read) => read.report.has_errors(),
            Content::Plan(read) => read.report.has_errors(),
        };
        Some(Self {
            files: files.collect(),
            is_torn,
        })
    }
}
