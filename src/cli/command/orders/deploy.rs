//! `flagstate orders deploy`: a workflow for a tenant's new orders.

use std::path::PathBuf;

use super::Place;
use crate::cli::{CliErrors, Exit, Terminal, given, open};
use crate::runtime;

/// Make a workflow the one under which new orders are made
///
/// The file is checked, and kept in the store with all that it extends; orders that are under way stay
/// under the version that they were made under. A store is made where it is not there; a server is asked with a
/// token of the scope `deploy`.
#[derive(Debug, clap::Args)]
pub(super) struct Deploy {
    /// The workflow file
    file: PathBuf,
    /// Give a setting another value than its default
    #[arg(long, value_name = "SETTING=VALUE", value_parser = given::setting)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    place: Place,
}

impl Deploy {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let opened = open::open(&self.file)?;
        let files = opened.files();
        let Some(workflow) = opened.runnable(terminal) else {
            return Ok(Exit::Findings);
        };
        let deploy = runtime::Deploy {
            tenant: self.place.tenant().to_owned(),
            files,
            settings: given::settings(&workflow, &self.set)?,
        };
        let mut reach = self.place.reach_or_make()?;
        let earlier = reach.current(&deploy.tenant, &workflow.name)?;
        let id = reach.deploy(&deploy)?;
        let (name, version) = (&workflow.name, workflow.version);
        let whose = super::for_whom(self.place.known());
        let short: String = id.chars().take(12).collect();
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
            let value = value.as_str().map_or(value.to_string(), str::to_owned);
            terminal.note(&format!(
                "the deployment before gave `{setting}` the value {value}, and this one leaves it at its default: to \
                 keep it, deploy again with `--set {setting}={value}`"
            ));
        }
        if earlier.version == version {
            terminal.note(&format!(
                "version {version} was deployed with other content or settings before: orders under that stay under \
                 it. Where the file has changed, raise its `version`"
            ));
        }
        Ok(Exit::Clean)
    }
}
