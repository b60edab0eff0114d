//! The guards of a workflow, and where each of them runs.
//!
//! In: a workflow and the files it was read from. Out: [`GuardRow`]s in the order of the file, which the
//! command line renders. A guard that several rows of one place share is listed once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::graph::{Condition, Workflow};
use crate::guard::Runs;
use crate::source::{SourceFile, SourceMap, Span};

/// One guard where it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuardRow {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1, in characters.
    pub column: usize,
    /// The name of a named guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The expression.
    pub guard: String,
    /// `lowered` or `engine`.
    pub runs: &'static str,
    /// How many tests it has; 0 in the engine.
    pub tests: usize,
    /// How many of them are calculated, rather than compared as packed words.
    pub calculated: usize,
    /// Why the engine evaluates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

/// Lists the guards of a workflow that was read from some of `sources`, file by file.
pub fn guards(workflow: &Workflow, sources: &SourceMap) -> Vec<GuardRow> {
    let initial = workflow.initial.iter();
    let initial = initial.flat_map(|branch| &branch.conditions);
    let moves = workflow.rows.rows().iter().flat_map(|row| {
        let branches = row.branches.iter();
        let of_branches = branches.flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(of_branches)
    });
    let timers = workflow.timers.rows().iter();
    let timers = timers.flat_map(|timer| &timer.when);
    let conditions = initial.chain(moves).chain(timers);
    let rows: BTreeMap<Span, GuardRow> = conditions
        .filter_map(|condition| {
            let source = sources.get(condition.span.file)?;
            Some((condition.span, row(condition, source)?))
        })
        .collect();
    rows.into_values().collect()
}

fn row(condition: &Condition, source: &SourceFile) -> Option<GuardRow> {
    let at = source.position(condition.span.start);
    let (runs, tests, calculated, why) = match condition.guard.as_ref()?.runs() {
        Runs::Lowered { tests, calculated } => ("lowered", tests, calculated, None),
        Runs::Engine(why) => ("engine", 0, 0, Some(why)),
    };
    Some(GuardRow {
        file: source.name().to_owned(),
        line: at.line,
        column: at.column,
        name: condition.name.as_deref().map(str::to_owned),
        guard: condition.text.to_string(),
        runs,
        tests,
        calculated,
        why,
    })
}
