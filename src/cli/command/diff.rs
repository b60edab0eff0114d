//! `flagstate diff`: what differs between two versions of a workflow.

use std::path::{Path, PathBuf};

use crate::cli::git::{self, Versions};
use crate::cli::{CliError, CliErrors, Exit, Terminal, disk, open};
use crate::diff::{self, Severity};
use crate::export;
use crate::graph::Workflow;
use crate::load::Library;
use crate::source::{SourceFile, SourceMap};

/// Tell what differs between two versions of a workflow, and what that means for orders under way
///
/// Every change is classified: it is safe, behaves otherwise, changes rights, shortens or lengthens a
/// timer, loses or gains a flag, needs mapping, or strands orders: their state is gone, or no final
/// state can be reached from it. A guard that is written otherwise is compared by what it lets through,
/// with an order that shows the difference. What is done on the way is told too: what rows, states and
/// starts set and ask for, which events they raise, now or later, or call off, and what the end of a
/// state raises.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate diff old.yaml new.yaml
  flagstate diff shop.yaml --against main               the file as it is on a branch of git
  flagstate diff shop.yaml --against HEAD~1 --fail-on mapping
  flagstate diff old.yaml new.yaml --format svg -o changes.svg
  flagstate diff old.yaml new.yaml --format json | jq '.stranded'

Exit codes:
  0  nothing differs, or nothing as grave as `--fail-on`: by default only safe changes
  1  a change is as grave as `--fail-on`, or a version has errors
  2  wrong usage, or a file or a revision that cannot be read")]
pub(in crate::cli) struct Diff {
    /// The old version, or with `--against` the new one
    #[arg(value_name = "OLD")]
    first: PathBuf,
    /// The new version
    #[arg(
        value_name = "NEW",
        required_unless_present = "against",
        conflicts_with = "against"
    )]
    second: Option<PathBuf>,
    /// Compare the file with what it was at a revision of git: a branch, a tag, a commit, `HEAD~1`
    #[arg(long, value_name = "GIT_REV")]
    against: Option<String>,
    /// From which gravity on the run fails
    #[arg(long, value_name = "SEVERITY", default_value = "changed")]
    fail_on: FailOn,
    /// How the difference is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FailOn {
    /// Every change, safe ones too
    Safe,
    /// Orders, flags, timers or rights behave otherwise, and all below
    Changed,
    /// A plan has to say how orders are brought over, and all below
    Mapping,
    /// Orders would be stranded
    Strands,
    /// No change
    Never,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Sentences for people
    Text,
    /// One JSON object, described by `flagstate schema difference`
    Json,
    /// A table for a review
    Markdown,
    /// A picture of both: green what is new, red and dashed what is gone, amber what changed
    Svg,
    /// The same for Graphviz
    Dot,
    /// The same for Mermaid
    Mermaid,
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Safe => Some(Severity::Safe),
            Self::Changed => Some(Severity::Changed),
            Self::Mapping => Some(Severity::Mapping),
            Self::Strands => Some(Severity::Strands),
            Self::Never => None,
        }
    }
}

impl Diff {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let (old, new) = self.sources()?;
        let versions = Versions {
            revision: self.against.as_deref(),
        };
        let library = Library::new(&versions);
        let Some(Both { old, new, sources }) = Both::of(library, old, new, terminal) else {
            return Ok(Exit::Findings);
        };
        let difference = diff::compare(&old, &new);
        let text = match self.format {
            Format::Text => diff::text(&difference, &sources),
            Format::Json => crate::cli::json(&diff::json(&difference, &sources)) + "\n",
            Format::Markdown => diff::markdown(&difference, &sources),
            Format::Svg => export::svg_of(&diff::picture(&old, &new))
                .map_err(|error| CliError::new(error.to_string()))?,
            Format::Dot => export::dot_of(&diff::picture(&old, &new)),
            Format::Mermaid => export::mermaid_of(&diff::picture(&old, &new)),
        };
        match (&self.output, self.format) {
            (Some(path), _) => disk::write_result(path, &text, &sources)?,
            (None, Format::Text) => terminal.print(&crate::cli::terminal::harmless(&text)),
            (None, _) => terminal.print(&text),
        }
        let failing = self.fail_on.severity();
        let failed = failing.is_some_and(|least| difference.severity() >= Some(least));
        Ok(match failed {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }

    /// Both texts.
    fn sources(&self) -> Result<(SourceFile, SourceFile), CliErrors> {
        let first = || open::read(&self.first);
        match (&self.second, &self.against) {
            (Some(second), _) if is_stdin(&self.first) && is_stdin(second) => {
                Err(CliError::new("standard input cannot be both versions").into())
            }
            (Some(second), _) => Ok((first()?, open::read(second)?)),
            (None, Some(_)) if is_stdin(&self.first) => {
                let error = CliError::new("standard input has no earlier version");
                Err(error.help("name the file that git knows").into())
            }
            (None, Some(revision)) => Ok((git::show(revision, &self.first)?, first()?)),
            (None, None) => Err(CliError::new("there is no second version").into()),
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Two versions without errors, and their files.
pub(super) struct Both {
    pub(super) old: std::sync::Arc<Workflow>,
    pub(super) new: std::sync::Arc<Workflow>,
    pub(super) sources: SourceMap,
}

impl Both {
    /// Takes both, and what they extend, through every pass; `None` where one has errors, which are
    /// shown.
    pub(super) fn of(
        mut library: Library<'_>,
        old: SourceFile,
        new: SourceFile,
        terminal: &mut Terminal,
    ) -> Option<Self> {
        let (old, new) = (library.add(old), library.add(new));
        let (before, after) = (library.load(old), library.load(new));
        for loaded in [&before, &after] {
            open::show_errors(&loaded.report, library.files(), terminal);
        }
        Some(Self {
            old: before.runnable().ok()?,
            new: after.runnable().ok()?,
            sources: library.into_files(),
        })
    }
}
