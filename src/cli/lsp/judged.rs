//! One open file, judged as `flagstate check` judges it.
//!
//! In: the open files, and the levels of the configuration. Out: what was found, in whichever files that is, and the
//! names of the workflow. Where a file cannot be read at all for a while, the names are those from before.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::buffers::Buffers;
use crate::cli::levels::Levels;
use crate::cli::{discover, suite};
use crate::diagnostic::Report;
use crate::export::{self, StateRow};
use crate::graph::Workflow;
use crate::load::Library;
use crate::source::{FileId, SourceFile, SourceMap};
use crate::symbols::Symbols;

/// What is known of an open file.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The file itself.
    pub(super) file: FileId,
    /// All texts that findings and names point into.
    pub(super) files: SourceMap,
    pub(super) report: Report,
    /// Why something that belongs to it could not be read.
    pub(super) unread: Option<String>,
    pub(super) names: Arc<Names>,
}

/// The names of a workflow, with the texts in which they stand.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) file: FileId,
    pub(super) files: SourceMap,
    pub(super) symbols: Symbols,
    pub(super) workflow: Option<Workflow>,
    /// The states as they are listed.
    pub(super) states: Vec<StateRow>,
}

impl Judged {
    /// Judges a file; `None` where it is none of ours.
    pub(super) fn of(
        name: &str,
        buffers: &Buffers,
        levels: &Levels,
        before: Option<&Self>,
    ) -> Option<Self> {
        let source = buffers.get(name)?.source.clone();
        let mut library = Library::new(buffers);
        let mut judged = Self {
            names: before.map_or_else(Arc::default, |before| Arc::clone(&before.names)),
            ..Self::default()
        };
        if discover::is_scenario(name) {
            judged.file = library.add_other(source);
            let (report, error) = suite::check(&mut library, judged.file);
            judged.report = report;
            judged.unread = error.map(|error| error.message);
        } else if discover::is_workflow(&source) {
            judged.file = library.add(source);
            let loaded = library.load(judged.file);
            judged.report = loaded.report;
            if let Some(symbols) = library.symbols(judged.file) {
                let states = loaded.workflow.as_ref().map(export::states);
                judged.names = Arc::new(Names {
                    file: judged.file,
                    files: library.files().clone(),
                    symbols,
                    states: states.unwrap_or_default(),
                    workflow: loaded.workflow,
                });
            }
        } else {
            return None;
        }
        levels.judge(&mut judged.report);
        judged.report.sort();
        judged.files = library.into_files();
        Some(judged)
    }

    /// The files that were read for it.
    pub(super) fn read(&self) -> BTreeSet<&str> {
        self.files.iter().map(SourceFile::name).collect()
    }
}
