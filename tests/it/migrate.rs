//! Migrations: the pages of their rules, plans and orders case by case, and what holds whatever the plan.

mod cases;
mod decided;
mod laws;
mod pages;
mod pasts;
mod renamed;
mod stored;
mod timers;

use flagstate::diagnostic::Report;
use flagstate::graph::Workflow;
use flagstate::migrate::{PlanFile, check, read};
use flagstate::source::{FileId, SourceFile};

/// Reads a plan that must be readable.
fn plan_of(text: &str) -> PlanFile {
    let (plan, report) = read(FileId(2), &SourceFile::new("plan.yaml", text));
    assert!(report.is_empty(), "{report:?}");
    plan.expect("a plan")
}

/// The text of a plan with what it suggests.
fn decided(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("# yaml"))
        .map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n")
        .collect()
}

/// The plan that says nothing: every state, timer and field stays what it is.
fn nothing(old: &Workflow, new: &Workflow) -> PlanFile {
    plan_of(&format!(
        "flagstate_migration: 1\nfrom: {{ workflow: {}, version: {} }}\nto: {{ workflow: {}, version: {} }}\n",
        old.name, old.version, new.name, new.version
    ))
}

/// What is found about a plan.
fn findings(plan: &PlanFile, old: &Workflow, new: &Workflow) -> Report {
    check(plan, old, new).1
}
