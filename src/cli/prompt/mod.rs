//! The prompt of `flagstate run`: events typed by hand.
//!
//! In: a family with its order created, lines of standard input. Out: what each line did, and what is
//! possible then. A line becomes a step as a file of events has them and takes the same way, so that a
//! session can be saved and played again. A mistake is told and changes nothing.

mod line;
mod menu;
mod save;
mod words;

use std::io::{self, BufRead, Read};
use std::path::Path;

use serde_json::Value as Json;

use super::terminal::harmless;
use super::{CliError, Terminal, disk, standing};
use crate::drive::{self, Family, OrderName, Verdict, trace};
use crate::source::{FileId, SourceFile};
use crate::time::Instant;
use line::Line;

/// The most bytes of a line.
const LIMIT: u64 = 64 * 1024;

/// How the session began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// The workflow file.
    pub(super) workflow: &'a Path,
    /// Settings that differ from their defaults.
    pub(super) set: &'a [(String, String)],
    /// What the order was created with.
    pub(super) context: &'a serde_json::Map<String, Json>,
    /// When the order was created.
    pub(super) at: Instant,
    /// Who created it.
    pub(super) actor: &'a str,
}

/// A step that was told, and what became of it.
#[derive(Debug, Clone)]
struct Told {
    step: Json,
    refused: bool,
    /// Where the order that the step is about is then.
    status: Vec<String>,
}

/// A session at the prompt.
pub(super) struct Session<'w, 'a> {
    family: Family<'w>,
    start: Start<'a>,
    /// The order that lines are about.
    order: OrderName,
    told: Vec<Told>,
    /// How everything stood before each step.
    before: Vec<(Family<'w>, OrderName)>,
}

impl<'w, 'a> Session<'w, 'a> {
    /// A session that begins with an order just created.
    pub(super) fn new(family: Family<'w>, start: Start<'a>) -> Self {
        Self {
            family,
            start,
            order: OrderName::Root,
            told: Vec::new(),
            before: Vec::new(),
        }
    }

    /// Reads lines until the last, or until one says so.
    pub(super) fn run(mut self, terminal: &mut Terminal) -> Result<(), CliError> {
        self.show(0, terminal);
        terminal.summary("`help` tells what can be typed");
        let is_typed = Terminal::is_interactive();
        loop {
            terminal.print("> ");
            let mut text = String::new();
            let read = io::stdin().lock().take(LIMIT).read_line(&mut text);
            let length = read.map_err(|error| CliError::unreadable("<stdin>", &error))?;
            if !is_typed {
                terminal.line(&harmless(text.trim_end()));
            }
            if length == 0 {
                return Ok(());
            }
            match line::read(text.trim(), &self.family, &self.order, self.start.actor) {
                Ok(Line::Quit) => return Ok(()),
                Ok(line) => self.obey(line, terminal),
                Err(error) => terminal.mistake(&error),
            }
        }
    }

    fn obey(&mut self, line: Line, terminal: &mut Terminal) {
        match line {
            Line::Nothing | Line::Quit => {}
            Line::Help => terminal.print(line::HELP),
            Line::State => terminal.print(&harmless(&standing::text(&self.family))),
            Line::Why { event, actor } => {
                let why = menu::why(&self.family, &self.order, &event, actor.as_deref());
                terminal.print(&harmless(&why));
            }
            Line::Order(order) => {
                self.order = order;
                self.show(self.family.entries().len(), terminal);
            }
            Line::Undo => match self.before.pop() {
                Some((family, order)) => {
                    (self.family, self.order) = (family, order);
                    self.told.pop();
                    self.show(self.family.entries().len(), terminal);
                }
                None => terminal.mistake(&CliError::new("there is nothing to take back")),
            },
            Line::Save(path) => {
                let text = save::text(self, &path);
                match text.and_then(|text| disk::write(&path, &text)) {
                    Ok(()) => terminal.line(&format!("saved as `{}`", disk::shown(&path))),
                    Err(error) => terminal.mistake(&error),
                }
            }
            Line::Step(step) => self.tell(step, terminal),
        }
    }

    /// Tells the family a step and shows what it did; a step that cannot be carried out leaves
    /// everything as it was.
    fn tell(&mut self, step: Json, terminal: &mut Terminal) {
        let source = SourceFile::new("<prompt>", step.to_string());
        let (stimuli, mut report) = drive::script(FileId::default(), &source);
        let before = self.family.clone();
        let verdicts = match report.is_empty() {
            true => drive::play(&mut self.family, &stimuli, &mut report),
            false => Vec::new(),
        };
        let ([verdict], true) = (verdicts.as_slice(), report.is_empty()) else {
            self.family = before;
            for finding in &report {
                let mut error = CliError::new(&finding.message);
                error.help.clone_from(&finding.help);
                terminal.mistake(&error);
            }
            return;
        };
        let order = step.get("order").and_then(Json::as_str);
        let order = order.and_then(|name| name.parse().ok()).unwrap_or_default();
        let workflow = self.family.workflow();
        let instance = self.family.instance(&order);
        let status = instance.map(|instance| {
            let leaves = instance.leaves(workflow);
            leaves.map(|id| workflow.states.at(id).path.clone())
        });
        self.told.push(Told {
            step,
            refused: matches!(verdict, Verdict::Refused(_)),
            status: status.map(Iterator::collect).unwrap_or_default(),
        });
        let known = before.entries().len();
        self.before.push((before, self.order.clone()));
        self.show_news(known, terminal);
        // A refusal alone changes nothing: what was possible before still is.
        if !self.told.last().is_some_and(|told| told.refused)
            || self.family.entries().len() > known + 1
        {
            self.show_standing(terminal);
        }
    }

    /// Shows what happened since the first `known` entries, and what is possible now.
    fn show(&self, known: usize, terminal: &mut Terminal) {
        self.show_news(known, terminal);
        self.show_standing(terminal);
    }

    fn show_news(&self, known: usize, terminal: &mut Terminal) {
        let rows = trace::rows(self.family.workflow(), self.family.entries());
        let new = rows.get(known..).unwrap_or_default();
        if !new.is_empty() {
            let text = trace::text(new);
            // The header stands above the first table only.
            let body = text.split_once('\n').filter(|_| known > 0);
            terminal.print(body.map_or(&text, |(_, body)| body));
        }
    }

    fn show_standing(&self, terminal: &mut Terminal) {
        let Some(instance) = self.family.instance(&self.order) else {
            return;
        };
        terminal.line("");
        terminal.print(&harmless(&standing::order(
            &self.family,
            &self.order,
            instance,
        )));
        terminal.print(&harmless(&menu::text(&self.family, &self.order)));
    }
}
