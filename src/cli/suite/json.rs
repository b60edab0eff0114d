//! A suite as JSON.

use serde::Serialize;

use super::{Ran, Suite};
use crate::diagnostic::render::Options;
use crate::diagnostic::render::json::{JsonFinding, report};
use crate::drive::trace::Row;
use crate::scenario::{Item, ScenarioResult};

/// What `flagstate test --output-format json` prints.
#[derive(Serialize)]
struct JsonSuite<'a> {
    /// The version of this form: 1.
    version: u32,
    summary: Summary,
    files: Vec<File<'a>>,
    coverage: Vec<Covered<'a>>,
    findings: Vec<JsonFinding>,
}

/// Scenarios, counted.
#[derive(Serialize)]
struct Summary {
    scenarios: usize,
    passed: usize,
    failed: usize,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    passed: bool,
    scenarios: Vec<Scenario<'a>>,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    passed: bool,
    /// The number of the step that failed, from 1; 0 where creating the order did.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<usize>,
    trace: &'a [Row],
}

/// What of a workflow was run.
#[derive(Serialize)]
struct Covered<'a> {
    workflow: &'a str,
    percent: usize,
    happened: usize,
    total: usize,
    kinds: Vec<Kind<'a>>,
}

#[derive(Serialize)]
struct Kind<'a> {
    kind: crate::scenario::Kind,
    items: &'a [Item],
}

/// Writes a suite.
pub(in crate::cli) fn render(suite: &Suite) -> String {
    let (passed, scenarios) = suite.counted();
    let coverage = suite.coverage.iter().map(|(workflow, coverage)| {
        let (happened, total) = coverage.counted();
        let kinds = coverage.kinds();
        Covered {
            workflow,
            percent: coverage.percent(),
            happened,
            total,
            kinds: kinds.map(|(kind, items)| Kind { kind, items }).collect(),
        }
    });
    let json = JsonSuite {
        version: 1,
        summary: Summary {
            scenarios,
            passed,
            failed: scenarios - passed,
        },
        files: suite.files.iter().map(file).collect(),
        coverage: coverage.collect(),
        findings: report(&suite.report, suite.library.files(), &Options::default()).findings,
    };
    crate::cli::json(&json) + "\n"
}

fn file(ran: &Ran) -> File<'_> {
    File {
        path: &ran.name,
        passed: ran.passed(),
        scenarios: ran.scenarios.iter().map(scenario).collect(),
    }
}

fn scenario(result: &ScenarioResult) -> Scenario<'_> {
    Scenario {
        name: &result.name,
        passed: result.passed(),
        failed_at: result.failed_at,
        trace: &result.trace,
    }
}
