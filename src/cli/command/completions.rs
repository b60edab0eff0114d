//! `flagstate completions`: a script that completes commands in a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::{Exit, Terminal};

/// Print a script that completes `flagstate` in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate completions bash > ~/.local/share/bash-completion/completions/flagstate
  flagstate completions zsh > ~/.zfunc/_flagstate
  flagstate completions fish > ~/.config/fish/completions/flagstate.fish")]
pub(in crate::cli) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Exit {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "flagstate", &mut script);
        terminal.print(&String::from_utf8_lossy(&script));
        Exit::Clean
    }
}
