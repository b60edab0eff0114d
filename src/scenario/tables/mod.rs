//! The tables of a scenario file compared with the workflow.
//!
//! In: a workflow and the tables. Out: a finding for every difference, with what the file says and
//! what the workflow says. Both sides are put into one form of words first, so that what reads the
//! same is the same.

mod rows;
mod settings;
mod states;

use std::collections::BTreeMap;

use super::ScenarioFile;
use super::rule::{TABLE_MISMATCH, UNKNOWN_IN_SCENARIO};
use crate::context::{Type, Value};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::{Entries, Literal};
use crate::drive::rule::MISTYPED_VALUE;
use crate::graph::Workflow;
use crate::source::Span;

/// Compares every table of a file.
pub(super) fn compare(workflow: &Workflow, file: &ScenarioFile) -> Report {
    let mut tables = Tables {
        workflow,
        report: Report::new(),
        file: Span {
            end: file.span.start,
            ..file.span
        },
    };
    if let Some(settings) = &file.settings {
        tables.settings(settings);
    }
    if let Some(states) = &file.states {
        tables.states(&states.0);
    }
    if let Some(slot) = &file.slot {
        tables.slot(slot);
    }
    if let Some(initial) = &file.initial {
        tables.initial(initial);
    }
    if let Some(transitions) = &file.transitions {
        tables.transitions(transitions);
    }
    if let Some(always) = &file.always {
        tables.always(always);
    }
    tables.report.sort();
    tables.report
}

/// What a comparison has at hand.
struct Tables<'w> {
    workflow: &'w Workflow,
    report: Report,
    /// The beginning of the file, for what stands nowhere in it.
    file: Span,
}

impl Tables<'_> {
    /// Compares two sides in words.
    fn same(&mut self, span: Span, what: &str, here: &str, workflow: &str) {
        if here != workflow {
            let message = format!("{what}: this file says {here}, the workflow {workflow}");
            self.report
                .push(Diagnostic::new(&TABLE_MISMATCH, span, message));
        }
    }

    /// Compares the keys of a table with the names of the workflow.
    fn names<T>(&mut self, kind: &str, table: &Entries<T>, names: &[&str], more: &[&str]) {
        for entry in table {
            let name = entry.name.value.as_str();
            if !names.contains(&name) && !more.contains(&name) {
                let message = format!("there is no {kind} `{name}` in the workflow");
                let diagnostic = Diagnostic::new(&UNKNOWN_IN_SCENARIO, entry.name.span, message);
                let known = names.iter().chain(more).copied();
                self.report.push(diagnostic.did_you_mean(name, known));
            }
        }
        let place = table
            .iter()
            .next()
            .map_or(self.file, |entry| entry.name.span);
        for name in names {
            if table.get(name).is_none() {
                let message = format!("{kind} `{name}` of the workflow is not in the table");
                let diagnostic = Diagnostic::new(&TABLE_MISMATCH, place, message);
                self.report
                    .push(diagnostic.help("a table lists all of them"));
            }
        }
    }

    /// Reads a literal; one that is not of the type is reported.
    fn value(&mut self, literal: &Literal, ty: &Type) -> Option<Value> {
        match literal.read(ty) {
            Ok(value) => Some(value),
            Err(error) => {
                let message = error.to_string();
                self.report
                    .push(Diagnostic::new(&MISTYPED_VALUE, literal.span, message));
                None
            }
        }
    }
}

/// A list in words.
fn listed(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        items => {
            let quoted: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
            quoted.join(", ")
        }
    }
}

/// A list in words whose order says nothing.
fn listed_sorted(mut items: Vec<String>) -> String {
    items.sort();
    items.dedup();
    listed(&items)
}

/// A mapping in words.
fn mapped(pairs: BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    listed(&pairs)
}
