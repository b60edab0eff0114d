//! `flagstate import`: a workflow file from SCXML.

use std::path::PathBuf;

use crate::cli::{CliErrors, Exit, Terminal, disk, open};
use crate::import::{self, Options};
use crate::source::{FileId, SourceMap};

/// Write a workflow file that means what an SCXML document says
///
/// States, regions, history, transitions, `<raise>`, `<send>` to the document itself, `<assign>`, `<if>`
/// and conditions of booleans, numbers and texts are carried over. Where the document says more (scripts,
/// other data models, `<invoke>`), each such place is shown, and no file is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate import order.scxml > workflows/order.yaml
  flagstate import order.scxml -o workflows/order.yaml --workflow order
  flagstate import order.scxml --event paid --event cancelled    events that `*` stands for

Exit codes:
  0  written
  1  the document says what a workflow file cannot; nothing is written
  2  wrong usage, or a file that cannot be read or written")]
pub(in crate::cli) struct Import {
    /// The SCXML document, or `-` for standard input
    file: PathBuf,
    /// The id of the workflow; by default the document's name, or that of its file
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,
    /// An event from outside that the document only names by a pattern such as `*`
    #[arg(long = "event", value_name = "NAME")]
    events: Vec<String>,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file that is written to
    #[arg(long, requires = "output")]
    force: bool,
}

impl Import {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let source = open::read(&self.file)?;
        let options = Options {
            workflow: self.workflow.clone(),
            events: self.events.clone(),
        };
        let imported = import::scxml(FileId::default(), &source, &options);
        let sources = SourceMap::single(source);
        terminal.findings(&imported.report, &sources);
        let Some(text) = imported.text else {
            return Ok(Exit::Findings);
        };
        match &self.output {
            Some(path) => disk::write_draft(path, &text, self.force)?,
            None => terminal.print(&text),
        }
        Ok(Exit::Clean)
    }
}
