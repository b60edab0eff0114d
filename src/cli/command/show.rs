//! `flagstate show`: what a file overrides, and what comes of it.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::disk::Disk;
use crate::cli::{CliErrors, Exit, Terminal, open, table};
use crate::load::{Effective, Library};
use crate::source::{SourceMap, Span};
use crate::tenant::{Override, Verb};

/// Show what a tenant's file overrides, or the effective workflow with the place of every value
///
/// Without `--effective`, each override of the file is listed with what the base says and where. With
/// it, the file and all that it extends are written as one workflow file that stands alone; behind each
/// value stands the file and the line that set it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate show tenants/north.yaml
  flagstate show tenants/north.yaml --effective
  flagstate show tenants/north.yaml --effective > north.yaml     a file of its own
  flagstate show tenants/north.yaml --effective --format json | jq .settings

Exit codes:
  0  shown
  1  the file has errors, which are shown; what could be read is written
  2  wrong usage, or a file that cannot be read")]
pub(in crate::cli) struct Show {
    /// The workflow file, or `-` for standard input
    file: PathBuf,
    /// Write the effective workflow
    #[arg(long)]
    effective: bool,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A table of overrides, or YAML
    Text,
    /// A list of overrides, or an object in which each value has its place
    Json,
}

/// One override as JSON.
#[derive(Debug, Serialize)]
struct Row {
    verb: Verb,
    part: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    file: String,
    line: usize,
}

impl Show {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut library = Library::new(&Disk);
        let file = library.add(open::read(&self.file)?);
        let effective = library.effective(file);
        let files = library.files();
        open::show_errors(&effective.loaded.report, files, terminal);
        match (self.effective, self.format) {
            (true, Format::Text) => terminal.print(&effective.yaml(files)),
            (true, Format::Json) => terminal.line(&crate::cli::json(&effective.json(files))),
            (false, Format::Text) => {
                let extends = library.chain(file);
                let name = |file| files.get(file).map_or("", |source| source.name());
                match extends.first() {
                    Some(&base) => {
                        terminal.note(&format!("`{}` extends `{}`", name(file), name(base)));
                        terminal.print(&listed(&effective, files, terminal.width()));
                    }
                    // Which base cannot be had is told above.
                    None if library.extends(file).is_some() => {}
                    None => terminal.note(&format!(
                        "`{}` extends nothing; `--effective` shows it",
                        name(file)
                    )),
                }
            }
            (false, Format::Json) => {
                let rows = effective.overrides().iter();
                let rows: Vec<Row> = rows.map(|done| row(done, files)).collect();
                terminal.line(&crate::cli::json(&rows));
            }
        }
        Ok(match effective.loaded.report.has_errors() {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }
}

fn row(done: &Override, files: &SourceMap) -> Row {
    Row {
        verb: done.verb,
        part: done.path.join("."),
        from: done.from.clone(),
        to: done.to.clone(),
        place: place(done.place, files),
        base: done.base.map(|base| place(base, files)),
    }
}

fn place(span: Span, files: &SourceMap) -> Place {
    let file = files.get(span.file);
    Place {
        file: file.map_or(String::new(), |file| file.name().to_owned()),
        line: file.map_or(0, |file| file.position(span.start).line),
    }
}

fn listed(effective: &Effective, files: &SourceMap, width: Option<usize>) -> String {
    let shown = |place: &Place| format!("{}:{}", place.file, place.line);
    let rows = effective.overrides().iter().map(|done| {
        let row = row(done, files);
        [
            done.verb.as_str().to_owned(),
            row.part,
            row.from.unwrap_or_default(),
            row.to.unwrap_or_default(),
            shown(&row.place),
            row.base.as_ref().map_or(String::new(), shown),
        ]
    });
    table::plain(["", "part", "from", "to", "set in", "base"], rows, width)
}
