//! `flagstate guards`: the guards of a workflow, and where each of them runs.

use std::path::PathBuf;

use crate::cli::{CliErrors, Exit, Terminal, open, table};
use crate::export::{self, GuardRow};

/// List the guards of a workflow, and where each of them runs
///
/// A guard that is `lowered` runs as code over packed values; its tests compare, or are calculated where
/// comparing is not enough. Any other guard is evaluated by the hardened engine, which is slower, and the
/// list says why. Both answer alike. `flagstate check --guards` lists the guards of every file it checks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate guards shop.yaml
  flagstate guards shop.yaml --format json | jq '.[] | select(.runs == \"engine\")'

Exit codes:
  0  listed
  1  the workflow has errors; the list may lack something
  2  wrong usage, or a file that cannot be read")]
pub(in crate::cli) struct Guards {
    /// The workflow file, or `-` for standard input
    file: PathBuf,
    /// How the guards are written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// A list of objects
    Json,
}

impl Guards {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let opened = open::open(&self.file)?;
        let sources = opened.sources().clone();
        let (workflow, failed) = opened.drawable(terminal);
        if let Some(workflow) = workflow {
            let rows = export::guards(&workflow, &sources);
            match self.format {
                Format::Table => terminal.print(&listed(&rows, terminal.width())),
                Format::Json => terminal.line(&crate::cli::json(&rows)),
            }
        }
        Ok(match failed {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }
}

/// The guards as a table; a line says so where there are none.
pub(super) fn listed(rows: &[GuardRow], width: Option<usize>) -> String {
    if rows.is_empty() {
        return "no guards\n".to_owned();
    }
    table::plain(["place", "runs", "guard"], rows.iter().map(cells), width)
}

fn cells(row: &GuardRow) -> [String; 3] {
    let runs = match (row.why, row.calculated) {
        (Some(why), _) => format!("in the engine: {why}"),
        (None, 0) => "lowered".to_owned(),
        (None, calculated) => format!("lowered, {calculated} of {} calculated", row.tests),
    };
    let guard = match &row.name {
        Some(name) => format!("{name}: {}", row.guard),
        None => row.guard.clone(),
    };
    let place = format!("{}:{}:{}", row.file, row.line, row.column);
    [
        place,
        runs,
        guard.split_whitespace().collect::<Vec<_>>().join(" "),
    ]
}
