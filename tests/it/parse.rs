//! Reading workflow files: what is built, and what is said about what cannot be.

mod hostile;
mod wrong_values;

use std::path::Path;

use flagstate::diagnostic::render::{Options, render};
use flagstate::document::Guard;
use flagstate::parse::{Parsed, RULES, parse};
use flagstate::source::{FileId, SourceFile, SourceMap};

/// Reads a text as the file `workflow.yaml`.
pub(crate) fn read(text: &str) -> Parsed {
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
        let name = file.file_name().expect("a name").to_string_lossy();
        if name.ends_with("yaml") && !name.contains(".scenario.") {
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

/// A small file with one of each shape.
const SHAPES: &str = r#"# A comment above.
flagstate: 1
workflow: shop
version: 3
settings:
  days: { type: duration, default: 3d } # beside
actors: [clerk, "no"]
initial:
  - { guard: settings.late, to: open }
  - { to: closed }
states:
  open:
    title: { default: Open, de: Offen }
    expires: { after: settings.days, to: closed }
    flags: { reserved: true, note: "true" }
  closed: { final: true, expires: never }
  lost:
transitions:
  close:
    by: clerk
    from: [open, lost]
    guard:
      - paid
      - { if: 'order.total > 3', refusal: Too little }
    to: { choose: [closed, lost] }
    set: { count: 3, done: true }
  undo: { by: clerk, moves: [{ from: closed, to: back }] }
"#;

#[test]
fn every_shape_is_read_with_its_place() {
    let parsed = read(SHAPES);
    let source = SourceFile::new("workflow.yaml", SHAPES);
    assert_eq!(findings(SHAPES), "");
    let comments: Vec<&str> = parsed
        .comments
        .iter()
        .map(|c| source.slice(c.span))
        .collect();
    assert_eq!(comments, ["# A comment above.", "# beside"]);
    let document = parsed.document.expect("a document");
    assert_eq!(document.version.map(|version| version.value), Some(3));
    assert_eq!(source.slice(document.span), SHAPES);
    let open = document.states.get("open").expect("a state");
    assert!(source.slice(open.span).starts_with("open:\n    title:"));
    assert!(source.slice(open.span).ends_with("note: \"true\" }"));
    let lost = document.states.get("lost").expect("a state");
    assert_eq!(source.slice(lost.span), "lost");
    let undo = document.transitions.get("undo").expect("an event");
    let row = &undo.moves[0];
    assert_eq!(source.slice(row.span), "{ from: closed, to: back }");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../cases/parse");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("shapes", brief(&format!("{document:#?}"))));
}

/// A value's debug form without places, and without what was left out of the file.
fn brief(debug: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut in_span = false;
    for line in debug.lines() {
        in_span |= line.trim_start().starts_with("span: Span {");
        if !in_span {
            lines.push(line.to_owned());
        }
        in_span &= line.trim() != "},";
        if let [.., open, value, close] = lines.as_slice()
            && let Some(before) = open.strip_suffix("Spanned {")
            && close.trim_start().starts_with('}')
        {
            let value = value.trim().trim_start_matches("value: ");
            let merged = format!("{before}{value}");
            lines.truncate(lines.len() - 3);
            lines.push(merged);
        }
        if let [.., open, empty, close] = lines.as_slice()
            && open.ends_with('(')
            && empty.trim() == "[],"
            && close.trim() == "),"
        {
            let merged = format!("{open}[]),");
            lines.truncate(lines.len() - 3);
            lines.push(merged);
        }
        let left_out = [": None,", ": [],", ": Entries([]),", ": OneOrMany([]),"];
        if lines
            .last()
            .is_some_and(|last| left_out.iter().any(|end| last.ends_with(end)))
        {
            lines.pop();
        }
    }
    lines.join("\n")
}

/// The characters in the file that `words` of the first guard came from.
fn guard_place<'t>(text: &'t str, words: &str) -> &'t str {
    let document = read(text).document.expect("a document");
    let event = document.transitions.iter().next().expect("an event");
    let guard = event
        .value
        .single
        .guard
        .as_ref()
        .expect("a guard")
        .iter()
        .next();
    let Some(Guard::Written(expression)) = guard else {
        panic!("an expression");
    };
    let start = expression.text.find(words).expect("the words");
    let span = expression.place(start, start + words.len());
    &text[span.start as usize..span.end as usize]
}

#[test]
fn places_in_guards_lead_back_to_the_file() {
    let file = |guard: &str| {
        format!(
            "flagstate: 1\nworkflow: shop\ninitial: a\nstates: {{ a: }}\ntransitions:\n  go:\n    guard: {guard}\n    to: a\n"
        )
    };
    for exact in [
        "order.a && order.b",
        "'order.a && order.b'",
        "\"order.a && order.b\"",
        "|\n      order.a &&\n        order.b",
        "|-\n      order.a\n\n      && order.b",
        "|2 # why\n        order.a\n      && order.b\n",
        "order.a && \"é: \" != order.b",
        "'order.a != ''x'' && order.b'",
        "\"order.a != \\\"x\\\" && order.b\"",
        ">-\n      order.a &&\n      order.b",
        "order.a &&\n      order.b",
        "\"order.a\\t&& order.b\"",
        "\"order.a == \\\"\\u00e9\\x41\\\" && order.b\"",
        "\"order.a == 1 \\\n       && order.b\"",
    ] {
        assert_eq!(guard_place(&file(exact), "order.b"), "order.b", "{exact}");
    }
}
