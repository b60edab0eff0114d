//! `flagstate orders`: orders that outlive the process, in a store or at a server.

mod ask;
mod deploy;
mod effects;
mod erase;
mod export;
mod import;
mod migrate;
mod operate;
mod overview;
mod preview;
mod reach;
#[cfg(feature = "serve")]
mod remote;
mod resume;
mod see;
mod told;
mod verify;

use serde_json::Value as Json;

use crate::cli::store::{self, AnyEngine, failed};
use crate::cli::{CliError, CliErrors, Exit, Terminal, given};
use crate::runtime::{EngineError, OrderKey};
use crate::time::Instant;
use reach::Reach;

/// Keep orders in a store: create, move, find and explain them
///
/// A workflow is deployed for a tenant; orders are created under it and stay under that version. What
/// was answered is written down first: an event with an id that comes twice gets its first answer
/// again, every step stands in a journal that shows when it was tampered with, and what steps ask of
/// the outside is handed out until it is done.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  export FLAGSTATE_STORE=sqlite:orders.db FLAGSTATE_TENANT=acme
  flagstate orders deploy workflows/sharefox.yaml
  flagstate orders deployments                        what is deployed, and how many orders stand under it
  flagstate orders create o1 --workflow sharefox --actor customer --context '{ origin: online }'
  flagstate orders fire o1 check_out --actor customer:joe --id click-17
  flagstate orders change o1 '{ payments: 1 }'
  flagstate orders available o1 --actor manager
  flagstate orders why o1 close --actor manager
  flagstate orders query --state booked --flag reserved=true
  flagstate orders tick                               fire the timers that are due
  flagstate orders journal o1
  flagstate orders verify
  FLAGSTATE_TOKEN=… flagstate orders get o1 --store https://orders.example

A server is asked as a store is, for all but `export`, `import`, `tenants`, `tick`, `verify` and `get --at`.

Exit codes:
  0  done
  1  refused, no such order, or tampered with
  2  wrong usage, or a store that cannot be used")]
pub(in crate::cli) struct Orders {
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum What {
    Deploy(deploy::Deploy),
    Deployments(overview::Deployments),
    Tenants(overview::Tenants),
    Create(ask::Create),
    Fire(ask::Fire),
    Change(ask::Change),
    Override(ask::Override),
    Erase(erase::Erase),
    Export(export::Export),
    Import(import::Import),
    Migrate(migrate::Migrate),
    Tick(ask::Tick),
    Resume(resume::Resume),
    Get(see::Get),
    Available(see::Available),
    Why(see::Why),
    Journal(see::Journal),
    Query(see::Query),
    Effects(effects::Effects),
    Verify(verify::Verify),
}

impl Orders {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        match &self.what {
            What::Deploy(deploy) => deploy.run(terminal),
            What::Deployments(deployments) => deployments.run(terminal),
            What::Tenants(tenants) => tenants.run(terminal),
            What::Create(create) => create.run(terminal),
            What::Fire(fire) => fire.run(terminal),
            What::Change(change) => change.run(terminal),
            What::Override(intervene) => intervene.run(terminal),
            What::Erase(erase) => erase.run(terminal),
            What::Export(export) => export.run(terminal),
            What::Import(import) => import.run(terminal),
            What::Migrate(migrate) => migrate.run(terminal),
            What::Tick(tick) => tick.run(terminal),
            What::Resume(resume) => resume.run(terminal),
            What::Get(get) => get.run(terminal),
            What::Available(available) => available.run(terminal),
            What::Why(why) => why.run(terminal),
            What::Journal(journal) => journal.run(terminal),
            What::Query(query) => query.run(terminal),
            What::Effects(effects) => effects.run(terminal),
            What::Verify(verify) => verify.run(terminal),
        }
    }
}

/// The variable with the token for a server.
const TOKEN: &str = "FLAGSTATE_TOKEN";

/// Where the orders are.
#[derive(Debug, clap::Args)]
struct Place {
    /// The store: `sqlite:PATH` or `postgresql://USER@HOST/DATABASE`; or a server: `https://HOST[:PORT]`
    #[arg(
        long,
        value_name = "STORE",
        env = "FLAGSTATE_STORE",
        hide_env_values = true
    )]
    store: String,
    /// Whose orders: `main` where nobody is named, or whom the token of a server stands for
    #[arg(long, value_name = "TENANT", env = "FLAGSTATE_TENANT")]
    tenant: Option<String>,
}

impl Place {
    /// The store, which must be there.
    fn open(&self) -> Result<AnyEngine, CliError> {
        store::open(&self.store)
    }

    /// The store, which must be there, or the server.
    fn reach(&self) -> Result<Reach, CliError> {
        match store::is_server(&self.store) {
            true => Reach::server(self),
            false => Ok(Reach::Store(Box::new(self.open()?))),
        }
    }

    /// The store, which must be there, or the server, to read.
    fn reach_to_read(&self) -> Result<Reach, CliError> {
        match store::is_server(&self.store) {
            true => Reach::server(self),
            false => Ok(Reach::Store(Box::new(self.open_to_read()?))),
        }
    }

    /// The store, which must be there, to read it.
    fn open_to_read(&self) -> Result<AnyEngine, CliError> {
        store::open_to_read(&self.store)
    }

    /// The store, made where it is not there.
    fn create(&self) -> Result<AnyEngine, CliError> {
        store::create(&self.store)
    }

    /// Whose orders, where nobody knows better.
    fn tenant(&self) -> &str {
        self.tenant.as_deref().unwrap_or("main")
    }

    /// Whose orders, where it is known here: the token of a server may stand for anybody.
    fn known(&self) -> Option<&str> {
        let has_token = std::env::var_os(TOKEN).is_some_and(|token| !token.is_empty());
        match store::is_server(&self.store) && has_token {
            true => self.tenant.as_deref(),
            false => Some(self.tenant()),
        }
    }

    /// Says, where nothing was found, that nothing was ever deployed for the tenant: its name may be mistyped.
    fn doubt(&self, reach: &mut Reach, terminal: &mut Terminal) -> Result<(), CliError> {
        if !reach.has_deployments(self.tenant())? {
            terminal.note(&self.not_deployed());
        }
        Ok(())
    }

    /// That nothing was ever deployed for the tenant.
    fn not_deployed(&self) -> String {
        format!("no workflow is deployed for the tenant `{}`", self.tenant())
    }

    /// The same where it would be wrong to go on as if all were done.
    fn no_tenant(&self) -> CliError {
        let help = "`flagstate orders tenants` shows whose orders a store holds";
        CliError::new(self.not_deployed()).help(help)
    }

    /// An order; of nobody where it is not known here whose it is.
    fn key(&self, order: &str) -> OrderKey {
        OrderKey::new(self.known().unwrap_or_default(), order)
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// JSON
    Json,
}

fn engine_failed(error: &EngineError) -> CliError {
    CliError::new(error.to_string())
}

/// The present of the wall clock.
fn now() -> Result<Instant, CliError> {
    given::instant("now").map_err(CliError::new)
}

/// There is no such order.
fn unknown(key: &OrderKey, terminal: &mut Terminal) -> Exit {
    terminal.mistake(&CliError::new(no_order(key)));
    Exit::Findings
}

/// That there is no such order, in words.
fn no_order(key: &OrderKey) -> String {
    let OrderKey { tenant, order } = key;
    match tenant.is_empty() {
        true => format!("there is no order `{order}`"),
        false => format!("`{tenant}` has no order `{order}`"),
    }
}

/// For whom something is done, where that is known.
fn for_whom(tenant: Option<&str>) -> String {
    let tenant = tenant.filter(|tenant| !tenant.is_empty());
    tenant.map_or(String::new(), |tenant| format!(" for `{tenant}`"))
}

/// The beginning of a deployment's id, which says enough.
fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

/// So many things, in words.
fn count(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// A value for people: texts without quotes.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
