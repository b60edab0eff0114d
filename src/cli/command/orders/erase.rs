//! `flagstate orders erase`: what tells of a person, gone from a store, or from that of a server.

use super::reach::Reach;
use super::{Format, Place};
use crate::cli::{CliError, CliErrors, Exit, Terminal, given};
use crate::context::Actor;
use crate::runtime::engine::Erased;
use crate::runtime::{OrderKey, OrderView, Query};
use crate::time::{Instant, parse_instant};

/// How many orders are looked at, and written, at once.
const PAGE: usize = 500;

/// Erase the values of personal fields, for good
///
/// Fields and values of events that the workflow marks `personal: true` are put back to their defaults, taken
/// out of the journal and of the answers that were kept. That it was done, by whom and why stands in the
/// journal, which verifies as before. Copies of the store made before still have them, and so has the text of
/// steps that were made before a field was personal: they are named. A server is asked with a token of the scope
/// `erase`, and for `--ended-before` of `read` too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders erase o1 --reason 'asked for on 2026-11-26' --actor clerk:ann
  flagstate orders erase --ended-before 2025-11-26T00:00:00Z --reason 'kept for a year'")]
pub(super) struct Erase {
    /// The orders
    #[arg(value_name = "ORDER", required_unless_present = "ended_before")]
    orders: Vec<String>,
    /// All that ended before
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
        let mut reach = self.place.reach()?;
        let mut told = Told::default();
        match self.ended_before {
            None => {
                for orders in self.orders.chunks(PAGE) {
                    let became = self.erase(&mut reach, orders)?;
                    // First those of which nothing was there.
                    for (order, became) in became.iter().filter(|(_, became)| is_nothing(became)) {
                        told.add(&self.place.key(order), became, terminal);
                        terminal.note(&format!("nothing more can be erased of `{order}`"));
                    }
                    for (order, became) in became.iter().filter(|(_, became)| !is_nothing(became)) {
                        told.add(&self.place.key(order), became, terminal);
                    }
                }
            }
            Some(before) => {
                let mut after = None;
                loop {
                    let (orders, next) = self.ended(&mut reach, before, after)?;
                    for (order, became) in self.erase(&mut reach, &orders)? {
                        if !is_nothing(&became) {
                            told.add(&self.place.key(&order), &became, terminal);
                        }
                    }
                    after = next;
                    if after.is_none() {
                        break;
                    }
                }
                if told.erased == 0 && !reach.has_deployments(self.place.tenant())? {
                    return Err(self.place.no_tenant().into());
                }
            }
        }
        terminal.summary(&match told.erased {
            1 => "personal values of 1 order were erased".to_owned(),
            erased => format!("personal values of {erased} orders were erased"),
        });
        Ok(told.exit)
    }

    /// Orders that have ended, and where the next page begins.
    fn ended(
        &self,
        reach: &mut Reach,
        before: Instant,
        after: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), CliError> {
        let page = reach.query(&Query {
            tenant: self.place.tenant().to_owned(),
            created_before: Some(before),
            after,
            limit: Some(PAGE),
            ..Query::default()
        })?;
        let has_ended = |view: &OrderView| {
            // One that cannot tell when it ended ended at its last step at the latest.
            let at = view.ended_at.as_ref().unwrap_or(&view.updated_at);
            view.done && parse_instant(at).is_ok_and(|at| at < before)
        };
        let ended = page.orders.into_iter().filter(has_ended);
        Ok((ended.map(|view| view.order).collect(), page.next))
    }

    /// What became of orders, in their order.
    fn erase(
        &self,
        reach: &mut Reach,
        orders: &[String],
    ) -> Result<Vec<(String, Erased)>, CliError> {
        let keys: Vec<OrderKey> = orders.iter().map(|order| self.place.key(order)).collect();
        let became = reach.erase(&keys, (&Actor::written(&self.actor), &self.reason))?;
        Ok(orders.iter().cloned().zip(became).collect())
    }
}

fn is_nothing(became: &Erased) -> bool {
    matches!(became, Erased::Nothing { .. })
}

/// What was told so far.
struct Told {
    erased: usize,
    exit: Exit,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            erased: 0,
            exit: Exit::Clean,
        }
    }
}

impl Told {
    fn add(&mut self, key: &OrderKey, became: &Erased, terminal: &mut Terminal) {
        let exit = match became {
            Erased::Done { remains } => {
                self.erased += 1;
                telling(&key.order, remains, terminal)
            }
            Erased::Nothing { remains } => telling(&key.order, remains, terminal),
            Erased::Not(reply) => super::told::reply(key, reply, Format::Text, terminal),
        };
        self.exit = self.exit.max(exit);
    }
}

/// Tells of steps that were made before what they say was personal; how the program ends for it.
fn telling(order: &str, steps: &[u64], terminal: &mut Terminal) -> Exit {
    if steps.is_empty() {
        return Exit::Clean;
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
    Exit::Findings
}
