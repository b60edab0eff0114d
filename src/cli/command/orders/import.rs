//! `flagstate orders import`: orders that ran elsewhere.

use std::path::PathBuf;

use super::{Place, failed};
use crate::cli::objects::objects;
use crate::cli::progress::Progress;
use crate::cli::{CliError, CliErrors, Exit, Terminal, disk, given};
use crate::context::Actor;
use crate::runtime::engine::GROUP;
use crate::runtime::{Answer, Import as Imported, Request};
use crate::time::Instant;

/// Bring orders in that ran elsewhere
///
/// The file holds orders as `orders export`, `orders get --at` and `flagstate migrate` write them
/// (`flagstate schema instance`), each with an `id`, on a line or several. An order goes on from where it
/// stands, with its timers; its journal begins with that, and it counts as created when it made its last step
/// elsewhere (`updated_at`), for `query --created-before` too. One with a `parent` belongs to that order, which
/// must be there or stand before it, and is told nothing: how its children stand is said in its own line.
/// Orders that are there already are left as they are, so that an import that was cut short is simply begun
/// again.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// The orders: JSON lines, or `-` for standard input
    file: PathBuf,
    /// Tell of each order that is refused; on a terminal it is else the first 20
    #[arg(long)]
    all: bool,
    /// Who brings them, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    #[command(flatten)]
    place: Place,
}

/// How many refusals a person is told.
const TOLD: u64 = 20;

/// What became of the lines.
struct Account {
    imported: u64,
    known: u64,
    refused: u64,
    /// How many refusals are told, where that is bounded.
    told: Option<u64>,
    progress: Progress,
}

/// An order with the line that it stands in.
type Line = (usize, Request);

impl Import {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut engine = self.place.open()?;
        let now = super::now()?;
        // Standard input is read once, and nobody knows how long it is.
        let count = match self.file.as_os_str() == "-" {
            true => None,
            false => Some(disk::lines(&self.file)?.count() as u64),
        };
        let is_for_a_person = terminal.width().is_some() && !self.all;
        let mut account = Account {
            imported: 0,
            known: 0,
            refused: 0,
            told: is_for_a_person.then_some(TOLD),
            progress: terminal.progress(count, "orders"),
        };
        let ended = self.import(&mut engine, now, (&mut account, terminal));
        let Account {
            imported,
            known,
            refused,
            told,
            progress,
        } = account;
        progress.finish();
        let untold = refused.saturating_sub(told.unwrap_or(refused));
        if untold > 0 {
            terminal.line(&format!("and {untold} more: `--all` tells of each"));
        }
        // Where the store failed, it is told what was brought in by then.
        if ended.is_ok() || imported > 0 {
            terminal.line(&format!(
                "{imported} imported, {known} there already, {refused} refused"
            ));
        }
        ended?;
        Ok(match refused {
            0 => Exit::Clean,
            _ => Exit::Findings,
        })
    }

    fn import(
        &self,
        engine: &mut super::AnyEngine,
        now: Instant,
        (account, terminal): (&mut Account, &mut Terminal),
    ) -> Result<(), CliErrors> {
        let mut group: Vec<Line> = Vec::new();
        for object in objects(&self.file)? {
            let object = object?;
            account.progress.advance(object.lines);
            match self.read(&object.text) {
                Ok(request) => group.push((object.line, request)),
                Err(problem) => account.refuse(object.line, &problem, terminal),
            }
            if group.len() == GROUP {
                bring(engine, &mut group, now, (account, terminal))?;
            }
        }
        bring(engine, &mut group, now, (account, terminal))
    }

    fn read(&self, text: &str) -> Result<Request, String> {
        let order = given::order(text)?;
        let Some(id) = order.id.clone() else {
            return Err("the order has no `id`".to_owned());
        };
        Ok(Request::Import(Box::new(Imported {
            key: self.place.key(&id),
            order,
            actor: Actor::written(&self.actor),
        })))
    }
}

/// Brings a group in, all of it or, where the store fails, nothing.
fn bring(
    engine: &mut super::AnyEngine,
    group: &mut Vec<Line>,
    now: Instant,
    (account, terminal): (&mut Account, &mut Terminal),
) -> Result<(), CliErrors> {
    let (lines, requests): (Vec<usize>, Vec<Request>) = group.drain(..).unzip();
    let replies = engine.handle(&requests, now);
    let replies = replies.map_err(|error| failed(&error))?;
    for ((line, reply), request) in lines.into_iter().zip(replies).zip(&requests) {
        match reply.answer {
            Answer::Accepted(_) => account.imported += 1,
            Answer::Exists { .. } => account.known += 1,
            Answer::UnknownWorkflow => {
                let problem = match request {
                    Request::Import(order) => format!(
                        "`{}`: the workflow `{}` is not deployed",
                        order.key.order, order.order.workflow
                    ),
                    _ => "its workflow is not deployed".to_owned(),
                };
                account.refuse(line, &problem, terminal);
            }
            Answer::Invalid { message } | Answer::Stuck { reason: message } => {
                account.refuse(line, &message, terminal);
            }
            other => account.refuse(line, &format!("{other:?}"), terminal),
        }
    }
    Ok(())
}

impl Account {
    fn refuse(&mut self, line: usize, problem: &str, terminal: &mut Terminal) {
        self.refused += 1;
        if self.told.is_some_and(|told| self.refused > told) {
            return;
        }
        let error = CliError::new(format!("line {line}: {problem}"));
        self.progress.aside(|| terminal.mistake(&error));
    }
}
