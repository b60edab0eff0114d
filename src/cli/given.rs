//! Values given on the command line: a file that holds a mapping, or the mapping itself in braces.
//!
//! In: what was typed, and the declared types. Out: plain values by name. Findings of a file are shown.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::{CliError, CliErrors, Terminal, open};
use crate::context::Type;
use crate::document::{Entries, Literal};
use crate::drive::{self, Children, Given};
use crate::graph::Workflow;
use crate::guard::ChildCounts;
use crate::instance::Stored;
use crate::parse;
use crate::runtime::{Clock, SystemClock};
use crate::source::{FileId, SourceFile, SourceMap, Span};
use crate::time::{Instant, parse_instant};

/// Reads values by name; `None` where there are findings, which are shown. `option` is what findings
/// call a mapping that was typed.
pub(super) fn values<'t>(
    written: &str,
    option: &str,
    types: impl IntoIterator<Item = (&'t str, &'t Type)>,
    terminal: &mut Terminal,
) -> Result<Option<BTreeMap<String, Json>>, CliErrors> {
    let source = source(written, option)?;
    let (given, report) =
        parse::whole::<Entries<Given>>(FileId::default(), &source, "the file holds no fields");
    let given = given.filter(|_| report.is_empty());
    terminal.findings(&report, &SourceMap::single(source));
    Ok(given.map(|given| drive::values_of(&given, types)))
}

/// Reads how children stand, each with its state, as `{ SET: { a: STATE, b: STATE } }`; `None` where there are
/// findings, which are shown.
pub(super) fn children(
    workflow: &Workflow,
    written: &str,
    option: &str,
    terminal: &mut Terminal,
) -> Result<Option<BTreeMap<String, ChildCounts>>, CliErrors> {
    let source = source(written, option)?;
    let none = "the file holds no children";
    let (given, report) = parse::whole::<Entries<Children>>(FileId::default(), &source, none);
    let given = given.filter(|_| report.is_empty());
    terminal.findings(&report, &SourceMap::single(source));
    let sets = |given: Entries<Children>| {
        let sets = given.0.into_iter();
        sets.map(|set| (set.name.value.clone(), drive::counted(workflow, &set)))
            .collect()
    };
    Ok(given.map(sets))
}

/// A file, or what was typed in braces.
fn source(written: &str, option: &str) -> Result<SourceFile, CliErrors> {
    match written.trim_start().starts_with('{') {
        true => Ok(SourceFile::new(option, written)),
        false => Ok(open::read(Path::new(written))?),
    }
}

/// An order in JSON; the error names the place in it.
pub(super) fn order(text: &str) -> Result<Stored, String> {
    let text = text.trim_end();
    if text.trim_start().starts_with(['[', ']']) {
        return Err(
            "a list; orders stand one after another, without brackets around them".to_owned(),
        );
    }
    let told = |error: serde_json::Error| {
        let text = match error.is_syntax() || error.is_eof() {
            true => format!("no JSON: {error}"),
            false => error.to_string(),
        };
        match text.rsplit_once(" at line ") {
            // Of an order on one line, that is all of it.
            Some((text, _)) if error.line() == 1 => format!("{text} (column {})", error.column()),
            Some((text, _)) => format!(
                "{text} (line {} of the order, column {})",
                error.line(),
                error.column()
            ),
            None => text,
        }
    };
    let placed = |error: serde_path_to_error::Error<serde_json::Error>| {
        let path = error.path().to_string();
        match path.as_str() {
            // Of one that ends too early no place is known.
            "." | "?" => told(error.into_inner()),
            path => format!("`{path}`: {}", told(error.into_inner())),
        }
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let order = serde_path_to_error::deserialize(&mut reader).map_err(placed)?;
    reader.end().map_err(told)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize::<_, parse::Once>(&mut reader).map_err(placed)?;
    match parse::inexact(text.as_bytes()) {
        Some(number) => Err(parse::too_long(number)),
        None => Ok(order),
    }
}

/// A value behind an option, as a shell takes it.
pub(super) fn option(name: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+:,./-".contains(c);
    let word = match !value.is_empty() && value.chars().all(is_plain) {
        true => value.to_owned(),
        false => format!("'{}'", value.replace('\'', r"'\''")),
    };
    // What begins like an option would be taken for one.
    let joint = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{joint}{word}")
}

/// A setting and its value, as `SETTING=VALUE`.
pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    pair(text, "SETTING=VALUE, for example `cart_lifetime=45m`")
}

/// A flag and its value, as `FLAG=VALUE`.
pub(super) fn flag(text: &str) -> Result<(String, String), String> {
    pair(text, "FLAG=VALUE, for example `reserved=true`")
}

fn pair(text: &str, form: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("write it as {form}")),
    }
}

/// Settings as they were typed, each once, and read as its declaration says.
pub(super) fn settings<'s>(
    workflow: &Workflow,
    set: impl IntoIterator<Item = &'s (String, String)>,
) -> Result<BTreeMap<String, Json>, CliError> {
    let mut given = BTreeMap::new();
    for (name, text) in set {
        let mut settings = workflow.settings.rows().iter();
        let declared = settings.find(|setting| setting.name == *name);
        let literal = Literal {
            text: text.clone(),
            quoted: false,
            span: Span::default(),
        };
        let ty = declared.map(|setting| &setting.ty);
        let earlier = given.insert(name.clone(), drive::plain_of(&literal, ty));
        if earlier.is_some() {
            let error = CliError::new(format!("the setting `{name}` is given twice"));
            return Err(error.help("keep one `--set` of it"));
        }
    }
    Ok(given)
}

/// A point in time, or `now` for that of the wall clock.
pub(super) fn instant(text: &str) -> Result<Instant, String> {
    match text {
        "now" => Ok(now()),
        text => parse_instant(text).map_err(|error| error.to_string()),
    }
}

fn now() -> Instant {
    SystemClock.now()
}
