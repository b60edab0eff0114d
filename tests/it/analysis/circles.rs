//! Circles of automatic transitions, beside brute force: random workflows of few states, and every order of a small
//! domain put into each of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flagstate::analysis::Witness;
use flagstate::drive::{self, Action, Family, Input, OrderName, Verdict, When};
use flagstate::graph::Workflow;
use flagstate::instance::Site;
use flagstate::time::parse_instant;
use serde_json::json;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const STATES: [&str; 4] = ["a", "b", "c", "d"];

const RULE: &str = "cycle-of-automatic-transitions";

fn workflow(dice: &mut Dice) -> String {
    let mut text = "flagstate: 1\nworkflow: round\nactors: [clerk]\ncontext:\n  \
         count: { type: integer, default: 0 }\n  flag: { type: boolean, default: false }\n  \
         seen: { type: integer, default: 0 }\ninitial: a\nstates: { a: , b: , c: , d: , end: { final: true } }\nalways:\n"
        .to_owned();
    for _ in 0..=dice.below(6) {
        let from = STATES[dice.below(4)];
        write!(text, "  - {{ from: {from}, guard: '{}'", dice.small()).unwrap();
        match dice.below(8) {
            0 => {}
            1 => text.push_str(", to: end"),
            _ => write!(text, ", to: {}", STATES[dice.below(4)]).unwrap(),
        }
        if dice.below(4) == 0 {
            text.push_str(", set: { seen: '7' }");
        }
        text.push_str(" }\n");
    }
    text.push_str("transitions:\n");
    for state in STATES {
        writeln!(
            text,
            "  to_{state}: {{ by: clerk, from: any, to: {state} }}"
        )
        .unwrap();
    }
    text.push_str("  stop: { by: clerk, from: any, to: end, guard: order.seen < 9 }\n");
    text
}

/// Whether an order that is put there does not come to rest.
fn is_endless(workflow: &Workflow, state: &str, count: i64, flag: bool) -> bool {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let at = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let mut family = Family::new(workflow, &site, at);
    let context = [
        ("count".to_owned(), json!(count)),
        ("flag".to_owned(), json!(flag)),
    ];
    drive::stand(&mut family, state, &context.into(), &BTreeMap::new()).unwrap();
    let input = Input {
        order: OrderName::Root,
        when: When::Now,
        actor: flagstate::context::Actor::system(),
        id: None,
        action: Action::Context(BTreeMap::new()),
    };
    matches!(family.apply(&input).unwrap(), Verdict::Refused(_))
}

#[test]
fn a_circle_is_found_where_some_order_goes_round_and_nowhere_else() {
    let (mut endless, mut found) = (0, 0);
    let workflows = cases(300);
    for seed in 1..=workflows {
        let text = workflow(&mut Dice::new(seed + 77_000_000));
        let (workflow, report) = loaded(&text);
        assert!(
            report
                .open()
                .iter()
                .all(|open| !open.question.contains("circle")),
            "{text}"
        );
        let circles = report.iter().filter(|finding| finding.rule.id == RULE);
        let circles: Vec<_> = circles.collect();
        let orders = STATES.iter().flat_map(|state| {
            let flags = [false, true].into_iter();
            flags.flat_map(move |flag| (-1..=7).map(move |count| (*state, count, flag)))
        });
        let mut round =
            orders.filter(|&(state, count, flag)| is_endless(&workflow, state, count, flag));
        let first = round.next();
        assert_eq!(
            first.is_some(),
            !circles.is_empty(),
            "seed {seed}: {first:?} {circles:#?}\n{text}"
        );
        endless += u64::from(first.is_some());
        for finding in circles {
            let Some(witness) = &finding.witness else {
                continue;
            };
            let witness: Witness = serde_json::from_value((**witness).clone()).unwrap();
            let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
            let at = parse_instant(&witness.at).unwrap();
            let mut family = Family::new(&workflow, &site, at);
            let played = drive::replay(&mut family, &witness).unwrap();
            assert!(
                matches!(played, Verdict::Refused(_)),
                "seed {seed}: {witness:?}\n{text}"
            );
            found += 1;
        }
    }
    tell::tried(&format!(
        "{workflows} workflows with automatic transitions: orders go round in {endless}, {found} of them by witness"
    ));
    assert!(endless > 20 && endless < workflows - 20);
}
