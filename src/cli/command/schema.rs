//! `flagstate schema`: the JSON Schemas of what is read and written.

use crate::cli::moved::JsonAccount;
use crate::cli::{Exit, Terminal};
use crate::diagnostic::render::json::JsonReport;
use crate::diff::JsonDifference;
use crate::instance::Stored;
use crate::migrate::PlanFile;
use crate::scenario::ScenarioFile;
use crate::schema;

/// Print the JSON Schema of a file format
///
/// An editor that knows the schema completes keys and explains them. With the YAML extension of
/// VS Code, for example, a workflow names its schema in its first line:
/// `# yaml-language-server: $schema=workflow.schema.json`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate schema > workflow.schema.json
  flagstate schema tenant > tenant.schema.json
  flagstate schema scenario > scenario.schema.json
  flagstate schema migration > migration.schema.json
  flagstate schema report                 what `check --output-format json` prints")]
pub(in crate::cli) struct Schema {
    /// Of which format
    #[arg(value_name = "FORMAT", default_value = "workflow")]
    of: Of,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Of {
    /// Workflow files
    Workflow,
    /// Tenants' files, with `extends:`
    Tenant,
    /// Scenario files, `NAME.scenario.yaml`
    Scenario,
    /// What `flagstate check --output-format json` prints
    Report,
    /// Migration files, which `flagstate migrate` reads
    Migration,
    /// Orders under way, a JSON line each, which `flagstate migrate` reads and writes
    Instance,
    /// What `flagstate diff --format json` prints
    Difference,
    /// What `flagstate migrate --format json` prints
    Migrated,
}

impl Schema {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Exit {
        let schema = match self.of {
            Of::Workflow => schema::of_workflow(),
            Of::Tenant => schema::of_tenant(),
            Of::Scenario => schema::of_input::<ScenarioFile>("A Flagstate scenario file"),
            Of::Report => schema::of_output::<JsonReport>("A report of `flagstate check`"),
            Of::Migration => schema::of_input::<PlanFile>("A Flagstate migration"),
            Of::Instance => schema::of_output::<Stored>("An order under way"),
            Of::Difference => {
                schema::of_output::<JsonDifference>("What differs between two versions")
            }
            Of::Migrated => schema::of_output::<JsonAccount>("What became of orders"),
        };
        terminal.line(&crate::cli::json(&schema));
        Exit::Clean
    }
}
