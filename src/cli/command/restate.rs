//! `flagstate restate`: orders on a Restate cluster.

use std::path::PathBuf;

use crate::cli::listen::Listen;
use crate::cli::{Exit, Terminal};

/// Run orders on Restate
///
/// Restate keeps orders, partitions and replicates them, and calls this service for each request and each
/// timer that is due. What comes of it stands in a store besides, for `flagstate orders get`, `query`,
/// `journal`, `verify` and `effects`; only Restate moves such orders.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Restate {
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum What {
    Serve(Serve),
}

/// Serve orders to Restate
///
/// Workflows are those that are deployed in the store (`--workflows`, or `flagstate orders deploy`); new orders
/// are made under the one that was deployed last. Several of these may serve one Restate upon one database.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  export FLAGSTATE_STORE=sqlite:orders.db
  flagstate orders deploy workflows/sharefox.yaml --tenant acme
  flagstate restate serve
  flagstate restate serve --workflows workflows --tenant acme     these are deployed first
  curl localhost:9070/deployments --json '{\"uri\": \"http://localhost:9080\"}'      tell Restate of it, once
  curl localhost:8080/Order/acme%2Fo1/create --json '{\"workflow\": \"sharefox\", \"actor\": \"customer\"}'
  curl localhost:8080/Order/acme%2Fo1/fire \\
       --json '{\"event\": \"check_out\", \"actor\": \"customer:joe\", \"id\": \"click-17\"}'
  curl localhost:8080/Order/acme%2Fo1/get -X POST

An order is asked to `create`, `fire`, `change`, `override`, `tick`, `migrate` and `project`, and tells
`get`, `available`, `why` and `journal`.

Exit codes:
  0  ended by SIGTERM or SIGINT
  1  ended by itself: the store can no longer be relied on; or a workflow has errors
  2  wrong usage, or a store or an address that cannot be used")]
struct Serve {
    /// The store: `sqlite:PATH` or `postgresql://USER@HOST/DATABASE`; made where it is not there
    #[arg(
        long,
        value_name = "STORE",
        env = "FLAGSTATE_STORE",
        hide_env_values = true
    )]
    store: String,
    /// Deploy the workflows in this folder first; a file that is as it was deployed changes nothing
    #[arg(long, value_name = "DIR")]
    workflows: Option<PathBuf>,
    /// Whose workflows those are
    #[arg(
        long,
        value_name = "TENANT",
        default_value = "main",
        requires = "workflows"
    )]
    tenant: String,
    /// Where to listen for Restate: an address or a name, and a port; other machines are heard only with
    /// `--trust-network`
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9080")]
    listen: Listen,
    /// Whoever reaches the address may move orders: nobody but Restate can
    #[arg(long)]
    trust_network: bool,
    /// How lines about what goes wrong are written to standard error
    #[arg(long, value_name = "FORM", default_value = "text")]
    log: super::serve::Log,
}

impl Restate {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, crate::cli::CliErrors> {
        match &self.what {
            What::Serve(serve) => serve.run(terminal),
        }
    }
}

#[cfg(not(feature = "restate"))]
impl Serve {
    /// This program was built without it.
    #[expect(
        clippy::unused_self,
        reason = "it is the command, as it is with the feature"
    )]
    fn run(&self, _: &mut Terminal) -> Result<Exit, crate::cli::CliErrors> {
        let error = crate::cli::CliError::new("this `flagstate` was built without `restate`");
        let hint = "`cargo install --path . --features restate` builds one with it";
        Err(error.help(hint).into())
    }
}

#[cfg(feature = "restate")]
mod run {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use ignore::overrides::Override;

    use super::{Exit, Serve, Terminal};
    use crate::cli::{CliError, CliErrors, discover, given, open, store};
    use crate::restate::{self, ServeError};
    use crate::runtime::Deploy;
    use crate::server::log_to_stderr;

    impl Serve {
        pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
            if !self.trust_network && !self.listen.is_local() {
                let address = self.listen.written();
                let error = CliError::new(format!(
                    "whoever reaches `{address}` could move orders past Restate"
                ));
                let hint = "listen on 127.0.0.1, or see to it that only Restate reaches it and say `--trust-network`";
                return Err(error.help(hint).into());
            }
            let files = self.workflows.as_deref().map(found).transpose()?;
            let Some(deploys) = self.checked(files.unwrap_or_default(), terminal)? else {
                return Ok(Exit::Findings);
            };
            let mut engine = store::create(&self.store)?;
            for deploy in &deploys {
                let now = given::instant("now").map_err(CliError::new)?;
                let deployed = engine.deploy(deploy, now);
                deployed.map_err(|error| CliError::new(error.to_string()))?;
            }
            let (listener, bound) = self.listen.bind()?;
            log_to_stderr(self.log.form());
            terminal.line(&format!("serving Restate on http://{bound}"));
            match restate::serve(listener, engine.into_store()) {
                Ok(()) => Ok(Exit::Clean),
                Err(error @ ServeError::Stopped(_)) => {
                    terminal.error(&CliError::new(error.to_string()));
                    Ok(Exit::Findings)
                }
                Err(error) => Err(CliError::new(error.to_string()).into()),
            }
        }

        /// What is deployed of the files, each of which has no errors; nothing where one has, which is told.
        fn checked(
            &self,
            files: Vec<PathBuf>,
            terminal: &mut Terminal,
        ) -> Result<Option<Vec<Deploy>>, CliErrors> {
            let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
            let mut deploys = Vec::new();
            for path in files {
                let opened = open::open(&path)?;
                let files = opened.files();
                let Some(workflow) = opened.runnable(terminal) else {
                    return Ok(None);
                };
                if let Some(other) = names.get(&workflow.name) {
                    let (name, other) = (&workflow.name, other.display());
                    let error = format!(
                        "`{name}` is the workflow of `{other}` and of `{}`",
                        path.display()
                    );
                    let hint =
                        "a tenant has one workflow of a name: give a folder with one of them";
                    return Err(CliError::new(error).help(hint).into());
                }
                names.insert(workflow.name.clone(), path);
                deploys.push(Deploy {
                    tenant: self.tenant.clone(),
                    files,
                    settings: BTreeMap::new(),
                });
            }
            Ok(Some(deploys))
        }
    }

    /// The workflow files in a folder.
    fn found(folder: &Path) -> Result<Vec<PathBuf>, CliErrors> {
        let paths = [folder.to_owned()];
        let found = discover::discover(&paths, &Override::empty(), discover::is_yaml);
        let mut errors = found.errors.into_iter();
        if let Some(error) = errors.next() {
            return Err(error.into());
        }
        let mut files = Vec::new();
        for input in found.inputs {
            if let discover::Input::File { path, .. } = input
                && discover::is_workflow(&open::read(&path)?)
            {
                files.push(path);
            }
        }
        match files.is_empty() {
            true => {
                Err(CliError::new(format!("there is no workflow in `{}`", folder.display())).into())
            }
            false => Ok(files),
        }
    }
}
