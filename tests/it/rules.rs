//! Rules: their pages, the findings of each on a case of its own, and a naive model of two of them.

mod broken;
mod model;

use std::fmt::Write as _;

use flagstate::diagnostic::Rule;
use flagstate::diagnostic::render::{Options, render};
use flagstate::load::{Library, rules};
use flagstate::source::{SourceError, SourceFile, Sources};

/// The findings of a text as a person reads them, and their rules in the order of the file.
fn findings(text: &str) -> (String, Vec<&'static str>) {
    findings_of(&[text])
}

/// The findings of the last of several texts; each is called what its first line says, `# base.yaml`.
fn findings_of(texts: &[&str]) -> (String, Vec<&'static str>) {
    let named = texts.iter().map(|text| {
        let first = text.lines().next().and_then(|line| line.strip_prefix("# "));
        let name = first.filter(|name| is_yaml(name));
        SourceFile::new(name.unwrap_or("workflow.yaml"), *text)
    });
    let files = Files(named.collect());
    let mut library = Library::new(&files);
    let last = files.0.last().expect("a text").name();
    let file = library.open(last).expect(last);
    let report = library.load(file).report;
    let raised = report.iter().map(|found| found.rule.id).collect();
    (
        render(&report, library.files(), &Options::default()),
        raised,
    )
}

/// Whether a text is the name of a YAML file.
fn is_yaml(name: &str) -> bool {
    let extension = std::path::Path::new(name).extension();
    extension.is_some_and(|extension| extension == "yaml")
}

/// Files by their names.
struct Files(Vec<SourceFile>);

impl Sources for Files {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        let found = self.0.iter().find(|file| file.name() == path);
        found.cloned().ok_or(SourceError::Missing)
    }
}

/// The YAML blocks below a heading of a page: one, or several files with their names.
fn blocks<'a>(rule: &Rule, below: &str) -> Vec<&'a str> {
    let (_, part) = rule
        .page
        .split_once(&format!("\n## {below}\n"))
        .expect(below);
    let part = part.split_once("\n## ").map_or(part, |(part, _)| part);
    let blocks = part.split("```yaml\n").skip(1);
    let mut blocks: Vec<&str> = blocks
        .filter_map(|rest| Some(rest.split_once("```")?.0))
        .collect();
    let is_named =
        |text: &&str| text.starts_with("# base.yaml") || text.starts_with("# tenant.yaml");
    if !blocks.iter().all(is_named) {
        blocks.truncate(1);
    }
    blocks
}

#[test]
fn each_page_shows_a_workflow_that_breaks_its_rule_alone() {
    let mut wrong = String::new();
    for rule in rules() {
        let example = blocks(rule, "Example");
        if example.is_empty() {
            assert_eq!(rule.id, "too-large", "the one whose example fits no page");
            continue;
        }
        let (text, mut raised) = findings_of(&example);
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
        let (text, raised) = findings_of(&blocks(rule, "Use instead"));
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
