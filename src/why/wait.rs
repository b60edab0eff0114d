//! When an event would be accepted by waiting alone.
//!
//! In: an order at an instant, and an event. Out: the first instant at which a step accepts it, where nothing happens
//! until then but what comes by itself, and the first behind it at which a step does not. Between two timers guards can
//! only change with `now`, and the analysis says when they first let the event through, and when they stop to; each
//! instant that it names is confirmed by a step.

use schemars::JsonSchema;
use serde::Serialize;

use super::change::{aimed, open_ways};
use super::{Case, asked, moment, offered};
use crate::analysis::{Free, Nearest, Way, nearest, timer_name};
use crate::graph::Workflow;
use crate::instance::{Cause, Event, Instance, StepRecord};
use crate::interpret::{self, Answer};
use crate::time::{Instant, format_instant};

/// The most instants at which something comes by itself that are looked behind.
const MOST: usize = 100;

/// What waiting comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Wait {
    /// The first instant at which the event would be accepted, where nothing else happens until then.
    pub at: String,
    /// The first instant behind that at which it would not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether it is known that there is an end or that there is none.
    pub certain: bool,
    /// The state that the caller would have to name, where none was named that is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What comes by itself before: timers as `STATE.TIMER`, and events that were raised for later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
}

/// When the event is accepted by waiting; `None` where it is not, or that is not known.
pub(super) fn earliest(case: Case<'_>) -> Option<Wait> {
    let target = offered(case).map(|id| case.workflow.states.at(id).path.as_str());
    let aimed = target.map(|target| aimed(case.event, target));
    let event = aimed.as_ref().unwrap_or(case.event);
    let case = Case { event, ..case };
    let mut order = case.instance.clone();
    let mut now = case.now.max(order.updated_at);
    let mut behind = Vec::new();
    for _ in 0..MOST {
        let (here, due) = (standing(case, &order, now), order.next_due());
        let first = match accepts(here) {
            true => Turn::At(now),
            false => turn(here, Free::Time),
        };
        match first {
            // What is accepted at once with another target is no matter of time.
            Turn::At(at) if at <= case.now => return None,
            Turn::At(at) if due.is_none_or(|due| at < due) => {
                let end = end(Case { now: at, ..here });
                return Some(Wait {
                    at: format_instant(at),
                    until: match end {
                        Turn::At(until) => Some(format_instant(until)),
                        Turn::Never | Turn::Unknown => None,
                    },
                    certain: !matches!(end, Turn::Unknown),
                    target: target.map(str::to_owned),
                    behind,
                });
            }
            Turn::At(_) | Turn::Never => {}
            Turn::Unknown => return None,
        }
        now = due.filter(|&due| due > now)?;
        let outcome = interpret::step(case.workflow, case.site, &order, &Event::tick(), now);
        let came = outcome.records.iter();
        behind.extend(came.filter_map(|record| name_of(case.workflow, record)));
        order = outcome.instance;
    }
    None
}

/// The first instant behind one at which the event is accepted at which it is not.
fn end(case: Case<'_>) -> Turn {
    let mut order = case.instance.clone();
    let mut now = case.now;
    for _ in 0..MOST {
        let due = order.next_due();
        match (turn(standing(case, &order, now), Free::TimeOut), due) {
            (Turn::At(at), due) if due.is_none_or(|due| at < due) => return Turn::At(at),
            (Turn::At(_) | Turn::Never, Some(due)) if due > now => now = due,
            (Turn::Never, None) => return Turn::Never,
            _ => return Turn::Unknown,
        }
        order = interpret::step(case.workflow, case.site, &order, &Event::tick(), now).instance;
        if !accepts(standing(case, &order, now)) {
            return Turn::At(now);
        }
    }
    Turn::Unknown
}

/// The same question about an order at another instant.
fn standing<'a>(case: Case<'a>, instance: &'a Instance, now: Instant) -> Case<'a> {
    Case {
        instance,
        now,
        ..case
    }
}

/// Whether a step accepts the event.
fn accepts(case: Case<'_>) -> bool {
    let outcome = interpret::step(
        case.workflow,
        case.site,
        case.instance,
        case.event,
        case.now,
    );
    outcome.answer == Answer::Accepted
}

/// When what is said of an event turns.
enum Turn {
    At(Instant),
    Never,
    Unknown,
}

/// The first instant behind the given one at which the guards say otherwise than now: a step shows it, if nothing comes
/// by itself before.
fn turn(case: Case<'_>, free: Free) -> Turn {
    let Some(asked) = asked(case.event, case.now) else {
        return Turn::Unknown;
    };
    let Ok(ways) = interpret::ways(case.workflow, case.site, case.instance, &asked) else {
        return Turn::Unknown;
    };
    let open = open_ways(case.workflow, &ways);
    let conditions = open.iter().flat_map(Way::conditions);
    let mut guards = conditions.filter_map(|condition| condition.guard.as_ref());
    if !guards.any(|guard| guard.reads().now) {
        return Turn::Never;
    }
    let payload = (ways.event, ways.payload.iter().collect());
    let before = moment(case, &asked, payload);
    let Some(source) = case.instance.leaves(case.workflow).next() else {
        return Turn::Unknown;
    };
    let place = (source, Some(ways.event));
    match nearest(case.workflow, &before, place, &open, free) {
        Nearest::Perhaps {
            moment: Some(after),
            ..
        } if after.now > case.now => {
            // What comes by itself before that is looked at first.
            let is_behind = case.instance.next_due().is_some_and(|due| due <= after.now);
            let there = standing(case, case.instance, after.now);
            match is_behind || accepts(there) == (free == Free::Time) {
                true => Turn::At(after.now),
                false => Turn::Unknown,
            }
        }
        Nearest::Never => Turn::Never,
        Nearest::Perhaps { .. } => Turn::Unknown,
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
