//! Orders that nothing moves once their timers are spent, beside brute force: random workflows with a state that
//! guarded events and timers lead out of, and every order of a small domain that waits there for a year.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flagstate::analysis::Witness;
use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Site};
use flagstate::interpret;
use flagstate::time::parse_instant;
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
