//! Findings: their renderings, and their suppression by comments.

mod sarif;
mod suppress;
mod xml;

use flagstate::diagnostic::render::{Options, OutputFormat, Unjudged, Unread, render, summary};
use flagstate::diagnostic::{Diagnostic, Level, Report, Rule};
use flagstate::source::{FileId, SourceFile, SourceMap, Span};
use proptest::prelude::*;
use serde_json::Value;

static UNKNOWN_STATE: Rule = Rule {
    id: "unknown-state",
    level: Level::Error,
    page: "# unknown-state\n\nA name stands for no state of the file.\n\n## What it does\n\nIt compares names.\n",
};

static DUPLICATE_KEY: Rule = Rule {
    id: "duplicate-key",
    level: Level::Error,
    page: "# duplicate-key\n\nOne key stands twice in the same mapping.\n",
};

static WITHOUT_EXPIRY: Rule = Rule {
    id: "reserved-without-expiry",
    level: Level::Warning,
    page: "# reserved-without-expiry\n\nA state reserves goods for ever.\n",
};

/// The `nth` (from 0) place of `words` in the first file.
fn find(sources: &SourceMap, words: &str, nth: usize) -> Span {
    let text = sources.get(FileId(0)).expect("a file").text();
    let (at, _) = text.match_indices(words).nth(nth).expect("the words");
    Span::new(FileId(0), at, at + words.len())
}

/// The same findings for every format: labels, hints, a fix, several lines, a second file, an
/// empty place at the end, and text that attacks the reader.
fn sample() -> (SourceMap, Report) {
    let orders = include_str!("../cases/diagnostic/render/orders.yaml");
    let mut sources = SourceMap::single(SourceFile::new("shop/orders, 1.yaml", orders));
    let hostile = "title: \u{1b}[31mred\u{1b}[0m \u{202e}desrever\u{202c} <b>&\"'\r\nempty:";
    let other = sources.add(SourceFile::new("shop/<attack>:100%.yaml", hostile));
    let mut report = Report::new();
    report.push(
        Diagnostic::new(
            &UNKNOWN_STATE,
            find(&sources, "boked", 0),
            "there is no state `boked`",
        )
        .label("not declared")
        .did_you_mean("boked", ["open", "booked", "closed"]),
    );
    report.push(
        Diagnostic::new(
            &DUPLICATE_KEY,
            find(&sources, "open", 2),
            "the state `open` is declared twice",
        )
        .label("declared again")
        .also(find(&sources, "open", 1), "first declared here")
        .help("give one of them another name"),
    );
    let booked = "booked:\n    flags:\n      contracted: true\n      counts_revenue: true\n";
    report.push(
        Diagnostic::new(
            &WITHOUT_EXPIRY,
            find(&sources, booked, 0),
            "`booked` reserves for ever",
        )
        .also(Span::new(other, 0, 5), "as the other file says")
        .fix(
            find(&sources, "    flags:\n", 0),
            "    expires: never\n    flags:\n",
            "waive the expiry",
        ),
    );
    report.push(
        Diagnostic::new(
            &UNKNOWN_STATE,
            Span::new(other, 7, 43),
            "hostile \u{1b}[2J`\u{202e}text`: 100%, \r\n::error::x",
        )
        .label("<b>&\"'\u{0}"),
    );
    report.push(Diagnostic::new(
        &UNKNOWN_STATE,
        Span::new(other, 9_000, 9_999),
        "the file ends too early",
    ));
    report.sort();
    (sources, report)
}

fn options(format: OutputFormat) -> Options {
    let checked = [
        "shop/clean.yaml",
        "shop/orders, 1.yaml",
        "shop/<attack>:100%.yaml",
    ];
    Options {
        format,
        checked: checked.map(str::to_owned).to_vec(),
        ..Options::default()
    }
}

fn with_unread(format: OutputFormat) -> Options {
    let gone = |path: Option<&str>| Unread {
        path: path.map(str::to_owned),
        message: "cannot read `<gone>: 1, \u{1b}[2J`: there is\nno such file".to_owned(),
    };
    Options {
        unread: vec![
            gone(Some("shop/<gone>: 1, 2.yaml")),
            gone(Some("")),
            gone(None),
        ],
        // One in a clean file, one in a file with findings, one nowhere.
        unjudged: [(2, 0, 5), (0, 3, 9), (7, 0, 1)]
            .map(|(file, start, end)| Unjudged {
                span: Span::new(FileId(file), start, end),
                message: "`<gone>: 1, \u{1b}[2J` has\nerrors".to_owned(),
            })
            .to_vec(),
        ..options(format)
    }
}

#[test]
fn every_format_shows_the_same_findings() {
    let (sources, report) = sample();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../cases/diagnostic/render");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for format in OutputFormat::ALL {
            let rendered = render(&report, &sources, &options(format));
            let version = format!("\"semanticVersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
            let rendered = rendered.replace(&version, "\"semanticVersion\": \"[version]\"");
            insta::assert_snapshot!(format.as_str(), rendered);
        }
    });
}

#[test]
fn colours_are_sent_only_where_asked_for_and_change_no_text() {
    let (sources, report) = sample();
    for format in OutputFormat::ALL {
        let plain = render(&report, &sources, &options(format));
        let color = Options {
            color: true,
            ..options(format)
        };
        let colored = render(&report, &sources, &color);
        assert!(!plain.contains('\u{1b}'), "{format}");
        assert_eq!(colored.contains('\u{1b}'), format == OutputFormat::Full);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }
}

/// Options of a run over so many files.
fn files(checked: usize) -> Options {
    Options {
        checked: vec![String::new(); checked],
        ..Options::default()
    }
}

#[test]
fn a_report_that_is_handed_on_as_an_error_says_the_first_of_what_matters_most() {
    let (_, report) = sample();
    let error: Box<dyn std::error::Error> = Box::new(report.clone());
    let more = report.len() - 1;
    let said =
        format!("error: the state `open` is declared twice (duplicate-key), and {more} more");
    assert_eq!(error.to_string(), said);

    let mut warned = report;
    warned.retain(|found| found.level() == Level::Warning);
    let first = warned.iter().next().expect("a warning").clone();
    let mut one = Report::new();
    one.push(first.clone());
    let said = format!("warning: {} ({})", first.message, first.rule.id);
    assert_eq!(one.to_string(), said);
    assert_eq!(Report::new().to_string(), "nothing was found");
}

#[test]
fn a_denied_warning_is_an_error_with_what_denies_it_and_keeps_its_level_in_data() {
    let (sources, report) = sample();
    let rule = WITHOUT_EXPIRY.id;
    for format in OutputFormat::ALL {
        let denied = [(rule, "`--deny warnings`"), (UNKNOWN_STATE.id, "nothing")];
        let options = Options {
            denied: denied
                .map(|(rule, by)| (rule.to_owned(), by.to_owned()))
                .into(),
            ..options(format)
        };
        assert_eq!(
            summary(&report, &options),
            "5 errors (1 denied warning) in 2 files"
        );
        let rendered = render(&report, &sources, &options);
        let shown: &[&str] = match format {
            OutputFormat::Full => &[
                "error[reserved-without-expiry]",
                "= note: this warning is denied by `--deny warnings`",
            ],
            OutputFormat::Concise => &["error[reserved-without-expiry]"],
            OutputFormat::Json => &["\"denied_by\": \"`--deny warnings`\"", "\"warnings\": 1"],
            OutputFormat::Sarif => &["\\nthis warning is denied by `--deny warnings`"],
            OutputFormat::Github => &["%0Anote: this warning is denied by `--deny warnings`"],
            OutputFormat::Junit => &["message=\"3 errors (1 denied warning)\""],
        };
        for shown in shown {
            assert!(rendered.contains(shown), "{format}: {shown}\n{rendered}");
        }
        let is_data = format == OutputFormat::Json;
        let warns = rendered.contains("warning[") || rendered.contains("::warning");
        assert!(!warns, "{format}\n{rendered}");
        assert_eq!(
            rendered.contains("\"level\": \"warning\""),
            is_data || format == OutputFormat::Sarif
        );
    }
}

#[test]
fn the_summary_counts_findings_and_files() {
    let (_, report) = sample();
    assert_eq!(
        summary(&report, &files(3)),
        "4 errors, 1 warning in 2 files"
    );
    assert_eq!(
        summary(&Report::new(), &files(5)),
        "all clean: 5 files checked"
    );
    assert_eq!(
        summary(&Report::new(), &files(1)),
        "all clean: 1 file checked"
    );
}

/// Text as an attacker or an accident writes it.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z_:{} ]{0,12}",
        2 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\t".to_owned()),
        1 => Just("  - ".to_owned()),
        1 => Just("日本語 e\u{301} 👩\u{200d}🚀".to_owned()),
        1 => Just("]]>&amp;<!--\"'%".to_owned()),
        1 => Just("{0} [a](b)".to_owned()),
        1 => Just("long ".repeat(400)),
        2 => any::<char>().prop_map(String::from),
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_span() -> impl Strategy<Value = Span> {
    let small = || prop_oneof![8 => 0..60usize, 2 => 0..3_000usize, 1 => any::<usize>()];
    (0..4u16, small(), small()).prop_map(|(file, start, length)| {
        Span::new(FileId(file), start, start.saturating_add(length))
    })
}

prop_compose! {
    fn any_diagnostic()(
        warning in any::<bool>(),
        message in any_text(),
        primary in any_span(),
        label in any_text(),
        secondary in proptest::collection::vec((any_span(), any_text()), 0..4),
        help in proptest::collection::vec(any_text(), 0..3),
        fix in proptest::option::of((any_span(), any_text(), any_text())),
    ) -> Diagnostic {
        let rule = if warning { &WITHOUT_EXPIRY } else { &UNKNOWN_STATE };
        let mut diagnostic = Diagnostic::new(rule, primary, message).label(label);
        for (span, text) in secondary {
            diagnostic = diagnostic.also(span, text);
        }
        for text in help {
            diagnostic = diagnostic.help(text);
        }
        match fix {
            Some((span, replacement, title)) => diagnostic.fix(span, replacement, title),
            None => diagnostic,
        }
    }
}

prop_compose! {
    fn any_findings()(
        texts in proptest::collection::vec((any_text(), any_text()), 1..4),
        diagnostics in proptest::collection::vec(any_diagnostic(), 0..4),
    ) -> (SourceMap, Report) {
        let mut sources = SourceMap::default();
        for (name, text) in texts {
            sources.add(SourceFile::new(name, text));
        }
        let mut report = Report::new();
        for diagnostic in diagnostics {
            report.push(diagnostic);
        }
        report.sort();
        (sources, report)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn any_finding_is_drawn_without_control_characters(
        (sources, report) in any_findings(), width in proptest::option::of(0..300usize),
    ) {
        let options = Options { width, ..options(OutputFormat::Full) };
        let plain = render(&report, &sources, &options);
        prop_assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{plain:?}");
        prop_assert!(!plain.contains(['\u{202e}', '\u{2066}', '\u{feff}']), "{plain:?}");
        prop_assert!(plain.is_empty() == report.is_empty());
        let colored = render(&report, &sources, &Options { color: true, ..options });
        let sent = |c: char| c == '\n' || c == '\x1b' || !c.is_control();
        prop_assert!(colored.chars().all(sent), "{colored:?}");
    }

    #[test]
    fn any_finding_is_one_line_where_lines_count((sources, report) in any_findings()) {
        for format in [OutputFormat::Concise, OutputFormat::Github] {
            let lines = render(&report, &sources, &options(format));
            prop_assert_eq!(lines.lines().count(), report.len(), "{:?}", lines);
            prop_assert!(lines.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", lines);
        }
    }

    #[test]
    fn any_finding_is_valid_json_sarif_and_xml((sources, report) in any_findings()) {
        for options in [options, with_unread] {
            let json: Value = serde_json::from_str(&render(&report, &sources, &options(OutputFormat::Json)))?;
            prop_assert_eq!(json["findings"].as_array().map(Vec::len), Some(report.len()));
            let sarif: Value = serde_json::from_str(&render(&report, &sources, &options(OutputFormat::Sarif)))?;
            sarif::check(&sarif);
            let xml = render(&report, &sources, &options(OutputFormat::Junit));
            xml::check(&xml);
        }
    }
}

/// How many cases a property is tried on; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(256)
}

#[test]
fn a_column_in_a_cut_line_is_that_of_the_file() {
    let text = format!("a: {}wrong{}", "x".repeat(5_000), "y".repeat(5_000));
    let sources = SourceMap::single(SourceFile::new("long.yaml", text));
    let span = find(&sources, "wrong", 0);
    let mut report = Report::new();
    report.push(Diagnostic::new(&UNKNOWN_STATE, span, "no").label("here"));
    let drawn = render(&report, &sources, &options(OutputFormat::Full));
    assert!(drawn.contains("--> long.yaml:1:5004\n"), "{drawn}");
    assert!(
        drawn.contains("xwrongy") && drawn.contains("^^^^^ here"),
        "{drawn}"
    );
    assert!(
        drawn.lines().all(|line| line.chars().count() < 160),
        "{drawn}"
    );
}

#[test]
fn places_outside_every_file_are_still_reported() {
    let sources = SourceMap::single(SourceFile::new("empty.yaml", ""));
    let mut report = Report::new();
    report.push(Diagnostic::new(
        &UNKNOWN_STATE,
        Span::new(FileId(0), 0, 0),
        "the file is empty",
    ));
    report.push(Diagnostic::new(
        &UNKNOWN_STATE,
        Span::new(FileId(7), 3, 9),
        "lost",
    ));
    let drawn = render(&report, &sources, &options(OutputFormat::Full));
    let expected = "error[unknown-state]: the file is empty\n --> empty.yaml:1:1\n  |\n1 |  \n  | ^\n\nerror[unknown-state]: lost\n";
    assert_eq!(drawn, expected);
    let lines = render(&report, &sources, &options(OutputFormat::Concise));
    assert_eq!(
        lines,
        "empty.yaml:1:1: error[unknown-state]: the file is empty\n<unknown>:1:1: error[unknown-state]: lost\n"
    );
}

#[test]
fn the_sample_keeps_the_rules_of_sarif() {
    let (sources, report) = sample();
    let rendered = render(&report, &sources, &options(OutputFormat::Sarif));
    sarif::check(&serde_json::from_str(&rendered).expect("JSON"));
}

#[test]
fn the_json_report_describes_itself() {
    let schema = schemars::schema_for!(flagstate::diagnostic::render::json::JsonReport);
    let schema = schema.as_value();
    assert_eq!(
        schema["required"],
        serde_json::json!([
            "version", "summary", "findings", "unread", "open", "unjudged"
        ])
    );
    let (sources, report) = sample();
    let json = render(&report, &sources, &options(OutputFormat::Json));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let described = &schema["$defs"]["JsonFinding"]["properties"];
    for finding in json["findings"].as_array().expect("findings") {
        for key in finding.as_object().expect("an object").keys() {
            let description = &described[key]["description"];
            assert!(
                description.is_string(),
                "`{key}` is not described: {described:#}"
            );
        }
    }
}
