//! The page on guards and the pages of the rules say what is true.

use flagstate::diagnostic::Level;
use flagstate::guard;
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};

/// The blocks of a page under a language's fence.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let pieces = page.split(fence.as_str()).skip(1);
    pieces
        .map(|piece| piece.split("```").next().unwrap())
        .collect()
}

#[test]
fn every_guard_of_the_page_compiles_and_answers() {
    let page = include_str!("../../../src/guard/LANGUAGE.md");
    let guards: Vec<&str> = blocks(page, "rhai")
        .into_iter()
        .flat_map(str::lines)
        .collect();
    assert!(guards.len() >= 20, "{guards:?}");
    let mut world = super::world();
    world.event[0] = Some(flagstate::context::Value::Text("late".into()));
    for text in guards {
        let guard = super::compiled(text);
        let answer = world.ask(|inputs| guard.eval(inputs));
        assert!(answer.is_ok(), "`{text}`: {answer:?}");
    }
}

#[test]
fn every_rule_has_a_page_with_its_parts() {
    for rule in guard::RULES {
        let page = rule.page;
        assert!(
            page.starts_with(&format!("# {}\n\n", rule.id)),
            "{}",
            rule.id
        );
        let warns = matches!(
            rule.id,
            "possibly-missing" | "always-fails" | "possibly-too-many-digits"
        );
        assert_eq!(rule.level == Level::Warning, warns, "{}", rule.id);
        assert!(
            rule.summary().ends_with('.'),
            "{}: {}",
            rule.id,
            rule.summary()
        );
        let parts: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(
            parts,
            ["What it does", "Why it is bad", "Example", "Use instead"],
            "{}",
            rule.id
        );
        assert_eq!(blocks(page, "yaml").len(), 2, "{}", rule.id);
    }
}

/// The rules that a whole file breaks.
fn findings(text: &str) -> Vec<&'static str> {
    let loaded = load(FileId(0), &SourceFile::new("page.yaml", text));
    let mut rules: Vec<&str> = loaded.report.iter().map(|found| found.rule.id).collect();
    rules.dedup();
    rules
}

#[test]
fn the_example_of_a_page_raises_its_rule_and_the_other_block_nothing() {
    for rule in guard::RULES {
        let [bad, good] = blocks(rule.page, "yaml")[..] else {
            panic!("{} has no two blocks", rule.id);
        };
        assert_eq!(findings(bad), [rule.id], "the example of {}", rule.id);
        assert_eq!(findings(good), [""; 0], "instead of {}", rule.id);
    }
}

#[test]
fn limits_are_those_of_the_page_of_the_rule() {
    let page = guard::rules::GUARD_TOO_LARGE.page;
    assert!(page.contains("4,096 bytes") && guard::MAX_SOURCE == 4_096);
    assert!(page.contains("more than 32 brackets") && guard::MAX_DEPTH == 32);
    assert!(page.contains("256 entries") && guard::MAX_LIST == 256);
}
