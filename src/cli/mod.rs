//! The `flagstate` command.
//!
//! In: the words of the command line, files, standard input. Out: text on standard output and
//! standard error, files, and an exit code ([`Exit`]).
//! This is the shell around the library: the only part that reads the disk and writes to a terminal.
//! It decides nothing about workflows: it finds files, calls one pass after another and shows what
//! they return.

mod args;
mod command;
mod config;
mod discover;
mod disk;
mod error;
mod exit;
mod format;
mod git;
mod given;
mod levels;
#[cfg_attr(
    not(any(feature = "serve", feature = "restate")),
    expect(dead_code, reason = "it is typed all the same, and nothing listens")
)]
mod listen;
mod lsp;
mod moved;
mod objects;
mod open;
mod page;
mod parallel;
mod plan;
mod progress;
mod prompt;
mod standing;
mod store;
mod suite;
mod table;
mod terminal;
mod witness;

pub use exit::Exit;

use clap::Parser;
use error::{CliError, CliErrors};
use terminal::Terminal;

/// Runs the command that the process was called with, and tells how it ended.
pub fn main() -> Exit {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are such "errors" too, written to standard output. A reader that has
            // gone away is nobody to complain to.
            let _ = error.print();
            return match error.exit_code() {
                0 => Exit::Clean,
                _ => Exit::World,
            };
        }
    };
    let mut terminal = Terminal::new(cli.color, cli.quiet);
    let exit = cli.command.run(&mut terminal).unwrap_or_else(|errors| {
        for error in &errors.0 {
            terminal.error(error);
        }
        Exit::World
    });
    terminal.finish(exit)
}

/// A value as indented JSON.
fn json(value: &impl serde::Serialize) -> String {
    // Only structs, lists and maps with text keys are written, which JSON always can say.
    serde_json::to_string_pretty(value).unwrap_or_default()
}
