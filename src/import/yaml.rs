//! A workflow file, written for people: short mappings on one line, others indented.

use std::fmt::Write;

use serde_json::{Map, Value as Json};

/// The widest line.
const WIDEST: usize = 100;
/// Words that some YAML readers take for something else than text.
const WORDS: [&str; 10] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "~",
];

/// Writes a file.
pub(super) fn write(file: &Map<String, Json>) -> String {
    let mut out = String::new();
    for (name, value) in file {
        let open = matches!(
            name.as_str(),
            "states" | "transitions" | "always" | "context"
        );
        match open {
            true => {
                let _ = writeln!(out, "{name}:");
                block(&mut out, value, 2);
            }
            false => entry(&mut out, name, value, 0),
        }
    }
    out
}

/// One key with its value, at an indentation.
fn entry(out: &mut String, name: &str, value: &Json, indent: usize) {
    let key = scalar(name);
    let flow = flow(value);
    let short = indent + key.len() + flow.len() + 2 <= WIDEST && depth(value) <= 2;
    let _ = match (value, short) {
        (Json::Null, _) => writeln!(out, "{:indent$}{key}:", ""),
        (Json::Object(_) | Json::Array(_), false) => {
            let _ = writeln!(out, "{:indent$}{key}:", "");
            block(out, value, indent + 2);
            Ok(())
        }
        _ => writeln!(out, "{:indent$}{key}: {flow}", ""),
    };
}

/// The parts of a mapping or a list, a line or more each.
fn block(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::Object(entries) => {
            for (name, value) in entries {
                entry(out, name, value, indent);
            }
        }
        Json::Array(items) => {
            for item in items {
                let flow = flow(item);
                match item {
                    Json::Object(_) if indent + flow.len() + 2 > WIDEST || depth(item) > 3 => {
                        let mut inner = String::new();
                        block(&mut inner, item, indent + 2);
                        let inner = inner.get(indent + 2..).unwrap_or_default();
                        let _ = write!(out, "{:indent$}- {inner}", "");
                    }
                    _ => _ = writeln!(out, "{:indent$}- {flow}", ""),
                }
            }
        }
        other => _ = writeln!(out, "{:indent$}{}", "", flow(other)),
    }
}

/// How deep mappings and lists nest.
fn depth(value: &Json) -> usize {
    match value {
        Json::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// A value on one line.
fn flow(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => scalar(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Json::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| format!("{}: {}", scalar(name), flow(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text, in quotes unless every reader takes it for text as it is.
fn scalar(text: &str) -> String {
    let inner = |c: char| c.is_ascii_alphanumeric() || "_. +-*<>=&|()".contains(c);
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(inner)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    match plain {
        true => text.to_owned(),
        // JSON's texts are YAML's.
        false => Json::from(text).to_string(),
    }
}
