//! Rules: their pages, the findings of each on a case of its own, and a naive model of two of them.

mod broken;
mod model;

use std::fmt::Write as _;

use flagstate::diagnostic::Rule;
use flagstate::diagnostic::render::{Options, render};
use flagstate::load::{load, rules};
use flagstate::source::{FileId, SourceFile, SourceMap};

/// The findings of a text as a person reads them, and their rules in the order of the file.
fn findings(text: &str) -> (String, Vec<&'static str>) {
    let sources = SourceMap::single(SourceFile::new("workflow.yaml", text));
    let report = load(FileId(0), &SourceFile::new("workflow.yaml", text)).report;
    let raised = report.iter().map(|found| found.rule.id).collect();
    (render(&report, &sources, &Options::default()), raised)
}

/// The YAML blocks below a heading of a page.
fn block<'a>(rule: &Rule, below: &str) -> Option<&'a str> {
    let (_, part) = rule.page.split_once(&format!("\n## {below}\n"))?;
    let part = part.split_once("\n## ").map_or(part, |(part, _)| part);
    let (_, rest) = part.split_once("```yaml\n")?;
    Some(rest.split_once("```")?.0)
}

#[test]
fn each_page_shows_a_workflow_that_breaks_its_rule_alone() {
    let mut wrong = String::new();
    for rule in rules() {
        let Some(example) = block(rule, "Example") else {
            assert_eq!(rule.id, "too-large", "the one whose example fits no page");
            continue;
        };
        let (text, mut raised) = findings(example);
        raised.dedup();
        if raised != [rule.id] {
            writeln!(wrong, "{}: raises {raised:?}\n{text}", rule.id).expect("a string");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_page_shows_a_workflow_that_breaks_nothing() {
    let mut wrong = String::new();
    for rule in rules() {
        let example = block(rule, "Use instead").expect(rule.id);
        let (text, raised) = findings(example);
        if !raised.is_empty() {
            writeln!(wrong, "{}: raises {raised:?}\n{text}", rule.id).expect("a string");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_rule_has_a_name_of_its_own_in_kebab_case() {
    let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    let is_kebab = |id: &&str| {
        id.split('-')
            .all(|word| word.chars().all(|c| c.is_ascii_lowercase()) && !word.is_empty())
    };
    assert!(ids.iter().all(is_kebab), "{ids:?}");
}

#[test]
fn each_page_says_what_why_and_what_instead() {
    for rule in rules() {
        let title = format!("# {}\n\n", rule.id);
        assert!(rule.page.starts_with(&title), "{}", rule.id);
        assert!(rule.summary().ends_with('.'), "{}", rule.id);
        let headings: Vec<&str> = rule
            .page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        let expected = [
            "## What it does",
            "## Why it is bad",
            "## Example",
            "## Use instead",
        ];
        assert_eq!(headings, expected, "{}", rule.id);
    }
}

#[test]
fn each_rule_of_the_checks_has_a_case_that_breaks_it_alone() {
    for rule in flagstate::validate::RULES {
        let file = format!("tests/cases/rules/{}/workflow.yaml", rule.id);
        let text = std::fs::read_to_string(&file).expect(&file);
        let (report, raised) = findings(&text);
        let alone = raised.iter().all(|id| *id == rule.id);
        assert!(alone && !raised.is_empty(), "{}: {report}", rule.id);
    }
}

#[test]
fn each_case_is_answered_as_its_snapshot_says() {
    insta::glob!("../cases/rules", "*/workflow.yaml", |path| {
        let text = std::fs::read_to_string(path).expect("a case");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().expect("a folder"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!("report", findings(&text).0));
    });
}
