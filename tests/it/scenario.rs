//! Scenario files: what is read, what passes, and what is said about what does not.

use std::path::Path;

use flagstate::diagnostic::render::{Options, render};
use flagstate::diagnostic::{Level, Report};
use flagstate::drive::trace;
use flagstate::graph::Workflow;
use flagstate::load::load;
use flagstate::scenario::{Item, Kind, ScenarioReport, compare_trace, read, run};
use flagstate::source::{FileId, SourceFile, SourceMap};

fn workflow(path: &Path) -> Workflow {
    let text = std::fs::read_to_string(path).expect("a workflow");
    let source = SourceFile::new(path.to_string_lossy(), text);
    let loaded = load(FileId(0), &source);
    let mut report = loaded.report;
    report.retain(|found| found.level() == Level::Error);
    assert_eq!(findings(&source, &report), "");
    loaded.workflow.expect("a workflow")
}

fn findings(source: &SourceFile, report: &Report) -> String {
    let sources = SourceMap::single(source.clone());
    render(report, &sources, &Options::default())
}

/// Reads and runs a text; the findings, and the report where the file could be read.
fn ran(workflow: &Workflow, text: &str, golden: Option<&str>) -> (String, Option<ScenarioReport>) {
    let source = SourceFile::new("case.scenario.yaml", text);
    let (file, mut report) = read(FileId(0), &source);
    // A file that cannot be read as a whole is not run.
    let file = file.filter(|_| !report.has_errors());
    let ran = file.map(|file| run(workflow, &file));
    if let Some(ran) = &ran {
        report.extend(ran.report());
        if let Some(found) = &ran.golden {
            let compared = compare_trace(found.span, golden, &found.text);
            if let Some(differing) = compared {
                report.push(differing);
            }
        }
    }
    report.sort();
    (findings(&source, &report), ran)
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

/// What a case says: its findings, the trace of each scenario that failed, and the coverage.
fn told(workflow: &Workflow, text: &str, golden: Option<&str>) -> String {
    let (mut told, ran) = ran(workflow, text, golden);
    let Some(ran) = ran else {
        return told;
    };
    for scenario in ran.scenarios.iter().filter(|scenario| !scenario.passed()) {
        let at = scenario.failed_at.map_or("not run".to_owned(), |step| {
            format!("failed at step {step}")
        });
        let trace = trace::text(&scenario.trace);
        told = format!(
            "{told}
# {}: {at}
{trace}",
            scenario.name
        );
    }
    told + "\n" + &ran.coverage.text()
}

#[test]
fn each_case_is_answered_as_its_snapshot_says() {
    insta::glob!("../cases/scenario", "*/case.scenario.yaml", |path| {
        let workflow = workflow(&path.parent().expect("a folder").join("workflow.yaml"));
        let text = std::fs::read_to_string(path).expect("a case");
        let golden = std::fs::read_to_string(path.with_file_name("case.trace")).ok();
        beside(path, || {
            insta::assert_snapshot!("report", told(&workflow, &text, golden.as_deref()));
        });
    });
}

#[test]
fn the_shipped_workflows_keep_every_promise_of_their_scenarios() {
    for vendor in [
        "appxite",
        "interworks",
        "orocommerce",
        "sharefox",
        "vendasta",
    ] {
        let folder = Path::new("workflows");
        let workflow = workflow(&folder.join(format!("{vendor}.yaml")));
        let text = std::fs::read_to_string(folder.join(format!("{vendor}.scenario.yaml")));
        let source = SourceFile::new(format!("{vendor}.scenario.yaml"), text.expect("scenarios"));
        let (file, report) = read(FileId(0), &source);
        assert_eq!(findings(&source, &report), "");
        let ran = run(&workflow, &file.expect("a file"));
        assert_eq!(findings(&source, &ran.report()), "", "{vendor}");
        let coverage = ran.coverage.text();
        assert!(ran.coverage.percent() >= 95, "{vendor}\n{coverage}");
        let (kinds, missing) = (ran.coverage.kinds(), |items: &[Item]| {
            items.iter().any(|i| i.times == 0)
        });
        let mut whole = kinds.filter(|(kind, _)| [Kind::Initial, Kind::Timers].contains(kind));
        assert!(
            !whole.any(|(_, items)| missing(items)),
            "{vendor}\n{coverage}"
        );
    }
}
