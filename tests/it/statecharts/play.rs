//! A random story of a statechart, and what our interpreter makes of it.

use std::collections::{BTreeMap, BTreeSet};

use flagstate::compile::compile;
use flagstate::context::Actor;
use flagstate::diagnostic::render::{Options, render};
use flagstate::graph::Workflow;
use flagstate::instance::{Cause, Event, EventKind, Instance, Refusal, Site, StepRecord};
use flagstate::interpret::{Answer, create, step};
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile, SourceMap};
use flagstate::time::{Instant, parse_instant};
use serde_json::{Value as Json, json};

use super::machines::EVENTS;
use crate::analysis::dice::Dice;

/// Something that happens.
#[derive(Debug, Clone)]
pub(super) enum Happens {
    Event(String),
    /// The event that brings a number.
    Brought(i64),
    /// So many seconds pass.
    Wait(u64),
}

/// What happens to an order.
pub(super) fn story(seed: u64, length: usize) -> Vec<Happens> {
    let mut dice = Dice::new(seed);
    let one = |_| match dice.below(8) {
        0 => Happens::Wait(1 + dice.below(4) as u64),
        1 => Happens::Brought([0, 1, 2, 3, 4, 5][dice.below(6)]),
        _ => Happens::Event(dice.pick(&EVENTS).to_owned()),
    };
    (0..length).map(one).collect()
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stands {
    pub(super) states: BTreeSet<String>,
    pub(super) fields: BTreeMap<String, Json>,
}

/// An order that is played.
pub(super) struct Played<'w> {
    workflow: &'w Workflow,
    site: Site,
    pub(super) order: Instance,
    now: Instant,
}

/// Whether a timer fired at the very instant of something else that was due.
pub(super) fn several_at_once(records: &[StepRecord]) -> bool {
    let due =
        |record: &&StepRecord| matches!(record.cause, Cause::Timer { .. } | Cause::Raised { .. });
    let instants: Vec<Instant> = records.iter().filter(due).map(|record| record.at).collect();
    instants.windows(2).any(|pair| pair[0] == pair[1])
}

pub(super) fn compiled(text: &str) -> Workflow {
    let source = SourceFile::new("drawn.yaml", text);
    let parsed = parse(FileId(0), &source);
    let sources = SourceMap::single(source.clone());
    let found = render(&parsed.report, &sources, &Options::default());
    let document = parsed.document.unwrap_or_else(|| panic!("{found}\n{text}"));
    let compiled = compile(&document, &source);
    let more = render(&compiled.report, &sources, &Options::default());
    let wrong = parsed.report.has_errors() || compiled.report.has_errors();
    assert!(!wrong, "{found}{more}\n{text}");
    compiled.workflow
}

impl<'w> Played<'w> {
    /// Begins; `None` where the order never comes to rest.
    pub(super) fn begin(workflow: &'w Workflow) -> Option<(Self, StepRecord)> {
        let now = parse_instant("2026-01-05T09:00:00Z").expect("an instant");
        let site = Site::new(workflow, &BTreeMap::new()).expect("a site");
        let user = Actor::new("user");
        let created = create(workflow, &site, &BTreeMap::new(), &user, now);
        let created = match created {
            Ok(created) => created,
            Err(Refusal::Restless { .. } | Refusal::Failed { .. }) => return None,
            Err(other) => panic!("{other}"),
        };
        let played = Self {
            workflow,
            site,
            order: created.instance,
            now,
        };
        Some((played, created.record))
    }

    /// Lets something happen; `None` where the order never comes to rest.
    pub(super) fn happen(&mut self, happens: &Happens) -> Option<Vec<StepRecord>> {
        let named = |name: &str, payload| Event {
            id: None,
            actor: Actor::new("user"),
            kind: EventKind::Named {
                name: name.to_owned(),
                payload,
                target: None,
            },
        };
        match happens {
            Happens::Event(name) => self.tell(&named(name, BTreeMap::new())),
            Happens::Brought(n) => {
                let payload = BTreeMap::from([("n".to_owned(), json!(n))]);
                self.tell(&named("p0", payload))
            }
            Happens::Wait(seconds) => {
                let mut records = Vec::new();
                for _ in 0..*seconds {
                    self.now += std::time::Duration::from_secs(1);
                    records.extend(self.tell(&Event::tick())?);
                }
                Some(records)
            }
        }
    }

    fn tell(&mut self, event: &Event) -> Option<Vec<StepRecord>> {
        let outcome = step(self.workflow, &self.site, &self.order, event, self.now);
        if never_rests(&outcome.answer) || outcome.records.iter().any(Self::gave_up) {
            return None;
        }
        self.order = outcome.instance;
        Some(outcome.records)
    }

    /// Whether what was due did nothing because the order would never have come to rest.
    fn gave_up(record: &StepRecord) -> bool {
        match &record.cause {
            Cause::Timer { came, .. } | Cause::Raised { came, .. } => came.trouble().is_some(),
            _ => false,
        }
    }

    pub(super) fn stands(&self) -> Stands {
        let leaves = self.order.leaves(self.workflow);
        let fields = self.workflow.fields.rows().iter().enumerate();
        Stands {
            states: leaves
                .map(|id| self.workflow.states.at(id).path.clone())
                .collect(),
            fields: fields
                .filter_map(|(slot, field)| {
                    let value = self.order.context.get(slot)?;
                    Some((field.name.clone(), value.to_json()))
                })
                .collect(),
        }
    }
}

fn never_rests(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Refused(Refusal::Restless { .. } | Refusal::Failed { .. })
    )
}
