//! `flagstate orders get`, `available`, `why`, `journal` and `query`: what is asked of orders.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;
use serde_json::Value as Json;

use super::reach::Reach;
use super::{Format, Place, ask, engine_failed, plain, unknown};
use crate::cli::store::AnyEngine;
use crate::cli::terminal::{harmless, on_one_line};
use crate::cli::{CliError, CliErrors, Exit, Terminal, given, json, table};
use crate::context::Actor;
use crate::instance::{Event, EventKind};
use crate::interpret::{Input, Possible};
use crate::runtime::journal::{CauseForm, Intervention, Record, is_mark};
use crate::runtime::{self, OrderKey, OrderPage, OrderView};
use crate::time::Instant;

/// Show an order as it stands, or as it stood
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// The order
    order: String,
    /// As it stood then, made again from its journal; as JSON
    #[arg(long, value_name = "TIME", value_parser = given::instant)]
    at: Option<Instant>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

/// Say what an actor may do with an order now
#[derive(Debug, clap::Args)]
pub(super) struct Available {
    /// The order
    order: String,
    /// Who, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]")]
    actor: String,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

/// Say why an event would be refused, and what would let it through
#[derive(Debug, clap::Args)]
pub(super) struct Why {
    /// The order
    order: String,
    /// The event
    event: String,
    /// Who would send it, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]")]
    actor: String,
    /// What it would bring: a file with a mapping, or `{ … }`
    #[arg(long, value_name = "FILE")]
    payload: Option<String>,
    /// The state that the caller names, where the event lets it choose
    #[arg(long, value_name = "STATE")]
    target: Option<String>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

/// Show the steps of an order
#[derive(Debug, clap::Args)]
pub(super) struct Journal {
    /// The order
    order: String,
    /// Those behind this step
    #[arg(long, value_name = "STEP", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    limit: NonZeroUsize,
    /// How they are written; JSON is one line for each step, as it is stored
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

/// Find orders by what their status means
#[derive(Debug, clap::Args)]
pub(super) struct Query {
    /// Of this workflow
    #[arg(long, value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// In this state, or in one within it
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// In a state of this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// With this value of a flag
    #[arg(long, value_name = "FLAG=VALUE", value_parser = given::flag)]
    flag: Option<(String, String)>,
    /// Without a step since then
    #[arg(long, value_name = "TIME", value_parser = given::instant)]
    idle_since: Option<Instant>,
    /// Created before
    #[arg(long, value_name = "TIME", value_parser = given::instant)]
    created_before: Option<Instant>,
    /// Those that cannot go on
    #[arg(long)]
    stuck: bool,
    /// Those whose ids stand behind this one
    #[arg(long, value_name = "ORDER")]
    after: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value = "100")]
    limit: NonZeroUsize,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

impl Get {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let key = self.place.key(&self.order);
        if let Some(at) = self.at {
            let mut engine = self.place.open_to_read()?;
            let then = engine
                .as_of(&key, at)
                .map_err(|error| engine_failed(&error))?;
            let Some(then) = then else {
                return Ok(not_then(&mut engine, &key, terminal)?);
            };
            terminal.line(&json(&then));
            return Ok(Exit::Clean);
        }
        let Some(view) = self.place.reach_to_read()?.get(&key)? else {
            return Ok(unknown(&key, terminal));
        };
        match self.format {
            Format::Json => terminal.line(&json(&view)),
            Format::Text => terminal.print(&lines(&view)),
        }
        Ok(Exit::Clean)
    }
}

/// There was no such order yet, or there is none.
fn not_then(
    engine: &mut AnyEngine,
    key: &OrderKey,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let Some(view) = engine.get(key).map_err(|error| engine_failed(&error))? else {
        return Ok(unknown(key, terminal));
    };
    let (order, created) = (&key.order, view.created_at);
    let text = format!("`{order}` was not there yet: it was created at {created}");
    terminal.mistake(&CliError::new(text));
    Ok(Exit::Findings)
}

fn lines(view: &OrderView) -> String {
    let mut lines = vec![
        format!("order     {}", view.order),
        format!("status    {}", view.status),
        format!("version   {}", view.version),
        format!("workflow  {} {}", view.workflow, view.workflow_version),
    ];
    let mut list = |about: &str, items: Vec<String>| {
        let width = 10;
        for (place, item) in items.into_iter().enumerate() {
            let about = if place == 0 { about } else { "" };
            lines.push(format!("{about:width$}{item}"));
        }
    };
    let pair = |(name, value): (&String, &Json)| format!("{name}: {}", plain(value));
    list("flags", view.flags.iter().map(pair).collect());
    list("context", view.context.iter().map(pair).collect());
    let timers = view.timers.iter();
    list(
        "timers",
        timers
            .map(|(name, due)| format!("{name} at {due}"))
            .collect(),
    );
    let pending = view.pending.iter();
    list(
        "raised",
        pending
            .map(|event| {
                let brought = event.payload.iter().map(pair);
                let brought: Vec<String> = brought.collect();
                let with = match brought.is_empty() {
                    true => String::new(),
                    false => format!(" with {}", brought.join(", ")),
                };
                format!("{} at {}{with}", event.event, event.due)
            })
            .collect(),
    );
    let children = view.children.iter();
    list(
        "children",
        children
            .map(|(set, count)| format!("{set}: {count}"))
            .collect(),
    );
    list("parent", view.parent.iter().cloned().collect());
    list("created", vec![view.created_at.clone()]);
    list("updated", vec![view.updated_at.clone()]);
    list("stuck", view.stuck.iter().cloned().collect());
    let lines = lines.iter().map(|line| on_one_line(line) + "\n");
    lines.collect()
}

/// When the next timer is due or the next event comes that was raised for later.
fn next_due(view: &OrderView) -> Option<&String> {
    let events = view.pending.iter().map(|event| &event.due);
    view.timers.values().chain(events).min()
}

/// What is told of an action to people.
#[derive(Debug, Deserialize)]
struct Offered {
    event: String,
    targets: Vec<String>,
    payload: Vec<Input>,
    possible: Possible,
}

impl Available {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let key = self.place.key(&self.order);
        let actor = Actor::written(&self.actor);
        let Some(actions) = self.place.reach_to_read()?.available(&key, &actor)? else {
            return Ok(unknown(&key, terminal));
        };
        if self.format == Format::Json {
            terminal.line(&json(&actions));
            return Ok(Exit::Clean);
        }
        let actions = Vec::<Offered>::deserialize(actions);
        let actions = actions
            .map_err(|error| CliError::new(format!("what is possible cannot be read: {error}")))?;
        let possible = actions
            .iter()
            .filter(|action| action.possible != Possible::No);
        let rows = possible.map(|action| {
            let depends = match action.possible {
                Possible::DependsOnEvent => "depends on what it brings",
                _ => "",
            };
            let inputs = action.payload.iter().map(|input| {
                let optional = if input.optional { "?" } else { "" };
                format!("{}{optional}: {}", input.name, input.ty)
            });
            [
                action.event.clone(),
                action.targets.join(", "),
                inputs.collect::<Vec<_>>().join(", "),
                depends.to_owned(),
            ]
        });
        let rows: Vec<[String; 4]> = rows.collect();
        match rows.is_empty() {
            true => terminal.line("nothing"),
            false => {
                let header = ["event", "to", "brings", ""];
                terminal.print(&table::plain(header, rows, terminal.width()));
            }
        }
        Ok(Exit::Clean)
    }
}

impl Why {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let key = self.place.key(&self.order);
        let mut reach = self.place.reach_to_read()?;
        let mut payload = BTreeMap::new();
        if let Some(written) = &self.payload {
            let Some(workflow) = reach.workflow_of(&key)? else {
                return Ok(unknown(&key, terminal));
            };
            let event = (workflow.as_deref(), self.event.as_str());
            match ask::payload(Some(written), event, terminal)? {
                Some(read) => payload = read,
                None => return Ok(Exit::World),
            }
        }
        let event = Event {
            id: None,
            actor: Actor::written(&self.actor),
            kind: EventKind::Named {
                name: self.event.clone(),
                payload,
                target: self.target.clone(),
            },
        };
        let Some(told) = reach.why(&key, &event)? else {
            return Ok(unknown(&key, terminal));
        };
        match self.format {
            Format::Json => terminal.line(&json(&told.json)),
            Format::Text => terminal.print(&harmless(&told.text)),
        }
        Ok(match told.accepted {
            true => Exit::Clean,
            false => Exit::Findings,
        })
    }
}

impl Journal {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let key = self.place.key(&self.order);
        let mut reach = self.place.reach_to_read()?;
        let steps = reach.journal(&key, self.after, self.limit.get())?;
        let Some((steps, has_more)) = steps else {
            return Ok(unknown(&key, terminal));
        };
        let last = steps.last().filter(|_| has_more);
        if let Some((last, _)) = last {
            terminal.note(&format!("there are more steps: --after {last}"));
        }
        if self.format == Format::Json {
            for (_, body) in &steps {
                terminal.line(body);
            }
            return Ok(Exit::Clean);
        }
        let records = steps
            .iter()
            .map(|(_, body)| serde_json::from_str::<Record>(body));
        let records: Vec<Record> = records
            .collect::<Result<_, _>>()
            .map_err(|error| CliError::new(format!("a step cannot be read: {error}")))?;
        let rows = records.iter().map(row);
        let header = ["step", "at", "what", "by", "status", "changes"];
        terminal.print(&table::plain(header, rows, terminal.width()));
        Ok(Exit::Clean)
    }
}

fn in_vain(trouble: Option<&String>) -> &str {
    trouble.map_or("in vain", String::as_str)
}

fn row(record: &Record) -> [String; 6] {
    let what = match &record.cause {
        CauseForm::Created { .. } => "created".to_owned(),
        CauseForm::Imported { .. } => "imported".to_owned(),
        CauseForm::Migrated { .. } => "migrated".to_owned(),
        CauseForm::Event { name, .. } => name.clone(),
        CauseForm::Timer {
            timer,
            applied: true,
            ..
        } => format!("timer {timer}"),
        CauseForm::Timer { timer, trouble, .. } => {
            format!("timer {timer}, {}", in_vain(trouble.as_ref()))
        }
        CauseForm::Raised {
            name,
            applied: true,
            ..
        } => format!("raised {name}"),
        CauseForm::Raised { name, trouble, .. } => {
            format!("raised {name}, {}", in_vain(trouble.as_ref()))
        }
        CauseForm::Context { .. } => "context".to_owned(),
        CauseForm::Children { .. } => "children".to_owned(),
        CauseForm::Tick => "time".to_owned(),
        CauseForm::Override {
            reason,
            action: Intervention::Erase,
        } => format!("erased: {reason}"),
        CauseForm::Override { reason, .. } => format!("override: {reason}"),
    };
    let by = match &record.by_id {
        Some(id) => format!("{}:{id}", record.by),
        None => record.by.clone(),
    };
    let changed = record.flags.iter().filter(|_| record.sequence > 1);
    let changed = changed.chain(&record.context).map(|change| {
        let to = change
            .to
            .as_ref()
            .map_or("unset".to_owned(), |to| match is_mark(to) {
                true => "(personal)".to_owned(),
                false => plain(to),
            });
        format!("{}: {to}", change.name)
    });
    let effects = record
        .effects
        .iter()
        .map(|asked| format!("effect {}", asked.effect));
    let changes: Vec<String> = changed.chain(effects).collect();
    [
        record.sequence.to_string(),
        record.at.clone(),
        what,
        by,
        record.states.join(" + "),
        changes.join(", "),
    ]
}

impl Query {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut reach = self.place.reach_to_read()?;
        let page = self.found(&mut reach)?;
        if page.orders.is_empty() {
            self.place.doubt(&mut reach, terminal)?;
        }
        if self.format == Format::Json {
            terminal.line(&json(&page));
            return Ok(Exit::Clean);
        }
        if page.orders.is_empty() {
            terminal.summary("no orders");
            return Ok(Exit::Clean);
        }
        let rows = page.orders.iter().map(|view| {
            [
                view.order.clone(),
                view.status.clone(),
                view.version.to_string(),
                view.updated_at.clone(),
                next_due(view).cloned().unwrap_or_default(),
                view.stuck.clone().unwrap_or_default(),
            ]
        });
        let header = ["order", "status", "version", "updated", "due", "stuck"];
        terminal.print(&table::plain(header, rows, terminal.width()));
        if let Some(next) = &page.next {
            let next = given::option("--after", next);
            terminal.summary(&harmless(&format!("there are more: {next}")));
        }
        Ok(Exit::Clean)
    }

    /// As many orders as are asked for. A store and a server give no more than some at once.
    fn found(&self, reach: &mut Reach) -> Result<OrderPage, CliError> {
        let flag = self.flag.as_ref().map(|(name, value)| {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value.clone()));
            (name.clone(), value)
        });
        let limit = self.limit.get();
        let mut query = runtime::Query {
            tenant: self.place.tenant().to_owned(),
            workflow: self.workflow.clone(),
            state: self.state.clone(),
            group: self.group.clone(),
            flag,
            updated_before: self.idle_since,
            created_before: self.created_before,
            stuck: self.stuck,
            after: self.after.clone(),
            limit: Some(limit),
        };
        let mut page = reach.query(&query)?;
        while page.next.is_some() && page.orders.len() < limit {
            query.after = page.next;
            query.limit = Some(limit - page.orders.len());
            let more = reach.query(&query)?;
            page.orders.extend(more.orders);
            page.next = more.next;
        }
        Ok(page)
    }
}
