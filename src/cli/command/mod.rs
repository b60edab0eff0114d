//! The commands: one file each, with its arguments and what it does.

mod check;
mod completions;
mod diff;
mod explain;
mod graph;
mod guards;
mod import;
mod init;
mod lsp;
mod migrate;
mod orders;
mod restate;
mod rules;
mod run;
mod schema;
mod serve;
mod show;
mod states;
mod test;
mod upgrade;
mod why;

pub(super) use check::Check;
pub(super) use completions::Completions;
pub(super) use diff::Diff;
pub(super) use explain::Explain;
pub(super) use graph::Graph;
pub(super) use guards::Guards;
pub(super) use import::Import;
pub(super) use init::Init;
pub(super) use lsp::Lsp;
pub(super) use migrate::Migrate;
pub(super) use orders::Orders;
pub(super) use restate::Restate;
pub(super) use rules::Rules;
pub(super) use run::Run;
pub(super) use schema::Schema;
pub(super) use serve::Serve;
pub(super) use show::Show;
pub(super) use states::States;
pub(super) use test::Test;
pub(super) use upgrade::Upgrade;
pub(super) use why::Why;

use super::args::Command;
use super::{CliErrors, Exit, Terminal};

impl Command {
    /// Does it.
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        match self {
            Self::Check(check) => check.run(terminal),
            Self::Explain(explain) => explain.run(terminal),
            Self::Rules(rules) => Ok(rules.run(terminal)),
            Self::Run(run) => run.run(terminal),
            Self::Why(why) => why.run(terminal),
            Self::Test(test) => test.run(terminal),
            Self::Init(init) => init.run(terminal),
            Self::Import(import) => import.run(terminal),
            Self::Lsp(lsp) => lsp.run(terminal),
            Self::Graph(graph) => graph.run(terminal),
            Self::States(states) => states.run(terminal),
            Self::Guards(guards) => guards.run(terminal),
            Self::Show(show) => show.run(terminal),
            Self::Upgrade(upgrade) => upgrade.run(terminal),
            Self::Diff(diff) => diff.run(terminal),
            Self::Migrate(migrate) => migrate.run(terminal),
            Self::Orders(orders) => orders.run(terminal),
            Self::Serve(serve) => serve.run(terminal),
            Self::Restate(restate) => restate.run(terminal),
            Self::Schema(schema) => Ok(schema.run(terminal)),
            Self::Completions(completions) => Ok(completions.run(terminal)),
        }
    }
}
