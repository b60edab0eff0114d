//! Suppression: each case is a file in which `flaw_a` and `flaw_b` stand for warnings, `fault` for an
//! error, and the snapshot beside it is what is left.

use flagstate::diagnostic::render::{Options, render};
use flagstate::diagnostic::suppress::{self, suppress};
use flagstate::diagnostic::{Diagnostic, Level, Report, Rule};
use flagstate::source::{Comment, FileId, SourceFile, SourceMap, Span};

static FLAW_A: Rule = Rule {
    id: "flaw-a",
    level: Level::Warning,
    page: "",
};

static FLAW_B: Rule = Rule {
    id: "flaw-b",
    level: Level::Warning,
    page: "",
};

static FAULT: Rule = Rule {
    id: "fault",
    level: Level::Error,
    page: "",
};

static WITHOUT_EXPIRY: Rule = Rule {
    id: "reserved-without-expiry",
    level: Level::Warning,
    page: "",
};

static UNKNOWN_ACTOR: Rule = Rule {
    id: "unknown-actor",
    level: Level::Error,
    page: "",
};

static KNOWN: [&Rule; 5] = [&FLAW_A, &FLAW_B, &FAULT, &WITHOUT_EXPIRY, &UNKNOWN_ACTOR];

/// The comments of a file without quotes, and a finding at each word that stands for one.
fn findings(text: &str) -> (Vec<Comment>, Report) {
    let mut comments = Vec::new();
    let mut report = Report::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.find('#').unwrap_or(line.trim_end().len());
        let span = |from: usize, to: usize| Span::new(FileId(0), start + from, start + to);
        if line.contains('#') {
            let span = span(code, line.trim_end().len());
            comments.push(Comment { span });
        }
        let words = [
            ("flaw_a", &FLAW_A),
            ("flaw_b", &FLAW_B),
            ("fault", &FAULT),
            ("reserved: true", &WITHOUT_EXPIRY),
        ];
        for (word, rule) in words {
            for (at, _) in line[..code].match_indices(word) {
                let span = span(at, at + word.len());
                report.push(Diagnostic::new(rule, span, format!("there is a `{word}`")));
            }
        }
        start += line.len();
    }
    (comments, report)
}

/// What is left of the findings of a text.
fn left(text: &str) -> (SourceFile, Report) {
    let file = SourceFile::new("workflow.yaml", text);
    let (comments, report) = findings(text);
    let report = suppress(report, &file, &comments, &KNOWN);
    (file, report)
}

fn rules(report: &Report) -> Vec<&str> {
    report.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn every_case_keeps_the_findings_of_its_snapshot() {
    insta::glob!(
        "../../cases/diagnostic/suppress",
        "*/workflow.yaml",
        |path| {
            let text = std::fs::read_to_string(path).expect("a case");
            let (file, report) = left(&text);
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(path.parent().expect("a folder"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_snapshot_suffix("");
            settings.set_omit_expression(true);
            settings.remove_input_file();
            let rendered = render(&report, &SourceMap::single(file), &Options::default());
            settings.bind(|| insta::assert_snapshot!("report", rendered));
        }
    );
}

#[test]
fn a_suppression_works_whatever_its_line_ends_are() {
    let text = "# flagstate: ignore-file[flaw-a] generated\r\nx: flaw_a\r\n\
                # flagstate: ignore[flaw-b]\r\ny: flaw_b\r\nz: flaw_a # flagstate: ignore[flaw-a]\r\n";
    let (_, report) = left(text);
    assert!(report.is_empty(), "{report:?}");
}

#[test]
fn the_fix_of_an_unused_suppression_removes_it_and_nothing_else() {
    let check = |text: &str, expected: &str| {
        let (file, report) = left(text);
        assert_eq!(rules(&report), ["unused-suppression"]);
        let fix = report
            .iter()
            .next()
            .and_then(|finding| finding.fix.as_ref())
            .expect("a fix");
        let mut mended = text.to_owned();
        mended.replace_range(file.clamp(fix.span), &fix.replacement);
        assert_eq!(mended, expected);
        assert!(left(&mended).1.is_empty(), "{mended}");
    };
    check(
        "a: 1 # flagstate: ignore[flaw-a] why\nb: 2\n",
        "a: 1\nb: 2\n",
    );
    check(
        "a:\n  # flagstate: ignore[flaw-a]\n  b: 2\n",
        "a:\n  b: 2\n",
    );
    check("a: 1\n# flagstate: ignore[flaw-a]", "a: 1\n");
    check(
        "a: flaw_a # flagstate: ignore[flaw-a, flaw-b] why\n",
        "a: flaw_a # flagstate: ignore[flaw-a] why\n",
    );
    check(
        "a: flaw_a # flagstate: ignore[flaw-b, flaw-a] why\n",
        "a: flaw_a # flagstate: ignore[flaw-a] why\n",
    );
}

#[test]
fn findings_of_other_files_go_only_with_what_is_ignored_in_the_whole_file() {
    let left = |text: &str| -> Vec<String> {
        let file = SourceFile::new("workflow.yaml", text);
        let (comments, mut report) = findings(text);
        // It stands on the line of another file that has a comment in this one.
        let start = text.find("flaw_a").expect("the flaw");
        let elsewhere = Span::new(FileId(1), start, start + 2);
        report.push(Diagnostic::new(&FLAW_A, elsewhere, "elsewhere"));
        let report = suppress(report, &file, &comments, &KNOWN);
        report.iter().map(|found| found.message.clone()).collect()
    };
    let of_line = left("x: flaw_a # flagstate: ignore[flaw-a]\n");
    assert_eq!(of_line, ["elsewhere"]);
    let of_file = left("# flagstate: ignore-file[flaw-a]\nx: flaw_a\n");
    assert_eq!(of_file, [""; 0]);
}

#[test]
fn pages_have_their_sections_and_their_examples_raise_them() {
    for rule in suppress::RULES {
        let sections: Vec<_> = rule
            .page
            .lines()
            .filter(|line| line.starts_with('#'))
            .collect();
        let title = format!("# {}", rule.id);
        let expected = [
            &title,
            "## What it does",
            "## Why it is bad",
            "## Example",
            "## Use instead",
        ];
        let headings: Vec<_> = sections
            .into_iter()
            .filter(|line| !line.starts_with("# flagstate"))
            .collect();
        assert_eq!(headings, expected);
        assert!(rule.summary().ends_with('.'), "{}", rule.summary());
        let blocks: Vec<_> = rule.page.split("```yaml\n").skip(1).collect();
        let block = |index: usize| blocks[index].split("```").next().expect("a block");
        assert_eq!(blocks.len(), 2);
        assert_eq!(rules(&left(block(0)).1), [rule.id]);
        assert_eq!(
            rules(&left(block(1)).1),
            [""; 0],
            "use instead of {}",
            rule.id
        );
    }
}

mod any {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_comments_leave_every_error_and_fit_the_file(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("# flagstate: ignore[".to_owned()),
                    Just("# flagstate: ignore-file[flaw-a]".to_owned()),
                    Just("#flagstate:ignore [ flaw-a ,flaw-b".to_owned()),
                    Just("# flagstate:".to_owned()),
                    Just("]\n".to_owned()),
                    Just(", ".to_owned()),
                    Just("x: flaw_a flaw_b fault ".to_owned()),
                    Just("\n  ".to_owned()),
                    Just("\r\n".to_owned()),
                    any::<char>().prop_map(String::from),
                ],
                0..30,
            ),
        ) {
            let text = pieces.concat();
            let (_, before) = findings(&text);
            let (file, after) = left(&text);
            prop_assert_eq!(before.count(Level::Error), after.count(Level::Error));
            for finding in &after {
                let span = finding.primary.span;
                prop_assert_eq!(file.clamp(span), span.start as usize..span.end as usize);
            }
            render(&after, &SourceMap::single(file), &Options::default());
        }
    }
}
