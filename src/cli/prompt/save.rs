//! A session as a file that plays it again.
//!
//! In: what was told and what became of it. Out: a scenario, where the name ends so, with the state
//! after each step and each refusal as expectations; for any other name a list of events.

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::{CliError, Session, Told};
use crate::cli::{discover, disk};
use crate::time::format_instant;

/// The text of the file.
pub(super) fn text(session: &Session<'_, '_>, path: &Path) -> Result<String, CliError> {
    if session.told.is_empty() {
        return Err(CliError::new("nothing happened yet"));
    }
    match discover::is_scenario(&path.to_string_lossy()) {
        true => scenario(session, path),
        false => Ok(list(&session.told, 0, |told| told.step.clone())),
    }
}

fn scenario(session: &Session<'_, '_>, path: &Path) -> Result<String, CliError> {
    let start = session.start;
    let mut lines = Vec::new();
    if let Some(workflow) = workflow_of(start.workflow, path)? {
        lines.push(format!("workflow: {}", flow(&workflow.into())));
    }
    lines.push("scenarios:".to_owned());
    let count = session.told.len();
    lines.push(format!("  - name: a session of {count} steps"));
    let set = start.set.iter();
    let set: Map<String, Json> = set
        .map(|(name, value)| (name.clone(), word(value)))
        .collect();
    if !set.is_empty() {
        lines.push(format!("    settings: {}", flow(&set.into())));
    }
    if !start.context.is_empty() {
        let context = Json::Object(start.context.clone());
        lines.push(format!("    context: {}", flow(&context)));
    }
    lines.push(format!("    by: {}", flow(&super::line::who(start.actor))));
    let at = format_instant(start.at);
    lines.push(format!("    at: {}", flow(&at.into())));
    lines.push("    steps:".to_owned());
    Ok(lines.join("\n") + "\n" + &list(&session.told, 6, expected))
}

/// A setting as it was typed: a number or a word of YAML stays one.
fn word(text: &str) -> Json {
    match text {
        "true" => true.into(),
        "false" => false.into(),
        text => text.parse::<i64>().map_or_else(|_| text.into(), Json::from),
    }
}

/// A step with what is expected then.
fn expected(told: &Told) -> Json {
    let mut step = told.step.clone();
    if let Json::Object(step) = &mut step {
        match (told.status.as_slice(), told.refused) {
            (_, true) => step.insert("refused".to_owned(), true.into()),
            ([state], false) => step.insert("state".to_owned(), state.clone().into()),
            (states, false) => step.insert("state".to_owned(), json!(states)),
        };
    }
    step
}

/// How a scenario file names its workflow; `None` where it finds it by its own name.
fn workflow_of(workflow: &Path, scenario: &Path) -> Result<Option<String>, CliError> {
    let folder = |path: &Path| {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        std::fs::canonicalize(parent.unwrap_or(Path::new(".")))
    };
    if folder(workflow).ok() != folder(scenario).ok() {
        let error = CliError::unwritable(&disk::shown(scenario), &"it is not beside its workflow");
        return Err(error.help("a scenario file stands in the folder of its workflow"));
    }
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.into_owned()
    };
    let (workflow, scenario) = (name(workflow), name(scenario));
    let stem = workflow
        .rsplit_once('.')
        .map_or(workflow.as_str(), |(stem, _)| stem);
    let belongs = scenario
        .strip_prefix(stem)
        .is_some_and(|rest| rest.starts_with('.'));
    Ok((!belongs).then_some(workflow))
}

/// The steps as a YAML list, one line each.
fn list(told: &[Told], indent: usize, of: impl Fn(&Told) -> Json) -> String {
    let lines = told.iter().map(|told| {
        let blank = " ".repeat(indent);
        format!("{blank}- {}\n", flow(&of(told)))
    });
    lines.collect()
}

/// A value as YAML on one line, with quotes only where they are needed.
fn flow(value: &Json) -> String {
    match value {
        Json::Object(entries) => {
            let entries = entries.iter();
            let entries: Vec<String> = entries
                .map(|(name, value)| format!("{}: {}", flow(&name.as_str().into()), flow(value)))
                .collect();
            match entries.is_empty() {
                true => "{}".to_owned(),
                false => format!("{{ {} }}", entries.join(", ")),
            }
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Json::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether every YAML reader takes a text for itself without quotes.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ];
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'));
    first && rest && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}
