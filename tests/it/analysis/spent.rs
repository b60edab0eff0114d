//! Orders that nothing moves once their timers are spent, beside brute force: random workflows with a state that
//! guarded events and timers lead out of, and every order of a small domain that waits there for a year.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flagstate::analysis::Witness;
use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Site};
use flagstate::interpret;
use flagstate::time::{format_instant, parse_instant};
use serde_json::{Value as Json, json};

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const RULE: &str = "stuck-order";

/// A workflow, and whether an order that is stuck there is told of: its events tell orders apart, or there are
/// timers alone and one of them may be due for nothing.
fn workflow(dice: &mut Dice) -> (String, bool) {
    let mut text = "flagstate: 1\nworkflow: spent\nactors: [clerk]\ncontext:\n  \
         count: { type: integer, default: 0 }\n  flag: { type: boolean, default: false }\n  \
         due: { type: datetime }\ninitial: waiting\nstates:\n  done: { final: true }\n  waiting:\n    timers:\n"
        .to_owned();
    let mut may_be_spent = false;
    for timer in 0..=dice.below(2) {
        let due = dice.pick(&["after: 3d", "at: order.due", "after: 1d, anchor: order.due"]);
        write!(text, "      t{timer}: {{ {due}, to: done").unwrap();
        if dice.below(3) == 0 {
            write!(text, ", when: '{}'", dice.small()).unwrap();
        }
        if dice.below(3) > 0 {
            write!(text, ", guard: '{}'", dice.small()).unwrap();
            may_be_spent = true;
        }
        text.push_str(" }\n");
    }
    text.push_str("transitions:\n");
    let guards: Vec<String> = (0..dice.below(4)).map(|_| dice.small()).collect();
    for (event, guard) in guards.iter().enumerate() {
        writeln!(
            text,
            "  e{event}: {{ by: clerk, from: waiting, to: done, guard: '{guard}' }}"
        )
        .unwrap();
    }
    let apart: BTreeSet<&String> = guards.iter().collect();
    let is_told = match apart.len() {
        0 => may_be_spent,
        texts => texts > 1,
    };
    (text, is_told)
}

/// Whether an order still waits after a year, and whoever asks.
fn is_stuck(workflow: &Workflow, context: &BTreeMap<String, Json>) -> bool {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let at = |text: &str| parse_instant(text).unwrap();
    let clerk = Actor::new("clerk");
    let start = at("2026-01-05T09:00:00Z");
    let made = interpret::create(workflow, &site, context, &clerk, start).unwrap();
    let later = at("2027-01-05T09:00:00Z");
    let waited = interpret::step(workflow, &site, &made.instance, &Event::tick(), later).instance;
    let events = workflow.events.rows().iter();
    let mut after = events.map(|event| {
        let event = Event::named(event.name.clone(), clerk.clone());
        interpret::step(workflow, &site, &waited, &event, later).instance
    });
    after.all(|order| order.status(workflow) == "waiting")
}

/// The order that a witness shows, as it would be created.
fn shown(witness: &Json) -> BTreeMap<String, Json> {
    let witness: Witness = serde_json::from_value(witness.clone()).unwrap();
    assert_eq!(witness.state.as_deref(), Some("waiting"));
    let told = serde_json::to_value(&witness.context).unwrap();
    let told: BTreeMap<String, Json> = serde_json::from_value(told).unwrap();
    told.into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

#[test]
fn an_order_is_stuck_where_it_waits_in_vain_and_nowhere_else() {
    let (mut found, mut free) = (0, 0);
    let workflows = cases(400);
    for seed in 1..=workflows {
        let (text, is_told) = workflow(&mut Dice::new(seed + 55_000_000));
        let (workflow, report) = loaded(&text);
        assert!(report.open().is_empty(), "{:?}\n{text}", report.open());
        let finding = report.iter().find(|finding| finding.rule.id == RULE);
        if let Some(finding) = finding {
            let order = shown(finding.witness.as_ref().unwrap());
            assert!(
                is_stuck(&workflow, &order),
                "seed {seed}: {order:?} {finding:#?}\n{text}"
            );
            found += 1;
        }
        let orders = (-1..=7).flat_map(|count| {
            let dues = [None, Some("2026-01-07T09:00:00Z")];
            let flags = [false, true].into_iter();
            flags.flat_map(move |flag| dues.map(|due| (count, flag, due)))
        });
        let stuck: Vec<bool> = orders
            .map(|(count, flag, due)| {
                let mut context = BTreeMap::from([
                    ("count".to_owned(), json!(count)),
                    ("flag".to_owned(), json!(flag)),
                ]);
                context.extend(due.map(|due| ("due".to_owned(), json!(due))));
                is_stuck(&workflow, &context)
            })
            .collect();
        // Where no order leaves, that is another finding.
        let some_are = stuck.contains(&true) && stuck.contains(&false);
        // A timer that does not run waits for what it counts from, or for its `when`.
        let all_run = !text.contains("order.due") && !text.contains("when:");
        if some_are && is_told && all_run {
            assert!(finding.is_some(), "seed {seed}: {report:#?}\n{text}");
        }
        if !stuck.contains(&true) {
            assert!(finding.is_none(), "seed {seed}: {finding:#?}\n{text}");
            free += 1;
        }
    }
    tell::tried(&format!(
        "{workflows} workflows with timers that may be spent: an order waits in vain in {found}, and none in {free}"
    ));
    assert!(found > 20 && free > 20, "{found} {free}");
}

/// A workflow with one timer that nothing else moves orders beside, and that asks for the time when it is due.
fn timed(dice: &mut Dice) -> (String, &'static str) {
    let due = dice.pick(&[
        "at: order.due",
        "at: order.on_day",
        "after: 1d, anchor: order.due",
        "after: 30h",
    ]);
    let operator = dice.pick(&["<", "<=", ">", ">=", "==", "!="]);
    let guard = match dice.below(8) {
        // Of one that is due then, these hold.
        6 => "now >= order.due".to_owned(),
        7 => "date(now) >= order.on_day && date(now) <= order.on_day".to_owned(),
        0 => format!("weekday(date(now)) {operator} {}", 1 + dice.below(7)),
        1 => format!("time_of_day(now) {operator} hours({})", 8 * dice.below(4)),
        2 => format!("date(now) {operator} order.last"),
        3 => format!("now {operator} start_of(order.last)"),
        4 => format!(
            "order.flag || weekday(date(now)) {operator} {}",
            1 + dice.below(7)
        ),
        _ => "order.flag && now - order.due >= days(0)".to_owned(),
    };
    let text = format!(
        "flagstate: 1\nworkflow: timed\nactors: [clerk]\ncontext:\n  flag: {{ type: boolean, default: false }}\n  \
         due: {{ type: datetime, required: true }}\n  on_day: {{ type: date, required: true }}\n  \
         last: {{ type: date, required: true }}\ninitial: waiting\nstates:\n  done: {{ final: true }}\n  \
         waiting: {{ timers: {{ ends: {{ {due}, to: done, guard: '{guard}' }} }} }}\n"
    );
    (text, due)
}

/// Whether an order that is created at a time waits for ever.
fn waits(workflow: &Workflow, context: &BTreeMap<String, Json>, start: &str) -> bool {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let start = parse_instant(start).unwrap();
    let clerk = Actor::new("clerk");
    let made = interpret::create(workflow, &site, context, &clerk, start).unwrap();
    let mut order = made.instance;
    // Whoever looks after the timers does so when they are due.
    while let Some(due) = order.next_due() {
        order = interpret::step(workflow, &site, &order, &Event::tick(), due.max(start)).instance;
    }
    order.status(workflow) == "waiting"
}

#[test]
fn a_timer_that_asks_for_the_time_is_told_of_where_it_may_be_due_for_nothing() {
    let (mut found, mut free) = (0, 0);
    let workflows = cases(150);
    for seed in 1..=workflows {
        let (text, due) = timed(&mut Dice::new(seed + 66_000_000));
        let (workflow, report) = loaded(&text);
        let finding = report.iter().find(|finding| finding.rule.id == RULE);
        if let Some(finding) = finding {
            // It stands as it does when the timer is due: it was created when it is to be due then.
            let witness: Witness =
                serde_json::from_value(*finding.witness.clone().unwrap()).unwrap();
            let now = parse_instant(&witness.at).unwrap();
            let hours = if due == "after: 30h" { 30 } else { 24 * 40 };
            let start = format_instant(now - chrono::TimeDelta::hours(hours));
            let context: BTreeMap<String, Json> = witness.context.into_iter().collect();
            assert!(
                waits(&workflow, &context, &start),
                "seed {seed}: {finding:#?}\n{text}"
            );
            found += 1;
            continue;
        }
        let mut orders = ["2026-01-05", "2026-01-07", "2026-01-10"]
            .into_iter()
            .flat_map(|day| {
                [false, true].into_iter().flat_map(move |flag| {
                    (0..21).map(move |step| {
                        let due =
                            format!("2026-01-{:02}T{:02}:00:00Z", 4 + step / 3, 8 * (step % 3));
                        let context = [
                            ("flag", json!(flag)),
                            ("due", json!(due)),
                            ("on_day", json!(&due[..10])),
                            ("last", json!(day)),
                        ];
                        let context = context.map(|(name, value)| (name.to_owned(), value));
                        (BTreeMap::from(context), due)
                    })
                })
            });
        // One that is due after a time is created so that it is due at each of these.
        let waits = orders.any(|(context, due_at)| {
            let hours = if due == "after: 30h" { 30 } else { 24 * 40 };
            let start = parse_instant(&due_at).unwrap() - chrono::TimeDelta::hours(hours);
            waits(&workflow, &context, &format_instant(start))
        });
        let dead = report
            .iter()
            .any(|finding| finding.rule.id == "guard-never-true");
        assert!(!waits || dead, "seed {seed}: {report:#?}\n{text}");
        free += 1;
    }
    tell::tried(&format!(
        "{workflows} workflows with a timer that asks for the time: due for nothing in {found}, and in {free} never"
    ));
    assert!(found > 20 && free > 5, "{found} {free}");
}
