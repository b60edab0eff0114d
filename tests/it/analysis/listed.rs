//! Questions to the entries of lists, beside brute force: what two questions say together of every short list is found
//! to be always so, never so, or neither, and nothing is left open.

use flagstate::context::{Actor, Cells, CellsView, Value};
use flagstate::graph::Workflow;
use flagstate::guard::{Guard, Inputs};
use flagstate::time::{Zone, parse_instant};

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const HEAD: &str = "flagstate: 1
workflow: listed
context:
  parts: { type: list, of: integer, default: [] }
  words: { type: list, of: string, default: [] }
actors: [clerk]
defaults: { by: clerk }
initial: open
states:
  open:
  done: { final: true }
transitions:
  drop: { from: open, to: done }
";

/// The entries that lists are made of: all that the questions tell apart.
const PARTS: [i64; 6] = [-1, 0, 1, 2, 3, 4];
const WORDS: [&str; 3] = ["a", "b", "other"];

/// The most entries: two questions, each about one more than one of them.
const LONGEST: usize = 4;

fn question(dice: &mut Dice, is_of_words: bool) -> String {
    let operator = dice.pick(&["<", "<=", "==", "!=", ">", ">="]);
    let (number, count) = (dice.below(4), dice.below(2));
    if is_of_words {
        let word = dice.pick(&["a", "b"]);
        return match dice.below(6) {
            0 => format!("\"{word}\" in order.words"),
            1 => format!("order.words.all(|e| e == \"{word}\")"),
            2 => format!("order.words.some(|e| e != \"{word}\")"),
            3 => "order.words.none(|e| e in [\"a\", \"b\"])".to_owned(),
            4 => format!("order.words.count(\"{word}\") {operator} {count}"),
            _ => format!("order.words.count() {operator} {count}"),
        };
    }
    let body = match dice.below(4) {
        0 => format!("e {operator} {number} && e != 2"),
        1 => format!("!(e {operator} {number}) || e in 1..3"),
        _ => format!("e {operator} {number}"),
    };
    match dice.below(7) {
        0 => format!("order.parts.some(|e| {body})"),
        1 => format!("order.parts.all(|e| {body})"),
        2 => format!("order.parts.none(|e| {body})"),
        3 => format!("order.parts.count(|e| {body}) {operator} {count}"),
        4 => format!("order.parts.count() {operator} {count}"),
        5 => format!("{number} in order.parts"),
        _ => format!("{number} !in order.parts"),
    }
}

/// Every list of at most so many entries.
fn lists(entries: &[Value]) -> Vec<Vec<Value>> {
    let mut all: Vec<Vec<Value>> = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..LONGEST {
        let longer = last.iter().flat_map(|list| {
            entries
                .iter()
                .map(move |entry| [list.as_slice(), std::slice::from_ref(entry)].concat())
        });
        last = longer.collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn holds(workflow: &Workflow, guard: &Guard, [parts, words]: [&[Value]; 2]) -> bool {
    let fields = [parts, words].map(|list| Some(Value::List(list.into())));
    let order = Cells::with(&workflow.layout, fields);
    let settings = workflow
        .settings
        .rows()
        .iter()
        .map(|setting| setting.default.clone());
    let settings = Cells::with(&workflow.settings_layout, settings);
    guard.holds(&Inputs {
        order: order.view(),
        settings: settings.view(),
        event: CellsView::EMPTY,
        actor: &Actor::new("clerk"),
        role: None,
        children: &[],
        now: parse_instant("2026-01-05T09:00:00Z").unwrap().into(),
        zone: &Zone::default(),
        in_state: &|_| false,
    })
}

#[test]
fn what_is_asked_of_entries_is_known_as_trying_every_list_tells() {
    let parts = lists(&PARTS.map(Value::Integer));
    let words = lists(&WORDS.map(|word| Value::Text(word.into())));
    let (mut always, mut never) = (0, 0);
    let guards = cases(600);
    for seed in 1..=guards {
        let mut dice = Dice::new(seed + 91_000_000);
        let is_of_words = dice.below(4) == 0;
        let joint = dice.pick(&["&&", "||"]);
        let (one, two) = (
            question(&mut dice, is_of_words),
            question(&mut dice, is_of_words),
        );
        let guard = match dice.below(3) {
            0 => format!("{one} {joint} !({two})"),
            _ => format!("{one} {joint} {two}"),
        };
        let text = format!("{HEAD}  go: {{ from: open, to: done, guard: '{guard}' }}\n");
        let (workflow, report) = loaded(&text);
        assert!(report.open().is_empty(), "{guard}: {:?}", report.open());
        let compiled = workflow.rows.rows()[1].conditions[0]
            .guard
            .as_ref()
            .unwrap();
        let mut answers = match is_of_words {
            true => words
                .iter()
                .map(|list| holds(&workflow, compiled, [&[], list]))
                .collect::<Vec<_>>(),
            false => parts
                .iter()
                .map(|list| holds(&workflow, compiled, [list, &[]]))
                .collect(),
        };
        answers.sort_unstable();
        answers.dedup();
        let said = |id: &str| report.iter().any(|finding| finding.rule.id == id);
        let expected = match answers.as_slice() {
            [true] => (true, false),
            [false] => (false, true),
            _ => (false, false),
        };
        let found = (said("guard-always-true"), said("guard-never-true"));
        assert_eq!(found, expected, "seed {seed}: {guard}\n{report:#?}");
        always += usize::from(expected.0);
        never += usize::from(expected.1);
    }
    tell::tried(&format!(
        "{guards} guards about entries of lists, none open: {always} hold for every list, {never} for none"
    ));
    assert!(always > 20 && never > 20, "{always} {never}");
}
