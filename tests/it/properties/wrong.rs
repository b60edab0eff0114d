//! Each property that names or means something, once with a name that is none or a value that does
//! not suit: exactly one error, of the right rule, under exactly the wrong word.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flagstate::diagnostic::Level;
use flagstate::schema::of_workflow;

use super::loaded;
use super::places::properties;

/// A workflow without an error, by sections; a row replaces or adds some.
const BASE: &str = "
flagstate: 1
workflow: shop
settings: { grace: { type: duration, default: 1h }, most: { type: integer, default: 3 } }
context: { items: { type: integer, default: 0 }, ship_on: { type: date }, note: { type: string } }
actors: [clerk]
flags: { contract: { type: enum, values: [none, active], default: none } }
attributes: { kind: { type: enum, values: [new, old] }, rank: { type: integer } }
guards: { filled: { if: order.items > 0 } }
effects: [tell]
children: { parcels: { states: [packed, sent] }, parts: { workflow: self } }
initial: open
states: { open: , held: , closed: { final: true } }
transitions: { hold: { by: clerk, from: open, to: held }, close: { by: clerk, from: held, to: closed } }
";

/// The rows: properties, the rule, and the sections, in which « » marks the word that is wrong.
const WRONG: &str = include_str!("wrong.txt");

/// Of these only the kind of the value can be wrong, which is held where parsing is tested: texts for
/// people, and markers that are true or false.
fn is_only_of_a_kind(property: &str) -> bool {
    let (_, key) = property.split_once('.').expect("a property");
    let texts = ["doc", "advice", "refusal"];
    let markers = ["hidden", "optional"];
    let titles = [
        "Document",
        "Setting",
        "Flag",
        "Group",
        "Declaration",
        "Event",
    ];
    texts.contains(&key)
        || markers.contains(&key)
        || property == "PayloadField.personal"
        || (key == "inferred" && property != "State.inferred")
        || titles.iter().any(|of| property == format!("{of}.title"))
}

/// The base with some sections replaced.
fn file(sections: &str) -> String {
    let key = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let given: BTreeSet<String> = sections.lines().map(key).collect();
    let kept = BASE.lines().filter(|line| !given.contains(&key(line)));
    let kept: Vec<&str> = kept.collect();
    format!("{}\n{sections}", kept.join("\n"))
}

/// What is wrong with a row's answer.
fn answer(rule: &str, marked: &str) -> Result<(), String> {
    let text = marked.replace(['«', '»'], "");
    let start = marked.find('«').ok_or("no word is marked")?;
    let end = marked.find('»').ok_or("no word is marked")? - '«'.len_utf8();
    let report = loaded(&text).report;
    let mut found = report
        .iter()
        .filter(|found| found.level() == Level::Error || found.rule.id == rule);
    let mut answer = String::new();
    let first = found.next();
    let is_right = first.is_some_and(|found| {
        let span = found.primary.span;
        found.rule.id == rule && (span.start as usize, span.end as usize) == (start, end)
    });
    if is_right && found.next().is_none() {
        return Ok(());
    }
    for found in &report {
        let span = found.primary.span;
        let word = text.get(span.start as usize..span.end as usize);
        let word = word.unwrap_or_default();
        writeln!(answer, "  {}: {} `{word}`", found.rule.id, found.message).expect("a string");
    }
    Err(answer)
}

#[test]
fn the_file_that_the_rows_change_is_without_an_error() {
    let report = loaded(BASE).report;
    assert!(!report.has_errors(), "{report:?}");
}

#[test]
fn each_wrong_word_is_underlined_and_its_rule_named() {
    let mut wrong = String::new();
    let mut covered = BTreeSet::new();
    for row in WRONG
        .split("\n\n")
        .filter(|row| !row.trim_start().starts_with('#'))
    {
        let (head, sections) = row.trim().split_once('\n').expect("a head and sections");
        let (names, rule) = head.split_once(" -> ").expect("properties and a rule");
        covered.extend(names.split(' ').map(str::to_owned));
        if let Err(answer) = answer(rule, &file(&format!("{sections}\n"))) {
            writeln!(wrong, "{head}\n{sections}\n{answer}").expect("a string");
        }
    }
    let all = properties(&of_workflow().to_value());
    let all: BTreeSet<String> = all.iter().map(|(of, key)| format!("{of}.{key}")).collect();
    for property in all
        .difference(&covered)
        .filter(|name| !is_only_of_a_kind(name))
    {
        writeln!(wrong, "{property} has no row").expect("a string");
    }
    for row in covered
        .iter()
        .filter(|name| !all.contains(*name) || is_only_of_a_kind(name))
    {
        writeln!(wrong, "{row} is no property that needs a row").expect("a string");
    }
    assert!(wrong.is_empty(), "{wrong}");
}
