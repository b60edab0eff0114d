//! The trace as a plain-text table: a line for each thing that happened, and what it changed below.
//!
//! Columns have fixed widths, so that a longer name in one row moves no other row: a golden file
//! differs exactly where behaviour does.

use std::fmt::Write;

use serde_json::Value as Json;

use super::{Change, GuardResult, Named, Row, RowKind};
use crate::context::in_brackets;
use crate::instance::{Candidate, Refusal};

/// The widths of the columns before the last.
const WIDTHS: [usize; 3] = [20, 10, 40];

/// The rows as a table. The name of the order stands before what happened wherever it is not the root.
pub fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    line(&mut out, ["at", "after", "what happened"], "from -> to");
    for row in rows {
        line(
            &mut out,
            [&row.at, &format!("+{}", row.elapsed), &what(row)],
            &way(row),
        );
        details(&mut out, row);
    }
    out
}

fn line(out: &mut String, cells: [&str; 3], last: &str) {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(WIDTHS) {
        // Writing to a string cannot fail.
        let _ = write!(line, "{cell:<width$}  ");
    }
    line.push_str(last);
    out.push_str(line.trim_end());
    out.push('\n');
}

fn what(row: &Row) -> String {
    let name = row.name.as_deref().unwrap_or_default();
    let what = match row.kind {
        RowKind::Created => "created".to_owned(),
        RowKind::Timer | RowKind::TimerSpent => format!("timer {name}"),
        RowKind::Raised | RowKind::RaisedSpent => format!("{name} (raised earlier)"),
        RowKind::ContextChanged => "context changed".to_owned(),
        RowKind::ChildrenChanged => "children changed".to_owned(),
        RowKind::Override => format!("override: {name}"),
        RowKind::Event | RowKind::Repeated | RowKind::Refused => name.to_owned(),
        RowKind::ChildMoved => "moved".to_owned(),
    };
    let order = match row.order.as_str() {
        "root" => String::new(),
        order => format!("{order}: "),
    };
    let by = match (&row.by.id, row.kind) {
        (
            _,
            RowKind::Timer
            | RowKind::TimerSpent
            | RowKind::Raised
            | RowKind::RaisedSpent
            | RowKind::ChildrenChanged,
        ) => String::new(),
        (Some(id), _) => format!(" by {} ({id})", row.by.role),
        (None, _) => format!(" by {}", row.by.role),
    };
    one_line(&format!("{order}{what}{by}"))
}

fn way(row: &Row) -> String {
    let (from, to) = (row.from.join(" + "), row.to.join(" + "));
    match row.kind {
        RowKind::Refused if from.is_empty() => "refused".to_owned(),
        RowKind::Refused => format!("{from}: refused"),
        RowKind::Repeated => format!("{from}: accepted, already there"),
        RowKind::TimerSpent => format!("{from}: spent without effect{}", trouble(row)),
        RowKind::RaisedSpent if row.trouble.is_none() => format!("{from}: nothing waits for it"),
        RowKind::RaisedSpent => format!("{from}: passed without effect{}", trouble(row)),
        _ if row.again => format!("{from} -> {to} (again)"),
        _ if from == to && row.via.is_empty() => format!("{from} (stays)"),
        _ => {
            let via = row.via.iter().map(|state| format!("({state})"));
            let stops: Vec<String> = std::iter::once(from).chain(via).chain([to]).collect();
            stops.join(" -> ").trim().to_owned()
        }
    }
}

fn trouble(row: &Row) -> String {
    let trouble = row.trouble.as_ref();
    trouble.map_or(String::new(), |trouble| format!(", {trouble}"))
}

fn details(out: &mut String, row: &Row) {
    detail(out, "with", row.payload.iter().map(pair));
    detail(out, "id", row.id.iter().cloned());
    detail(out, "guards", row.guards.iter().map(guard));
    detail(out, "flags", row.flags.iter().filter_map(flag));
    detail(out, "context", row.context.iter().map(change));
    detail(out, "effects", row.effects.iter().cloned());
    let sent = row.sent.iter();
    detail(
        out,
        "sent",
        sent.map(|sent| format!("{} to {}", sent.event, sent.children)),
    );
    for armed in &row.armed {
        let when = format!("{} due {} (in {})", armed.timer, armed.due, armed.due_in);
        detail(out, "timer", [when]);
    }
    let cancelled = row.cancelled.iter();
    detail(
        out,
        "timer",
        cancelled.map(|timer| format!("{timer} cancelled")),
    );
    for raised in &row.raised {
        let when = format!(
            "{} comes {} (in {})",
            raised.event, raised.due, raised.due_in
        );
        detail(out, "raised", [when]);
    }
    let called_off = row.called_off.iter();
    detail(
        out,
        "raised",
        called_off.map(|event| format!("{event} called off")),
    );
    if let Some(refusal) = &row.refusal {
        refused(out, refusal);
    }
}

/// A line below a row: a word that says what it is about, and its items.
fn detail(out: &mut String, about: &str, items: impl IntoIterator<Item = String>) {
    let items: Vec<String> = items.into_iter().map(|item| one_line(&item)).collect();
    if !items.is_empty() {
        let [at, after, _] = WIDTHS;
        let indent = at + after + 4;
        let _ = writeln!(out, "{:indent$}{about:<8}{}", "", items.join(", "));
    }
}

fn refused(out: &mut String, refusal: &Refusal) {
    let (Refusal::NoTransition { candidates } | Refusal::NoInitial { candidates }) = refusal else {
        detail(out, "because", [refusal.to_string()]);
        return;
    };
    if candidates.is_empty() {
        detail(out, "because", [refusal.to_string()]);
    }
    for Candidate {
        from, to, reasons, ..
    } in candidates
    {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let way = format!("{} -> {to}: {}", from.join(", "), reasons.join("; "));
        detail(out, "because", [way.trim_start().to_owned()]);
    }
}

fn pair(named: &Named) -> String {
    format!("{} = {}", named.name, shown(&named.value))
}

fn guard(result: &GuardResult) -> String {
    let GuardResult { guard, held, error } = result;
    match error {
        Some(error) => format!("{guard} cannot be judged: {error}"),
        None => format!("{guard} is {held}"),
    }
}

/// A boolean flag is gained or lost; another one has a value.
fn flag(change: &Change) -> Option<String> {
    let name = &change.name;
    match (&change.from, &change.to) {
        (_, Json::Bool(true)) => Some(format!("+{name}")),
        (Json::Null, Json::Bool(false)) => None,
        (_, Json::Bool(false)) => Some(format!("-{name}")),
        (_, to) => Some(format!("{name} = {}", shown(to))),
    }
}

fn change(change: &Change) -> String {
    match &change.from {
        Json::Null => format!("{} = {}", change.name, shown(&change.to)),
        from => format!(
            "{} = {} (was {})",
            change.name,
            shown(&change.to),
            shown(from)
        ),
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "not set".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(entries) => in_brackets(entries.iter().map(shown)),
        Json::Object(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{key} {}", shown(value)))
                .collect();
            format!("({})", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// Values come from outside: a line stays a line, whatever they hold.
fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}
