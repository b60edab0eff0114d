//! What is said about an event, for people.
//!
//! In: a [`Why`]. Out: lines: the refusal, every row with what speaks against it, and the change.

use chrono::{TimeDelta, Timelike as _};

use super::{Search, Wait, Why, shown};
use crate::context::Value;
use crate::guard::Part;
use crate::instance::Reason;
use crate::time::{format_instant, parse_instant};

/// The lines, each with its end.
pub(super) fn text(answer: &Why) -> String {
    let actor = match &answer.actor_id {
        Some(id) => format!("`{}` with the id `{id}`", answer.actor),
        None => format!("`{}`", answer.actor),
    };
    if answer.accepted {
        return format!("the event would be accepted as {actor}\n");
    }
    let mut lines: Vec<String> = Vec::new();
    lines.push(match &answer.refusal {
        Some(refusal) => format!("refused as {actor}: {refusal}"),
        None => format!("refused as {actor}"),
    });
    for against in &answer.candidates {
        let candidate = &against.candidate;
        lines.push(String::new());
        lines.push(format!(
            "from {} to {}",
            candidate.from.join(", "),
            candidate.to
        ));
        let mut guards = against.guards.iter();
        for reason in &candidate.reasons {
            let Reason::Guard(failure) = reason else {
                lines.push(format!("  {reason}"));
                continue;
            };
            lines.push(match &failure.name {
                Some(name) => format!("  the guard `{name}`, `{}`, does not hold", failure.guard),
                None => format!("  the guard `{}` does not hold", failure.guard),
            });
            lines.extend(failure.refusal.iter().map(|said| format!("    {said}")));
            let parts = guards.next().into_iter().flat_map(|guard| &guard.parts);
            lines.extend(parts.map(|part| format!("    {}", line(part))));
        }
    }
    if let Some(search) = answer.search {
        lines.push(String::new());
        lines.extend(answer.wait.as_ref().map(waiting));
        lines.push(ending(answer, search));
    }
    // Values come from outside: a line stays a line, whatever they hold.
    let lines = lines.iter().map(|line| line.replace('\n', "\\n") + "\n");
    lines.collect()
}

/// From when on waiting is enough.
fn waiting(wait: &Wait) -> String {
    // What has to be later than an instant is so a billionth of a second behind it.
    let from = match parse_instant(&wait.at) {
        Ok(at) if at.nanosecond() == 1 => {
            format!("after {}", format_instant(at - TimeDelta::nanoseconds(1)))
        }
        _ => format!("from {} on", wait.at),
    };
    let behind: Vec<String> = wait.behind.iter().map(|name| format!("`{name}`")).collect();
    match behind.is_empty() {
        true => format!("it would be accepted {from}, by waiting alone"),
        false => format!(
            "it would be accepted {from}, once {} came",
            behind.join(", ")
        ),
    }
}

/// What would have to be different.
fn ending(answer: &Why, search: Search) -> String {
    match (&answer.change, search) {
        (Some(change), Search::Tried) => {
            format!("it would be accepted with this change, perhaps not the smallest: {change}")
        }
        (Some(change), _) => {
            format!("it would be accepted with the smallest change: {change}")
        }
        (None, Search::Never) => "it is proved that no context, payload, settings or actor \
            let the event through while the order rests there"
            .to_owned(),
        (None, _) => {
            let unsolved = answer.unsolved.iter().map(|text| format!("`{text}`"));
            let unsolved: Vec<String> = unsolved.collect();
            match unsolved.is_empty() {
                true => "no change was found, but there may be one".to_owned(),
                false => format!(
                    "no change was found, but there may be one: what cannot be solved is {}",
                    unsolved.join(", ")
                ),
            }
        }
    }
}

/// A part of a guard with its values.
fn line(part: &Part) -> String {
    let named = |(name, value): &(String, Option<Value>)| match value {
        Some(value) => format!("`{name}` = {}", shown(value)),
        None => format!("`{name}` is not set"),
    };
    let is = match (part.is, &part.error) {
        (_, Some(error)) => format!("cannot be judged: {error}"),
        (Some(is), None) => format!("is {is}"),
        (None, None) => "cannot be judged".to_owned(),
    };
    let mut values: Vec<String> = part.values.iter().map(named).collect();
    values.retain(|value| part.error.as_ref() != Some(value));
    let values = values.join(", ");
    match (values.is_empty(), &part.error) {
        (true, _) => format!("`{}` {is}", part.text),
        (false, Some(_)) => format!("`{}` {is} ({values})", part.text),
        (false, None) => format!("`{}` {is}: {values}", part.text),
    }
}
