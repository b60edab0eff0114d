//! `flagstate states`: the states of a workflow as a table.

use std::path::PathBuf;

use crate::cli::{CliErrors, Exit, Terminal, open, table};
use crate::export::{self, StateRow, WayOut};
use crate::graph::Workflow;

/// List the states of a workflow with their flags, timers and ways out
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate states shop.yaml
  flagstate states shop.yaml --format markdown > states.md
  flagstate states shop.yaml --format json | jq '.[] | select(.flags.reserved)'

Exit codes:
  0  listed
  1  the workflow has errors; the list may lack something
  2  wrong usage, or a file that cannot be read")]
pub(in crate::cli) struct States {
    /// The workflow file, or `-` for standard input
    file: PathBuf,
    /// How the states are written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// A list of objects
    Json,
    /// A Markdown table
    Markdown,
}

impl States {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let (workflow, failed) = open::open(&self.file)?.drawable(terminal);
        if let Some(workflow) = workflow {
            match self.format {
                Format::Table => terminal.print(&listed(&workflow, terminal.width())),
                Format::Json => terminal.line(&crate::cli::json(&export::states(&workflow))),
                Format::Markdown => terminal.print(&export::markdown(&workflow)),
            }
        }
        Ok(match failed {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }
}

fn listed(workflow: &Workflow, width: Option<usize>) -> String {
    let header = ["state", "label", "flags", "timers", "ways out", "marks"];
    let rows = export::states(workflow);
    table::framed(header, rows.iter().map(cells), width)
}

fn cells(row: &StateRow) -> [String; 6] {
    let name = row.path.rsplit('.').next().unwrap_or(&row.path);
    let ways: Vec<String> = row.ways_out.iter().map(WayOut::line).collect();
    [
        format!("{}{name}", "  ".repeat(row.depth)),
        row.title.clone(),
        row.noted.join("\n"),
        row.timer_cell().join("\n"),
        ways.join("\n"),
        row.mark_cell().join("\n"),
    ]
}
