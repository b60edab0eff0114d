//! What is possible now, and why the rest is not.
//!
//! In: a family and the order that lines are about. Out: text. The interpreter answers; this groups
//! its answers by event, since a person thinks of the event first.

use crate::context::Actor;
use crate::drive::{Family, OrderName};
use crate::instance::{Candidate, Reason, Refusal};
use crate::interpret::{self, Action, Possible};

/// An event as every actor sees it, in the order of the actors.
struct Choice {
    event: String,
    by: Vec<(String, Action)>,
}

impl Choice {
    /// The actors that may, with what they may.
    fn able(&self) -> impl Iterator<Item = (&str, &Action)> {
        let able = self.by.iter();
        able.filter(|(_, action)| action.possible != Possible::No)
            .map(|(actor, action)| (actor.as_str(), action))
    }
}

/// Every event with what each actor may.
fn choices(family: &Family<'_>, order: &OrderName) -> Vec<Choice> {
    let workflow = family.workflow();
    let Some(instance) = family.instance(order) else {
        return Vec::new();
    };
    let events = workflow.events.rows().iter();
    let mut choices: Vec<Choice> = events
        .map(|event| Choice {
            event: event.name.clone(),
            by: Vec::new(),
        })
        .collect();
    for actor in workflow.actors.rows() {
        let role = Actor::new(&actor.name);
        let actions = interpret::available(workflow, family.site(), instance, &role, family.now());
        for (choice, action) in choices.iter_mut().zip(actions) {
            choice.by.push((actor.name.clone(), action));
        }
    }
    choices
}

/// The actors that may fire an event now; where nobody may, those that may at another time.
pub(super) fn able(family: &Family<'_>, order: &OrderName, event: &str) -> Vec<String> {
    let choices = choices(family, order);
    let Some(choice) = choices.iter().find(|choice| choice.event == event) else {
        return Vec::new();
    };
    let able: Vec<String> = choice.able().map(|(actor, _)| actor.to_owned()).collect();
    if !able.is_empty() {
        return able;
    }
    let others = choice.by.iter().filter(|(_, action)| is_theirs(action));
    others.map(|(actor, _)| actor.clone()).collect()
}

/// Whether an actor may do this at some time: not all that speaks against it is who the actor is.
fn is_theirs(action: &Action) -> bool {
    let is_strange = |candidate: &Candidate| {
        let mut reasons = candidate.reasons.iter();
        reasons.any(|reason| matches!(reason, Reason::WrongActor { .. }))
    };
    !action.against.iter().all(is_strange)
}

/// What is possible now, and one reason for each event that is not.
pub(super) fn text(family: &Family<'_>, order: &OrderName) -> String {
    let choices = choices(family, order);
    let mut possible = Vec::new();
    let mut rest = Vec::new();
    for choice in &choices {
        let able: Vec<_> = choice.able().collect();
        match able.first() {
            Some((_, action)) => {
                let actors: Vec<&str> = able.iter().map(|(actor, _)| *actor).collect();
                possible.push(offer(action, &actors));
            }
            None => rest.push(format!("{}: {}", choice.event, against(choice))),
        }
    }
    if possible.is_empty() {
        possible.push("nothing".to_owned());
    }
    let mut text = Vec::new();
    for (title, lines) in [("possible", possible), ("not now", rest)] {
        for (index, line) in lines.iter().enumerate() {
            let title = if index == 0 { title } else { "" };
            text.push(format!("  {title:<8} {line}"));
        }
    }
    joined(&text)
}

/// `check_out by customer -> booked, with reason (string)`.
fn offer(action: &Action, actors: &[&str]) -> String {
    let to = match (action.choose, action.targets.is_empty()) {
        (true, _) => format!(" to {}", action.targets.join(" | ")),
        (false, true) => String::new(),
        (false, false) => format!(" -> {}", action.targets.join(" | ")),
    };
    let inputs = action.payload.iter().map(|input| match input.optional {
        true => format!("[{}=({})]", input.name, input.ty),
        false => format!("{}=({})", input.name, input.ty),
    });
    let inputs: Vec<String> = inputs.collect();
    let with = match inputs.is_empty() {
        true => String::new(),
        false => format!(" with {}", inputs.join(" ")),
    };
    let depends = match action.possible {
        Possible::DependsOnEvent => ", where its values allow it",
        Possible::Yes | Possible::No => "",
    };
    let advice = action.advice.as_ref();
    let advice = advice.map_or(String::new(), |advice| format!(" ({advice})"));
    let actors = actors.join(" | ");
    format!("{} by {actors}{to}{with}{depends}{advice}", action.event)
}

/// The reason that tells most: that of an actor who may, where there is one.
fn against(choice: &Choice) -> String {
    let actions = || choice.by.iter().map(|(_, action)| action);
    let told = actions().find(|action| is_theirs(action));
    let told = told.or_else(|| actions().next());
    let candidates = told.map(|action| action.against.clone());
    Refusal::NoTransition {
        candidates: candidates.unwrap_or_default(),
    }
    .to_string()
}

/// Every reason for and against an event, actor by actor.
pub(super) fn why(
    family: &Family<'_>,
    order: &OrderName,
    event: &str,
    actor: Option<&str>,
) -> String {
    let choices = choices(family, order);
    let choice = choices.iter().find(|choice| choice.event == event);
    let mut text = Vec::new();
    for (name, action) in choice.iter().flat_map(|choice| &choice.by) {
        if actor.is_some_and(|actor| actor != name) {
            continue;
        }
        match action.possible {
            Possible::No => text.push(format!("{event} by {name} is not possible")),
            _ => text.push(offer(action, &[name])),
        }
        for candidate in &action.against {
            let (from, to) = (candidate.from.join(", "), &candidate.to);
            let reasons: Vec<String> = candidate.reasons.iter().map(Reason::to_string).collect();
            text.push(format!("  {from} -> {to}: {}", reasons.join("; ")));
        }
    }
    joined(&text)
}

/// Lines with their ends.
fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
