//! Regions that wait for each other, beside every order that can be: random workflows of three regions, and all
//! configurations that some order of them comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flagstate::context::Actor;
use flagstate::graph::{StateId, Workflow};
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret;
use flagstate::time::parse_instant;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const REGIONS: [&str; 3] = ["a", "b", "c"];

/// A condition on the states of other regions than one.
fn guard(dice: &mut Dice, region: usize, depth: usize) -> String {
    match dice.below(if depth == 0 { 4 } else { 6 }) {
        4 => format!(
            "({} && {})",
            guard(dice, region, depth - 1),
            guard(dice, region, depth - 1)
        ),
        5 => format!(
            "({} || {})",
            guard(dice, region, depth - 1),
            guard(dice, region, depth - 1)
        ),
        kind => {
            let other = (region + 1 + dice.below(2)) % 3;
            let not = if kind == 0 { "!" } else { "" };
            let state = dice.below(3) + 1;
            format!("{not}in_state(\"work.{}.s{state}\")", REGIONS[other])
        }
    }
}

fn workflow(dice: &mut Dice) -> String {
    let mut text =
        "flagstate: 1\nworkflow: waits\nactors: [clerk]\ninitial: work\nstates:\n  end: { final: true }\n  \
         work:\n    regions:\n"
            .to_owned();
    for region in REGIONS {
        writeln!(
            text,
            "      {region}: {{ initial: s0, states: {{ s0: , s1: , s2: , s3: }} }}"
        )
        .unwrap();
    }
    text.push_str("transitions:\n  stop: { by: clerk, from: work, to: end }\n");
    for event in 0..8 {
        let region = dice.below(3);
        let (from, to) = (dice.below(4), dice.below(4));
        let way = format!(
            "from: work.{0}.s{from}, to: work.{0}.s{to}",
            REGIONS[region]
        );
        write!(text, "  e{event}: {{ by: clerk, {way}").unwrap();
        if dice.below(4) > 0 {
            write!(text, ", guard: '{}'", guard(dice, region, 2)).unwrap();
        }
        text.push_str(" }\n");
    }
    text
}

/// Every state that some order comes to.
fn come_to(workflow: &Workflow) -> BTreeSet<StateId> {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let clerk = Actor::new("clerk");
    let made = interpret::create(workflow, &site, &BTreeMap::new(), &clerk, now).unwrap();
    let mut seen: BTreeSet<Vec<StateId>> = BTreeSet::new();
    let mut open: Vec<Instance> = vec![made.instance];
    while let Some(order) = open.pop() {
        if !seen.insert(order.configuration.clone()) {
            continue;
        }
        open.extend(workflow.events.rows().iter().map(|event| {
            let event = Event::named(event.name.clone(), clerk.clone());
            interpret::step(workflow, &site, &order, &event, now).instance
        }));
    }
    seen.into_iter().flatten().collect()
}

#[test]
fn a_state_that_some_order_comes_to_is_not_called_unreachable() {
    let (mut waiting, mut missed) = (0, 0);
    let workflows = cases(300);
    for seed in 1..=workflows {
        let text = workflow(&mut Dice::new(seed + 33_000_000));
        let (workflow, report) = loaded(&text);
        let come_to = come_to(&workflow);
        let lost = report
            .iter()
            .filter(|finding| finding.rule.id == "unreachable-state");
        let lost: BTreeSet<_> = lost.map(|finding| finding.primary.span).collect();
        let is_waiting = report.iter().any(|finding| {
            let mut labels = finding.secondary.iter();
            labels.any(|label| label.text.starts_with("waits for"))
        });
        waiting += u64::from(is_waiting);
        for state in workflow.states.rows().iter().skip(1) {
            let is_lost = lost.contains(&state.span);
            assert!(
                !(is_lost && come_to.contains(&state.id)),
                "seed {seed}: {}\n{text}",
                state.path
            );
            missed += u64::from(!is_lost && !come_to.contains(&state.id));
        }
    }
    tell::tried(&format!(
        "{workflows} workflows of three regions: in {waiting} a state waits in vain, and {missed} states are not told of"
    ));
    assert!(waiting > 20);
}
