//! The events of a case, and their run.

use std::collections::BTreeMap;
use std::fmt::Write;

use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::guard::ChildCounts;
use flagstate::instance::{Event, EventKind, Instance, Override, Refusal, Site};
use flagstate::interpret::{Answer, available, create, step};
use flagstate::time::{Duration, Instant};
use serde::Deserialize;
use serde_json::Value as Json;

use super::trace;

/// A case: an order is created, then things happen to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    #[serde(default)]
    settings: BTreeMap<String, Json>,
    #[serde(default)]
    context: BTreeMap<String, Json>,
    by: String,
    at: String,
    #[serde(default)]
    steps: Vec<Step>,
}

/// One thing that happens, `after` the last one or `at` an instant.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Step {
    at: Option<String>,
    after: Option<String>,
    by: Option<String>,
    id: Option<String>,
    event: Option<String>,
    payload: BTreeMap<String, Json>,
    target: Option<String>,
    context: Option<BTreeMap<String, Json>>,
    children: Option<BTreeMap<String, ChildCounts>>,
    settings: Option<BTreeMap<String, Json>>,
    force: Option<String>,
    #[serde(rename = "move")]
    moved: Option<String>,
    due: Option<String>,
    reason: String,
    /// Lists what an actor may do.
    available: Option<String>,
}

pub(super) fn read(text: &str) -> Script {
    serde_yaml::from_str(text).expect("a script")
}

/// Runs a case and writes down what happens.
pub(super) fn run(workflow: &Workflow, script: &Script) -> String {
    let mut out = String::new();
    let mut site = Site::new(workflow, &script.settings).expect("settings");
    let mut now = super::at(&script.at);
    let actor = Actor::new(&script.by);
    let mut instance = match create(workflow, &site, &script.context, &actor, now) {
        Ok(created) => {
            out.push_str(&trace::record(workflow, &created.record));
            created.instance
        }
        Err(refusal) => {
            refused(&mut out, &refusal);
            return out;
        }
    };
    for step in &script.steps {
        now = when(now, step);
        if let Some(given) = &step.settings {
            site = Site::new(workflow, given).expect("settings");
            writeln!(out, "the site's settings change").unwrap();
            continue;
        }
        if let Some(actor) = &step.available {
            let actions = available(workflow, &site, &instance, &Actor::new(actor), now);
            out.push_str(&trace::actions(actor, &actions));
            continue;
        }
        instance = perform(workflow, &site, &instance, &step.event(), now, &mut out);
    }
    out
}

fn perform(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    event: &Event,
    now: Instant,
    out: &mut String,
) -> Instance {
    let outcome = step(workflow, site, instance, event, now);
    for record in &outcome.records {
        out.push_str(&trace::record(workflow, record));
    }
    let told = trace::told(event);
    match &outcome.answer {
        Answer::Accepted if outcome.records.is_empty() => {
            writeln!(out, "{told}: nothing happens").unwrap();
        }
        Answer::Accepted => {}
        Answer::Repeated => writeln!(out, "{told}: repeated").unwrap(),
        Answer::Refused(refusal) => {
            writeln!(out, "{told}: refused, {refusal}").unwrap();
            refused(out, refusal);
        }
    }
    outcome.instance
}

fn when(now: Instant, step: &Step) -> Instant {
    match (&step.at, &step.after) {
        (Some(at), _) => super::at(at),
        (None, Some(after)) => {
            let after: Duration = after.parse().expect("a duration");
            flagstate::time::Zone::default()
                .add(now, after)
                .expect("an instant")
        }
        (None, None) => now,
    }
}

impl Step {
    fn event(&self) -> Event {
        let kind = if let Some(name) = &self.event {
            EventKind::Named {
                name: name.clone(),
                payload: self.payload.clone(),
                target: self.target.clone(),
            }
        } else if let Some(changes) = self.context.clone() {
            EventKind::ContextChanged { changes }
        } else if let Some(counts) = self.children.clone() {
            EventKind::ChildrenChanged { counts }
        } else if let Some(to) = self.force.clone() {
            let (reason, action) = (self.reason.clone(), Override::ForceState { to });
            EventKind::Override { reason, action }
        } else if let Some(timer) = self.moved.clone() {
            let due = super::at(self.due.as_ref().expect("`due` beside `move`"));
            let (reason, action) = (self.reason.clone(), Override::MoveTimer { timer, due });
            EventKind::Override { reason, action }
        } else {
            EventKind::Tick
        };
        Event {
            id: self.id.clone(),
            actor: self.by.as_ref().map_or_else(Actor::system, Actor::new),
            kind,
        }
    }
}

fn refused(out: &mut String, refusal: &Refusal) {
    let (Refusal::NoTransition { candidates } | Refusal::NoInitial { candidates }) = refusal else {
        return;
    };
    out.push_str(&trace::candidates(candidates));
}
