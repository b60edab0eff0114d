//! How long waiting is, beside an order that is asked every hour: random guards over the time, timers that fire
//! on the way, and the clocks of a zone.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret::{self, Answer};
use flagstate::time::{Instant, parse_instant};
use flagstate::why::why;
use serde_json::json;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

/// How long is waited at most.
const DAYS: i64 = 30;

fn atom(dice: &mut Dice) -> String {
    let (days, hours) = (dice.below(30), dice.below(400));
    let sign = dice.pick(&["<", "<=", ">", ">="]);
    let ask = dice.pick(&["all", "some", "none"]);
    match dice.below(14) {
        0 => format!("now - order.placed {sign} hours({hours})"),
        1 => format!("date(now) {sign} order.due + days({days})"),
        2 => format!("now {sign} order.placed + days(settings.grace) + hours({hours})"),
        3 => format!("date(now - hours({hours})) == order.due"),
        4 => format!("order.qty * order.qty {sign} 9"),
        5 => "order.name.starts_with(\"x\")".to_owned(),
        6 => format!("now - order.placed {sign} hours(order.qty * order.qty * {days})"),
        7 => format!("order.days.all(|d| d {sign} order.due)"),
        8 => format!("date(now) {} order.days", dice.pick(&["in", "!in"])),
        9 => format!("order.days.{ask}(|d| d + days({days}) {sign} date(now))"),
        10 => format!("order.times.{ask}(|t| now - t {sign} hours({hours}))"),
        11 => format!("order.times.count(|t| now - t < hours({hours})) {sign} 2"),
        12 => format!("order.days.{ask}(date(now - days({})))", days % 4),
        _ => "order.paid".to_owned(),
    }
}

/// Up to three days around the order.
fn several(dice: &mut Dice, one: impl Fn(String) -> String) -> Vec<String> {
    let count = dice.below(4);
    let days = (0..count).map(|_| format!("2026-03-{:02}", dice.below(28) + 1));
    days.map(one).collect()
}

fn workflow(dice: &mut Dice) -> String {
    let zone = dice.pick(&["UTC", "Europe/Berlin", "America/New_York"]);
    let timer = match dice.below(3) {
        0 => String::new(),
        1 => format!(
            "{{ timers: {{ late: {{ after: {}h, to: overdue }} }} }}",
            dice.below(300) + 1
        ),
        _ => format!(
            "{{ timers: {{ late: {{ after: {}d, to: overdue, guard: '!order.paid' }} }} }}",
            dice.below(20) + 1
        ),
    };
    let guard = dice.guard(2, &atom);
    let other = dice.guard(1, &atom);
    format!(
        "flagstate: 1\nworkflow: waiting\nactors: [clerk]\nsettings:\n  timezone: {{ type: string, default: {zone} }}\n  \
         grace: {{ type: integer, default: 3, min: 0, max: 30 }}\ncontext:\n  placed: {{ type: datetime, required: true }}\n  \
         due: {{ type: date, required: true }}\n  paid: {{ type: boolean, default: false }}\n  \
         qty: {{ type: integer, default: 4 }}\n  name: {{ type: string, default: xy }}\n  \
         days: {{ type: list, of: date, default: [] }}\n  times: {{ type: list, of: datetime, default: [] }}\ninitial: open\nstates:\n  \
         open: {timer}\n  overdue:\n  closed: {{ final: true }}\ntransitions:\n  close:\n    by: clerk\n    moves:\n      \
         - {{ from: open, to: closed, guard: '{guard}' }}\n      - {{ from: overdue, to: closed, guard: '{other}' }}\n"
    )
}

fn accepts(workflow: &Workflow, site: &Site, order: &Instance, at: Instant) -> bool {
    let close = Event::named("close", Actor::new("clerk"));
    interpret::step(workflow, site, order, &close, at).answer == Answer::Accepted
}

#[test]
fn an_event_is_accepted_once_it_was_waited_for_and_not_before() {
    let (mut waited, mut behind, mut ending, mut unknown, mut never) = (0, 0, 0, 0, 0);
    let tried = cases(60);
    for seed in 1..=tried {
        let dice = &mut Dice::new(seed + 91_000_000);
        let text = workflow(dice);
        let (workflow, report) = loaded(&text);
        // What no order can do is told of some; but all of it is read as it is meant.
        let mut rules = report.iter().map(|found| found.rule.id);
        let is_unread = |rule: &str| rule.starts_with("unknown-") || rule.starts_with("wrong-");
        assert!(!rules.any(is_unread), "{report:#?}\n{text}");
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        // The clocks are put forward on the way, in March.
        let start = parse_instant("2026-03-05T09:10:00Z").unwrap();
        let context = BTreeMap::from([
            ("placed".to_owned(), json!("2026-03-04T20:00:00Z")),
            ("due".to_owned(), json!("2026-03-09")),
            ("paid".to_owned(), json!(dice.below(2) == 0)),
            ("days".to_owned(), json!(several(dice, |day| day))),
            (
                "times".to_owned(),
                json!(several(dice, |day| format!("{day}T04:30:00Z"))),
            ),
        ]);
        let made = interpret::create(&workflow, &site, &context, &Actor::system(), start);
        let order = made.unwrap().instance;
        let now = start + TimeDelta::hours(dice.below(200).try_into().unwrap());
        let close = Event::named("close", Actor::new("clerk"));
        let answer = why(&workflow, &site, &order, &close, now);
        if answer.accepted {
            continue;
        }
        let told = answer
            .wait
            .as_ref()
            .map(|wait| parse_instant(&wait.at).unwrap());
        if let Some(at) = told {
            waited += 1;
            behind += u64::from(!answer.wait.as_ref().unwrap().behind.is_empty());
            assert!(
                accepts(&workflow, &site, &order, at),
                "seed {seed} at {at}\n{text}"
            );
            let nearly = TimeDelta::nanoseconds(1);
            assert!(
                !accepts(&workflow, &site, &order, at - nearly),
                "seed {seed} before {at}\n{text}"
            );
            let wait = answer.wait.as_ref().unwrap();
            let until = wait.until.as_ref().map(|at| parse_instant(at).unwrap());
            if let Some(until) = until {
                ending += 1;
                assert!(until > at && wait.certain);
                assert!(
                    !accepts(&workflow, &site, &order, until),
                    "seed {seed} at {until}\n{text}"
                );
                assert!(
                    accepts(&workflow, &site, &order, until - nearly),
                    "seed {seed} before {until}\n{text}"
                );
            }
            unknown += u64::from(!wait.certain);
            let hours = (0..DAYS * 24).map(|step| at + TimeDelta::hours(step));
            for asked in hours.take_while(|asked| until.is_none_or(|until| *asked < until)) {
                assert!(
                    !wait.certain || accepts(&workflow, &site, &order, asked),
                    "seed {seed} at {asked}, told {at} until {until:?}\n{text}"
                );
            }
        } else {
            never += 1;
        }
        for step in 0..DAYS * 24 {
            let asked = now + TimeDelta::hours(step);
            if told.is_some_and(|told| asked >= told) {
                break;
            }
            assert!(
                !accepts(&workflow, &site, &order, asked),
                "seed {seed} at {asked}, told {told:?}\n{text}"
            );
        }
    }
    tell::tried(&format!(
        "{tried} orders that wait: {waited} are accepted later, {behind} of them behind a timer and {ending} for a time \
         ({unknown} unknown), and {never} never"
    ));
    assert!(waited > 10 && behind > 2 && ending > 2 && never > 2);
    assert!(unknown * 10 < waited);
}
