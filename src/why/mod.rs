//! Why an event is refused, and what would have to be different.
//!
//! In: an order, a site, an event. Out: every candidate with the parts of its guards that speak against
//! it, and the smallest [`Change`] that would let the event through: the fewest values, each by as
//! little as can be, of the context before all else, then of what the event brings, of the settings,
//! and last another actor. Where one field is enough, other fields of which each would be are named, too; of numbers,
//! the one that changes by least comes first. A change is proposed only once it was applied and the step was accepted. Where waiting is
//! enough, it says for how long.

mod change;
mod wait;
mod told;

pub use change::{Change, Changed, Search};
pub use wait::Wait;

use change::Hunt;
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::Moment;
use crate::context::{Actor, Value};
use crate::graph::{Condition, Id, Row, StateId, Target, Trigger, Workflow};
use crate::guard::Part;
use crate::instance::{Candidate, Event, EventKind, Instance, Reason, Refusal, Site};
use crate::interpret::{self, Answer, Asked};
use crate::time::Instant;

/// What is said about an event.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Why {
    /// Whether the event would be accepted.
    pub accepted: bool,
    /// Where the order stands, once the timers that are due have fired: the paths of its states, joined by ` + `.
    pub state: String,
    /// As whom it was asked.
    pub actor: String,
    /// The id of who asked, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// The refusal in words, where it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Every row of the event, with what speaks against it.
    pub candidates: Vec<Against>,
    /// The change that would let it through; `None` where there is none, or none was found.
    pub change: Option<Change>,
    /// Where one field of the context is enough: changes of other fields of which each would be, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Change>,
    /// When it would be accepted by waiting alone; `None` where that is never, or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// How the search for it ended; `None` where none was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// The parts of guards that the analysis cannot solve, where they matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsolved: Vec<String>,
}

impl Why {
    /// The same in lines for people.
    pub fn text(&self) -> String {
        told::text(self)
    }
}

/// A row, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Against {
    /// The row with its reasons.
    #[serde(flatten)]
    pub candidate: Candidate,
    /// Its guards that do not hold, in the order of the reasons.
    pub guards: Vec<Failed>,
}

/// A guard that does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Failed {
    /// Its name, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The expression.
    pub guard: String,
    /// The parts of it that speak against it.
    pub parts: Vec<Part>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
struct Case<'a> {
    workflow: &'a Workflow,
    site: &'a Site,
    instance: &'a Instance,
    event: &'a Event,
    now: Instant,
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
    let mut why = Why {
        accepted: true,
        state: outcome.instance.status(workflow),
        actor: event.actor.role.clone(),
        actor_id: event.actor.id.clone(),
        refusal: None,
        candidates: Vec::new(),
        change: None,
        others: Vec::new(),
        wait: None,
        search: None,
        unsolved: Vec::new(),
    };
    let Answer::Refused(refusal) = outcome.answer else {
        return why;
    };
    let case = Case {
        workflow,
        site,
        instance: &outcome.instance,
        event,
        now,
    };
    why.accepted = false;
    why.refusal = Some(refusal.to_string());
    match &refusal {
        // What does not belong to the workflow, or does not fit it, is no question of guards.
        Refusal::UnknownEvent { .. }
        | Refusal::UnknownActor { .. }
        | Refusal::Payload { .. }
        | Refusal::Behind { .. } => return why,
        Refusal::NoTransition { candidates } => {
            why.candidates = explained(case, candidates);
        }
        _ => {}
    }
    let mut hunt = Hunt::default();
    why.change = change::smallest(case, &mut hunt);
    if let Some(change) = &mut why.change {
        why.others = change::others(case, change);
    }
    why.wait = wait::earliest(case);
    let search = hunt.ended(why.change.is_some());
    why.search = Some(search);
    if search == Search::Open {
        why.unsolved = hunt.unsolved.into_iter().collect();
    }
    why
}

/// Who is to be asked about, where nothing is said: the first actor for whom the event is accepted, else
/// the one who comes closest to it.
pub fn closest_actor(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    event: &Event,
    now: Instant,
) -> Actor {
    let refused = |actor: &Actor| {
        let event = Event {
            actor: actor.clone(),
            ..event.clone()
        };
        match interpret::step(workflow, site, instance, &event, now).answer {
            Answer::Accepted | Answer::Repeated => (0, 0),
            Answer::Refused(refusal) => distance(&refusal),
        }
    };
    let asked = roles(workflow).map(Actor::new);
    let closest = asked.min_by_key(refused);
    closest.unwrap_or_else(Actor::system)
}

/// The actors; the workflow itself comes last.
fn roles(workflow: &Workflow) -> impl Iterator<Item = &str> {
    let mut actors = workflow.actors.rows().iter();
    let system = actors.next();
    actors.chain(system).map(|actor| actor.name.as_str())
}

/// How far a refusal is from an acceptance: what the best candidate lacks, in rank and in number.
fn distance(refusal: &Refusal) -> (usize, usize) {
    let Refusal::NoTransition { candidates } = refusal else {
        return (1, 0);
    };
    let rank = |reason: &Reason| match reason {
        Reason::WrongState { .. } => 4,
        Reason::WrongActor { .. } | Reason::MayNotEnter { .. } => 3,
        Reason::Guard(_) => 2,
        _ => 1,
    };
    let each = candidates.iter().map(|candidate| {
        let reasons = &candidate.reasons;
        let worst = reasons.iter().map(rank).max();
        (worst.unwrap_or(0), reasons.len())
    });
    each.min().unwrap_or((usize::MAX, 0))
}

/// The first target that is offered where the order stands, if the caller has named none that is.
fn offered(case: Case<'_>) -> Option<StateId> {
    let EventKind::Named { name, target, .. } = &case.event.kind else {
        return None;
    };
    let workflow = case.workflow;
    let trigger = Trigger::Event(workflow.event_named(name)?);
    let rows = workflow.rows.rows().iter();
    let rows = rows.filter(|row| {
        let mut transitions = row.transitions.iter();
        let here = |id| case.instance.is_active(workflow.transitions.at(id).source);
        row.trigger == trigger && transitions.any(here)
    });
    let mut targets = rows
        .flat_map(|row| &row.branches)
        .filter_map(|branch| match &branch.target {
            Target::Choose(states) => Some(states),
            _ => None,
        })
        .flatten();
    let first = *targets.clone().next()?;
    let path = |id: StateId| workflow.states.at(id).path.as_str();
    let named = target.as_deref();
    let known = targets.any(|&id| named == Some(path(id)));
    (!known).then_some(first)
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
    case: Case<'_>,
    asked: &Asked<'_>,
    payload: (crate::graph::EventId, Vec<Option<Value>>),
) -> Moment {
    let (workflow, site, instance) = (case.workflow, case.site, case.instance);
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

fn explained(case: Case<'_>, candidates: &[Candidate]) -> Vec<Against> {
    let workflow = case.workflow;
    let known = asked(case.event, case.now).and_then(|asked| {
        let ways = interpret::ways(workflow, case.site, case.instance, &asked).ok()?;
        let payload = (ways.event, ways.payload.iter().collect());
        let moment = moment(case, &asked, payload);
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
            guards: match (&known, rows.get(index)) {
                (Some((_, moment)), Some(row)) => failed(workflow, moment, row, candidate),
                _ => Vec::new(),
            },
        })
        .collect()
}

/// The guards of a row that do not hold, each with the parts that speak against it.
fn failed(workflow: &Workflow, moment: &Moment, row: &Row, candidate: &Candidate) -> Vec<Failed> {
    let of_branches = row.branches.iter().flat_map(|branch| &branch.conditions);
    let conditions: Vec<&Condition> = row.conditions.iter().chain(of_branches).collect();
    let failures = candidate.reasons.iter().filter_map(|reason| match reason {
        Reason::Guard(failure) => Some(failure),
        _ => None,
    });
    moment.read(workflow, &moment.actor, |inputs| {
        failures
            .map(|failure| {
                let mut meant = conditions.iter();
                let meant = meant.find(|condition| *condition.text == *failure.guard);
                let guard = meant.and_then(|condition| condition.guard.as_ref());
                let mut parts: Vec<Part> = Vec::new();
                for part in guard.into_iter().flat_map(|guard| guard.explain(inputs)) {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
                Failed {
                    name: failure.name.clone(),
                    guard: failure.guard.clone(),
                    parts,
                }
            })
            .collect()
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
