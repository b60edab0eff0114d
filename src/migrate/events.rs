//! Events raised for later: which events of the new version they come as.
//!
//! In: a [`Plan`], and the events that wait in an order. Out: a finding for each that may wait and has no
//! fitting event to come as; what waits in the new version, or why it cannot.

use super::apply::{EventFate, Refused};
use super::document::PlanFile;
use super::plan::{Fate, Plan};
use super::rule::UNDECIDED_EVENT;
use crate::context::Cells;
use crate::diagnostic::{Diagnostic, Report};
use crate::diff::{misfit, surplus, waiting};
use crate::graph::Event;
use crate::instance::PendingEvent;

/// Judges what becomes of each event that may wait.
pub(super) fn check(file: &PlanFile, plan: &Plan<'_>, report: &mut Report) {
    for (id, raised) in waiting(plan.old) {
        let new = match plan.event(id) {
            Fate::As(new) => Some(new),
            Fate::Gone => None,
            // What names no event is told as such.
            Fate::Drop | Fate::Unknown => continue,
        };
        let surplus = || {
            let decided = plan.events.contains_key(&id);
            let new = plan.new.events.at(new.filter(|_| !decided)?);
            surplus(plan.old.events.at(id), new)
        };
        let misfit = misfit((plan.old, id), (plan.new, new));
        let fits = misfit.is_none();
        let Some(why) = misfit.or_else(surplus) else {
            continue;
        };
        let name = &plan.old.events.at(id).name;
        let new = new.map(|id| plan.new.events.at(id));
        let span = plan.events.get(&id).map(|(_, span)| *span);
        let target = new.map_or(name, |new| &new.name);
        let message = match target == name {
            true => format!("`{name}` may wait for its time, and {why}"),
            false => format!("`{name}` may wait for its time and come as `{target}`, and {why}"),
        };
        let found = Diagnostic::new(&UNDECIDED_EVENT, span.unwrap_or(file.from.span), message)
            .also(raised, "raised for later here");
        let found = match new {
            Some(new) => found.also(new.span, "the event of the new version"),
            None => found,
        };
        let keep = match fits {
            true => format!("write `{name}: keep` under `events` where that may go; else "),
            false => String::new(),
        };
        report.push(found.help(format!(
            "{keep}write `{name}: drop` under `events`, or name the event that comes for it: \
             `{name}: {{ keep: EVENT }}`"
        )));
    }
}

/// What waits in the new version, and what became of each event.
#[derive(Debug, Default)]
pub(super) struct Moved {
    pub(super) pending: Vec<PendingEvent>,
    pub(super) fates: Vec<(String, EventFate)>,
    pub(super) refused: Vec<Refused>,
}

/// Brings events over: they come at the same instants, with the same values. Nothing comes after the end.
pub(super) fn moved(plan: &Plan<'_>, before: &[PendingEvent], ends: bool) -> Moved {
    let mut moved = Moved::default();
    for pending in before {
        let old = plan.old.events.at(pending.event);
        let event = || old.name.clone();
        let refuse = |problem: String| Refused::Pending {
            event: event(),
            problem,
        };
        let id = match plan.event(pending.event) {
            Fate::Drop => {
                moved.fates.push((event(), EventFate::Dropped));
                continue;
            }
            _ if ends => {
                moved.fates.push((event(), EventFate::Dropped));
                continue;
            }
            Fate::As(id) => id,
            Fate::Gone | Fate::Unknown => {
                let problem = "the new version has no such event".to_owned();
                moved.refused.push(refuse(problem));
                continue;
            }
        };
        match payload(old, plan.new.events.at(id), &pending.payload) {
            Ok(payload) => {
                moved.fates.push((event(), EventFate::Kept));
                moved.pending.push(PendingEvent {
                    event: id,
                    payload,
                    due: pending.due,
                    generation: pending.generation,
                });
            }
            Err(problems) => moved.refused.extend(problems.into_iter().map(refuse)),
        }
    }
    moved
}

/// The values of an event as another takes them.
fn payload(old: &Event, new: &Event, before: &Cells) -> Result<Cells, Vec<String>> {
    let mut after = Cells::new(&new.layout);
    let mut problems = Vec::new();
    for (slot, field) in new.payload.iter().enumerate() {
        let mut known = old.payload.iter();
        let at = known.position(|known| known.name == field.name);
        let value = at.and_then(|at| before.get(at));
        match value.map(|value| field.ty.read_field(&value.to_json(), field.personal)) {
            Some(Ok(value)) => after.set(slot, Some(value)),
            Some(Err(error)) => problems.push(format!("`{}`: {error}", field.name)),
            None if !field.optional => {
                problems.push(format!("it brings no `{}`, which is required", field.name));
            }
            None => {}
        }
    }
    match problems.is_empty() {
        true => Ok(after),
        false => Err(problems),
    }
}
