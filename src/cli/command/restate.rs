//! `flagstate restate`: orders on a Restate cluster.

use std::net::SocketAddr;

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
/// Workflows are those that are deployed in the store (`flagstate orders deploy`); new orders are made
/// under the one that was deployed last. Several of these may serve one Restate upon one database.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  export FLAGSTATE_STORE=sqlite:orders.db
  flagstate orders deploy workflows/sharefox.yaml --tenant acme
  flagstate restate serve
  curl localhost:9070/deployments --json '{\"uri\": \"http://localhost:9080\"}'      tell Restate of it, once
  curl localhost:8080/Order/acme%2Fo1/create --json '{\"workflow\": \"sharefox\", \"actor\": \"customer\"}'
  curl localhost:8080/Order/acme%2Fo1/fire \\
       --json '{\"event\": \"check_out\", \"actor\": \"customer:joe\", \"id\": \"click-17\"}'
  curl localhost:8080/Order/acme%2Fo1/get -X POST

An order is asked to `create`, `fire`, `change`, `override`, `tick`, `migrate` and `project`, and tells
`get`, `available`, `why` and `journal`.

Exit codes:
  0  ended by SIGTERM or SIGINT
  1  ended by itself: the store can no longer be relied on
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
    /// Where to listen for Restate; other machines are heard only with `--trust-network`
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9080")]
    listen: SocketAddr,
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
    use std::net::TcpListener;

    use super::{Exit, Serve, Terminal};
    use crate::cli::{CliError, CliErrors, store};
    use crate::restate::{self, ServeError};
    use crate::server::log_to_stderr;

    impl Serve {
        pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
            let address = self.listen;
            if !self.trust_network && !address.ip().is_loopback() {
                let error = CliError::new(format!(
                    "whoever reaches `{address}` could move orders past Restate"
                ));
                let hint = "listen on 127.0.0.1, or see to it that only Restate reaches it and say `--trust-network`";
                return Err(error.help(hint).into());
            }
            let engine = store::create(&self.store)?;
            let taken = |error| CliError::new(format!("cannot listen on `{address}`: {error}"));
            let listener = TcpListener::bind(address).map_err(taken)?;
            let bound = listener.local_addr().map_err(taken)?;
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
    }
}
