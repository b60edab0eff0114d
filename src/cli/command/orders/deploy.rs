//! `flagstate orders deploy`: a workflow for a tenant's new orders.

use std::path::PathBuf;

use super::{Format, Place, preview};
use crate::cli::{CliErrors, Exit, Terminal, given, open};
use crate::runtime;

/// Make a workflow the one under which new orders are made
///
/// The file is checked, and kept in the store with all that it extends; orders that are under way stay
/// under the version that they were made under. A store is made where it is not there; a server is asked with a
/// token of the scope `deploy`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders deploy shop.v2.yaml --dry-run
  flagstate orders deploy shop.v2.yaml --set cart_lifetime=45m

Exit codes:
  0  deployed, or would be
  1  the workflow has errors
  2  wrong usage, or a store that cannot be used")]
pub(super) struct Deploy {
    /// The workflow file
    file: PathBuf,
    /// Give a setting another value than its default
    #[arg(long, value_name = "SETTING=VALUE", value_parser = given::setting)]
    set: Vec<(String, String)>,
    /// Write nothing, and tell what would become of it: what is found in the file, whether it is deployed already, what
    /// differs from the version that is current, and which orders are under way under older ones
    #[arg(long)]
    dry_run: bool,
    /// How that is told
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        requires = "dry_run"
    )]
    format: Format,
    #[command(flatten)]
    place: Place,
}

impl Deploy {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let opened = open::open(&self.file)?;
        let files = opened.files();
        if self.dry_run && !preview::found(&opened, self.format, terminal) {
            return Ok(Exit::Findings);
        }
        let Some(workflow) = opened.runnable(terminal) else {
            return Ok(Exit::Findings);
        };
        let deploy = runtime::Deploy {
            tenant: self.place.tenant().to_owned(),
            files,
            settings: given::settings(&workflow, &self.set)?,
        };
        if self.dry_run {
            return preview::tell(&deploy, &self.place, self.format, terminal);
        }
        let mut reach = self.place.reach_or_make()?;
        let earlier = reach.current(&deploy.tenant, &workflow.name)?;
        let id = reach.deploy(&deploy)?;
        let (name, version) = (&workflow.name, workflow.version);
        let whose = super::for_whom(self.place.known());
        let short = super::short(&id);
        terminal.line(&format!(
            "new orders of `{name}` are made under version {version}{whose} (deployment {short})"
        ));
        let Some(earlier) = earlier.filter(|earlier| earlier.id != id) else {
            return Ok(Exit::Clean);
        };
        let given = |setting: &&String| deploy.settings.contains_key(*setting);
        let dropped = earlier.settings.iter();
        let dropped = dropped.filter(|(setting, _)| !given(setting));
        for (setting, value) in dropped {
            let value = super::plain(value);
            terminal.note(&format!(
                "the deployment before gave `{setting}` the value {value}, and this one leaves it at its default: to \
                 keep it, deploy again with `--set {setting}={value}`"
            ));
        }
        if earlier.version == version {
            same_version(version, terminal);
        }
        Ok(Exit::Clean)
    }
}

/// Says that the version was not raised.
pub(super) fn same_version(version: u32, terminal: &mut Terminal) {
    terminal.note(&format!(
        "version {version} was deployed with other content or settings before: orders under that stay under it. \
         Where the file has changed, raise its `version`"
    ));
}
