//! Regions that orders get stuck in, beside every order that can be: random workflows of three regions, with data that
//! changes outside, automatic transitions, a timer, and an event that comes once all regions have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flagstate::analysis::Witness;
use flagstate::context::Actor;
use flagstate::drive::{self, Family, OrderName, Verdict};
use flagstate::graph::Workflow;
use flagstate::instance::{Event, EventKind, Instance, Site};
use flagstate::interpret;
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, parse_instant};
use serde_json::json;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const REGIONS: [&str; 3] = ["a", "b", "c"];

/// A condition on the states of other regions than one, or on data.
fn guard(dice: &mut Dice, region: usize) -> String {
    let other = (region + 1 + dice.below(2)) % 3;
    let not = if dice.below(3) == 0 { "!" } else { "" };
    let state = format!(
        "{not}in_state(\"work.{}.s{}\")",
        REGIONS[other],
        dice.below(3)
    );
    match dice.below(5) {
        0 => format!("{state} && order.paid"),
        1 => format!("{state} || order.paid"),
        2 => "!order.paid".to_owned(),
        _ => state,
    }
}

fn workflow(dice: &mut Dice) -> String {
    let mut text = "flagstate: 1\nworkflow: regions\nactors: [clerk]\ncontext: { paid: { type: boolean, default: false } }\n\
         initial: work\nstates:\n  end: { final: true }\n  work:\n"
        .to_owned();
    let ends = dice.below(2) == 0;
    let done = ends && dice.below(2) == 0;
    if done {
        text.push_str("    done: finished\n");
    }
    text.push_str("    regions:\n");
    let timer = dice.below(6);
    let nested = dice.below(3) == 0;
    for (index, region) in REGIONS.iter().enumerate() {
        let timer = match timer == index {
            true => format!("timers: {{ late: {{ after: 1d, to: work.{region}.s2 }} }}"),
            false => String::new(),
        };
        let last = if ends { "final: true" } else { "" };
        let inner = match nested && index == 0 {
            true => "initial: v, states: { v: , w: }",
            false => "",
        };
        let within = [timer.as_str(), inner].join(if timer.is_empty() || inner.is_empty() {
            ""
        } else {
            ", "
        });
        writeln!(
            text,
            "      {region}: {{ initial: s0, states: {{ s0: {{ }}, s1: {{ {within} }}, s2: {{ {last} }} }} }}"
        )
        .unwrap();
    }
    let pause = dice.below(4);
    if pause == 0 {
        text.push_str("  hold:\n");
    }
    text.push_str("transitions:\n");
    if pause == 0 {
        let way = guard(dice, 0);
        let back = dice.pick(&[
            "back",
            "work",
            "{ history: work }",
            "{ history: work, depth: deep }",
            "[work.a.s1, work.b.s1]",
        ]);
        writeln!(
            text,
            "  pause: {{ by: clerk, from: work, to: hold, guard: '{way}' }}"
        )
        .unwrap();
        writeln!(text, "  resume: {{ by: clerk, from: hold, to: {back} }}").unwrap();
    }
    if nested {
        let way = guard(dice, 0);
        writeln!(
            text,
            "  inner: {{ by: clerk, from: work.a.s1.v, to: work.a.s1.w, guard: '{way}' }}"
        )
        .unwrap();
    }
    let way = guard(dice, 0);
    match done {
        true => text.push_str("  finished: { by: system, from: work, to: end }\n"),
        false => writeln!(
            text,
            "  stop: {{ by: clerk, from: work, to: end, guard: '{way}' }}"
        )
        .unwrap(),
    }
    let mut automatic = String::new();
    for event in 0..6 {
        let region = dice.below(3);
        let from = dice.below(if ends { 2 } else { 3 });
        let to = (from + 1 + dice.below(2)) % 3;
        let name = REGIONS[region];
        let mut way = format!("from: work.{name}.s{from}, to: work.{name}.s{to}");
        if dice.below(3) > 0 {
            write!(way, ", guard: '{}'", guard(dice, region)).unwrap();
        }
        if event == 5 && to > from && dice.below(2) == 0 {
            automatic = format!("always:\n  - {{ {way} }}\n");
            continue;
        }
        match dice.below(12) {
            0 => way.push_str(", set: { paid: 'true' }"),
            1 if event > 0 => write!(way, ", raise: e{}", dice.below(event)).unwrap(),
            _ => {}
        }
        writeln!(text, "  e{event}: {{ by: [clerk, system], {way} }}").unwrap();
    }
    text + &automatic
}

/// How an order stands, as far as it matters for what comes.
type Key = (Vec<flagstate::graph::StateId>, bool, bool, String);

fn key(workflow: &Workflow, order: &Instance) -> Key {
    let paid = workflow
        .fields
        .ids()
        .next()
        .and_then(|field| order.field(field));
    let paid = paid.is_some_and(|paid| paid.to_json() == json!(true));
    let past = format!("{:?} {:?} {:?}", order.past, order.origins, order.spent);
    (
        order.configuration.clone(),
        paid,
        order.next_due().is_some(),
        past,
    )
}

/// The statuses that orders come to, each with whether none that stands so comes to an end.
fn lost(workflow: &Workflow) -> BTreeMap<String, bool> {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let start = parse_instant("2026-01-05T09:00:00Z").unwrap();
    let clerk = Actor::new("clerk");
    let mut known: BTreeMap<Key, usize> = BTreeMap::new();
    let mut orders: Vec<(Instance, Instant, BTreeSet<usize>)> = Vec::new();
    let mut note = |orders: &mut Vec<_>, order: Instance, now: Instant| -> usize {
        *known.entry(key(workflow, &order)).or_insert_with(|| {
            orders.push((order, now, BTreeSet::new()));
            orders.len() - 1
        })
    };
    for paid in [false, true] {
        let context = BTreeMap::from([("paid".to_owned(), json!(paid))]);
        let made = interpret::create(workflow, &site, &context, &Actor::system(), start).unwrap();
        note(&mut orders, made.instance, start);
    }
    let mut at = 0;
    while at < orders.len() {
        let (order, now, _) = orders[at].clone();
        let mut after = Vec::new();
        for event in workflow
            .events
            .rows()
            .iter()
            .filter(|event| event.name != "finished")
        {
            for actor in [clerk.clone(), Actor::system()] {
                let event = Event::named(event.name.clone(), actor);
                after.push((
                    interpret::step(workflow, &site, &order, &event, now).instance,
                    now,
                ));
            }
        }
        for paid in [false, true] {
            let kind = EventKind::ContextChanged {
                changes: BTreeMap::from([("paid".to_owned(), json!(paid))]),
            };
            let event = Event {
                id: None,
                actor: Actor::system(),
                kind,
            };
            after.push((
                interpret::step(workflow, &site, &order, &event, now).instance,
                now,
            ));
        }
        if let Some(due) = order.next_due() {
            after.push((
                interpret::step(workflow, &site, &order, &Event::tick(), due).instance,
                due,
            ));
        }
        for (order, now) in after {
            let to = note(&mut orders, order, now);
            orders[at].2.insert(to);
        }
        at += 1;
    }
    let mut ends: Vec<bool> = orders
        .iter()
        .map(|(order, ..)| order.is_done(workflow))
        .collect();
    loop {
        let more: Vec<bool> = (0..orders.len())
            .map(|at| ends[at] || orders[at].2.iter().any(|&to| ends[to]))
            .collect();
        if more == ends {
            break;
        }
        ends = more;
    }
    let mut lost = BTreeMap::new();
    for ((order, ..), ends) in orders.iter().zip(ends) {
        *lost.entry(order.status(workflow)).or_insert(true) &= !ends;
    }
    lost
}

/// Where an order comes to by what a finding says.
fn played(workflow: &Workflow, witness: &serde_json::Value) -> String {
    let witness: Witness = serde_json::from_value(witness.clone()).unwrap();
    let site = Site::new(workflow, &drive::given(&witness.settings)).unwrap();
    let start = parse_instant(witness.begins_at()).unwrap();
    let mut family = Family::new(workflow, &site, start);
    let verdict = drive::replay(&mut family, &witness);
    assert_eq!(verdict, Ok(Verdict::Accepted), "{witness:?}");
    let order = family.instance(&OrderName::Root).unwrap();
    let status = order.status(workflow);
    assert_eq!(Some(&status), witness.state.as_ref());
    status
}

#[test]
fn regions_are_stuck_where_no_order_comes_to_an_end_and_nowhere_else() {
    let (mut stuck, mut told, mut missed) = (0, 0, 0);
    let workflows = cases(300);
    for seed in 1..=workflows {
        let text = workflow(&mut Dice::new(seed + 77_000_000));
        let (workflow, report) = loaded(&text);
        let lost = lost(&workflow);
        let found: Vec<_> = report
            .iter()
            .filter(|finding| finding.rule.id == "stuck-regions")
            .collect();
        for finding in &found {
            let state = played(&workflow, finding.witness.as_ref().unwrap());
            assert_eq!(
                lost.get(&state),
                Some(&true),
                "seed {seed}: {state}\n{text}"
            );
        }
        told += u64::from(!found.is_empty());
        let mut by_states = report.iter();
        let by_states =
            by_states.any(|finding| matches!(finding.rule.id, "dead-end" | "no-way-to-end"));
        let ends = lost.values().any(|lost| !lost);
        if ends && !by_states && lost.values().any(|lost| *lost) {
            stuck += 1;
            missed += u64::from(found.is_empty());
        }
    }
    tell::tried(&format!(
        "{workflows} workflows of three regions: orders get stuck in {stuck}, told of in {told}, missed in {missed}"
    ));
    assert!(told > 20, "{told}");
    assert!(missed * 20 < stuck, "{missed} of {stuck}");
}

#[test]
fn a_story_is_played_whatever_else_is_wrong_with_where_orders_can_be() {
    let text = "flagstate: 1\nworkflow: shop\nactors: [clerk]\ninitial: work\nstates:\n  work:\n    regions:\n      \
        goods: { initial: packing, states: { packing: , packed: { final: true } } }\n      \
        money: { initial: open, states: { open: , paid: { final: true } } }\ntransitions:\n  \
        pack: { by: clerk, from: work.goods.packing, to: work.goods.packed, guard: in_state(\"work.money.paid\") }\n  \
        pay: { by: clerk, from: work.money.open, to: work.money.paid, guard: in_state(\"work.goods.packed\") }\n";
    let loaded = load(FileId(0), &SourceFile::new("workflow.yaml", text));
    assert!(loaded.report.has_errors(), "both finals are unreachable");
    let mut found = loaded.report.iter();
    let found = found
        .find(|found| found.rule.id == "stuck-regions")
        .unwrap();
    let witness = found.witness.clone().unwrap();
    let workflow = loaded.playable().unwrap();
    assert_eq!(
        played(&workflow, &witness),
        "work.goods.packing + work.money.open"
    );
    // What was not understood cannot be played.
    let text = text.replace("to: work.money.paid", "to: work.money.payed");
    let loaded = load(FileId(0), &SourceFile::new("workflow.yaml", &text));
    loaded.playable().unwrap_err();
}

#[test]
fn of_orders_that_stand_alike_those_with_one_past_are_told_of() {
    // What was in `w` comes back from a pause to `v`, from which nothing leads on; what was in `s1` does not.
    let text = "flagstate: 1\nworkflow: shop\nactors: [clerk]\ninitial: work\nstates:\n  hold:\n  end: { final: true }\n  work:\n    regions:\n      \
        a: { initial: s1, states: { s0: { initial: v, states: { v: , w: } }, s1: } }\n      \
        b: { initial: t0, states: { t0: , t1: } }\ntransitions:\n  \
        go: { by: clerk, from: work.a.s1, to: work.a.s0.w }\n  \
        turn: { by: clerk, from: work.b.t0, to: work.b.t1 }\n  \
        pause: { by: clerk, from: work, to: hold }\n  \
        resume: { by: clerk, from: hold, to: { history: work.a } }\n  \
        stop: { by: clerk, from: work, to: end, guard: '!in_state(\"work.a.s0.v\")' }\n";
    let (workflow, report) = loaded(text);
    let mut found = report
        .iter()
        .filter(|found| found.rule.id == "stuck-regions");
    let first = found.next().expect(text);
    assert_eq!(
        first.message,
        "an order in `hold` with this past can never come to an end"
    );
    assert_eq!(played(&workflow, first.witness.as_ref().unwrap()), "hold");
    assert!(found.next().is_none());
}

#[test]
fn of_too_many_combinations_it_is_said_that_they_are_not_followed() {
    let (mut regions, mut moves) = (String::new(), String::new());
    for region in 0..5 {
        let states = "s0: , s1: , s2: , s3: , s4: , s5: , s6: ";
        writeln!(
            regions,
            "      r{region}: {{ initial: s0, states: {{ {states} }} }}"
        )
        .unwrap();
        write!(moves, "  e{region}:\n    by: clerk\n    moves:\n").unwrap();
        for to in 1..7 {
            let from = to - 1;
            writeln!(
                moves,
                "      - {{ from: work.r{region}.s{from}, to: work.r{region}.s{to} }}"
            )
            .unwrap();
        }
    }
    let text = format!(
        "flagstate: 1\nworkflow: many\nactors: [clerk]\ninitial: work\nstates:\n  end: {{ final: true }}\n  work:\n    \
         regions:\n{regions}transitions:\n  stop: {{ by: clerk, from: work, to: end, guard: in_state(\"work.r0.s5\") }}\n{moves}"
    );
    let (_, report) = loaded(&text);
    assert!(!report.has_errors(), "{text}");
    let mut open = report.open().iter();
    assert!(open.any(|open| open.question.contains("not all combinations")));
}
