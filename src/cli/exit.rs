//! How the program ends.

use std::process::ExitCode;

/// The exit codes; the worst of a run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// Findings in the content: an error, a denied warning, a refused event, a failed scenario.
    Findings = 1,
    /// The world: wrong usage, a file that cannot be read or written.
    World = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
