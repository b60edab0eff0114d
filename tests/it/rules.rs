//! Rules: their pages, the findings of each on a case of its own, and a naive model of two of them.

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
    for rule in flagstate::validate::RULES {
        let Some(example) = block(rule, "Example") else {
            assert_eq!(rule.id, "too-large", "the one whose example fits no page");
            continue;
        };
        let (text, mut raised) = findings(example);
        raised.dedup();
        if raised != [rule.id] {
            wrong += &format!("{}: raises {raised:?}\n{text}\n", rule.id);
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
            wrong += &format!("{}: raises {raised:?}\n{text}\n", rule.id);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
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
