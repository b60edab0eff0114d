//! `flagstate graph`: a workflow as a picture.

use std::path::PathBuf;

use crate::cli::{CliError, CliErrors, Exit, Terminal, disk, open};
use crate::diagnostic::Report;
use crate::export;

/// Draw the states of a workflow and the ways between them
///
/// Flags, guards, timers and final states are shown. What could be read of a file with errors is drawn
/// all the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate graph shop.yaml -o shop.svg
  flagstate graph shop.yaml --format dot | dot -Tpng > shop.png
  flagstate graph shop.yaml --format mermaid
  flagstate graph shop.yaml -o shop.scxml
  flagstate graph shop.yaml --format xstate > shop.machine.json

Exit codes:
  0  drawn
  1  the workflow has errors, or says what the format has no words for; the picture lacks that
  2  wrong usage, or a file that cannot be read or written")]
pub(in crate::cli) struct Graph {
    /// The workflow file, or `-` for standard input
    file: PathBuf,
    /// As what it is drawn
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write to a file instead of standard output; its ending tells the format where none is given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Graphviz (`.dot`, `.gv`)
    Dot,
    /// Mermaid, as Markdown readers show it (`.mmd`)
    Mermaid,
    #[value(help = "PlantUML (`.puml`)")]
    Plantuml,
    /// States and edges as data (`.json`)
    Json,
    /// A picture (`.svg`)
    Svg,
    /// The statechart in the W3C's words, without flags and actors (`.scxml`)
    Scxml,
    #[value(help = "The configuration of an XState machine, as JSON")]
    Xstate,
}

impl Graph {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let format = self.format()?;
        let opened = open::open(&self.file)?;
        let sources = opened.sources().clone();
        let (workflow, mut failed) = opened.drawable(terminal);
        if let Some(workflow) = workflow {
            let mut without_loss = |(text, lost): (String, Report)| {
                terminal.findings(&lost, &sources);
                failed |= !lost.is_empty();
                text
            };
            let drawn = match format {
                Format::Dot => export::dot(&workflow),
                Format::Mermaid => export::mermaid(&workflow),
                Format::Plantuml => export::plantuml(&workflow),
                Format::Json => export::json(&workflow),
                Format::Scxml => without_loss(export::scxml(&workflow)),
                Format::Xstate => without_loss(export::xstate(&workflow)),
                Format::Svg => {
                    export::svg(&workflow).map_err(|error| CliError::new(error.to_string()))?
                }
            };
            match &self.output {
                Some(path) => disk::write_result(path, &drawn, &sources)?,
                None => terminal.print(&drawn),
            }
        }
        Ok(match failed {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }

    /// The format that is asked for, that of the file's ending, or Graphviz where there is neither.
    fn format(&self) -> Result<Format, CliError> {
        let output = self.output.as_ref();
        let ending = output.and_then(|path| path.extension()?.to_str());
        let ending = ending.map(str::to_ascii_lowercase);
        if let Some(format) = self.format {
            return Ok(format);
        }
        Ok(match ending.as_deref() {
            None | Some("dot" | "gv") => Format::Dot,
            Some("svg") => Format::Svg,
            Some("json") => Format::Json,
            Some("mmd" | "mermaid" | "md") => Format::Mermaid,
            Some("puml" | "plantuml") => Format::Plantuml,
            Some("scxml") => Format::Scxml,
            Some(other) => {
                let message = format!("no format has the ending `.{other}`");
                let hint = "name one with `--format`, or write a file that ends in `.svg`, `.dot`, `.mmd`, `.puml`, `.scxml` or `.json`";
                return Err(CliError::new(message).help(hint));
            }
        })
    }
}
