//! `flagstate orders create`, `fire`, `change`, `override` and `tick`: what moves orders.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::reach::Reach;
use super::{Format, Place, failed, told};
use crate::cli::{CliError, CliErrors, Exit, Terminal, given};
use crate::context::{Actor, Type};
use crate::graph::Workflow;
use crate::instance::{self, Event, EventKind};
use crate::runtime::{self, Parent, Request};
use crate::time::Instant;

/// Create an order
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders create o1 --workflow sharefox --actor customer:joe --context '{ origin: online }'
  flagstate orders create p1 --workflow parcel --parent o1/parcels --id order-o1-parcel-1")]
pub(super) struct Create {
    /// Its id
    order: String,
    /// The workflow, of which the deployed version is taken
    #[arg(long, value_name = "WORKFLOW")]
    workflow: String,
    /// Who creates it, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    /// What it carries: a file with a mapping, or `{ … }`
    #[arg(long, value_name = "FILE")]
    context: Option<String>,
    /// The order that it belongs to, and as what: `ORDER/CHILDREN`
    #[arg(long, value_name = "ORDER/SET", value_parser = parent)]
    parent: Option<(String, String)>,
    #[command(flatten)]
    with: With,
}

/// Let an event happen to an order
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders fire o1 check_out --actor customer:joe --id click-17
  flagstate orders fire o1 pay --actor clerk --payload '{ amount: 20.50 }' --expect 2")]
pub(super) struct Fire {
    /// The order
    order: String,
    /// The event
    event: String,
    /// Who sends it, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    /// What it brings: a file with a mapping, or `{ … }`
    #[arg(long, value_name = "FILE")]
    payload: Option<String>,
    /// The state that the caller names, where the event lets it choose
    #[arg(long, value_name = "STATE")]
    target: Option<String>,
    /// The version that the order must have
    #[arg(long, value_name = "VERSION")]
    expect: Option<u64>,
    #[command(flatten)]
    with: With,
}

/// Tell an order of data that changed outside
///
/// Automatic transitions that wait for it are taken, and timers and flags follow. It is a step of its own in the
/// journal. What the workflow lets actors do does not bind whoever tells it; a server is asked with a token of the
/// scope `change`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders change o1 '{ paid: 12.50, delivery: null }' --actor system:bank")]
pub(super) struct Change {
    /// The order
    order: String,
    /// The new values by field: a file with a mapping, or `{ … }`; `null` puts a field back to its default, or
    /// unsets it where it has none
    #[arg(value_name = "FILE")]
    values: String,
    /// Who tells it, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    /// The version that the order must have
    #[arg(long, value_name = "VERSION")]
    expect: Option<u64>,
    #[command(flatten)]
    with: With,
}

/// Put an order into a state, or move a timer, outside the transitions
///
/// What the workflow allows does not bind an operator; who it was and why stand in the journal.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders override o1 --state cancelled --reason 'paid back by hand' --actor manager:ann
  flagstate orders override o1 --timer in_cart.expires --due 2027-01-31T12:00:00Z --reason 'asked for more time'")]
pub(super) struct Override {
    /// The order
    order: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The state that it is put into
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// The timer that is moved, as STATE.TIMER
    #[arg(long, value_name = "TIMER", requires = "due", conflicts_with = "state")]
    timer: Option<String>,
    /// When it is due
    #[arg(long, value_name = "TIME", requires = "timer", value_parser = given::instant)]
    due: Option<Instant>,
    /// Who intervenes, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    #[command(flatten)]
    with: With,
}

/// What every request takes.
#[derive(Debug, clap::Args)]
struct With {
    /// An id of this request: where it comes again, it gets its first answer again
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// When it happened, if not now
    #[arg(long, value_name = "TIME", value_parser = given::instant)]
    at: Option<Instant>,
    /// How the answer is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

/// Fire the timers that are due, of all tenants
///
/// A timer whose step fails, because a value in it cannot be calculated, is spent: it is told, the journal says the
/// same, and the order stands as before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0  all that was due fired
  1  some of it failed
  2  wrong usage, or a store that cannot be used")]
pub(super) struct Tick {
    /// The store: `sqlite:PATH` or `postgresql://USER@HOST/DATABASE`
    #[arg(
        long,
        value_name = "STORE",
        env = "FLAGSTATE_STORE",
        hide_env_values = true
    )]
    store: String,
}

fn parent(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((order, set)) => Ok((order.to_owned(), set.to_owned())),
        None => Err("write it as ORDER/CHILDREN, for example `o1/suborders`".to_owned()),
    }
}

impl Create {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let With { place, .. } = &self.with;
        let mut reach = place.reach()?;
        let Some(workflow) = reach.workflow(place.tenant(), &self.workflow)? else {
            let (whose, name) = (super::for_whom(place.known()), &self.workflow);
            let error = CliError::new(format!("no workflow `{name}` is deployed{whose}"));
            return Err(error
                .help("`flagstate orders deploy FILE` does that")
                .into());
        };
        let types = fields(workflow.as_deref());
        let Some(context) = read(self.context.as_deref(), "--context", types, terminal)? else {
            return Ok(Exit::World);
        };
        let parent = self
            .parent
            .clone()
            .map(|(order, set)| Parent { order, set });
        let request = Request::Create(runtime::Create {
            key: place.key(&self.order),
            workflow: self.workflow.clone(),
            parent,
            context,
            actor: Actor::written(&self.actor),
            event_id: self.with.id.clone(),
            at: self.with.at,
        });
        self.with.ask(&self.order, request, (reach, terminal))
    }
}

impl Fire {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut reach = self.with.place.reach()?;
        let key = self.with.place.key(&self.order);
        let Some(workflow) = reach.workflow_of(&key)? else {
            return Ok(super::unknown(&key, terminal));
        };
        let brings = (workflow.as_deref(), self.event.as_str());
        let Some(payload) = payload(self.payload.as_deref(), brings, terminal)? else {
            return Ok(Exit::World);
        };
        let kind = EventKind::Named {
            name: self.event.clone(),
            payload,
            target: self.target.clone(),
        };
        let request = self.with.fire(&self.order, &self.actor, kind, self.expect);
        self.with.ask(&self.order, request, (reach, terminal))
    }
}

impl Change {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut reach = self.with.place.reach()?;
        let key = self.with.place.key(&self.order);
        let Some(workflow) = reach.workflow_of(&key)? else {
            return Ok(super::unknown(&key, terminal));
        };
        let types = fields(workflow.as_deref());
        let Some(changes) = read(Some(&self.values), "FILE", types, terminal)? else {
            return Ok(Exit::World);
        };
        let kind = EventKind::ContextChanged { changes };
        let request = self.with.fire(&self.order, &self.actor, kind, self.expect);
        self.with.ask(&self.order, request, (reach, terminal))
    }
}

impl Override {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let action = match (&self.state, &self.timer, self.due) {
            (Some(to), ..) => instance::Override::ForceState { to: to.clone() },
            (None, Some(timer), Some(due)) => instance::Override::MoveTimer {
                timer: timer.clone(),
                due,
            },
            _ => {
                return Err(CliError::new("give `--state`, or `--timer` and `--due`").into());
            }
        };
        let kind = EventKind::Override {
            reason: self.reason.clone(),
            action,
        };
        let reach = self.with.place.reach()?;
        let request = self.with.fire(&self.order, &self.actor, kind, None);
        self.with.ask(&self.order, request, (reach, terminal))
    }
}

impl With {
    fn fire(&self, order: &str, actor: &str, kind: EventKind, expected: Option<u64>) -> Request {
        let event = Event {
            id: self.id.clone(),
            actor: Actor::written(actor),
            kind,
        };
        Request::Fire(runtime::Fire {
            key: self.place.key(order),
            event,
            expected,
            at: self.at,
        })
    }

    fn ask(
        &self,
        order: &str,
        request: Request,
        (mut reach, terminal): (Reach, &mut Terminal),
    ) -> Result<Exit, CliErrors> {
        let reply = reach.request(request)?;
        let key = self.place.key(order);
        Ok(told::reply(&key, &reply, self.format, terminal))
    }
}

impl Tick {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut engine = super::store::open(&self.store)?;
        let (heard, failures) = std::sync::mpsc::channel();
        engine.on_failure(move |failure| {
            // Whoever listens does so until the end.
            let _ = heard.send((failure.to_string(), failure.step.is_some()));
        });
        let now = super::now()?;
        let mut orders = 0_usize;
        let progress = terminal.progress(None, "steps");
        let ended = loop {
            match engine.fire_due(now) {
                Ok(fired) if fired.orders == 0 => break Ok(()),
                Ok(fired) => {
                    // Those that are due still are counted once nothing more of them is due, and those that others
                    // fired by them.
                    orders += fired.orders - fired.behind - fired.by_others;
                    progress.advance(fired.steps as u64);
                }
                Err(error) => break Err(failed(&error)),
            }
        };
        progress.finish();
        let failures: Vec<(String, bool)> = failures.try_iter().collect();
        let stuck = failures.iter().filter(|(_, is_spent)| !is_spent).count();
        let spent = failures.len() - stuck;
        let mut told = Vec::new();
        if orders > stuck {
            told.push(format!(
                "timers of {} fired",
                super::count(orders as u64 - stuck as u64, "order")
            ));
        }
        if spent > 0 {
            told.push(format!("{} failed", super::count(spent as u64, "timer")));
        }
        if stuck > 0 {
            told.push(format!(
                "{} cannot go on",
                super::count(stuck as u64, "order")
            ));
        }
        terminal.summary(&match told.is_empty() {
            true => "no timer is due".to_owned(),
            false => told.join(", "),
        });
        let mut exit = Exit::Clean;
        for (failure, is_spent) in failures {
            terminal.mistake(&CliError::new(failure).help(match is_spent {
                true => {
                    "it is spent: mend what the order carries with `flagstate orders change`, and move it by an \
                     event or `flagstate orders override`"
                }
                false => told::RESUME,
            }));
            exit = Exit::Findings;
        }
        ended?;
        Ok(exit)
    }
}

/// What an event of a workflow brings, as it was typed; `None` where it has findings, which are shown.
pub(super) fn payload(
    written: Option<&str>,
    (workflow, event): (Option<&Workflow>, &str),
    terminal: &mut Terminal,
) -> Result<Option<BTreeMap<String, Json>>, CliErrors> {
    let event = workflow.and_then(|workflow| {
        let id = workflow.event_named(event)?;
        Some(workflow.events.at(id))
    });
    let fields = event.iter().flat_map(|event| &event.payload);
    let types: Vec<_> = fields
        .map(|field| (field.name.as_str(), &field.ty))
        .collect();
    read(written, "--payload", types, terminal)
}

/// What orders of a workflow carry.
fn fields(workflow: Option<&Workflow>) -> Vec<(&str, &Type)> {
    let fields = workflow
        .into_iter()
        .flat_map(|workflow| workflow.fields.rows());
    fields
        .map(|field| (field.name.as_str(), &field.ty))
        .collect()
}

fn read<'t>(
    written: Option<&str>,
    option: &str,
    types: Vec<(&'t str, &'t Type)>,
    terminal: &mut Terminal,
) -> Result<Option<BTreeMap<String, Json>>, CliErrors> {
    match written {
        Some(written) => given::values(written, option, types, terminal),
        None => Ok(Some(BTreeMap::new())),
    }
}
