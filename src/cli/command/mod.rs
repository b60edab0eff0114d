//! The commands: one file each, with its arguments and what it does.

mod check;
mod completions;
mod explain;
mod rules;
mod schema;

pub(super) use check::Check;
pub(super) use completions::Completions;
pub(super) use explain::Explain;
pub(super) use rules::Rules;
pub(super) use schema::Schema;

use super::args::Command;
use super::{CliErrors, Exit, Terminal};

impl Command {
    /// Does it.
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        match self {
            Self::Check(check) => check.run(terminal),
            Self::Explain(explain) => explain.run(terminal),
            Self::Rules(rules) => Ok(rules.run(terminal)),
            Self::Schema(schema) => Ok(schema.run(terminal)),
            Self::Completions(completions) => Ok(completions.run(terminal)),
        }
    }
}
