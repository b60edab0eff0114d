//! Values given on the command line: a file that holds a mapping, or the mapping itself in braces.
//!
//! In: what was typed, and the declared types. Out: plain values by name. Findings of a file are shown.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::{CliErrors, Terminal, open};
use crate::context::{Actor, Type};
use crate::document::Entries;
use crate::drive::{self, Given};
use crate::parse;
use crate::source::{FileId, SourceFile, SourceMap};

/// Reads values by name; `None` where there are findings, which are shown. `option` is what findings
/// call a mapping that was typed.
pub(super) fn values<'t>(
    written: &str,
    option: &str,
    types: impl IntoIterator<Item = (&'t str, &'t Type)>,
    terminal: &mut Terminal,
) -> Result<Option<BTreeMap<String, Json>>, CliErrors> {
    let source = match written.trim_start().starts_with('{') {
        true => SourceFile::new(option, written),
        false => open::read(Path::new(written))?,
    };
    let (given, report) =
        parse::whole::<Entries<Given>>(FileId::default(), &source, "the file holds no fields");
    let given = given.filter(|_| report.is_empty());
    terminal.findings(&report, &SourceMap::single(source));
    Ok(given.map(|given| drive::values_of(&given, types)))
}

/// Who acts, and after a colon the id of the person.
pub(super) fn actor(written: &str) -> Actor {
    let (role, id) = match written.split_once(':') {
        Some((role, id)) => (role, Some(id.to_owned())),
        None => (written, None),
    };
    Actor {
        role: role.to_owned(),
        id,
    }
}
