//! The virtual clock: scripts that move an order and its children, and the traces people read.

use std::collections::BTreeMap;
use std::path::Path;

use flagstate::compile::compile;
use flagstate::context::Actor;
use flagstate::diagnostic::Report;
use flagstate::diagnostic::render::{Options, render};
use flagstate::drive::trace::{json_lines, rows, text};
use flagstate::drive::{Action, Family, Input, OrderName, Verdict, When, play, script};
use flagstate::graph::Workflow;
use flagstate::instance::Site;
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile, SourceMap};
use flagstate::time::{Instant, parse_instant};

fn workflow(text: &str) -> Workflow {
    let source = SourceFile::new("workflow.yaml", text);
    let parsed = parse(FileId(0), &source);
    assert_eq!(findings(&source, &parsed.report), "");
    let compiled = compile(&parsed.document.expect("a document"), &source);
    assert_eq!(findings(&source, &compiled.report), "");
    compiled.workflow
}

fn site(workflow: &Workflow) -> Site {
    Site::new(workflow, &BTreeMap::new()).expect("defaults")
}

fn start() -> Instant {
    parse_instant("2026-03-01T09:00:00Z").expect("an instant")
}

/// Creates the root of a family.
fn created(action: Action) -> Input {
    Input {
        order: OrderName::Root,
        when: When::Now,
        actor: Actor::system(),
        id: None,
        action,
    }
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

/// Plays a script against a workflow; the trace, and the findings where there are any.
fn played(workflow: &Workflow, name: &str, events: &str) -> (String, String) {
    let source = SourceFile::new(name, events);
    let (stimuli, mut report) = script(FileId(0), &source);
    let site = site(workflow);
    let mut family = Family::new(workflow, &site, start());
    let created = family.apply(&created(Action::Create(BTreeMap::new())));
    assert_eq!(created, Ok(Verdict::Accepted));
    play(&mut family, &stimuli, &mut report);
    let rows = rows(workflow, family.entries());
    for line in json_lines(&rows).lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(row["at"].is_string() && row["order"].is_string(), "{row}");
    }
    (text(&rows), findings(&source, &report))
}

fn findings(source: &SourceFile, report: &Report) -> String {
    let sources = SourceMap::single(source.clone());
    render(report, &sources, &Options::default())
}

#[test]
fn each_case_has_the_trace_of_its_snapshot() {
    insta::glob!("../cases/drive", "*/events.*", |path| {
        let folder = path.parent().expect("a folder");
        let read = |name: &Path| std::fs::read_to_string(name).expect("a case");
        let workflow = workflow(&read(&folder.join("workflow.yaml")));
        let name = path.file_name().expect("a name").to_string_lossy();
        let (trace, findings) = played(&workflow, &name, &read(path));
        beside(path, || {
            insta::assert_snapshot!("trace", format!("{trace}{findings}"));
        });
    });
}
