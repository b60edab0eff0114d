//! `flagstate explain`: the page of a rule.

use crate::cli::{CliErrors, Exit, Terminal, levels, page};

/// Tell what a rule finds, why it matters and what to write instead
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate explain unreachable-state
  flagstate explain reserved-without-expiry | less")]
pub(in crate::cli) struct Explain {
    /// The rule, as findings name it; `flagstate rules` lists them all
    rule: String,
}

impl Explain {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let rule = levels::rule(&self.rule, &levels::rules(), &[])?;
        match terminal.color() {
            true => terminal.print(&page::styled(rule.page)),
            false => terminal.line(rule.page.trim_end()),
        }
        Ok(Exit::Clean)
    }
}
