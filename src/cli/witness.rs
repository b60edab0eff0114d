//! The witness of a finding, as `flagstate check --output-format json` prints it or cut out of that.
//!
//! In: a file with a witness, with a finding, or with a whole report. Out: the [`Witness`], or an error
//! that says which of them it is not and what to do.

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::{CliError, CliErrors, open};
use crate::analysis::Witness;

/// What the parts of a witness are.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Count,
    Values,
    Counts,
    /// A list.
    List(&'static Shape),
    /// A mapping by names that are not ours.
    Each(&'static Shape),
    /// A mapping with these parts, some of which must be there.
    Parts(&'static [(&'static str, Shape)], &'static [&'static str]),
}

const OCCURRENCE: [(&str, Shape); 5] = [
    ("name", Shape::Text),
    ("by", Shape::Text),
    ("id", Shape::Text),
    ("payload", Shape::Values),
    ("target", Shape::Text),
];

const CHILDREN: [(&str, Shape); 2] = [("total", Shape::Count), ("by_state", Shape::Counts)];

const HAPPENING: [(&str, Shape); 4] = [
    ("at", Shape::Text),
    ("context", Shape::Values),
    ("event", Shape::Parts(&OCCURRENCE, &["by"])),
    ("timer", Shape::Text),
];

const WITNESS: Shape = Shape::Parts(
    &[
        ("state", Shape::Text),
        ("context", Shape::Values),
        ("settings", Shape::Values),
        (
            "children",
            Shape::Each(&Shape::Parts(&CHILDREN, &["total", "by_state"])),
        ),
        ("event", Shape::Parts(&OCCURRENCE, &["by"])),
        ("timer", Shape::Text),
        ("story", Shape::List(&Shape::Parts(&HAPPENING, &["at"]))),
        ("at", Shape::Text),
    ],
    &["at"],
);

/// Reads the witness that a file holds.
pub(super) fn read(path: &Path) -> Result<Witness, CliErrors> {
    let source = open::read(path)?;
    let name = source.name();
    let plain: Json = serde_json::from_str(source.text()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("`{name}` is no JSON from line {line}, column {column} on");
        CliError::new(message).help(WHENCE)
    })?;
    let witness = pick(plain, name)?;
    let wrong = |what: String| {
        CliErrors::from(CliError::new(format!("`{name}` is no witness: {what}")).help(WHENCE))
    };
    judge(&witness, WITNESS, "it").map_err(wrong)?;
    serde_json::from_value(witness).map_err(|_| wrong("a number in it is too large".to_owned()))
}

const WHENCE: &str =
    "`flagstate check --output-format json` writes one beside each finding of a guard";

/// The witness itself, of a finding or of the only finding in a report that has one.
fn pick(plain: Json, name: &str) -> Result<Json, CliErrors> {
    let findings = match plain {
        Json::Array(findings) => (findings, "."),
        Json::Object(mut parts) => match parts.remove("findings") {
            Some(Json::Array(findings)) => (findings, ".findings"),
            _ if parts.contains_key("rule") => (vec![Json::Object(parts)], ""),
            _ => match parts.remove("witness") {
                Some(witness) => return Ok(witness),
                None => return Ok(Json::Object(parts)),
            },
        },
        other => return Ok(other),
    };
    let (findings, path) = findings;
    let mut found = findings
        .into_iter()
        .enumerate()
        .filter_map(|(index, finding)| match finding {
            Json::Object(mut parts) => Some((index, parts.remove("witness")?)),
            _ => None,
        });
    let Some((index, witness)) = found.next() else {
        let message = format!("no finding in `{name}` has a witness");
        return Err(CliError::new(message).help(WHENCE).into());
    };
    match found.count() {
        0 => Ok(witness),
        more => {
            let message = format!(
                "`{name}` holds {} witnesses, and one is played at a time",
                more + 1
            );
            let file = if name == open::STDIN { "" } else { name };
            let hint = format!("take one out: `jq '{path}[{index}].witness' {file}");
            Err(CliError::new(message)
                .help(format!("{}`", hint.trim_end()))
                .into())
        }
    }
}

/// Whether something has the shape of a part; else what is wrong, in words. `what` names the part.
fn judge(plain: &Json, shape: Shape, what: &str) -> Result<(), String> {
    let mapping = || match plain {
        Json::Object(parts) => Ok(parts),
        _ => Err(format!("{what} is no mapping")),
    };
    match shape {
        Shape::Text if !plain.is_string() => Err(format!("{what} is no text")),
        Shape::Count if !plain.is_u64() => Err(format!("{what} is no whole number from 0")),
        Shape::Text | Shape::Count => Ok(()),
        Shape::Values => mapping().map(|_| ()),
        Shape::Counts => judge(plain, Shape::Each(&Shape::Count), what),
        Shape::List(shape) => {
            let Json::Array(parts) = plain else {
                return Err(format!("{what} is no list"));
            };
            let mut parts = parts.iter().enumerate();
            parts.try_for_each(|(at, part)| judge(part, *shape, &format!("{what}[{at}]")))
        }
        Shape::Each(shape) => {
            let mut parts = mapping()?.iter();
            parts.try_for_each(|(name, part)| judge(part, *shape, &format!("`{name}`")))
        }
        Shape::Parts(known, required) => whole(mapping()?, known, required),
    }
}

fn whole(
    parts: &Map<String, Json>,
    known: &[(&str, Shape)],
    required: &[&str],
) -> Result<(), String> {
    for (name, part) in parts {
        let Some((_, shape)) = known.iter().find(|(known, _)| known == name) else {
            return Err(format!("`{name}` is no part of one"));
        };
        judge(part, *shape, &format!("`{name}`"))?;
    }
    match required.iter().find(|&&name| !parts.contains_key(name)) {
        Some(missing) => Err(format!("`{missing}` is missing")),
        None => Ok(()),
    }
}
