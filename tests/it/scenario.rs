//! Scenario files: what is read, what passes, and what is said about what does not.

use std::path::Path;

use flagstate::diagnostic::render::{Options, render};
use flagstate::diagnostic::{Level, Report};
use flagstate::drive::trace;
use flagstate::graph::Workflow;
use flagstate::load::load;
use flagstate::scenario::{Coverage, Item, Kind, RULES, ScenarioReport, compare_trace, read, run};
use flagstate::source::{FileId, SourceFile, SourceMap, Span};

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

#[test]
fn coverages_of_one_workflow_are_merged() {
    let folder = Path::new("tests/cases/scenario/kept");
    let workflow = workflow(&folder.join("workflow.yaml"));
    let story = |steps: &str| {
        let text = format!("scenarios:\n  - {{ name: a, steps: [{steps}] }}\n");
        let (findings, ran) = ran(&workflow, &text, None);
        assert_eq!(findings, "");
        ran.expect("a report").coverage
    };
    let booked = story("{ event: check_out, by: customer }");
    let dropped = story("{ wait: 20m, state: dropped }");
    let mut both = booked.clone();
    both.merge(&dropped);
    let counted = |coverage: &Coverage, wanted: Kind| {
        let mut kinds = coverage.kinds();
        let (_, items) = kinds.find(|(kind, _)| *kind == wanted).expect("the kind");
        (
            items.iter().filter(|item| item.times > 0).count(),
            items.len(),
        )
    };
    assert_eq!(counted(&booked, Kind::States), (2, 4));
    assert_eq!(counted(&dropped, Kind::States), (2, 4));
    assert_eq!(counted(&both, Kind::States), (3, 4));
    assert_eq!(counted(&booked, Kind::Timers), (0, 1));
    assert_eq!(counted(&both, Kind::Timers), (1, 1));
    assert_eq!(counted(&booked, Kind::Transitions), (1, 6));
    assert!(both.percent() > booked.percent().max(dropped.percent()));
    let (mut whole, mut twice) = (both.clone(), both.clone());
    whole.merge(&booked);
    twice.merge(&both);
    assert_eq!(whole.counted(), both.counted());
    assert_eq!(twice.counted(), both.counted());
}

#[test]
fn traces_are_compared_whatever_their_line_ends() {
    let span = Span::new(FileId(0), 0, 0);
    assert_eq!(compare_trace(span, Some("a\r\nb\r\n"), "a\nb\n"), None);
    assert_eq!(compare_trace(span, Some(""), ""), None);
    let differs = |golden, found| {
        compare_trace(span, golden, found)
            .expect("a finding")
            .message
    };
    assert_eq!(differs(None, "a\n"), "there is no golden trace yet");
    assert_eq!(
        differs(Some("a\n"), "a\nb\n"),
        "the trace differs from the golden one in line 2"
    );
    assert_eq!(
        differs(Some("a\nb\n"), "a\n"),
        "the trace differs from the golden one in line 2"
    );
}

/// The YAML blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    let parts = page.split("```yaml\n").skip(1);
    parts
        .map(|part| part.split("```").next().expect("an end").to_owned())
        .collect()
}

#[test]
fn each_page_shows_what_raises_its_rule_and_what_does_not() {
    let source = SourceFile::new(
        "shop.yaml",
        "flagstate: 1\nworkflow: shop\nactors: [clerk, customer]\ninitial: open\nstates:\n  open:\n  closed: { final: true }\n\
         transitions:\n  close: { by: clerk, from: open, to: closed }\n",
    );
    let workflow = load(FileId(0), &source).workflow.expect("a workflow");
    for rule in RULES {
        let blocks = blocks(rule.page);
        let [bad, good] = blocks.as_slice() else {
            panic!("`{}` has {} blocks", rule.id, blocks.len());
        };
        let (findings, _) = ran(&workflow, bad, None);
        assert!(
            findings.contains(&format!("error[{}]", rule.id)),
            "{findings}"
        );
        assert_eq!(
            findings.matches("error[").count(),
            findings.matches(&format!("error[{}]", rule.id)).count(),
            "{findings}"
        );
        let (findings, _) = ran(&workflow, good, None);
        assert_eq!(findings, "", "{}", rule.id);
    }
}

#[test]
fn an_empty_file_is_said_to_hold_no_scenarios() {
    let source = SourceFile::new("case.scenario.yaml", "# nothing\n");
    let (file, report) = read(FileId(0), &source);
    assert!(file.is_none());
    assert!(findings(&source, &report).contains("the file holds no scenarios"));
}
