//! `flagstate schema`: the JSON Schemas of what is read and written.

use crate::cli::{Exit, Terminal};
use crate::diagnostic::render::json::JsonReport;
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
}

impl Schema {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Exit {
        let schema = match self.of {
            Of::Workflow => schema::of_workflow(),
            Of::Tenant => schema::of_tenant(),
            Of::Scenario => schema::of_input::<ScenarioFile>("A Flagstate scenario file"),
            Of::Report => schema::of_output::<JsonReport>("A report of `flagstate check`"),
        };
        terminal.line(&crate::cli::json(&schema));
        Exit::Clean
    }
}
