//! `flagstate orders erase`: what tells of a person, gone from a store.

use super::{AnyEngine, Place, engine_failed, failed, now};
use crate::cli::{CliError, CliErrors, Exit, Terminal, given};
use crate::context::{Actor, Value};
use crate::graph::Field;
use crate::instance::{Event, EventKind, Override};
use crate::runtime::{Answer, Fire, OrderView, Query, Request};
use crate::time::Instant;

/// How many orders are looked at, and written, at once.
const PAGE: usize = 500;

/// Erase the values of personal fields, for good
///
/// Fields and values of events that the workflow marks `personal: true` are put back to their defaults, taken
/// out of the journal and of the answers that were kept. That it was done, by whom and why stands in the
/// journal, which verifies as before. Copies of the store made before still have them, and so has the text of
/// steps that were made before a field was personal: they are named.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders erase o1 --reason 'asked for on 2026-11-26' --actor clerk:ann
  flagstate orders erase --ended-before 2025-11-26T00:00:00Z --reason 'kept for a year'")]
pub(super) struct Erase {
    /// The orders
    #[arg(value_name = "ORDER", required_unless_present = "ended_before")]
    orders: Vec<String>,
    /// All that have ended, and made their last step before
    #[arg(long, value_name = "TIME", value_parser = given::instant, conflicts_with = "orders")]
    ended_before: Option<Instant>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who erases, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    #[command(flatten)]
    place: Place,
}

impl Erase {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut engine = self.place.open()?;
        let mut exit = Exit::Clean;
        let mut erased = 0;
        match self.ended_before {
            None => {
                for orders in self.orders.chunks(PAGE) {
                    let (orders, remains) = self.telling(&mut engine, orders, terminal)?;
                    let (count, failed) = self.erase(&mut engine, &orders, terminal)?;
                    erased += count;
                    exit = exit.max(remains).max(failed);
                }
            }
            Some(before) => {
                let mut after = None;
                loop {
                    let page = self.page(&mut engine, before, after)?;
                    let (count, failed) = self.erase(&mut engine, &page.0, terminal)?;
                    erased += count;
                    exit = exit.max(failed);
                    after = page.1;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        terminal.summary(&match erased {
            1 => "personal values of 1 order were erased".to_owned(),
            erased => format!("personal values of {erased} orders were erased"),
        });
        Ok(exit)
    }

    /// Orders that have ended and still tell of a person, and where the next page begins.
    fn page(
        &self,
        engine: &mut AnyEngine,
        before: Instant,
        after: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), CliError> {
        let query = Query {
            tenant: self.place.tenant().to_owned(),
            updated_before: Some(before),
            after,
            limit: Some(PAGE),
            ..Query::default()
        };
        let page = engine
            .query(&query)
            .map_err(|error| engine_failed(&error))?;
        let mut orders = Vec::new();
        for view in page.orders.into_iter().filter(|view| view.done) {
            if self.tells(engine, &view)? {
                orders.push(view.order);
            }
        }
        Ok((orders, page.next))
    }

    /// Those of which there is something to erase, or nothing known.
    fn telling(
        &self,
        engine: &mut AnyEngine,
        orders: &[String],
        terminal: &mut Terminal,
    ) -> Result<(Vec<String>, Exit), CliError> {
        let (mut telling, mut exit) = (Vec::new(), Exit::Clean);
        for order in orders {
            let view = engine.get(&self.place.key(order));
            match view.map_err(|error| engine_failed(&error))? {
                Some(view) if view.stuck.is_none() && !self.tells(engine, &view)? => {
                    exit = exit.max(self.remains(engine, order, terminal)?);
                    terminal.note(&format!("nothing more can be erased of `{order}`"));
                }
                _ => telling.push(order.clone()),
            }
        }
        Ok((telling, exit))
    }

    /// Tells of steps that were made before what they say was personal; how the program ends for it.
    fn remains(
        &self,
        engine: &mut AnyEngine,
        order: &str,
        terminal: &mut Terminal,
    ) -> Result<Exit, CliError> {
        let steps = engine.telling(&self.place.key(order));
        let steps = steps.map_err(|error| engine_failed(&error))?;
        if steps.is_empty() {
            return Ok(Exit::Clean);
        }
        let shown: Vec<String> = steps.iter().take(5).map(u64::to_string).collect();
        let more = if steps.len() > shown.len() {
            ", …"
        } else {
            ""
        };
        let text = format!(
            "the journal of `{order}` still tells what is personal by now and was not then (step {}{more})",
            shown.join(", ")
        );
        let help = "journals are never changed: what stands in their text stays";
        terminal.mistake(&CliError::new(text).help(help));
        Ok(Exit::Findings)
    }

    /// Whether an order or its journal tells of a person.
    fn tells(&self, engine: &mut AnyEngine, view: &OrderView) -> Result<bool, CliError> {
        let key = self.place.key(&view.order);
        let workflow = engine.workflow_of(&key);
        let workflow = workflow.map_err(|error| engine_failed(&error))?;
        let fields = workflow.iter().flat_map(|workflow| workflow.fields.rows());
        let mut personal = fields.filter(|field| field.personal);
        let is_set = |field: &Field| {
            let default = field.default.as_ref().map(Value::to_json);
            view.context.get(&field.name) != default.as_ref()
        };
        if personal.any(is_set) {
            return Ok(true);
        }
        let mut after = 0;
        loop {
            let rows = engine.journal(&key, after, PAGE);
            let rows = rows.map_err(|error| failed(&error))?;
            if rows.iter().any(|row| row.personal.is_some()) {
                return Ok(true);
            }
            match rows.last() {
                Some(last) => after = last.sequence,
                None => return Ok(false),
            }
        }
    }

    fn erase(
        &self,
        engine: &mut AnyEngine,
        orders: &[String],
        terminal: &mut Terminal,
    ) -> Result<(usize, Exit), CliError> {
        let requests = orders.iter().map(|order| {
            let event = Event {
                id: None,
                actor: Actor::written(&self.actor),
                kind: EventKind::Override {
                    reason: self.reason.clone(),
                    action: Override::Erase,
                },
            };
            Request::Fire(Fire::new(self.place.tenant(), order, event))
        });
        let requests: Vec<Request> = requests.collect();
        let replies = engine.handle(&requests, now()?);
        let replies = replies.map_err(|error| failed(&error))?;
        let mut erased = 0;
        let mut exit = Exit::Clean;
        for (order, reply) in orders.iter().zip(replies) {
            match reply.answer {
                Answer::Accepted(_) => {
                    erased += 1;
                    exit = exit.max(self.remains(engine, order, terminal)?);
                }
                _ => {
                    let key = self.place.key(order);
                    exit = exit.max(super::told::reply(
                        &key,
                        &reply,
                        super::Format::Text,
                        terminal,
                    ));
                }
            }
        }
        Ok((erased, exit))
    }
}
