//! The language server, as conversations: each folder of `tests/cases/lsp` holds files, what an editor does with
//! them, line by line, and what it is answered.

mod editor;

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use flagstate::migrate;
use flagstate::scenario;
use flagstate::source::{FileId, SourceFile, Span};
use flagstate::symbols::{Symbol, Symbols};
use serde_json::{Value as Json, json};

use crate::symbols;
use editor::{Editor, copy_of};

/// What an editor does, and what it is told.
#[test]
fn every_conversation_is_answered_as_kept() {
    insta::glob!("..", "cases/lsp/*/conversation", |path| {
        let case = path.parent().expect("a folder");
        let place = copy_of(case);
        let script = fs::read_to_string(path).expect("a conversation");
        // Both that editors agree upon, one for each case.
        let general = match case.ends_with("levels") {
            true => json!({ "positionEncodings": ["utf-16", "utf-8"] }),
            false => json!({}),
        };
        let mut editor = Editor::start(&place, &general);
        for line in script
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let _ = writeln!(editor.told, "> {line}");
            editor.does(&line.replace("\\n", "\n"));
        }
        let (told, status) = editor.end();
        assert!(status.success(), "{status}");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!("told", told));
    });
}

/// What ends otherwise than editors end it.
#[test]
fn a_conversation_that_breaks_off_is_told() {
    let ended = |input: &str| {
        let mut server = Command::new(env!("CARGO_BIN_EXE_flagstate"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut to = server.stdin.take().expect("an input");
        to.write_all(input.as_bytes()).expect("sent");
        drop(to);
        let output = server.wait_with_output().expect("an end");
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), told)
    };
    let frame = |text: &str| format!("Content-Length: {}\r\n\r\n{text}", text.len());
    let huge = "Content-Length: 999999999999\r\n\r\n";
    let cut = "Content-Length: 100\r\n\r\n{}";
    for input in [
        "hello\n",
        "a: b\r\n\r\n",
        huge,
        cut,
        &frame("{}"),
        &frame("["),
    ] {
        let (code, told) = ended(input);
        assert_eq!(code, Some(2), "{input:?}: {told}");
        assert!(
            told.contains("Language Server Protocol"),
            "{input:?}: {told}"
        );
    }
    assert_eq!(ended("").0, Some(1), "nobody there");
    let exit = frame(r#"{"jsonrpc":"2.0","method":"exit"}"#);
    assert_eq!(ended(&exit).0, Some(1), "not even begun");
    let begun = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{}}}"#,
        r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
    ];
    let begun: String = begun.into_iter().map(frame).collect();
    assert_eq!(ended(&begun).0, Some(1), "gone without a word");
    assert_eq!(ended(&format!("{begun}{exit}")).0, Some(1), "no shutdown");
    let odd = frame(r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":[]}"#);
    let shutdown = frame(r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#);
    let late = frame(r#"{"jsonrpc":"2.0","id":3,"method":"textDocument/hover","params":{}}"#);
    let early = frame(r#"{"jsonrpc":"2.0","id":0,"method":"textDocument/hover","params":{}}"#);
    let all = format!("{early}{begun}{odd}{shutdown}{late}{exit}");
    assert_eq!(ended(&all), (Some(0), String::new()));
}

/// The client library of Visual Studio Code understands the server, and the server it.
#[test]
fn the_client_of_a_real_editor_is_served() {
    let exports = Path::new("tests/exports");
    if !exports
        .join("node_modules/vscode-languageserver-protocol")
        .exists()
    {
        crate::tell::skipped("no editor's client is served: run `npm ci` in tests/exports");
        return;
    }
    let place = copy_of(Path::new("tests/cases/lsp/editing"));
    let output = Command::new("node")
        .arg("lsp.mjs")
        .arg(env!("CARGO_BIN_EXE_flagstate"))
        .arg(&place)
        .current_dir(exports)
        .output()
        .expect("node");
    let _ = fs::remove_dir_all(&place);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let told: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    let wanted = json!({
        "server": "flagstate",
        "watches": ["**/*.{yaml,yml}", "**/flagstate.toml"],
        "broken": ["not-in-base"],
        "definition": "shop.yaml",
        "hover": "**state** `booked`",
        "items": ["in_cart", "booked", "inspection", "any"],
        "symbols": ["inspection", "bring_back", "release"],
        "exit": 0,
    });
    assert_eq!(told, wanted);
}

/// A file that came to be by many small changes, asked about meanwhile, is to the server what it is when opened.
#[test]
fn a_file_that_was_typed_is_as_one_that_was_opened() {
    let place = copy_of(Path::new("tests/cases/lsp/names"));
    let wanted = fs::read_to_string(place.join("shop.yaml")).expect("a file");
    let wanted = wanted.replace("title: Running", "title: \"\u{1F4E6} l\u{f8}pende\"");
    let mut typing = Editor::start(&place, &json!({}));
    typing.open("shop.yaml", String::new());
    let mut chance = 2026_u64;
    let mut below = |limit: usize| {
        let next = chance.wrapping_mul(6_364_136_223_846_793_005);
        chance = next.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).unwrap() % limit.max(1)
    };
    let boundary = |text: &str, mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let mut changes = 0;
    while typing.texts["shop.yaml"] != wanted {
        let text = typing.texts["shop.yaml"].clone();
        let pairs = text.bytes().zip(wanted.bytes());
        let same = pairs.take_while(|(a, b)| a == b).count();
        let same = boundary(&wanted, boundary(&text, same));
        if below(40) == 0 {
            // Now and then some is taken away, anywhere.
            let start = boundary(&text, below(text.len()));
            let end = boundary(&text, start + below(text.len() - start));
            typing.edit("shop.yaml", start..end.max(start), "");
        } else {
            // Where it differs some letters come; what is behind them stays where it belongs there.
            let more = boundary(&wanted, (same + 1 + below(24)).min(wanted.len()));
            let belongs = wanted[same..].ends_with(&text[same..]);
            let end = if belongs { same } else { text.len() };
            typing.edit("shop.yaml", same..end, &wanted[same..more.max(same)]);
        }
        changes += 1;
        assert!(changes < 5_000, "it does not end");
        if changes % 10 == 0 {
            let text = &typing.texts["shop.yaml"];
            let at = typing.place_of(text, boundary(text, below(text.len())));
            let params = json!({
                "textDocument": { "uri": typing.uri("shop.yaml") },
                "position": at,
                "range": { "start": at, "end": at },
                "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1 },
            });
            let all = [
                "completion",
                "hover",
                "definition",
                "references",
                "codeAction",
            ];
            for asked in all {
                let answer = typing.asks(&format!("textDocument/{asked}"), &params);
                assert!(answer.get("error").is_none(), "{asked}: {answer}");
            }
        }
    }
    typing.settle();
    let mut opening = Editor::start(&place, &json!({}));
    opening.open("shop.yaml", wanted);
    assert_eq!(typing.found["shop.yaml"], opening.found["shop.yaml"]);
    for editor in [&mut typing, &mut opening] {
        editor.told.clear();
        editor.outline("shop.yaml");
        editor.hover("shop.yaml", "from: run|ning");
        editor.references("shop.yaml", "pick|ing: {");
    }
    assert_eq!(typing.told, opening.told, "after {changes} changes");
    assert!(typing.told.contains("l\u{f8}pende"), "{}", typing.told);
    crate::tell::tried(&format!("a file typed in {changes} changes"));
}

/// What was looked at, and what was not offered.
#[derive(Default)]
struct Offered {
    asked: usize,
    missing: Vec<String>,
}

impl Offered {
    /// Asks at every place of names in an open file.
    fn look(
        &mut self,
        editor: &mut Editor,
        open: &str,
        source: &SourceFile,
        places: &[(Span, &Symbol)],
    ) {
        let text = source.text();
        for (span, symbol) in places {
            let (start, end) = (span.start as usize, span.end as usize);
            // What stands twice in a list is not offered twice.
            let list = text[..start].rfind('[').map_or("", |at| &text[at..]);
            let list = list.split_once(']').map_or(list, |(list, _)| list);
            let words = list.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            if words.filter(|word| *word == symbol.name()).count() > 1 {
                continue;
            }
            let params = json!({
                "textDocument": { "uri": editor.uri(open) },
                "position": editor.place_of(text, start),
            });
            let answer = editor.asks("textDocument/completion", &params);
            let items = answer["result"].as_array().cloned().unwrap_or_default();
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let is_it = |item: &Json| {
                let edit = &item["textEdit"];
                let from = edit["range"]["start"]["character"].as_u64();
                let from = line + usize::try_from(from.expect("a column")).unwrap();
                let told = edit["newText"].as_str();
                // A state may be named by its path, too, and a timer is named behind its state.
                let is_before = |told: &str| {
                    let rest = told.strip_prefix(&symbol.path);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                };
                told == text.get(from..end) || told.is_some_and(is_before)
            };
            self.asked += 1;
            if !items.iter().any(is_it) {
                let at = source.position(span.start);
                let place = format!("{}:{}:{}", source.name(), at.line, at.column);
                self.missing.push(format!("{place} {}", symbol.path));
            }
        }
    }

    fn told(self, what: &str) {
        let (asked, missing) = (self.asked, self.missing);
        crate::tell::tried(&format!(
            "{asked} places of names in {what}, {} not offered",
            missing.len()
        ));
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }
}

/// The places of names in a file, but for those where they are declared.
fn places(symbols: &Symbols, file: u16) -> Vec<(Span, &Symbol)> {
    let uses = symbols
        .iter()
        .flat_map(|symbol| symbol.uses.iter().map(move |span| (*span, symbol)));
    uses.filter(|(span, _)| span.file == FileId(file)).collect()
}

/// Every name that stands somewhere is offered there.
#[test]
fn what_is_written_would_have_been_offered() {
    let place = copy_of(Path::new("tests/cases/lsp/plans"));
    let mut editor = Editor::start(&place, &json!({ "positionEncodings": ["utf-8"] }));
    let mut offered = Offered::default();
    for source in symbols::workflows() {
        editor.open("case.yaml", source.text().to_owned());
        offered.look(
            &mut editor,
            "case.yaml",
            &source,
            &places(&symbols::symbols(&source), 0),
        );
        editor.does("close case.yaml");
    }
    offered.told("workflows");
    let mut offered = Offered::default();
    for (workflow, scenarios) in symbols::promises() {
        let (file, _) = scenario::read(FileId(1), &scenarios);
        let file = file.expect("a file");
        if file.workflow.is_some() {
            continue;
        }
        let mut symbols = symbols::symbols(&workflow);
        scenario::uses(&file, &mut symbols);
        editor.open("case.yaml", workflow.text().to_owned());
        editor.open("case.scenario.yaml", scenarios.text().to_owned());
        offered.look(
            &mut editor,
            "case.scenario.yaml",
            &scenarios,
            &places(&symbols, 1),
        );
        editor.does("close case.scenario.yaml");
        editor.does("close case.yaml");
    }
    offered.told("scenario files");
    let mut offered = Offered::default();
    for [old, new, plan] in symbols::moves() {
        let file = migrate::read(FileId(2), &plan).0.expect("a plan");
        let (Some(from), Some(to)) = (&file.from.file, &file.to.file) else {
            continue;
        };
        editor.open(&from.value, old.text().to_owned());
        editor.open(&to.value, new.text().to_owned());
        editor.open("case.yaml", plan.text().to_owned());
        let (mut before, mut after) = (symbols::symbols(&old), symbols::symbols(&new));
        migrate::uses(&file, &mut before, &mut after);
        for symbols in [&before, &after] {
            offered.look(&mut editor, "case.yaml", &plan, &places(symbols, 2));
        }
        for name in ["case.yaml", &from.value, &to.value] {
            editor.does(&format!("close {name}"));
        }
    }
    offered.told("migration files");
}
