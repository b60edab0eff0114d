//! One workflow file, read and taken through every pass.
//!
//! In: a path of the command line, or `-`. Out: [`Opened`]. Errors of the file are shown on standard
//! error; its warnings are the business of `flagstate check`.

use std::path::Path;
use std::sync::Arc;

use super::disk::Disk;
use super::{CliError, Terminal, disk};
use crate::diagnostic::render::{self, Options, json::JsonReport};
use crate::diagnostic::{Level, Report};
use crate::graph::Workflow;
use crate::load::{Library, Loaded};
use crate::source::{SourceError, SourceFile, SourceMap};

/// What standard input is called.
pub(super) const STDIN: &str = "<stdin>";

/// A workflow file.
pub(super) struct Opened {
    sources: SourceMap,
    loaded: Loaded,
    chain: Vec<(String, String)>,
}

/// Reads a file that the user named, or standard input.
pub(super) fn read(path: &Path) -> Result<SourceFile, CliError> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin {
        STDIN.to_owned()
    } else {
        disk::shown(path)
    };
    let read = match is_stdin {
        true => disk::read_stdin(&name),
        false => disk::read_named(path, &name),
    };
    read.map_err(|error: SourceError| CliError::unreadable(&name, &error))
}

/// Opens a workflow file.
pub(super) fn open(path: &Path) -> Result<Opened, CliError> {
    let mut library = Library::new(&Disk);
    let file = library.add(read(path)?);
    let loaded = library.load(file);
    let chain = std::iter::once(file).chain(library.chain(file));
    let chain = chain.filter_map(|file| library.files().get(file));
    let chain = chain.map(|file| (file.name().to_owned(), file.text().to_owned()));
    Ok(Opened {
        chain: chain.collect(),
        sources: library.into_files(),
        loaded,
    })
}

impl Opened {
    /// The file and what it extends.
    pub(super) fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Names and texts: the file first, then what each extends.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        self.chain.clone()
    }

    /// Whether the file has errors.
    pub(super) fn has_errors(&self) -> bool {
        self.loaded.report.has_errors()
    }

    /// Shows all that was found, warnings included.
    pub(super) fn show(&self, terminal: &mut Terminal) {
        terminal.findings(&self.loaded.report, &self.sources);
    }

    /// The same as data.
    pub(super) fn report(&self) -> JsonReport {
        let first = self.chain.iter().take(1);
        let options = Options {
            checked: first.map(|(name, _)| name.clone()).collect(),
            ..Options::default()
        };
        render::json::report(&self.loaded.report, &self.sources, &options)
    }

    /// The workflow to run; `None` where the file has errors, which are shown.
    pub(super) fn runnable(self, terminal: &mut Terminal) -> Option<Arc<Workflow>> {
        self.show_errors(terminal);
        self.loaded.runnable().ok()
    }

    /// The workflow to play a finding's situation in; `None` where the file has errors that show none:
    /// all errors are shown then.
    pub(super) fn playable(self, terminal: &mut Terminal) -> Option<Arc<Workflow>> {
        let Self {
            sources, loaded, ..
        } = self;
        match loaded.playable() {
            Ok(workflow) => Some(workflow),
            Err(report) => {
                show_errors(&report, &sources, terminal);
                None
            }
        }
    }

    /// The workflow to draw, with all that could be read of it, and whether the file has errors,
    /// which are shown.
    pub(super) fn drawable(self, terminal: &mut Terminal) -> (Option<Workflow>, bool) {
        self.show_errors(terminal);
        let failed = self.loaded.report.has_errors();
        (self.loaded.workflow, failed)
    }

    fn show_errors(&self, terminal: &mut Terminal) {
        show_errors(&self.loaded.report, &self.sources, terminal);
    }
}

pub(super) fn show_errors(report: &Report, sources: &SourceMap, terminal: &mut Terminal) {
    let mut errors = report.clone();
    errors.retain(|finding| finding.level() == Level::Error);
    terminal.findings(&errors, sources);
}
