//! Planted mistakes: each is found by its rule, and its characters are marked in the file, whichever
//! way YAML has to write the guard.

use std::fmt::Write as _;

use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};

/// A kind of mistake, a guard whose wrong characters stand between `⟦` and `⟧`, and the rule.
const PLANTED: [(&str, &str, &str); 62] = [
    ("unknown field", "order.⟦paymnets⟧ > 0", "unknown-field"),
    (
        "unknown field behind a text",
        "order.note == \"x\" && order.⟦totl⟧ > 0",
        "unknown-field",
    ),
    ("part of a value", "order.note.⟦size⟧ > 0", "unknown-field"),
    (
        "method without brackets",
        "order.note.⟦len⟧ > 0",
        "unknown-field",
    ),
    (
        "method of a list without brackets",
        "order.tags.⟦count⟧ > 0",
        "unknown-field",
    ),
    ("unknown setting", "settings.⟦limt⟧ > 0", "unknown-setting"),
    (
        "unknown payload",
        "event.⟦amout⟧ > 0",
        "unknown-payload-field",
    ),
    ("unknown name", "⟦ordr⟧.payments > 0", "unknown-variable"),
    (
        "field without its root",
        "⟦payments⟧ > 0",
        "unknown-variable",
    ),
    (
        "part of the actor",
        "actor.⟦name⟧ == \"x\"",
        "unknown-variable",
    ),
    (
        "parameter outside of its closure",
        "order.amounts.all(|a| a > 0) && ⟦a⟧ > 0",
        "unknown-variable",
    ),
    (
        "name misspelt in a closure",
        "order.amounts.all(|amount| ⟦amout⟧ > 0)",
        "unknown-variable",
    ),
    (
        "unlike comparison",
        "⟦order.payments > \"120\"⟧",
        "unlike-types",
    ),
    (
        "decimal against text",
        "⟦order.total == \"1.5\"⟧",
        "unlike-types",
    ),
    (
        "date against duration",
        "⟦order.sent > days(3)⟧",
        "unlike-types",
    ),
    (
        "date against datetime",
        "⟦order.sent <= now⟧",
        "unlike-types",
    ),
    (
        "datetime against text",
        "⟦now > \"2026-03-01T09:00:00Z\"⟧",
        "unlike-types",
    ),
    (
        "duration against number",
        "⟦now - order.placed > 3⟧",
        "unlike-types",
    ),
    (
        "boolean against text",
        "⟦order.held == \"true\"⟧",
        "unlike-types",
    ),
    ("order of booleans", "order.held ⟦<⟧ true", "unlike-types"),
    (
        "number as condition",
        "order.held && ⟦order.payments⟧",
        "unlike-types",
    ),
    (
        "text in a sum",
        "⟦order.payments + \"1\"⟧ > 0",
        "unlike-types",
    ),
    ("not of a number", "!⟦order.payments⟧ == 1", "unlike-types"),
    ("minus of a text", "-⟦order.note⟧ == 1", "unlike-types"),
    (
        "number into `days`",
        "now > order.placed + days(⟦1.5⟧)",
        "unlike-types",
    ),
    (
        "unlike entry of a written list",
        "order.payments in [1, ⟦\"2\"⟧]",
        "unlike-types",
    ),
    (
        "unlike entry of a list",
        "⟦3⟧ in order.tags",
        "unlike-types",
    ),
    (
        "unlike value of a method",
        "order.tags.some(⟦order.payments⟧)",
        "unlike-types",
    ),
    ("sum of texts", "⟦order.tags⟧.sum() > 1", "unlike-types"),
    (
        "closure that is no condition",
        "order.amounts.all(|a| ⟦a + 1⟧)",
        "unlike-types",
    ),
    (
        "closure that is no number",
        "order.amounts.sum(|a| ⟦a > 1⟧) > 1",
        "unlike-types",
    ),
    (
        "unlike comparison in a closure",
        "order.amounts.all(|a| ⟦a > \"1\"⟧)",
        "unlike-types",
    ),
    (
        "unlike end of `between`",
        "between(order.payments, 1, ⟦\"9\"⟧)",
        "unlike-types",
    ),
    (
        "text between",
        "between(⟦order.note⟧, \"a\", \"b\")",
        "unlike-types",
    ),
    (
        "date that is none",
        "order.sent > date(⟦\"2026-02-30\"⟧)",
        "unlike-types",
    ),
    (
        "result that is no condition",
        "⟦order.payments + 1⟧",
        "guard-not-boolean",
    ),
    ("list as a condition", "⟦order.tags⟧", "guard-not-boolean"),
    (
        "condition that decides nothing",
        "⟦true⟧",
        "guard-not-boolean",
    ),
    (
        "unknown function",
        "⟦lenght⟧(order.note) > 0",
        "unknown-function",
    ),
    (
        "unknown method",
        "order.note.⟦length⟧() > 0",
        "unknown-function",
    ),
    (
        "unknown method of a list",
        "order.tags.⟦len⟧() > 0",
        "unknown-function",
    ),
    (
        "wrong arity",
        "⟦max⟧(order.payments) > 0",
        "unknown-function",
    ),
    (
        "wrong arity of `between`",
        "⟦between⟧(order.payments, 1)",
        "unknown-function",
    ),
    (
        "wrong arity of a method",
        "order.tags.⟦all⟧()",
        "unknown-function",
    ),
    (
        "unknown enum value",
        "order.origin == \"⟦onlin⟧\"",
        "unknown-enum-value",
    ),
    (
        "unknown enum value of a list",
        "\"⟦manul⟧\" in order.allowed",
        "unknown-enum-value",
    ),
    (
        "unknown enum value in a closure",
        "order.allowed.all(|o| o != \"⟦fone⟧\")",
        "unknown-enum-value",
    ),
    (
        "unknown role",
        "actor.role == \"⟦manger⟧\"",
        "unknown-enum-value",
    ),
    (
        "unknown state",
        "!in_state(\"⟦opn⟧\")",
        "unknown-state-in-guard",
    ),
    (
        "`and`",
        "order.held ⟦and⟧ order.payments > 0",
        "guard-syntax",
    ),
    ("`or`", "order.held ⟦or⟧ order.payments > 0", "guard-syntax"),
    ("`not`", "⟦not⟧ order.held", "guard-syntax"),
    ("reserved word", "order.⟦default⟧ > 0", "guard-syntax"),
    (
        "reserved word as parameter",
        "order.amounts.all(|⟦in⟧| true)",
        "guard-syntax",
    ),
    (
        "closure without a body",
        "order.amounts.all(⟦|a|⟧)",
        "guard-syntax",
    ),
    (
        "closure that ends too early",
        "order.amounts.all(|a| a ⟦>⟧)",
        "guard-syntax",
    ),
    (
        "closure in the wrong place",
        "⟦|a|⟧ a > 0",
        "forbidden-in-guard",
    ),
    (
        "closure of a text",
        "order.note.contains(⟦|a| a > 0⟧)",
        "forbidden-in-guard",
    ),
    (
        "closure of two parameters",
        "order.amounts.all(⟦|a, b|⟧ a > b)",
        "forbidden-in-guard",
    ),
    (
        "closure in a closure",
        "order.amounts.all(|a| order.amounts.all(⟦|b|⟧ b > a))",
        "forbidden-in-guard",
    ),
    (
        "parameter that hides a name",
        "order.amounts.all(|⟦order⟧| order > 0)",
        "forbidden-in-guard",
    ),
    (
        "possibly missing",
        "order.payments > 0 && ⟦order.maybe⟧ > 0",
        "possibly-missing",
    ),
];

const HEAD: &str = "flagstate: 1
workflow: shop
settings:
  limit: { type: integer, default: 3 }
context:
  payments: { type: integer, default: 0 }
  total: { type: decimal, default: 0 }
  note: { type: string, default: \"\" }
  held: { type: boolean, default: false }
  sent: { type: date, required: true }
  placed: { type: datetime, required: true }
  origin: { type: enum, values: [online, manual], default: online }
  amounts: { type: list, of: integer, default: [] }
  tags: { type: list, of: string, default: [] }
  allowed: { type: list, of: enum, values: [manual, phone], default: [] }
  maybe: { type: integer }
actors: [manager]
initial: open
states:
  open:
  closed: { final: true }
transitions:
  close:
    by: manager
    payload: { amount: { type: integer } }
    from: open
    to: closed
    guard: ";

/// The places of blanks that are in no text.
fn blanks(guard: &str) -> Vec<usize> {
    let mut quoted = false;
    let blanks = guard.char_indices().filter(|(_, c)| {
        quoted ^= *c == '"';
        *c == ' ' && !quoted
    });
    blanks.map(|(at, _)| at).collect()
}

/// The guard with its blanks written as breaks of the line, in a block that is indented.
fn block(guard: &str) -> String {
    let mut text = guard.to_owned();
    for at in blanks(guard).into_iter().rev() {
        text.replace_range(at..=at, "\n      ");
    }
    text
}

fn is_plain(guard: &str) -> bool {
    let bare = !guard.starts_with(['!', '"', '[', '{', '-', '|', '&', '*']);
    bare && !guard.contains(": ") && !guard.contains(" #")
}

/// The ways to write a guard, by name.
fn written(guard: &str) -> Vec<(&'static str, String)> {
    let single = guard.replace('\'', "''");
    let double = guard.replace('\\', "\\\\").replace('"', "\\\"");
    let mut ways = vec![
        ("single quotes", format!("'{single}'")),
        ("double quotes", format!("\"{double}\"")),
        (
            "several lines in single quotes",
            format!("'{}'", block(&single)),
        ),
        ("a literal block", format!("|\n      {guard}")),
        (
            "a literal block without its last break",
            format!("|-\n      {guard}"),
        ),
        (
            "a literal block of lines",
            format!("|\n      {}", block(guard)),
        ),
        ("a folded block", format!(">\n      {guard}")),
        (
            "a folded block of lines",
            format!(">-\n      {}", block(guard)),
        ),
    ];
    if is_plain(guard) {
        ways.push(("plain", guard.to_owned()));
        ways.push(("plain on several lines", block(guard)));
    }
    ways
}

/// What stands in the file, as the guard has it.
fn read(slice: &str) -> String {
    let words: Vec<&str> = slice.split_whitespace().collect();
    words.join(" ").replace("\\\"", "\"")
}

#[test]
fn planted_mistakes_are_marked_in_the_file() {
    let mut wrong = String::new();
    for (kind, marked, rule) in PLANTED {
        let (before, rest) = marked.split_once('⟦').unwrap();
        let (offending, _) = rest.split_once('⟧').unwrap();
        let guard = marked.replace(['⟦', '⟧'], "");
        for (way, scalar) in written(&guard) {
            let text = format!("{HEAD}{scalar}\n");
            let file = SourceFile::new("shop.yaml", text.as_str());
            let loaded = load(FileId(0), &file);
            let found = loaded
                .report
                .iter()
                .find(|found| !found.rule.id.starts_with("unused"));
            let Some(found) = found else {
                writeln!(wrong, "{kind} in {way}: `{guard}` is accepted").unwrap();
                continue;
            };
            let span = found.primary.span;
            let slice = read(file.slice(span));
            let up_to = read(&text[HEAD.len()..span.start as usize]);
            // The backslash before a quote is YAML's.
            let up_to = up_to.trim_end_matches('\\').trim_end();
            let starts = up_to.ends_with(before.trim_end());
            if found.rule.id != rule || slice != offending || !starts {
                let (id, said) = (found.rule.id, &found.message);
                writeln!(
                    wrong,
                    "{kind} in {way}: `{guard}` is {id} at `{slice}`: {said}"
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Mistakes that are mended by writing something else in their place, and the guard that is meant.
const MENDED: [(&str, &str); 11] = [
    (
        "order.origin NOT IN [\"online\"]",
        "order.origin !in [\"online\"]",
    ),
    ("not order.held", "! order.held"),
    (
        "not order.origin in [\"online\"]",
        "!(order.origin in [\"online\"])",
    ),
    (
        "order.origin not in [\"online\"]",
        "order.origin !in [\"online\"]",
    ),
    ("order.paymnets > 0", "order.payments > 0"),
    ("payments > 0", "order.payments > 0"),
    ("order.origin == \"onlin\"", "order.origin == \"online\""),
    ("order.origin == 'online'", "order.origin == \"online\""),
    ("order.origin == online", "order.origin == \"online\""),
    ("online == order.origin", "\"online\" == order.origin"),
    (
        "order.payments > 0 and order.payments < 5",
        "order.payments > 0 && order.payments < 5",
    ),
];

#[test]
fn a_fix_is_written_as_yaml_needs_it_there() {
    for (wrong, right) in MENDED {
        let mut without = Vec::new();
        for (way, scalar) in written(wrong) {
            let text = format!("{HEAD}{scalar}\n");
            let file = SourceFile::new("shop.yaml", text.as_str());
            let report = load(FileId(0), &file).report;
            let Some(fix) = report.iter().find_map(|found| found.fix.clone()) else {
                without.push(way);
                continue;
            };
            let mut mended = text;
            mended.replace_range(file.clamp(fix.span), &fix.replacement);
            let loaded = load(FileId(0), &SourceFile::new("shop.yaml", mended.as_str()));
            assert!(!loaded.report.has_errors(), "{wrong} in {way}: {mended}");
            let workflow = loaded.workflow.expect("a workflow");
            let (_, row) = workflow.rows.iter().next().expect("a row");
            let guard = row.conditions.first().expect("a condition");
            assert_eq!(read(&guard.text), right, "{wrong} in {way}");
        }
        // Unquoted, it would begin with a sign of YAML's own: on one line all of it is quoted.
        let expected: &[&str] = match right.starts_with(['"', '!']) {
            true => &["plain on several lines"],
            false => &[],
        };
        assert_eq!(without, expected, "{wrong}");
    }
}

#[test]
fn what_is_written_with_escapes_is_marked_with_them() {
    let text = format!("{HEAD}\"order.paym\\u006eets > 0\"\n");
    let file = SourceFile::new("shop.yaml", text.as_str());
    let report = load(FileId(0), &file).report;
    let found = report
        .iter()
        .find(|found| found.rule.id == "unknown-field")
        .unwrap();
    assert_eq!(file.slice(found.primary.span), "paym\\u006eets");
}

#[test]
fn a_fix_replaces_a_word_with_its_escapes() {
    for (scalar, fixed) in [
        (r#""order.paymn\x74s \x3e 0""#, r#""order.payments \x3e 0""#),
        (r#""order.paymnt\x73 > 0""#, r#""order.payments > 0""#),
        (r#""order.paymnts\t> 0""#, r#""order.payments\t> 0""#),
        (r#""order.\x70aymnts > 0""#, r#""order.payments > 0""#),
        (
            "\"order.paymnts\\\n      \\ > 0\"",
            "\"order.payments\\\n      \\ > 0\"",
        ),
        (r#""\"\" == \"\" and true""#, r#""\"\" == \"\" && true""#),
    ] {
        let text = format!("{HEAD}{scalar}\n");
        let file = SourceFile::new("shop.yaml", text.as_str());
        let report = load(FileId(0), &file).report;
        let fix = report.iter().find_map(|found| found.fix.as_ref());
        let fix = fix.unwrap_or_else(|| panic!("{scalar}"));
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        let mended = format!("{}{}{}", &text[..start], fix.replacement, &text[end..]);
        assert_eq!(mended, format!("{HEAD}{fixed}\n"), "{scalar}");
    }
}
