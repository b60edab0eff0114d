//! `flagstate lsp`: a language server.

use crate::cli::config::ConfigArgs;
use crate::cli::{CliErrors, Exit, Terminal, lsp};

/// Serve an editor: findings as you type, what mends them, and what names mean
///
/// A language server on standard input and output. In an editor that is told of it, files with a key `flagstate:` at
/// their top, tenants' files, scenario files and migration files are checked as `flagstate check` checks them, as they stand in the
/// editor, with the nearest `flagstate.toml`. Over a finding stands the page of its rule; a fix, or a comment that
/// has a warning ignored, is a code action. Names lead to where they are declared and used, and are offered where
/// they fit: states, events and actors, and in guards the fields with their types, functions, the words of an enum;
/// another name is written at all places of one, in the folder's tenants', scenario and migration files too. What a file
/// extends counts as it stands in the editor, or else on the disk, where the editor tells of changes. Keys of the
/// format are offered by the editor's YAML support from the JSON Schema (`flagstate schema`).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Neovim 0.8 or later, in init.lua:
    vim.api.nvim_create_autocmd('FileType', { pattern = 'yaml', callback = function()
      vim.lsp.start { name = 'flagstate', cmd = { 'flagstate', 'lsp' },
        root_dir = vim.fs.dirname(vim.fs.find({ 'flagstate.toml', '.git' }, { upward = true })[1]) }
    end })

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
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        if Terminal::is_interactive() {
            terminal.note("waiting for the messages of an editor; an editor starts this by itself");
        }
        Ok(lsp::serve(&self.config)?)
    }
}
