//! The change that `why` proposes works, and no smaller one does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flagstate::context::{Actor, Value};
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Site};
use flagstate::interpret::{self, Answer, Standing};
use flagstate::time::parse_instant;
use flagstate::why::{Change, Search, why};
use serde_json::Value as Json;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

/// Whole numbers are tried up to here, and no guard names a larger one.
const REACH: i64 = 9;

const HEAD: &str = "flagstate: 1
workflow: random
context:
  first: { type: integer, default: 0 }
  second: { type: integer }
  held: { type: boolean, default: false }
actors: [clerk]
defaults: { by: clerk }
initial: open
states:
  open:
  done: { final: true }
transitions:
";

fn atom(dice: &mut Dice) -> String {
    let operator = dice.pick(&["<", "<=", "==", "!=", ">", ">="]);
    let constant = i64::try_from(dice.below(7)).unwrap() - 3;
    match dice.below(6) {
        0 => "order.held".to_owned(),
        1 => "\"second\" in order".to_owned(),
        2 => format!("order.second {operator} {constant}"),
        3 => format!("order.first + order.second {operator} {constant}"),
        4 => format!("order.first {operator} order.second"),
        _ => format!("order.first {operator} {constant}"),
    }
}

type Context = [Option<Value>; 3];

fn contexts() -> Vec<Context> {
    let numbers = || (-REACH..=REACH).map(|n| Some(Value::Integer(n)));
    let mut found = Vec::new();
    for first in numbers() {
        for second in numbers().chain([None]) {
            for held in [false, true] {
                found.push([first.clone(), second.clone(), Some(Value::Boolean(held))]);
            }
        }
    }
    found
}

/// How far a value lies from another: values count before none, as the manual says.
fn distance(from: Option<&Value>, to: Option<&Value>) -> i64 {
    match (from, to) {
        _ if from == to => -1,
        (Some(Value::Integer(a)), Some(Value::Integer(b))) => (a - b).abs(),
        (None, Some(Value::Integer(b))) => b.abs(),
        (_, None) => i64::MAX,
        _ => 1,
    }
}

/// Fewer values first, then the distance of each in the order of their declaration.
fn size(from: &Context, to: &Context) -> (usize, [i64; 3]) {
    let distances = [0, 1, 2].map(|slot| distance(from[slot].as_ref(), to[slot].as_ref()));
    (
        distances.iter().filter(|distance| **distance >= 0).count(),
        distances,
    )
}

/// By how much the only number changes that does, where nothing else does.
fn step(from: &Context, to: &Context) -> Option<i64> {
    let mut differ = from.iter().zip(to).filter(|(from, to)| from != to);
    match (differ.next()?, differ.next()) {
        ((Some(Value::Integer(a)), Some(Value::Integer(b))), None) => Some((a - b).abs()),
        _ => None,
    }
}

/// A context after a change.
fn changed(from: &Context, change: &Change) -> Context {
    let mut to = from.clone();
    for changed in &change.context {
        let names = ["first", "second", "held"];
        let slot = names.iter().position(|name| *name == changed.name).unwrap();
        to[slot].clone_from(&changed.to);
    }
    to
}

fn accepts(workflow: &Workflow, site: &Site, context: &Context) -> bool {
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let order = order(workflow, site, context);
    let event = Event::named("go", Actor::new("clerk"));
    interpret::step(workflow, site, &order, &event, now).answer == Answer::Accepted
}

fn order(workflow: &Workflow, site: &Site, context: &Context) -> flagstate::instance::Instance {
    let names = ["first", "second", "held"];
    let given: BTreeMap<String, Json> = names
        .iter()
        .zip(context)
        .filter_map(|(name, value)| Some(((*name).to_owned(), value.as_ref()?.to_json())))
        .collect();
    let standing = Standing {
        state: "open",
        context: &given,
        children: &BTreeMap::new(),
    };
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    interpret::place(workflow, site, &standing, now).expect("an order")
}

#[test]
fn the_proposed_change_works_and_no_smaller_one_does() {
    let all = contexts();
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let (mut proposed, mut others, mut hopeless) = (0, 0, 0);
    for seed in 1..=cases(150) {
        let mut dice = Dice::new(seed + 3_000_000);
        let mut rows = String::new();
        for _ in 0..=dice.below(2) {
            let depth = dice.below(4);
            let guard = dice.guard(depth, &atom);
            writeln!(rows, "      - {{ from: open, to: done, guard: '{guard}' }}").unwrap();
        }
        let text = format!("{HEAD}  go:\n    moves:\n{rows}");
        let (workflow, _) = loaded(&text);
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        let accepted: Vec<&Context> = all
            .iter()
            .filter(|context| accepts(&workflow, &site, context))
            .collect();
        for _ in 0..4 {
            let from = &all[dice.below(all.len())];
            let order = order(&workflow, &site, from);
            let event = Event::named("go", Actor::new("clerk"));
            let answer = why(&workflow, &site, &order, &event, now);
            if answer.accepted {
                continue;
            }
            let best = accepted.iter().min_by_key(|to| size(from, to));
            let least = accepted.iter().filter_map(|to| step(from, to)).min();
            let Some(change) = answer.change else {
                assert_eq!(
                    best, None,
                    "seed {seed}: nothing proposed for {from:?}\n{text}"
                );
                assert_eq!(answer.search, Some(Search::Never), "seed {seed}\n{text}");
                hopeless += 1;
                continue;
            };
            let to = changed(from, &change);
            for change in [&change].into_iter().chain(&answer.others) {
                assert!(
                    accepts(&workflow, &site, &changed(from, change)),
                    "seed {seed}: {change} does not work\n{text}"
                );
            }
            // Beyond what is tried there may be nothing that works. Where one number is enough, it is the one that
            // changes by least.
            let is_least = |best: &Context| match step(from, best) {
                Some(_) => step(from, &to).is_some() && step(from, &to) <= least,
                None => size(from, &to) <= size(from, best),
            };
            assert!(
                best.is_none_or(|best| is_least(best)),
                "seed {seed}: {change} for {from:?}, but {best:?} is smaller\n{text}"
            );
            proposed += 1;
            others += answer.others.len();
        }
    }
    assert!(proposed > 100 && others > 20, "{proposed}, {others}");
    tell::tried(&format!(
        "{proposed} changes, none smaller, with {others} others; {hopeless} events that nothing lets through"
    ));
}

fn hard_atom(dice: &mut Dice) -> String {
    let operator = dice.pick(&["<", "<=", "==", "!=", ">", ">="]);
    let constant = i64::try_from(dice.below(13)).unwrap() - 6;
    match dice.below(5) {
        0 => format!("order.first * order.second {operator} {constant}"),
        1 => format!("order.second / order.first {operator} {constant}"),
        2 => format!("order.first * order.first {operator} {constant}"),
        _ => atom(dice),
    }
}

#[test]
fn what_cannot_be_solved_is_tried_and_never_called_impossible_where_it_is_not() {
    let all = contexts();
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let (mut found, mut never, mut open, mut missed) = (0, 0, 0, 0);
    for seed in 1..=cases(60) {
        let mut dice = Dice::new(seed + 4_000_000);
        let depth = 1 + dice.below(3);
        let guard = dice.guard(depth, &hard_atom);
        let row = format!("      - {{ from: open, to: done, guard: '{guard}' }}\n");
        let text = format!("{HEAD}  go:\n    moves:\n{row}");
        let (workflow, _) = loaded(&text);
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        let possible = all.iter().any(|context| accepts(&workflow, &site, context));
        let order = order(&workflow, &site, &all[dice.below(all.len())]);
        let event = Event::named("go", Actor::new("clerk"));
        let answer = why(&workflow, &site, &order, &event, now);
        match answer.search {
            None => assert!(answer.accepted, "seed {seed}\n{text}"),
            Some(Search::Smallest | Search::Tried) => {
                assert!(answer.change.is_some(), "seed {seed}\n{text}");
                found += 1;
            }
            Some(Search::Never) => {
                assert!(!possible, "seed {seed}: it is possible\n{text}");
                never += 1;
            }
            Some(Search::Open) => {
                assert!(!answer.unsolved.is_empty(), "seed {seed}\n{text}");
                open += 1;
                missed += usize::from(possible);
            }
        }
    }
    assert!(found > 10, "{found}");
    assert!(
        missed * 5 <= found,
        "{missed} changes were missed, {found} found"
    );
    tell::tried(&format!(
        "{found} changes found, {never} proved impossible, {open} open, {missed} of them possible"
    ));
}

#[test]
fn numbers_that_differ_by_more_than_their_sign_are_told_apart() {
    let guard = "(order.first > -1 || order.first > -2) && order.first < order.second";
    let row = format!("      - {{ from: open, to: done, guard: '{guard}' }}\n");
    let (workflow, _) = loaded(&format!("{HEAD}  go:\n    moves:\n{row}"));
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let whole = |number| Some(Value::Integer(number));
    let from = [whole(-8), whole(9), Some(Value::Boolean(false))];
    let order = order(&workflow, &site, &from);
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let event = Event::named("go", Actor::new("clerk"));
    let answer = why(&workflow, &site, &order, &event, now);
    let change = answer.change.expect("a change");
    assert_eq!(change.to_string(), "`first` from -8 to -1");
}
