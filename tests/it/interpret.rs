//! The interpreter: what orders do, case by case, and what must hold whatever happens.

mod script;
mod trace;
mod refusals;
mod families;
mod judged;
mod properties;

use std::path::Path;

use flagstate::compile::compile;
use flagstate::diagnostic::Report;
use flagstate::graph::Workflow;
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, parse_instant};

/// Compiles a workflow that must be without errors.
fn workflow(text: &str) -> Workflow {
    let source = SourceFile::new("workflow.yaml", text);
    let parsed = parse(FileId(0), &source);
    without_errors(&parsed.report, text);
    let compiled = compile(&parsed.document.expect("a document"), &source);
    without_errors(&compiled.report, text);
    compiled.workflow
}

fn without_errors(report: &Report, text: &str) {
    let messages = report.iter().map(|found| {
        let place = found.primary.span;
        let words = text.get(place.start as usize..place.end as usize);
        format!("{} ({})", found.message, words.unwrap_or_default())
    });
    let messages: Vec<String> = messages.collect();
    assert!(!report.has_errors(), "{}", messages.join("\n"));
}

fn at(text: &str) -> Instant {
    parse_instant(text).expect("an instant")
}

/// Binds a snapshot to the folder of its case.
fn beside(case: &Path, check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(case.parent().expect("a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_suffix("");
    settings.set_omit_expression(true);
    settings.remove_input_file();
    settings.bind(check);
}

#[test]
fn each_case_runs_as_its_trace_says() {
    insta::glob!("../cases/interpret", "*/events.yaml", |events| {
        let definition = events.with_file_name("workflow.yaml");
        let definition = std::fs::read_to_string(definition).expect("a workflow");
        let events_text = std::fs::read_to_string(events).expect("events");
        let script = script::read(&events_text);
        let trace = script::run(&workflow(&definition), &script);
        beside(events, || insta::assert_snapshot!("trace", trace));
    });
}
