//! What is said about an event, for people.
//!
//! In: a [`Why`]. Out: lines: the refusal, every row with what speaks against it, and the change.

use chrono::{TimeDelta, Timelike as _};

use super::{Search, Wait, Why};
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
            lines.extend(parts.map(|part| format!("    {}", line(part, &answer.state))));
        }
    }
    if let Some(search) = answer.search {
        lines.push(String::new());
        lines.extend(answer.wait.as_ref().map(waiting));
        lines.push(ending(answer, search));
        lines.extend(
            answer
                .others
                .iter()
                .map(|other| format!("or with this one: {other}")),
        );
    }
    // Values come from outside: a line stays a line, whatever they hold.
    let lines = lines.iter().map(|line| line.replace('\n', "\\n") + "\n");
    lines.collect()
}

/// From when on waiting is enough, and until when.
fn waiting(wait: &Wait) -> String {
    // What has to be later than an instant is so a billionth of a second behind it.
    let from = match parse_instant(&wait.at) {
        Ok(at) if at.nanosecond() == 1 => {
            format!("after {}", format_instant(at - TimeDelta::nanoseconds(1)))
        }
        _ => format!("from {}", wait.at),
    };
    let from = match (&wait.until, wait.certain) {
        (Some(until), _) => format!("{from} until {until}"),
        (None, true) if from.starts_with("after") => from,
        (None, true) => format!("{from} on"),
        (None, false) => format!("{from}; until when is not known"),
    };
    let mut behind: Vec<(&str, usize)> = Vec::new();
    for name in &wait.behind {
        match behind.last_mut() {
            Some((last, times)) if last == name => *times += 1,
            _ => behind.push((name, 1)),
        }
    }
    let behind = behind.into_iter().map(|(name, times)| match times {
        1 => format!("`{name}`"),
        times => format!("`{name}` {times} times"),
    });
    let behind: Vec<String> = behind.collect();
    let with = match &wait.target {
        Some(target) => format!(", with the target `{target}`"),
        None => String::new(),
    };
    match behind.is_empty() {
        true => format!("by waiting alone it would be accepted {from}{with}"),
        false => format!(
            "once {} came, it would be accepted {from}{with}",
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

/// A part of a guard with its values, and with the place of the order where it asks for that.
fn line(part: &Part, state: &str) -> String {
    let named = |(name, value): &(String, Option<Value>)| match value {
        Some(value) => format!("`{name}` = {}", value.shown()),
        None => format!("`{name}` is not set"),
    };
    let is = match (part.is, &part.error) {
        (_, Some(error)) => format!("cannot be judged: {error}"),
        (Some(is), None) => format!("is {is}"),
        (None, None) => "cannot be judged".to_owned(),
    };
    // What a part asks by itself alone it has just said.
    let others = part.values.iter();
    let others = others.filter(|(name, value)| *name != part.text || value.is_none());
    let mut values: Vec<String> = others.map(named).collect();
    if part.text.trim_start_matches('!').starts_with("in_state(") {
        values.push(format!("the order is in `{state}`"));
    }
    values.retain(|value| part.error.as_ref() != Some(value));
    let values = values.join(", ");
    match (values.is_empty(), &part.error) {
        (true, _) => format!("`{}` {is}", part.text),
        (false, Some(_)) => format!("`{}` {is} ({values})", part.text),
        (false, None) => format!("`{}` {is}: {values}", part.text),
    }
}
