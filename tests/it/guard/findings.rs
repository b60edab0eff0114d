//! What is said about guards that may not run: a case is a file of guards, one a line.

use std::fmt::Write;

use flagstate::diagnostic::Report;
use flagstate::guard::{compile_formula, compile_guard};
use flagstate::source::{SourceFile, Span};

use super::{expression, formulas, scope};

/// Each finding below the text, with its characters marked.
fn render(text: &str, report: &Report) -> String {
    let file = SourceFile::new("guard", text);
    let mut out = format!("{text}\n");
    for found in report {
        let Span { start, end, .. } = found.primary.span;
        assert!(
            start <= end && end as usize <= text.len(),
            "{text}: {found:#?}"
        );
        assert!(
            text.is_char_boundary(start as usize) && text.is_char_boundary(end as usize),
            "{text}"
        );
        let margin = " ".repeat(file.position(start).column - 1);
        let marks = "^".repeat(file.slice(found.primary.span).chars().count().max(1));
        writeln!(
            out,
            "{margin}{marks} {}[{}]: {}",
            found.level().as_str(),
            found.rule.id,
            found.message
        )
        .unwrap();
        for help in &found.help {
            writeln!(out, "{margin}{} help: {help}", " ".repeat(marks.len())).unwrap();
        }
    }
    out
}

fn render_guards(cases: &str) -> String {
    let mut out = String::new();
    for text in cases.lines() {
        let mut report = Report::new();
        let guard = compile_guard(&expression(text), &scope(), &mut report);
        assert!(
            guard.is_none() && report.has_errors(),
            "`{text}` is accepted"
        );
        writeln!(out, "{}", render(text, &report)).unwrap();
    }
    out
}

fn render_values(cases: &str) -> String {
    let mut out = String::new();
    for line in cases.lines() {
        let (ty, text) = line.split_once(" <- ").unwrap();
        let mut report = Report::new();
        let formula = compile_formula(&expression(text), &formulas::ty(ty), &scope(), &mut report);
        assert!(
            formula.is_none() && report.has_errors(),
            "`{text}` is accepted"
        );
        writeln!(out, "{ty}\n{}", render(text, &report)).unwrap();
    }
    out
}

#[test]
fn findings_point_at_their_characters() {
    insta::glob!("../../cases/guard", "*/*.txt", |path| {
        let cases = std::fs::read_to_string(path).unwrap();
        let is_values = path.file_stem().is_some_and(|stem| stem == "values");
        let shown = if is_values {
            render_values(&cases)
        } else {
            render_guards(&cases)
        };
        insta::with_settings!({
            snapshot_path => path.parent().unwrap(),
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            omit_expression => true,
        }, { insta::assert_snapshot!("findings", shown) });
    });
}

#[test]
fn without_an_event_there_is_nothing_to_read_from_it() {
    let mut scope = scope();
    scope.event = None;
    let mut report = Report::new();
    assert!(compile_guard(&expression("event.reason == \"x\""), &scope, &mut report).is_none());
    let found = report.iter().next().unwrap();
    assert_eq!(found.rule.id, "unknown-payload-field");
    assert_eq!(found.message, "there is no event here to read from");
}

#[test]
fn findings_of_a_block_stand_on_their_line() {
    let text = "order.payments == 0\n  && order.totl > 1\n  && ünknown == 1";
    let mut expr = expression(text);
    // As a literal block in YAML: each line is indented by six in the file.
    let lines = expr.lines.clone().unwrap();
    let shifted = lines
        .iter()
        .zip(0_u32..)
        .map(|(&(text, start), line)| (text, start + 100 + 6 * line));
    expr.lines = Some(shifted.collect());
    let mut report = Report::new();
    assert!(compile_guard(&expr, &scope(), &mut report).is_none());
    let at = text.find("ünknown").unwrap();
    let spans: Vec<usize> = report
        .iter()
        .map(|found| found.primary.span.start as usize)
        .collect();
    assert_eq!(
        spans,
        [at + 100 + 12],
        "Rhai stops at a letter that is not ASCII"
    );
    let text = text.replace("ünknown", "unknown");
    expr.text.clone_from(&text);
    let mut report = Report::new();
    assert!(compile_guard(&expr, &scope(), &mut report).is_none());
    let field = text.find("totl").unwrap() + 100 + 6;
    let name = text.find("unknown").unwrap() + 100 + 12;
    let spans: Vec<usize> = report
        .iter()
        .map(|found| found.primary.span.start as usize)
        .collect();
    assert_eq!(spans, [field, name]);
}

#[test]
fn where_characters_cannot_be_traced_the_whole_is_marked() {
    let mut expr = expression("order.totl > 1");
    expr.lines = None;
    let mut report = Report::new();
    assert!(compile_guard(&expr, &scope(), &mut report).is_none());
    assert_eq!(report.iter().next().unwrap().primary.span, expr.span);
}

#[test]
fn a_fix_replaces_the_marked_characters() {
    for (text, fixed) in [
        ("order.totl > 1", "order.total > 1"),
        ("order.origin == \"onlin\"", "order.origin == \"online\""),
        ("payments == 1", "order.payments == 1"),
        (
            "order.payments == 1 and order.on_hold",
            "order.payments == 1 && order.on_hold",
        ),
        ("suborders.all(\"exectued\")", "suborders.all(\"executed\")"),
        (
            "order.note.startswith(\"a\")",
            "order.note.starts_with(\"a\")",
        ),
    ] {
        let mut report = Report::new();
        assert!(compile_guard(&expression(text), &scope(), &mut report).is_none());
        let fix = report.iter().next().unwrap().fix.clone().unwrap();
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        assert_eq!(
            format!("{}{}{}", &text[..start], fix.replacement, &text[end..]),
            fixed
        );
        super::compiled(fixed);
    }
}

#[test]
fn reserved_words_cannot_be_fields() {
    for word in [
        "if", "let", "default", "new", "this", "eval", "call", "in", "true", "fn", "is", "a b", "",
        "ü", "1a",
    ] {
        assert!(flagstate::guard::is_reserved(word), "{word}");
    }
    for word in [
        "total", "len", "contains", "order", "now", "days", "end", "type", "status", "from", "to",
        "on",
    ] {
        assert!(!flagstate::guard::is_reserved(word), "{word}");
    }
}
