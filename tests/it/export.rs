//! Pictures and tables: of the vendors' workflows, of nested and parallel states, of hostile text.

mod hostile;
mod picture;
mod tools;

use std::path::{Path, PathBuf};

use flagstate::compile::compile;
use flagstate::diagnostic::render::{Options, render};
use flagstate::export;
use flagstate::graph::Workflow;
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile, SourceMap};

/// Compiles a workflow that must be without findings.
fn workflow(name: &str, text: &str) -> Workflow {
    let source = SourceFile::new(name, text);
    let parsed = parse(FileId(0), &source);
    let document = parsed.document.expect("a document");
    let compiled = compile(&document, &source);
    let sources = SourceMap::single(source);
    let found = render(&compiled.report, &sources, &Options::default());
    assert!(compiled.report.is_empty(), "{found}");
    compiled.workflow
}

/// The workflow of a file, by its path from the package's folder.
fn workflow_at(path: &str) -> Workflow {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    workflow(path, &std::fs::read_to_string(full).expect("a file"))
}

/// The exports by file extension.
fn exports(workflow: &Workflow) -> Vec<(&'static str, String)> {
    vec![
        ("dot", export::dot(workflow)),
        ("mmd", export::mermaid(workflow)),
        ("puml", export::plantuml(workflow)),
        ("md", export::markdown(workflow)),
    ]
}

/// Compares the exports of a workflow with the snapshots of a folder of `tests/cases/export`.
fn check(case: &str, workflow: &Workflow) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../cases/export/{case}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (extension, text) in exports(workflow) {
            insta::assert_snapshot!(extension, text);
        }
        let json = export::json(workflow).replace(&workflow.hash, "[hash]");
        insta::assert_snapshot!("json", json);
    });
}

/// The shipped workflows, by vendor.
const VENDORS: [&str; 5] = [
    "appxite",
    "interworks",
    "orocommerce",
    "sharefox",
    "vendasta",
];

#[test]
fn each_vendor_is_drawn_as_its_snapshots_say() {
    for vendor in VENDORS {
        check(vendor, &workflow_at(&format!("workflows/{vendor}.yaml")));
    }
}

#[test]
fn nested_and_parallel_states_history_and_choices_are_drawn() {
    check(
        "nested",
        &workflow_at("tests/cases/export/nested/workflow.yaml"),
    );
}

#[test]
fn hostile_titles_and_guards_are_drawn_as_text() {
    check(
        "hostile",
        &workflow_at("tests/cases/export/hostile/workflow.yaml"),
    );
}

#[test]
fn the_state_list_is_plain_data() {
    let workflow = workflow_at("workflows/sharefox.yaml");
    let rows = export::states(&workflow);
    let row = rows
        .iter()
        .find(|row| row.path == "draft")
        .expect("the state");
    let json = serde_json::to_value(row).expect("JSON");
    assert_eq!(json["flags"]["reserved"], "settings.reserve_drafts");
    assert_eq!(json["flags"]["contract"], "none");
    assert_eq!(
        json["timers"][0],
        "expires after draft_lifetime (40m) → Dropped"
    );
    assert_eq!(json["ways_out"][0]["to"], "Dropped");
    assert_eq!(rows.len(), workflow.states.len() - 1);
}

/// The workflows that are drawn in tests, with a name each.
fn drawn() -> Vec<(String, Workflow)> {
    let mut paths: Vec<(String, PathBuf)> = VENDORS
        .iter()
        .map(|vendor| {
            (
                (*vendor).to_owned(),
                format!("workflows/{vendor}.yaml").into(),
            )
        })
        .collect();
    for case in ["nested", "hostile"] {
        let path = format!("tests/cases/export/{case}/workflow.yaml");
        paths.push((case.to_owned(), path.into()));
    }
    let read = |(name, path): (String, PathBuf)| {
        let workflow = workflow_at(path.to_str().expect("a path"));
        (name, workflow)
    };
    paths.into_iter().map(read).collect()
}
