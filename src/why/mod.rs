//! Why an event is refused, and what would have to be different.
//!
//! In: an order, a site, an event. Out: every candidate with the parts of its guards that speak against
//! it, and the smallest [`Change`] that would let the event through: the fewest values, each by as
//! little as can be, of the context before all else, then of what the event brings, of the settings,
//! and last another actor. A change is proposed only once it was applied and the step was accepted.

mod change;

pub use change::{Change, Changed};

use serde::Serialize;

use crate::analysis::Moment;
use crate::context::Value;
use crate::graph::{Condition, Id, Row, Trigger, Workflow};
use crate::guard::Part;
use crate::instance::{Candidate, Event, EventKind, Instance, Reason, Refusal, Site};
use crate::interpret::{self, Answer, Asked};
use crate::time::Instant;

/// What is said about an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// Whether the event would be accepted.
    pub accepted: bool,
    /// The refusal in words, where it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Every row of the event, with what speaks against it.
    pub candidates: Vec<Against>,
    /// The smallest change that would let it through; `None` where there is none, or none was found.
    pub change: Option<Change>,
}

/// A row, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The row with its reasons.
    #[serde(flatten)]
    pub candidate: Candidate,
    /// The parts of its guards that speak against it.
    pub parts: Vec<Part>,
}

/// Says why an event is refused at `now`, after the timers that are due by then.
pub fn why(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    event: &Event,
    now: Instant,
) -> Why {
    let outcome = interpret::step(workflow, site, instance, event, now);
    let Answer::Refused(refusal) = outcome.answer else {
        return Why {
            accepted: true,
            refusal: None,
            candidates: Vec::new(),
            change: None,
        };
    };
    let standing = &outcome.instance;
    let candidates = match &refusal {
        Refusal::NoTransition { candidates } => {
            explained(workflow, site, standing, (event, now), candidates)
        }
        _ => Vec::new(),
    };
    Why {
        accepted: false,
        refusal: Some(refusal.to_string()),
        candidates,
        change: change::smallest(workflow, site, standing, event, now),
    }
}

/// The event as it is asked about; `None` for what is no event of the workflow.
fn asked(event: &Event, now: Instant) -> Option<Asked<'_>> {
    match &event.kind {
        EventKind::Named {
            name,
            payload,
            target,
        } => Some(Asked {
            name,
            payload,
            target: target.as_deref(),
            actor: &event.actor,
            now,
        }),
        _ => None,
    }
}

/// How an order stands, for the analysis.
fn moment(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    asked: &Asked<'_>,
    payload: (crate::graph::EventId, Vec<Option<Value>>),
) -> Moment {
    let settings = workflow.settings.ids().filter_map(|id| site.setting(id));
    Moment {
        order: instance.context.iter().collect(),
        settings: settings.cloned().collect(),
        event: payload.1,
        actor: asked.actor.clone(),
        children: instance.children.clone(),
        now: asked.now.max(instance.updated_at),
        active: instance.configuration.clone(),
        of: Some(payload.0),
    }
}

fn explained(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    (event, now): (&Event, Instant),
    candidates: &[Candidate],
) -> Vec<Against> {
    let known = asked(event, now).and_then(|asked| {
        let ways = interpret::ways(workflow, site, instance, &asked).ok()?;
        let payload = (ways.event, ways.payload.iter().collect());
        let moment = moment(workflow, site, instance, &asked, payload);
        Some((ways.event, moment))
    });
    let rows = workflow.rows.rows().iter();
    let rows = rows.filter(|row| {
        let id = known.as_ref().map(|(id, _)| *id);
        id.is_some_and(|id| row.trigger == Trigger::Event(id))
    });
    let rows: Vec<&Row> = rows.collect();
    let listed = candidates.iter().enumerate();
    listed
        .map(|(index, candidate)| Against {
            candidate: candidate.clone(),
            parts: match (&known, rows.get(index)) {
                (Some((_, moment)), Some(row)) => parts(workflow, moment, row, candidate),
                _ => Vec::new(),
            },
        })
        .collect()
}

/// The parts of a row's guards that speak against it.
fn parts(workflow: &Workflow, moment: &Moment, row: &Row, candidate: &Candidate) -> Vec<Part> {
    let failed = |condition: &&Condition| {
        let mut reasons = candidate.reasons.iter();
        reasons.any(|reason| match reason {
            Reason::Guard(failure) => failure.guard == condition.text,
            _ => false,
        })
    };
    let of_branches = row.branches.iter().flat_map(|branch| &branch.conditions);
    let conditions = row.conditions.iter().chain(of_branches).filter(failed);
    let guards = conditions.filter_map(|condition| condition.guard.as_ref());
    moment.read(workflow, &moment.actor, |inputs| {
        let mut found: Vec<Part> = Vec::new();
        for part in guards.flat_map(|guard| guard.explain(inputs)) {
            if !found.contains(&part) {
                found.push(part);
            }
        }
        found
    })
}

/// The name of a slot of a table.
fn name_of<I: Id, T>(
    table: &crate::graph::Table<I, T>,
    slot: usize,
    name: impl Fn(&T) -> &str,
) -> String {
    table
        .rows()
        .get(slot)
        .map_or(String::new(), |row| name(row).to_owned())
}
