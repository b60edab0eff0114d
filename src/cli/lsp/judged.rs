//! One file, judged as `flagstate check` judges it, and the names in it.
//!
//! In: the open files over those of the disk, and the levels of the configuration. Out: what was found, in whichever
//! files that is, and the names of the workflow. Where an open file cannot be read at all for a while, its names are
//! those from before.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::buffers::Buffers;
use crate::cli::levels::Levels;
use crate::cli::{discover, suite};
use crate::diagnostic::Report;
use crate::export::{self, StateRow};
use crate::graph::Workflow;
use crate::load::Library;
use crate::scenario;
use crate::source::{FileId, SourceFile, SourceMap, Sources};
use crate::symbols::Symbols;

/// What is known of an open file.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The file itself.
    pub(super) file: FileId,
    /// All texts that findings point into.
    pub(super) files: SourceMap,
    pub(super) report: Report,
    /// Why something that belongs to it could not be read.
    pub(super) unread: Option<String>,
    pub(super) names: Arc<Names>,
}

/// The names of a workflow, with the texts in which they stand.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The file that is asked about: the workflow itself, or its scenarios.
    pub(super) file: FileId,
    pub(super) files: SourceMap,
    pub(super) symbols: Symbols,
    pub(super) workflow: Option<Workflow>,
    /// The states as they are listed.
    pub(super) states: Vec<StateRow>,
    pub(super) is_scenario: bool,
}

/// A file of ours in a library of its own.
struct Opened<'a> {
    library: Library<'a>,
    file: FileId,
    /// A scenario file, with its workflow.
    scenarios: Option<suite::Read>,
}

impl<'a> Opened<'a> {
    /// Opens a file; `None` where it is none of ours.
    fn of(source: SourceFile, buffers: &'a Buffers) -> Option<Self> {
        let mut library = Library::new(buffers);
        if discover::is_scenario(source.name()) {
            let file = library.add_other(source);
            let scenarios = Some(suite::read(&mut library, file));
            return Some(Self {
                library,
                file,
                scenarios,
            });
        }
        discover::is_workflow(&source).then(|| Self {
            file: library.add(source),
            library,
            scenarios: None,
        })
    }

    /// The workflow's file.
    fn workflow(&self) -> Option<FileId> {
        match &self.scenarios {
            Some(read) => read.workflow,
            None => Some(self.file),
        }
    }

    fn symbols(&self) -> Option<Symbols> {
        let mut symbols = self.library.symbols(self.workflow()?)?;
        if let Some(read) = &self.scenarios {
            scenario::uses(read.document.as_ref()?, &mut symbols);
        }
        Some(symbols)
    }

    fn names(&self, workflow: Option<Workflow>) -> Option<Names> {
        let states = workflow.as_ref().map(export::states);
        Some(Names {
            file: self.file,
            files: self.library.files().clone(),
            symbols: self.symbols()?,
            states: states.unwrap_or_default(),
            workflow,
            is_scenario: self.scenarios.is_some(),
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
        let loaded = opened.workflow().map(|file| opened.library.load(file));
        let (workflow, mut report) = match (&opened.scenarios, loaded) {
            (None, Some(loaded)) => (loaded.workflow, loaded.report),
            (Some(read), Some(loaded)) => (loaded.workflow.clone(), suite::check(read, loaded)),
            (Some(read), None) => (None, read.report.clone()),
            (None, None) => (None, Report::new()),
        };
        let names = opened.names(workflow).map(Arc::new);
        let names = names.or_else(|| before.map(|before| Arc::clone(&before.names)));
        let unread = opened
            .scenarios
            .as_ref()
            .and_then(|read| read.error.as_ref());
        let unread = unread.map(|error| error.message.clone());
        levels.judge(&mut report);
        report.sort();
        Some(Self {
            file: opened.file,
            report,
            unread,
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
        Opened::of(buffers.read(name).ok()?, buffers)?.names(None)
    }
}
