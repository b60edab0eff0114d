//! `flagstate run`: an order moved through a workflow on a virtual clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::cli::prompt::{self, Session};
use crate::cli::terminal::harmless;
use crate::cli::{CliError, CliErrors, Exit, Terminal, given, open, standing, witness};
use crate::context::Actor;
use crate::diagnostic::Report;
use crate::drive::{self, Family, Happened, Input, OrderName, When, trace};
use crate::graph::Workflow;
use crate::instance::Site;
use crate::source::{FileId, SourceMap};
use crate::time::{Instant, parse_instant};

/// Run an order through a workflow
///
/// The clock is virtual: it passes only as the events say, and every timer that is due on the way fires
/// at its time. Events are read from a file, or typed at a prompt that tells what is possible now and
/// why the rest is not.
///
/// A file of events holds JSON lines or a YAML list. Each says what happens and by whom, and may say
/// when: `{ event: check_out, by: customer, payload: { … }, at: 2026-01-05T09:10:00Z }` or `after: 10m`;
/// others are `{ wait: 20m }`, `{ context: { payments: 1 } }` and what `flagstate schema scenario`
/// lists under `steps`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate run shop.yaml                                  type events, see what they do
  flagstate run shop.yaml --events day.yaml
  flagstate run shop.yaml --set cart_lifetime=45m --context order.yaml --events day.yaml
  flagstate run shop.yaml --state booked --context '{ payments: 1 }' --events day.yaml
  flagstate check shop.yaml --output-format json > report.json
  jq '.findings[0].witness' report.json > witness.json
  flagstate run shop.yaml --witness witness.json           play what a finding shows
  echo '{ wait: 30m }' | flagstate run shop.yaml --events - --format json

Exit codes:
  0  every event was accepted, or a session at the prompt has ended
  1  an event was refused, or the workflow or the events have errors
  2  wrong usage, or a file that cannot be read")]
pub(in crate::cli) struct Run {
    /// The workflow file
    file: PathBuf,
    /// Give a setting another value than its default
    #[arg(long, value_name = "SETTING=VALUE", value_parser = given::setting)]
    set: Vec<(String, String)>,
    /// What the new order carries: a YAML or JSON mapping of the fields of its context, in a file or
    /// typed in braces
    #[arg(long, value_name = "FILE")]
    context: Option<String>,
    /// Begin with an order that stands in a state already, instead of a new one
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Play the situation that a finding of `flagstate check --output-format json` shows: its
    /// `witness`, the finding, or a report with one witness
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "context", "state", "events", "at", "interactive"])]
    witness: Option<PathBuf>,
    /// What happens: JSON lines or a YAML list, or `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "interactive")]
    events: Option<PathBuf>,
    /// When the order is created: a point in time, or `now`; fixed by default, so that a run says the
    /// same every day
    #[arg(long, value_name = "TIME", default_value = "2026-01-05T09:00:00Z", value_parser = given::instant)]
    at: Instant,
    /// Who creates the order, and who acts at the prompt where nothing is said; after a colon the id of
    /// the person, which guards read as `actor.id`
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    /// How the trace is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Read events as at the prompt even where standard input is no terminal
    #[arg(long)]
    interactive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people, with how the order stands in the end
    Text,
    /// JSON lines, one for each thing that happened
    Json,
}

impl Run {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        if let Some(path) = &self.witness {
            return self.replay(path, terminal);
        }
        let opened = open::open(&self.file)?;
        let by_hand = self.events.is_none();
        if by_hand && self.format == Format::Json {
            let error = CliError::new("the prompt writes text, and no JSON");
            let hint = "give `--events FILE`, or leave `--format json` out";
            return Err(error.help(hint).into());
        }
        let Some(workflow) = opened.runnable(terminal) else {
            return Ok(Exit::Findings);
        };
        let site = site(&workflow, &self.set)?;
        let mut family = Family::new(&workflow, &site, self.at);
        let Some(context) = self.context(&workflow, terminal)? else {
            return Ok(Exit::Findings);
        };
        let created = match &self.state {
            Some(state) => {
                let placed = drive::stand(&mut family, state, &context, &BTreeMap::new());
                placed.map_err(|error| CliError::new(error.to_string()))?;
                true
            }
            None => self.create(&mut family, context.clone())?,
        };
        if by_hand && created {
            self.may_type()?;
            let start = prompt::Start {
                workflow: &self.file,
                set: &self.set,
                context: &context.into_iter().collect(),
                at: self.at,
                actor: &self.actor,
            };
            Session::new(family, start).run(terminal)?;
            return Ok(Exit::Clean);
        }
        let told = match &self.events {
            Some(path) if created => play(&mut family, path, terminal)?,
            _ => true,
        };
        if told || family.entries().len() > 1 {
            self.print(&family, terminal);
        }
        let entries = family.entries().iter();
        let refused = entries.filter(|e| matches!(e.happened, Happened::Refused { .. }));
        Ok(match told && refused.count() == 0 {
            true => Exit::Clean,
            false => Exit::Findings,
        })
    }

    /// Whether somebody can type events. Only asked once all else is in order, so that it hides nothing.
    fn may_type(&self) -> Result<(), CliErrors> {
        if self.interactive || Terminal::is_interactive() {
            return Ok(());
        }
        let error = CliError::new("there are no events, and no terminal to type them on");
        let hint = "give `--events FILE`, or `--interactive` to read the prompt's commands from standard input";
        Err(error.help(hint).into())
    }

    /// Plays the situation of a finding.
    fn replay(&self, path: &Path, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let witness = witness::read(path)?;
        let at =
            parse_instant(witness.begins_at()).map_err(|error| CliError::new(error.to_string()))?;
        let Some(workflow) = open::open(&self.file)?.playable(terminal) else {
            return Ok(Exit::Findings);
        };
        let site = bound(&workflow, &drive::given(&witness.settings))?;
        let mut family = Family::new(&workflow, &site, at);
        let verdict = drive::replay(&mut family, &witness);
        if verdict.is_ok() || !family.entries().is_empty() {
            self.print(&family, terminal);
        }
        Ok(
            match verdict.map_err(|error| CliError::new(error.to_string()))? {
                drive::Verdict::Refused(_) => Exit::Findings,
                _ => Exit::Clean,
            },
        )
    }

    /// The context of the new order; `None` where its file has findings, which are shown.
    fn context(
        &self,
        workflow: &Workflow,
        terminal: &mut Terminal,
    ) -> Result<Option<BTreeMap<String, Json>>, CliErrors> {
        let fields = workflow.fields.rows().iter();
        let fields = fields.map(|field| (field.name.as_str(), &field.ty));
        match &self.context {
            Some(written) => given::values(written, "--context", fields, terminal),
            None => Ok(Some(BTreeMap::new())),
        }
    }

    /// Creates the order and says whether it was accepted.
    fn create(
        &self,
        family: &mut Family<'_>,
        context: BTreeMap<String, Json>,
    ) -> Result<bool, CliErrors> {
        let input = Input {
            order: OrderName::Root,
            when: When::Now,
            actor: Actor::written(&self.actor),
            id: None,
            action: drive::Action::Create(context),
        };
        let verdict = family.apply(&input);
        let verdict = verdict.map_err(|error| CliError::new(error.to_string()))?;
        Ok(!matches!(verdict, drive::Verdict::Refused(_)))
    }

    fn print(&self, family: &Family<'_>, terminal: &mut Terminal) {
        let rows = trace::rows(family.workflow(), family.entries());
        match self.format {
            Format::Json => terminal.print(&trace::json_lines(&rows)),
            Format::Text => {
                terminal.print(&trace::text(&rows));
                terminal.print(&harmless(&standing::text(family)));
            }
        }
    }
}

/// Tells a family what a file says; whether all of it could be told. Findings are shown.
fn play(family: &mut Family<'_>, path: &Path, terminal: &mut Terminal) -> Result<bool, CliErrors> {
    let source = open::read(path)?;
    let (stimuli, mut report) = drive::script(FileId::default(), &source);
    if report.is_empty() {
        drive::play(family, &stimuli, &mut report);
    }
    Ok(is_clean(&report, &SourceMap::single(source), terminal))
}

fn is_clean(report: &Report, sources: &SourceMap, terminal: &mut Terminal) -> bool {
    terminal.findings(report, sources);
    report.is_empty()
}

/// The settings of a site: those given, typed as declared, and the defaults of all others.
fn site(workflow: &Workflow, set: &[(String, String)]) -> Result<Site, CliErrors> {
    bound(workflow, &given::settings(workflow, set)?)
}

fn bound(workflow: &Workflow, given: &BTreeMap<String, Json>) -> Result<Site, CliErrors> {
    Site::new(workflow, given).map_err(|errors| {
        let errors = errors.iter().map(|error| CliError::new(error.to_string()));
        CliErrors(errors.collect())
    })
}
