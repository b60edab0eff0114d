//! Orders that wait for a counter which nothing counts any more, beside brute force: random workflows that try again
//! and again, and every order of them as it comes to stand with time alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret;
use flagstate::time::parse_instant;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const RULE: &str = "stuck-order";

fn guard(dice: &mut Dice) -> String {
    let operator = dice.pick(&["==", "<", "<=", ">", ">=", "!="]);
    format!("order.tries {operator} {}", dice.below(4))
}

/// A workflow that tries again by timers, and gives up by itself; an event may lead out, too.
fn workflow(dice: &mut Dice) -> String {
    let by_event = dice.below(2) == 0;
    let mut text = "flagstate: 1\nworkflow: counted\nactors: [clerk]\ncontext:\n  \
         tries: { type: integer, default: 0 }\ninitial: trying\nstates:\n  given_up: { final: true }\n  done: { final: true }\n  trying:\n    timers:\n"
        .to_owned();
    for timer in 0..=dice.below(3) {
        let when = guard(dice);
        let what = match by_event {
            true => "event: again",
            false => "to: trying, set: { tries: order.tries + 1 }",
        };
        writeln!(
            text,
            "      t{timer}: {{ after: 1d, when: '{when}', {what} }}"
        )
        .unwrap();
    }
    if dice.below(3) > 0 {
        let when = format!("order.tries > {}", dice.below(4));
        writeln!(
            text,
            "always:\n  - {{ from: trying, guard: '{when}', to: given_up }}"
        )
        .unwrap();
    }
    text.push_str("transitions:\n");
    if by_event {
        text.push_str(
            "  again: { by: system, from: trying, to: trying, set: { tries: order.tries + 1 } }\n",
        );
    }
    writeln!(
        text,
        "  pay: {{ by: clerk, from: trying, guard: '{}', to: done }}",
        guard(dice)
    )
    .unwrap();
    text
}

/// Whether a new order comes, by waiting alone, to where neither time nor anybody moves it.
fn gets_stuck(workflow: &Workflow) -> bool {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let clerk = Actor::new("clerk");
    let mut now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let context = BTreeMap::new();
    let made = interpret::create(workflow, &site, &context, &clerk, now).unwrap();
    let mut order: Instance = made.instance;
    for _ in 0..12 {
        if order.status(workflow) != "trying" {
            return false;
        }
        let pay = Event::named("pay", clerk.clone());
        let paid = interpret::step(workflow, &site, &order, &pay, now).instance;
        if order.timers.is_empty() && paid.status(workflow) == "trying" {
            return true;
        }
        now += chrono::TimeDelta::days(1);
        order = interpret::step(workflow, &site, &order, &Event::tick(), now).instance;
    }
    false
}

#[test]
fn an_order_that_waits_for_a_counter_is_told_of() {
    let (mut stuck, mut free, mut more) = (0, 0, 0);
    let workflows = cases(400);
    for seed in 1..=workflows {
        let text = workflow(&mut Dice::new(seed + 77_000_000));
        let (workflow, report) = loaded(&text);
        assert!(report.open().is_empty(), "{:?}\n{text}", report.open());
        // Where no order leaves, or none stays, that is another finding.
        let others = [
            "no-way-to-end",
            "cycle-of-automatic-transitions",
            "unreachable-final",
        ];
        if report.has_errors() || report.iter().any(|found| others.contains(&found.rule.id)) {
            continue;
        }
        let finding = report.iter().find(|finding| finding.rule.id == RULE);
        match (gets_stuck(&workflow), finding) {
            (true, Some(_)) => stuck += 1,
            (true, None) => panic!("seed {seed}: {report:#?}\n{text}"),
            (false, None) => free += 1,
            (false, Some(finding)) => {
                let tries = finding
                    .witness
                    .as_ref()
                    .and_then(|one| one.pointer("/context/tries"));
                let tries = tries.and_then(serde_json::Value::as_i64);
                // No order has tried less often than never.
                assert!(
                    tries.is_some_and(|tries| tries >= 0),
                    "seed {seed}: {finding:#?}\n{text}"
                );
                more += 1;
            }
        }
    }
    tell::tried(&format!(
        "{workflows} workflows that count: an order waits in vain in {stuck}, in {more} one that tries so often would, and in {free} none"
    ));
    assert!(stuck > 20 && free > 20, "{stuck} {free}");
}
