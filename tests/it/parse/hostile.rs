//! Any bytes: no panic, no overflow of a small stack, every place inside the file.

use flagstate::diagnostic::Diagnostic;
use flagstate::parse::{MAX_BYTES, MAX_RECORDS, MAX_VALUES, parse};
use flagstate::source::{FileId, SourceFile, Span};
use proptest::prelude::*;

use super::{read, rules};

const SHAREFOX: &str = include_str!("../../../workflows/sharefox.yaml");

/// Parses a text, and checks that every place lies in it and falls between characters.
fn check(text: &str) {
    let source = SourceFile::new("any.yaml", text);
    let parsed = parse(FileId(0), &source);
    let fits = |span: Span| text.get(span.start as usize..span.end as usize).is_some();
    for Diagnostic {
        message,
        primary,
        secondary,
        fix,
        ..
    } in &parsed.report
    {
        assert!(fits(primary.span), "{message}: {primary:?}");
        assert!(secondary.iter().all(|label| fits(label.span)), "{message}");
        assert!(fix.iter().all(|fix| fits(fix.span)), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
    assert!(
        parsed
            .comments
            .iter()
            .all(|comment| source.slice(comment.span).starts_with('#'))
    );
    assert!(parsed.document.is_some() || parsed.report.has_errors());
    assert!(parsed.report.len() <= 1100);
}

/// What an accident or an attacker puts into a file.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "guard: ",
        "if: ",
        "set: { ",
        "to: ",
        "states:",
        "moves:\n",
        "- ",
        "? ",
        ": ",
        "!",
        "!!str ",
        "&a ",
        "*a ",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "|\n",
        ">-\n",
        "#",
        " # ",
        "\n",
        "\r\n",
        "\n  ",
        "\t",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "~",
        "null",
        "é",
        "\u{202e}",
        "\u{feff}",
        "\u{0}",
        "😀",
        "\\",
        "@",
        "`",
        "0",
        "-",
    ];
    prop_oneof![
        6 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => "[a-z_:{}\\[\\] ]{0,12}",
        1 => any::<char>().prop_map(String::from),
    ]
}

/// Quick by default; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(1000),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_heap_of_yaml_is_answered(pieces in proptest::collection::vec(piece(), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_mutation_of_a_workflow_is_answered(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..30, piece()), 1..5),
    ) {
        let mut text: Vec<char> = SHAREFOX.chars().collect();
        for (at, removed, put) in changes {
            let at = at.index(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, put.chars());
        }
        check(&text.into_iter().collect::<String>());
    }
}

/// As many lines as wanted, each made from its number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// States within states, as deep as is read, and a mapping in the last.
fn nested() -> String {
    let head = "flagstate: 1\nworkflow: deep\ninitial: s0\nstates:\n";
    let indent = |level| "  ".repeat(2 * level + 1);
    let states = lines(31, |level| {
        format!("{0}s{level}:\n{0}  states:\n", indent(level))
    });
    format!("{head}{states}{}last: {{ final: true }}\n", indent(31))
}

#[test]
fn deep_nesting_fits_a_small_stack() {
    let bombs = [
        nested(),
        "[".repeat(200_000),
        "{a: ".repeat(50_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        lines(2000, |level| format!("{}a:\n", " ".repeat(level))),
        format!("states: {}", "{ a: { states: ".repeat(40)),
        format!("transitions: {{ a: {{ guard: {}", "[".repeat(1000)),
    ];
    let small = std::thread::Builder::new().stack_size(512 << 10);
    let run = move || bombs.each_ref().map(|text| check(text));
    small
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no overflow");
}

#[test]
fn states_nested_to_the_limit_are_read() {
    assert_eq!(
        rules(&nested()),
        ["too-deep"],
        "the mapping of the last state is the 65th"
    );
    let text = nested().replace("last: { final: true }", "last:");
    assert!(rules(&text).is_empty());
}

#[test]
fn what_is_too_large_is_refused_with_the_limit() {
    let head = "flagstate: 1\nworkflow: shop\ninitial: open\nstates: { open: }\n";
    let long = format!("{head}doc: {}\n", "x".repeat(MAX_BYTES));
    assert_eq!(rules(&long), ["too-large"]);
    let many = format!("{head}effects: [{}]\n", "a, ".repeat(MAX_VALUES));
    assert_eq!(rules(&many).last(), Some(&"too-large"));
    let comments = format!("{head}{}", "#\n".repeat(MAX_VALUES + 1));
    assert_eq!(rules(&comments), ["too-large"]);
    let states: String = lines(MAX_RECORDS, |n| format!("  s{n}:\n"));
    let states = format!("flagstate: 1\nworkflow: shop\ninitial: s0\nstates:\n{states}");
    assert_eq!(rules(&states), ["too-large"], "the file itself is one more");
    let scalar = format!("{head}doc: {}\n", "word ".repeat(1_000_000));
    assert_eq!(rules(&scalar), ["too-large"]);
}

#[test]
fn a_file_that_is_wrong_everywhere_is_answered_with_a_bounded_report() {
    let head = "flagstate: 1\nworkflow: shop\ninitial: open\nstates: { open: }\n";
    let keys: String = lines(20_000, |n| format!("key{n}: 1\n"));
    let report = read(&format!("{head}{keys}")).report;
    assert_eq!(report.len(), 500);
    let last = report.iter().last().expect("a finding");
    assert_eq!(
        last.help.last().map(String::as_str),
        Some("19500 further problems are not shown")
    );
    let guards: String = lines(2000, |n| {
        format!("  e{n}: {{ guard: !order.a, to: open }}\n")
    });
    check(&format!("{head}transitions:\n{guards}"));
}
