//! `flagstate serve`: orders over HTTP.

use std::path::PathBuf;

use crate::cli::listen::Listen;
use crate::cli::{Exit, Terminal};

/// Serve orders over HTTP
///
/// What `flagstate orders` does, for callers on other machines: workflows are deployed, orders created,
/// moved, seen and explained, effects handed out, timers fired. `GET /openapi.json` describes it. Without
/// tokens only this machine can ask; with them, each stands for one tenant and says what it may do. Orders
/// are served as plain HTTP: what makes it HTTPS stands in front.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate serve --store sqlite:orders.db
  flagstate serve --new-token acme --scopes read,write     a token, and its lines for the file
  flagstate serve --store sqlite:orders.db --tokens tokens.toml --listen 0.0.0.0:8080 --log json
  flagstate serve --openapi > openapi.json

A file of tokens has these lines for each; `actors` is whom it may act as, anybody where it is left out:
  [[token]]
  name = \"web shop\"
  tenant = \"acme\"
  scopes = [\"read\", \"write\"]
  actors = [\"customer\"]
  sha256 = \"…\"

A file of webhooks has these for each tenant whose effects are sent, signed as Standard Webhooks says:
  [[webhook]]
  tenant = \"acme\"
  url = \"https://shop.example/orders\"
  secret = \"whsec_…\"

A file of retention has these for each tenant; orders that ended that long ago are looked for each day:
  [[retention]]
  tenant = \"acme\"
  days = 365
  reason = \"kept for a year\"             \"kept for 365 days\" where it is left out

Exit codes:
  0  ended by SIGTERM or SIGINT, once what was under way was answered
  1  ended by itself: the store can no longer be relied on
  2  wrong usage, or a store, an address or a file of tokens that cannot be used")]
pub(in crate::cli) struct Serve {
    /// The store: `sqlite:PATH` or `postgresql://USER@HOST/DATABASE`; made where it is not there
    #[arg(
        long,
        value_name = "STORE",
        env = "FLAGSTATE_STORE",
        hide_env_values = true,
        required_unless_present_any = ["new_token", "new_webhook", "openapi"]
    )]
    store: Option<String>,
    /// Where to listen: an address or a name, and a port; other machines are heard only with `--tokens`
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    listen: Listen,
    /// Who may ask: a file of tokens by tenant, in TOML
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Where effects are sent, by tenant: a file in TOML; those of other tenants are claimed
    #[arg(long, value_name = "FILE")]
    webhooks: Option<PathBuf>,
    /// How long personal values are kept after an order's end, by tenant: a file in TOML
    #[arg(long, value_name = "FILE")]
    retention: Option<PathBuf>,
    /// How many requests a tenant may make in a second
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: u32,
    /// How many bytes a body may have
    #[arg(long, value_name = "BYTES", default_value = "1048576", value_parser = clap::value_parser!(u32).range(1..))]
    body_limit: u32,
    /// How many connections may be open; others wait
    #[arg(long, value_name = "COUNT", default_value = "1024", value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// How many seconds a request may take
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
    /// How many seconds requests under way are waited for at the end
    #[arg(long, value_name = "SECONDS", default_value = "25")]
    drain: u16,
    /// How lines about requests are written to standard error
    #[arg(long, value_name = "FORM", default_value = "text")]
    log: Log,
    /// Print a new token for a tenant, and its lines for the file; nothing is served
    #[arg(long, value_name = "TENANT", conflicts_with_all = ["tokens", "openapi"])]
    new_token: Option<String>,
    /// What the new token may do: read, write, change, override, erase, effects, deploy, migrate, metrics
    #[arg(
        long,
        value_name = "SCOPES",
        default_value = "read,write",
        value_delimiter = ',',
        requires = "new_token"
    )]
    scopes: Vec<String>,
    /// Print the lines for a tenant in the file of webhooks, with a new secret; nothing is served
    #[arg(long, value_name = "TENANT", conflicts_with_all = ["webhooks", "openapi", "new_token"])]
    new_webhook: Option<String>,
    /// Print the OpenAPI document; nothing is served
    #[arg(long)]
    openapi: bool,
}

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Log {
    /// For people
    Text,
    /// An object of JSON in each line
    Json,
}

#[cfg(any(feature = "serve", feature = "restate"))]
impl Log {
    pub(super) fn form(self) -> crate::server::LogForm {
        match self {
            Self::Text => crate::server::LogForm::Text,
            Self::Json => crate::server::LogForm::Json,
        }
    }
}

#[cfg(not(feature = "serve"))]
impl Serve {
    /// This program was built without it.
    #[expect(
        clippy::unused_self,
        reason = "it is the command, as it is with the feature"
    )]
    pub(super) fn run(&self, _: &mut Terminal) -> Result<Exit, crate::cli::CliErrors> {
        let error = crate::cli::CliError::new("this `flagstate` was built without `serve`");
        let hint = "`cargo install --path . --features serve` builds one with it";
        Err(error.help(hint).into())
    }
}

#[cfg(feature = "serve")]
mod run {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{Exit, Serve, Terminal};
    use crate::cli::{CliError, CliErrors, json, open, store};
    use crate::http::{self, Options, Retention, Scope, Tokens, Webhooks};
    use crate::server::log_to_stderr;

    impl Serve {
        pub(in crate::cli::command) fn run(
            &self,
            terminal: &mut Terminal,
        ) -> Result<Exit, CliErrors> {
            if self.openapi {
                terminal.line(&json(&http::document()));
                return Ok(Exit::Clean);
            }
            match (&self.new_token, &self.new_webhook) {
                (Some(tenant), _) => self.make_token(tenant, terminal),
                (None, Some(tenant)) => make_webhook(tenant, terminal),
                (None, None) => self.serve(terminal),
            }
        }

        fn make_token(&self, tenant: &str, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
            let scopes = self.scopes.iter().map(|scope| scope.parse::<Scope>());
            let scopes = scopes.collect::<Result<_, _>>().map_err(CliError::new)?;
            let (token, entry) = http::new_token(tenant, &scopes).map_err(CliError::new)?;
            // The lines that are printed are those that the file is read by.
            let wrong = |error: http::TokensError| CliError::new(error.to_string());
            Tokens::read(&entry).map_err(wrong)?;
            terminal.note("the token, which is written down nowhere:");
            terminal.line(&token);
            terminal.note("its lines for the file of `--tokens`:");
            terminal.print(&entry);
            Ok(Exit::Clean)
        }

        fn serve(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
            let tokens = read(self.tokens.as_ref(), "tokens", Tokens::read)?;
            let webhooks = read(self.webhooks.as_ref(), "webhooks", Webhooks::read)?;
            let retention = read(self.retention.as_ref(), "retention", Retention::read)?;
            if tokens.is_none() && !self.listen.is_local() {
                let address = self.listen.written();
                let error = CliError::new(format!(
                    "without `--tokens`, `{address}` would let anybody move orders"
                ));
                let hint = "give a file of tokens (`flagstate serve --new-token TENANT` makes one), or listen on 127.0.0.1";
                return Err(error.help(hint).into());
            }
            let name = self.store.as_deref().unwrap_or_default();
            let engine = store::create(name)?;
            let (listener, bound) = self.listen.bind()?;
            log_to_stderr(self.log.form());
            terminal.line(&format!("listening on http://{bound}"));
            let options = Options {
                tokens,
                rate: self.rate_limit,
                body: usize::try_from(self.body_limit).unwrap_or(usize::MAX),
                timeout: Duration::from_secs(self.timeout.into()),
                drain: Duration::from_secs(self.drain.into()),
                connections: self.connections.into(),
                webhooks: webhooks.unwrap_or_default(),
                retention: retention.unwrap_or_default(),
            };
            match http::serve(listener, engine.into_store(), options) {
                Ok(()) => Ok(Exit::Clean),
                Err(error @ http::ServeError::Stopped(_)) => {
                    terminal.error(&CliError::new(error.to_string()));
                    Ok(Exit::Findings)
                }
                Err(error) => Err(CliError::new(error.to_string()).into()),
            }
        }
    }

    /// What a file says, where one is named; `of` says what it is a file of.
    fn read<T, E: std::fmt::Display>(
        path: Option<&PathBuf>,
        of: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, CliErrors> {
        let Some(path) = path else { return Ok(None) };
        let file = open::read(path)?;
        let said = read(file.text()).map_err(|error| {
            CliError::new(format!("`{}` is no file of {of}: {error}", path.display()))
        })?;
        Ok(Some(said))
    }

    fn make_webhook(tenant: &str, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let entry = http::new_webhook(tenant).map_err(CliError::new)?;
        // The lines that are printed are those that the file is read by.
        let wrong = |error: http::WebhooksError| CliError::new(error.to_string());
        Webhooks::read(&entry).map_err(wrong)?;
        terminal.note("for the file of `--webhooks`; its receiver needs the secret:");
        terminal.print(&entry);
        Ok(Exit::Clean)
    }
}
