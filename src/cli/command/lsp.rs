//! `flagstate lsp`: a language server.

use crate::cli::config::ConfigArgs;
use crate::cli::{CliErrors, Exit, lsp};

/// Serve an editor: findings as you type, what mends them, and what names mean
///
/// A language server on standard input and output. In an editor that is told of it, files with a key `flagstate:` at
/// their top, tenants' files and scenario files are checked as `flagstate check` checks them, as they stand in the
/// editor, with the nearest `flagstate.toml`. Over a finding stands the page of its rule; a fix, or a comment that
/// has a warning ignored, is a code action. Names lead to where they are declared and used, and are offered where
/// they fit: states, events and actors, and in guards the fields with their types, functions, the words of an enum.
/// Keys are offered by the editor's YAML support from the JSON Schema (`flagstate schema`).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Neovim 0.11, in init.lua:
    vim.lsp.config.flagstate = { cmd = { 'flagstate', 'lsp' }, filetypes = { 'yaml' },
      root_markers = { 'flagstate.toml', '.git' } }
    vim.lsp.enable 'flagstate'

  Helix, in languages.toml:
    [language-server.flagstate]
    command = 'flagstate'
    args = ['lsp']
    [[language]]
    name = 'yaml'
    language-servers = ['yaml-language-server', 'flagstate']

Exit codes:
  0  the editor ended it
  1  the editor went away without a word
  2  what came is no message of the Language Server Protocol")]
pub(in crate::cli) struct Lsp {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Lsp {
    pub(super) fn run(&self) -> Result<Exit, CliErrors> {
        Ok(lsp::serve(&self.config)?)
    }
}
