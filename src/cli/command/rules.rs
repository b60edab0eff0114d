//! `flagstate rules`: every rule with its level.

use serde::Serialize;

use crate::cli::{Exit, Terminal, levels, table};
use crate::diagnostic::{Level, Rule};

/// List every rule with its level
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate rules
  flagstate rules --format json")]
pub(in crate::cli) struct Rules {
    /// How the rules are written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// A list of objects with `id`, `level` and `summary`
    Json,
}

#[derive(Serialize)]
struct Row {
    id: &'static str,
    level: Level,
    summary: &'static str,
}

impl Rules {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Exit {
        let rules = levels::rules();
        match self.format {
            Format::Table => {
                let rows = rules.iter().map(|rule| cells(rule));
                let table = table::plain(["rule", "level", "finds"], rows, terminal.width());
                terminal.print(&table);
            }
            Format::Json => {
                let rows = rules.iter().map(|rule| Row {
                    id: rule.id,
                    level: rule.level,
                    summary: rule.summary(),
                });
                terminal.line(&crate::cli::json(&rows.collect::<Vec<_>>()));
            }
        }
        Exit::Clean
    }
}

fn cells(rule: &Rule) -> [String; 3] {
    [
        rule.id.to_owned(),
        rule.level.as_str().to_owned(),
        rule.summary().to_owned(),
    ]
}
