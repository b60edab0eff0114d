//! The pages of the rules: the example of each raises that rule alone, what to use instead nothing.

use std::fmt::Write as _;

use flagstate::diagnostic::Rule;
use flagstate::migrate::{RULES, check, read};
use flagstate::source::{FileId, SourceFile};

use crate::diff::version;

fn page(name: &str) -> String {
    std::fs::read_to_string(format!("tests/cases/migrate/pages/{name}")).expect("a version")
}

fn block<'a>(rule: &Rule, below: &str) -> &'a str
where
    'static: 'a,
{
    let (_, part) = rule
        .page
        .split_once(&format!("\n## {below}\n"))
        .expect(rule.id);
    let (_, rest) = part.split_once("```yaml\n").expect(rule.id);
    rest.split_once("```").expect(rule.id).0
}

fn raised(text: &str) -> (Vec<&'static str>, String) {
    let (old, new) = (
        version(0, "old.yaml", &page("old.yaml")),
        version(1, "new.yaml", &page("new.yaml")),
    );
    let (plan, mut report) = read(FileId(2), &SourceFile::new("plan.yaml", text));
    if let Some(plan) = plan {
        report.extend(check(&plan, &old, &new).1);
    }
    let mut ids: Vec<&str> = report.iter().map(|found| found.rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let messages = report
        .iter()
        .map(|found| format!("{}: {}", found.rule.id, found.message));
    (ids, messages.collect::<Vec<_>>().join("\n"))
}

#[test]
fn each_page_shows_a_plan_that_breaks_its_rule_alone_and_one_that_breaks_none() {
    let mut wrong = String::new();
    for rule in RULES {
        let (ids, said) = raised(block(rule, "Example"));
        if ids != [rule.id] {
            writeln!(wrong, "{}: raises {ids:?}\n{said}", rule.id).unwrap();
        }
        let (ids, said) = raised(block(rule, "Use instead"));
        if !ids.is_empty() {
            writeln!(wrong, "{}: instead raises {ids:?}\n{said}", rule.id).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_page_says_what_why_and_what_instead() {
    for rule in RULES {
        assert!(
            rule.page.starts_with(&format!("# {}\n\n", rule.id)),
            "{}",
            rule.id
        );
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
fn no_other_rule_has_the_name() {
    let known = flagstate::load::rules();
    let others = flagstate::scenario::RULES
        .iter()
        .chain(flagstate::drive::RULES);
    let known: Vec<&str> = known.iter().chain(others).map(|rule| rule.id).collect();
    for rule in RULES {
        assert!(!known.contains(&rule.id), "{}", rule.id);
    }
}

#[test]
fn the_plan_of_the_readme_is_read() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let (_, plan) = readme
        .split_once("```yaml\nflagstate_migration")
        .expect("a plan");
    let plan = format!("flagstate_migration{}", plan.split_once("```").unwrap().0);
    let (plan, report) = read(FileId(0), &SourceFile::new("README.md", plan));
    assert!(plan.is_some() && report.is_empty(), "{report:?}");
}
