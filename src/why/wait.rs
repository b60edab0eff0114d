//! From when on an event would be accepted by waiting alone.
//!
//! In: an order at an instant, and an event. Out: the first instant at which a step accepts it, where nothing happens
//! until then but what comes by itself. Between two timers guards can only change with `now`, and the analysis says
//! when they first let the event through; each instant that it names is confirmed by a step.

use schemars::JsonSchema;
use serde::Serialize;

use super::change::open_ways;
use super::{Case, asked, moment};
use crate::analysis::{Free, Nearest, Way, nearest, timer_name};
use crate::graph::Workflow;
use crate::instance::{Cause, Event, StepRecord};
use crate::interpret::{self, Answer};
use crate::time::{Instant, format_instant};

/// The most instants at which something comes by itself that are looked behind.
const MOST: usize = 16;

/// What waiting comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Wait {
    /// The first instant at which the event would be accepted, where nothing else happens until then.
    pub at: String,
    /// What comes by itself before: timers as `STATE.TIMER`, and events that were raised for later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
}

/// When the event is accepted by waiting; `None` where it is not, or that is not known.
pub(super) fn earliest(case: Case<'_>) -> Option<Wait> {
    let mut order = case.instance.clone();
    let mut now = case.now.max(order.updated_at);
    let mut behind = Vec::new();
    for _ in 0..MOST {
        let here = Case {
            instance: &order,
            now,
            ..case
        };
        let due = order.next_due();
        let first = accepted_from(here).filter(|&at| due.is_none_or(|due| at < due));
        if let Some(at) = first {
            return Some(Wait {
                at: format_instant(at),
                behind,
            });
        }
        now = due.filter(|&due| due > now)?;
        let outcome = interpret::step(case.workflow, case.site, &order, &Event::tick(), now);
        let came = outcome.records.iter();
        behind.extend(came.filter_map(|record| name_of(case.workflow, record)));
        order = outcome.instance;
    }
    None
}

/// The first instant from now on at which the event is accepted while the order stays as it is.
fn accepted_from(case: Case<'_>) -> Option<Instant> {
    let accepts = |at: Instant| {
        let outcome = interpret::step(case.workflow, case.site, case.instance, case.event, at);
        outcome.answer == Answer::Accepted
    };
    if accepts(case.now) {
        return Some(case.now);
    }
    let asked = asked(case.event, case.now)?;
    let ways = interpret::ways(case.workflow, case.site, case.instance, &asked).ok()?;
    let open = open_ways(case.workflow, &ways);
    let reads_now = open.iter().flat_map(Way::conditions);
    let mut guards = reads_now.filter_map(|condition| condition.guard.as_ref());
    if !guards.any(|guard| guard.reads().now) {
        return None;
    }
    let payload = (ways.event, ways.payload.iter().collect());
    let before = moment(case, &asked, payload);
    let source = case.instance.leaves(case.workflow).next()?;
    let place = (source, Some(ways.event));
    match nearest(case.workflow, &before, place, &open, Free::Time) {
        Nearest::Perhaps {
            moment: Some(after),
            ..
        } if after.now > case.now && accepts(after.now) => Some(after.now),
        Nearest::Perhaps { .. } | Nearest::Never => None,
    }
}

/// What came, by its name.
fn name_of(workflow: &Workflow, record: &StepRecord) -> Option<String> {
    match &record.cause {
        Cause::Timer { timer, .. } => Some(timer_name(workflow, *timer)),
        Cause::Raised { event, .. } => Some(workflow.events.at(*event).name.clone()),
        _ => None,
    }
}
