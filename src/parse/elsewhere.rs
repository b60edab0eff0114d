//! Words of other tools for what this format says in another way, and not merely by another name.
//!
//! In: a key or a value that means nothing where it stands. Out: how it is said here.

use super::tree::{Kind, Node};
use crate::time::Duration;

const WAYS: &str = "ways out stand under `transitions:`, each under its event, as in \
                    `transitions: { EVENT: { by: ROLE, from: STATE, to: STATE } }`";

/// How a key is said that a record does not know, where that is more than another name; `known` are the record's keys.
pub(super) fn key(written: &str, value: &Node<'_>, known: &[&'static str]) -> Option<String> {
    let written = super::id::snake_case(written);
    let scalar = match &value.kind {
        Kind::Scalar(scalar) => Some(&*scalar.text),
        _ => None,
    };
    let is_state = known.contains(&"regions");
    let told = match (written.as_str(), scalar) {
        ("on", _) => {
            "events stand as keys under `transitions:`; YAML readers turn `on` into a boolean"
        }
        ("to" | "next" | "target" | "targets" | "transition" | "transitions" | "events", _)
            if is_state =>
        {
            WAYS
        }
        ("type", Some("final")) if is_state => "a state in which orders end says `final: true`",
        ("type" | "parallel", Some(_)) if is_state => {
            "states that are active at once stand under `regions:`: write that in place of `states:`"
        }
        ("timeout" | "ttl" | "expiry" | "expires_after", Some(after)) if is_state => {
            return Some(expiry(after));
        }
        ("after" | "delay" | "timer", _) if is_state => {
            "timers stand under `timers:`, as in `timers: { remind: { after: 2d, event: EVENT } }`; \
             `expires: { after: 30m, to: STATE }` ends an order"
        }
        _ => return None,
    };
    Some(told.to_owned())
}

/// How long orders may stay is said with what happens then.
pub(super) fn expiry(written: &str) -> String {
    let after = written.parse::<Duration>().is_ok();
    let after = if after { written } else { "30m" };
    format!("write `expires: {{ after: {after}, to: STATE }}`")
}

/// How a list is said in place of which names stand as keys.
pub(super) fn names(items: &[Node<'_>], nullable: bool) -> Option<String> {
    let value = if nullable { " " } else { " …" };
    let names: Option<Vec<String>> = items
        .iter()
        .map(|item| match &item.kind {
            Kind::Scalar(scalar) if super::id::is_id(&scalar.text) => {
                Some(format!("{}:{value}", scalar.text))
            }
            _ => None,
        })
        .collect();
    match (names, items.first().map(|item| &item.kind)) {
        (Some(names), Some(_)) if names.len() <= 6 => Some(format!(
            "its names are keys: write `{{ {} }}`",
            names.join(", ").trim_end()
        )),
        (Some(_), Some(_)) | (None, Some(Kind::Map(_))) => {
            Some("its names are keys: write `NAME: …` for each in place of a list".to_owned())
        }
        _ => None,
    }
}

/// How a type is said that other languages write in one word, as `list<string>` and `string[]`.
pub(super) fn list_type(written: &str) -> Option<String> {
    let within = written
        .strip_suffix('>')
        .and_then(|text| text.split_once('<'));
    let of = match within {
        Some(("list" | "array" | "set" | "List" | "Array" | "Set", of)) => of,
        _ => written.strip_suffix("[]")?,
    };
    let of = of.trim().to_ascii_lowercase();
    Some(format!(
        "write `type: list, of: {}`",
        super::id::type_word(&of).unwrap_or("TYPE")
    ))
}

/// How a field is declared by a value that it has at first.
pub(super) fn declared(written: &str) -> Option<String> {
    let digits = written.strip_prefix('-').unwrap_or(written);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let ty = match (digits, digits.split_once('.')) {
        ("true" | "false", _) => "boolean",
        (whole, None) if is_number(whole) => "integer",
        (_, Some((whole, part))) if is_number(whole) && is_number(part) => {
            return Some(format!(
                "write `{{ type: decimal, scale: {}, default: {written} }}`",
                part.len()
            ));
        }
        _ => return None,
    };
    Some(format!("write `{{ type: {ty}, default: {written} }}`"))
}
