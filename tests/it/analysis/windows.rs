//! Orders that are too late, beside brute force: random workflows with events that only apply in time, and every order
//! of a small domain that waits until all times are over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flagstate::analysis::Witness;
use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret;
use flagstate::time::{Duration, Instant, Zone, parse_instant};
use serde_json::{Value as Json, json};

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const RULE: &str = "stuck-order";

/// A guard that may ask for the time, beside a date that is set.
fn guard(dice: &mut Dice) -> String {
    let timed = |dice: &mut Dice| {
        let operator = dice.pick(&["<", "<=", ">", ">=", "=="]);
        let (a, b) = match dice.below(5) {
            0 => ("date(now)", "order.arrival".to_owned()),
            1 => (
                "order.arrival",
                format!("date(now) - days({})", dice.below(3)),
            ),
            2 => (
                "now",
                format!("start_of(order.arrival) + hours({})", 9 * dice.below(3)),
            ),
            3 => (
                "now - start_of(order.arrival)",
                format!("days({})", dice.below(3)),
            ),
            _ => return "between(date(now), order.arrival, order.last)".to_owned(),
        };
        format!("{a} {operator} {b}")
    };
    let atom = |dice: &mut Dice| match dice.below(4) {
        0 => dice.pick(&["order.flag", "!order.flag"]).to_owned(),
        _ => timed(dice),
    };
    let joint = dice.pick(&["&&", "||"]);
    match dice.below(4) {
        0 => format!("{} {joint} {}", atom(dice), atom(dice)),
        1 => format!("!({})", timed(dice)),
        _ => timed(dice),
    }
}

fn workflow(dice: &mut Dice) -> (String, bool) {
    let mut text = "flagstate: 1\nworkflow: windows\nactors: [clerk]\ncontext:\n  \
         flag: { type: boolean, default: false }\n  arrival: { type: date, default: 2026-01-07 }\n  \
         last: { type: date, default: 2026-01-08 }\ninitial: waiting\nstates:\n  waiting:\n  done: { final: true }\n\
         transitions:\n"
        .to_owned();
    let guards: Vec<String> = (0..=dice.below(3)).map(|_| guard(dice)).collect();
    for (event, guard) in guards.iter().enumerate() {
        let row = format!("{{ by: clerk, from: waiting, to: done, guard: '{guard}' }}");
        writeln!(text, "  e{event}: {row}").unwrap();
    }
    let apart: BTreeSet<&String> = guards.iter().collect();
    (text, apart.len() > 1)
}

fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn after(start: Instant, hours: i64) -> Instant {
    Zone::default().due(start, Duration::seconds(3600 * hours))
}

fn create(workflow: &Workflow, site: &Site, context: &BTreeMap<String, Json>) -> Instance {
    let clerk = Actor::new("clerk");
    let start = at("2025-12-01T00:00:00Z");
    interpret::create(workflow, site, context, &clerk, start)
        .unwrap()
        .instance
}

/// Whether some event moves an order at a time.
fn moves(workflow: &Workflow, site: &Site, order: &Instance, now: Instant) -> bool {
    let mut events = workflow.events.rows().iter();
    events.any(|event| {
        let event = Event::named(event.name.clone(), Actor::new("clerk"));
        let after = interpret::step(workflow, site, order, &event, now).instance;
        after.status(workflow) != "waiting"
    })
}

#[test]
fn an_order_that_is_too_late_is_told_of_where_one_may_be() {
    let (mut too_late, mut free) = (0, 0);
    let workflows = cases(400);
    for seed in 1..=workflows {
        let (text, is_apart) = workflow(&mut Dice::new(seed + 77_000_000));
        let (workflow, report) = loaded(&text);
        // Whether a guard can hold is a question about every zone.
        let mut open = report.open().iter();
        assert!(!open.any(|open| open.question.contains("leave")), "{text}");
        let finding = report.iter().find(|finding| finding.rule.id == RULE);
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        if let Some(finding) = finding {
            let witness: Witness =
                serde_json::from_value(*finding.witness.clone().unwrap()).unwrap();
            let order = create(&workflow, &site, &witness.context.into_iter().collect());
            for later in [0, 1, 24, 72, 10_000] {
                let now = after(at(&witness.at), later);
                assert!(
                    !moves(&workflow, &site, &order, now),
                    "seed {seed}: {finding:#?}\n{text}"
                );
            }
        }
        // Every hour of ten days around the dates, and one when all is over.
        let hours = (0..240).map(|hour| after(at("2026-01-02T00:00:00Z"), hour));
        let times: Vec<Instant> = hours.collect();
        let over = at("2027-01-05T09:00:00Z");
        let orders = [false, true]
            .into_iter()
            .flat_map(|flag| ["2026-01-06", "2026-01-07", "2026-01-09"].map(|day| (flag, day)));
        let stories: Vec<(bool, bool)> = orders
            .map(|(flag, day)| {
                let context = [("flag", json!(flag)), ("arrival", json!(day))];
                let context = context.map(|(name, value)| (name.to_owned(), value));
                let order = create(&workflow, &site, &BTreeMap::from(context));
                let mut ever = times.iter();
                let before = ever.any(|&now| moves(&workflow, &site, &order, now));
                (before, moves(&workflow, &site, &order, over))
            })
            .collect();
        let is_too_late = stories.contains(&(true, false));
        let is_stuck = stories.iter().any(|(_, after)| !after);
        if is_too_late || is_apart && is_stuck && stories.iter().any(|(before, _)| *before) {
            assert!(finding.is_some(), "seed {seed}: {report:#?}\n{text}");
            too_late += usize::from(is_too_late);
        }
        if !is_stuck {
            assert!(finding.is_none(), "seed {seed}: {finding:#?}\n{text}");
            free += 1;
        }
    }
    tell::tried(&format!(
        "{workflows} workflows with times that pass: orders come too late in {too_late}, and in {free} never"
    ));
    assert!(too_late > 20 && free > 20, "{too_late} {free}");
}
