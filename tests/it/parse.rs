//! Reading workflow files: what is built, and what is said about what cannot be.

mod hostile;

use std::path::Path;

use flagstate::diagnostic::render::{Options, render};
use flagstate::parse::{Parsed, RULES, parse};
use flagstate::source::{FileId, SourceFile, SourceMap};

/// Reads a text as the file `workflow.yaml`.
fn read(text: &str) -> Parsed {
    parse(FileId(0), &SourceFile::new("workflow.yaml", text))
}

/// The report of a text, as a person reads it.
fn findings(text: &str) -> String {
    let report = read(text).report;
    let sources = SourceMap::single(SourceFile::new("workflow.yaml", text));
    render(&report, &sources, &Options::default())
}

/// The ids of the rules that a text raises, by place.
fn rules(text: &str) -> Vec<&'static str> {
    read(text)
        .report
        .iter()
        .map(|found| found.rule.id)
        .collect()
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
fn each_case_is_answered_as_its_snapshot_says() {
    insta::glob!("../cases/parse", "*/workflow.yaml", |path| {
        let text = std::fs::read_to_string(path).expect("a case");
        beside(path, || insta::assert_snapshot!("report", findings(&text)));
    });
}

#[test]
fn the_shipped_workflows_are_read_without_a_finding() {
    let files = std::fs::read_dir("workflows").expect("the folder");
    for file in files.map(|file| file.expect("a file").path()) {
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".yaml") && !name.ends_with(".scenario.yaml") {
            let text = std::fs::read_to_string(&file).expect("a workflow");
            assert_eq!(findings(&text), "", "{name}");
            assert!(read(&text).document.is_some(), "{name}");
        }
    }
}

/// The first YAML block of a part of a page.
fn example(part: &str) -> Option<&str> {
    let block = part.split_once("```yaml\n")?.1;
    Some(block.split_once("```")?.0)
}

#[test]
fn each_page_shows_its_rule_alone_and_a_clean_file() {
    for rule in RULES {
        let (bad, good) = rule.page.split_once("\n## Use instead\n").expect(rule.id);
        let good = example(good).expect(rule.id);
        assert_eq!(findings(good), "", "{}", rule.id);
        assert!(rule.page.starts_with(&format!("# {}\n", rule.id)));
        assert!(rule.summary().ends_with('.'), "{}", rule.id);
        match example(bad) {
            Some(bad) => {
                let mut raised = rules(bad);
                raised.dedup();
                assert_eq!(raised, [rule.id]);
            }
            None => assert_eq!(rule.id, "too-large", "the one that fits no page"),
        }
    }
}
