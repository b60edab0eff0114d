//! The command line as typed.
//!
//! In: the words of the command line. Out: a [`Cli`]. Each command's own arguments stand beside what
//! the command does.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use super::command;
use super::terminal::ColorWhen;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const GLOBAL: &str = "Global options";

/// Check, draw and run the workflows of order statuses
///
/// A workflow file says in YAML which statuses an order may have, what each of them decides, and who
/// may move the order from one to another. `flagstate check` finds what is wrong with it, `flagstate
/// run` moves an order through it on a virtual clock, `flagstate graph` draws it.
#[derive(Debug, Parser)]
#[command(
    name = "flagstate",
    version,
    styles = STYLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Exit codes:
  0  nothing to complain about
  1  findings in the content: an error, a denied warning, a refused event, a failed scenario
  2  the world: wrong usage, a file that cannot be read or written",
    after_long_help = "\
Examples:
  flagstate init my_shop                 a small workflow to begin with, and its scenarios
  flagstate check                        check every workflow below this folder
  flagstate run my_shop.yaml             move an order by hand
  flagstate explain unreachable-state    what a finding means

Exit codes:
  0  nothing to complain about
  1  findings in the content: an error, a denied warning, a refused event, a failed scenario
  2  the world: wrong usage, a file that cannot be read or written"
)]
pub(super) struct Cli {
    /// When to colour the output
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = GLOBAL,
        help = "When to colour the output: auto, always or never"
    )]
    pub(super) color: ColorWhen,
    /// Leave out summaries and notes
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(super) quiet: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Check(command::Check),
    Explain(command::Explain),
    Rules(command::Rules),
    Run(command::Run),
    Why(command::Why),
    Test(command::Test),
    Graph(command::Graph),
    States(command::States),
    Guards(command::Guards),
    Show(command::Show),
    Upgrade(command::Upgrade),
    Diff(command::Diff),
    Migrate(command::Migrate),
    Orders(command::Orders),
    Serve(command::Serve),
    Restate(command::Restate),
    Init(command::Init),
    Import(command::Import),
    Lsp(command::Lsp),
    Schema(command::Schema),
    Completions(command::Completions),
}
