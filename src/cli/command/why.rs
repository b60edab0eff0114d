//! `flagstate why`: why an event is refused, and what would let it through.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::cli::terminal::harmless;
use crate::cli::{CliError, CliErrors, Exit, Terminal, given, open};
use crate::context::Actor;
use crate::diagnostic::closest;
use crate::graph::Workflow;
use crate::instance::{Event, EventKind, Refusal, Site};
use crate::interpret::{self, Answer as Reply, Standing};
use crate::time::{Instant, parse_instant};
use crate::why;

/// Say why an event is refused, and the smallest change that would let it through
///
/// An order is put into a state, with a context, and asked for an event. Of every row of the event the
/// parts of the guards are told that do not hold, with their values. The change that is proposed is the
/// smallest one: the fewest values, each by as little as can be; of the context where that is enough,
/// then of what the event brings, of the settings, and last another actor. Where one field is enough, others that would
/// be as well are named; of numbers, the one that changes by least comes first. Each was tried before it is
/// told. Where the caller has to name a target and names none, the first that is offered is part of it.
/// Where waiting is enough, it says from when on and until when, and which timers come before. The order stands there
/// as if it had come just then: what counts from its entry counts from `--at`, and a timer whose date has passed by then
/// has fired.
///
/// Where no change is found, it is told whether it is proved that there is none, or what the guards ask
/// that cannot be solved: texts, lists, products of which both factors may change. For those, values are tried that the guards mention.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate why shop.yaml --state booked --event cancel --actor manager
  flagstate why shop.yaml --state booked --context '{ paid: 12.50 }' --event cancel --actor manager
  flagstate why shop.yaml --state booked --context '{ owner: joe }' --event cancel --actor customer:joe
  flagstate why shop.yaml --state booked --context order.yaml --event cancel --format json
  flagstate why shop.yaml --state booked --children '{ parcels: { p1: sent, p2: packed } }' --event close

Exit codes:
  0  the event would be accepted
  1  it would be refused, or the workflow has errors
  2  wrong usage, values that do not fit the workflow, or a file that cannot be read")]
pub(in crate::cli) struct Why {
    /// The workflow file
    file: PathBuf,
    /// Where the order stands: the path of a state, of several regions joined by ` + `; one that is not named
    /// is where it begins
    #[arg(long, value_name = "STATE")]
    state: String,
    /// The event that is refused
    #[arg(long, value_name = "EVENT")]
    event: String,
    /// What the order carries: a file with a mapping, or `{ … }`
    #[arg(long, value_name = "FILE")]
    context: Option<String>,
    /// How its children stand: a file with a mapping from each set to its children with their states, or
    /// `{ … }`
    #[arg(long, value_name = "FILE")]
    children: Option<String>,
    /// Who sends the event, and after a colon the id of the person, which guards read as `actor.id`; where
    /// nothing is said, the first for whom it is accepted, else who comes closest
    #[arg(long, value_name = "ACTOR[:ID]")]
    actor: Option<String>,
    /// What the event brings: a file with a mapping, or `{ … }`
    #[arg(long, value_name = "FILE")]
    payload: Option<String>,
    /// The state that the caller names, where the event lets it choose
    #[arg(long, value_name = "STATE")]
    target: Option<String>,
    /// The settings that differ from their defaults: a file with a mapping, or `{ … }`
    #[arg(long, value_name = "FILE")]
    settings: Option<String>,
    /// When
    #[arg(long, value_name = "TIME", default_value = "2026-01-05T09:00:00Z", value_parser = instant)]
    at: Instant,
    /// How the answer is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// One object
    Json,
}

/// Values by name.
type Values = BTreeMap<String, Json>;

impl Why {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let Some(workflow) = open::open(&self.file)?.runnable(terminal) else {
            return Ok(Exit::Findings);
        };
        self.event(&workflow)?;
        let actor = self.actor.as_deref();
        let actor = actor.map(|actor| declared(&workflow, actor)).transpose()?;
        let Some([context, payload, settings]) = self.values(&workflow, terminal)? else {
            return Ok(Exit::World);
        };
        let children = self
            .children
            .as_deref()
            .map_or(Ok(Some(BTreeMap::new())), |written| {
                given::children(&workflow, written, "--children", terminal)
            });
        let Some(children) = children? else {
            return Ok(Exit::World);
        };
        let site = Site::new(&workflow, &settings).map_err(|errors| {
            let errors = errors.iter().map(|error| CliError::new(error.to_string()));
            CliErrors(errors.collect())
        })?;
        let standing = Standing {
            state: &self.state,
            context: &context,
            children: &children,
        };
        let order = interpret::place(&workflow, &site, &standing, self.at);
        let order = order.map_err(|refusal| CliError::new(refusal.to_string()))?;
        let mut event = Event {
            id: None,
            actor: actor.clone().unwrap_or_else(Actor::system),
            kind: EventKind::Named {
                name: self.event.clone(),
                payload,
                target: self.target.clone(),
            },
        };
        if actor.is_none() {
            event.actor = why::closest_actor(&workflow, &site, &order, &event, self.at);
        }
        let outcome = interpret::step(&workflow, &site, &order, &event, self.at);
        if let Reply::Refused(refusal @ Refusal::Payload { .. }) = outcome.answer {
            return Err(CliError::new(refusal.to_string()).into());
        }
        let answer = why::why(&workflow, &site, &order, &event, self.at);
        match self.format {
            Format::Json => terminal.line(&crate::cli::json(&answer)),
            Format::Text => {
                self.tell_regions(&answer.state, terminal);
                terminal.print(&harmless(&answer.text()));
            }
        }
        Ok(match answer.accepted {
            true => Exit::Clean,
            false => Exit::Findings,
        })
    }

    /// Tells where the order is taken to stand in regions that were not named.
    fn tell_regions(&self, stands: &str, terminal: &mut Terminal) {
        let named = self.state.split('+').count();
        if stands.split(" + ").count() > named {
            let told = format!(
                "the order stands in {stands}: regions that are not named are where they begin\n"
            );
            terminal.line(&harmless(&told));
        }
    }

    /// The context, the payload and the settings; `None` where a file has findings, which are shown.
    fn values(
        &self,
        workflow: &Workflow,
        terminal: &mut Terminal,
    ) -> Result<Option<[Values; 3]>, CliErrors> {
        let mut read = |written: &Option<String>, option: &str, types: Vec<_>| match written {
            Some(written) => given::values(written, option, types, terminal),
            None => Ok(Some(Values::new())),
        };
        let fields = workflow.fields.rows().iter();
        let fields = fields
            .map(|field| (field.name.as_str(), &field.ty))
            .collect();
        let context = read(&self.context, "--context", fields)?;
        let event = workflow
            .event_named(&self.event)
            .map(|id| workflow.events.at(id));
        let payload = event.iter().flat_map(|event| &event.payload);
        let payload = payload
            .map(|field| (field.name.as_str(), &field.ty))
            .collect();
        let payload = read(&self.payload, "--payload", payload)?;
        let settings = workflow.settings.rows().iter();
        let settings = settings
            .map(|setting| (setting.name.as_str(), &setting.ty))
            .collect();
        let settings = read(&self.settings, "--settings", settings)?;
        Ok(match (context, payload, settings) {
            (Some(context), Some(payload), Some(settings)) => Some([context, payload, settings]),
            _ => None,
        })
    }

    /// Whether the workflow has the event.
    fn event(&self, workflow: &Workflow) -> Result<(), CliError> {
        let known = workflow.events.rows().iter();
        match workflow.event_named(&self.event) {
            Some(_) => Ok(()),
            None => Err(unknown(
                ("event", &self.event),
                known.map(|event| event.name.as_str()),
            )),
        }
    }
}

/// Who sends the event, as named on the command line.
fn declared(workflow: &Workflow, written: &str) -> Result<Actor, CliError> {
    let actor = Actor::written(written);
    let known = workflow.actors.rows().iter();
    match workflow.actor_named(&actor.role) {
        Some(_) => Ok(actor),
        None => Err(unknown(
            ("actor", &actor.role),
            known.map(|actor| actor.name.as_str()),
        )),
    }
}

/// A name that the workflow does not have, with one that is much like it.
fn unknown<'a>((what, name): (&str, &str), known: impl IntoIterator<Item = &'a str>) -> CliError {
    let error = CliError::new(format!("there is no {what} `{name}`"));
    match closest(name, known) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error,
    }
}

fn instant(text: &str) -> Result<Instant, String> {
    parse_instant(text).map_err(|error| error.to_string())
}
