//! Guards about days, in zones whose clocks are put forward and back: the change that `why` proposes works,
//! none is nearer, and what it calls impossible is not possible on any day around.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use flagstate::context::{Actor, Value};
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Site};
use flagstate::interpret::{self, Answer, Standing};
use flagstate::time::{Date, Instant, format_instant, parse_date, shift_date};
use flagstate::why::{Search, why};
use serde_json::Value as Json;

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

/// Zones, each with a day on which its clocks are put, or that is missing.
const ZONES: [(&str, &str); 12] = [
    ("UTC", "2026-03-01"),
    ("Europe/Oslo", "2026-03-29"),
    ("Europe/Oslo", "2026-10-25"),
    ("America/Los_Angeles", "2026-03-08"),
    ("America/Los_Angeles", "2026-11-01"),
    ("Africa/Cairo", "2026-04-24"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("Pacific/Apia", "2011-12-30"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Asia/Kolkata", "2026-03-01"),
    ("Pacific/Kiritimati", "2026-03-01"),
];

/// So many days around are tried.
const AROUND: i32 = 12;

const OPERATORS: [&str; 5] = ["<", "<=", "==", ">", ">="];

/// A question about a day, which reads one field.
fn question(dice: &mut Dice) -> (&'static str, String) {
    let operator = dice.pick(&OPERATORS);
    let days = dice.below(4);
    match dice.below(10) {
        7 => ("due", format!("weekday(order.due) {operator} {}", 1 + days)),
        8 => (
            "at",
            format!("weekday(date(order.at)) {operator} {}", 4 + days),
        ),
        9 => (
            "at",
            format!("time_of_day(order.at) {operator} hours({})", 6 * days),
        ),
        0 => ("due", format!("order.due {operator} date(now)")),
        1 => ("due", format!("start_of(order.due) {operator} now")),
        2 => (
            "due",
            format!("start_of(order.due) + days({days}) {operator} now"),
        ),
        3 => ("at", format!("date(order.at) {operator} date(now)")),
        4 => ("at", format!("order.at + days({days}) {operator} now")),
        5 => ("at", format!("now - order.at {operator} days({days})")),
        _ => (
            "at",
            format!("start_of(date(order.at)) {operator} now - days({days})"),
        ),
    }
}

fn workflow(zone: &str, guards: &[String]) -> String {
    format!(
        "flagstate: 1
workflow: clocks
settings: {{ timezone: {{ type: string, default: {zone} }} }}
context: {{ due: {{ type: date, required: true }}, at: {{ type: datetime, required: true }} }}
actors: [clerk]
initial: open
states: {{ open: , done: {{ final: true }} }}
transitions:
  go: {{ by: clerk, from: open, to: done, guard: '{}' }}
",
        guards.join(" && ")
    )
}

/// How an order stands, and when.
struct World {
    workflow: std::sync::Arc<Workflow>,
    site: Site,
    now: Instant,
}

impl World {
    fn order(&self, day: Date, at: Instant) -> flagstate::instance::Instance {
        let context = BTreeMap::from([
            ("due".to_owned(), Json::from(day.to_string())),
            ("at".to_owned(), Json::from(format_instant(at))),
        ]);
        let standing = Standing {
            state: "open",
            context: &context,
            children: &BTreeMap::new(),
        };
        interpret::place(&self.workflow, &self.site, &standing, self.now).expect("an order")
    }

    fn accepts(&self, day: Date, at: Instant) -> bool {
        let event = Event::named("go", Actor::new("clerk"));
        let order = self.order(day, at);
        interpret::step(&self.workflow, &self.site, &order, &event, self.now).answer
            == Answer::Accepted
    }

    /// The least distance of a value of a field with which the event is accepted, among those around: for an
    /// instant in nanoseconds, for a day in days.
    fn nearest(&self, field: &str, day: Date, at: Instant) -> Option<i64> {
        if field == "due" {
            let days = (-AROUND..=AROUND).filter(|days| {
                let moved = shift_date(day, *days).expect("a date");
                self.accepts(moved, at)
            });
            return days.map(|days| i64::from(days).abs()).min();
        }
        // Clocks are put at full half hours, and `now` is one.
        let halves = i64::from(AROUND) * 48;
        let steps = (-halves..=halves).flat_map(|half| {
            let full = TimeDelta::minutes(30 * half);
            [-1, 0, 1].map(|nanos| full + TimeDelta::nanoseconds(nanos))
        });
        let found = steps.filter(|step| self.accepts(day, at + *step));
        found
            .filter_map(|step| step.num_nanoseconds())
            .map(i64::abs)
            .min()
    }
}

#[test]
fn days_are_counted_by_the_clocks_of_the_zone() {
    let (mut proposed, mut hopeless, mut undecided, mut farther) = (0, 0, 0, 0);
    for seed in 1..=cases(60) {
        let mut dice = Dice::new(seed + 7_000_000);
        let (zone, put) = ZONES[dice.below(ZONES.len())];
        let (field, first) = question(&mut dice);
        let mut guards = vec![first];
        let (other, second) = question(&mut dice);
        guards.extend((other == field).then_some(second));
        let text = workflow(zone, &guards);
        let put = parse_date(put)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap()
            .and_utc();
        let mut near = |range: usize| {
            let halves = i64::try_from(dice.below(2 * range + 1)).unwrap();
            put + TimeDelta::minutes(30 * (halves - i64::try_from(range).unwrap()))
        };
        let (now, at) = (near(96), near(200));
        let day = near(200).date_naive();
        let workflow = loaded(&text).0;
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        let world = World {
            workflow,
            site,
            now,
        };
        let order = world.order(day, at);
        let event = Event::named("go", Actor::new("clerk"));
        let answer = why(&world.workflow, &world.site, &order, &event, now);
        if answer.accepted {
            continue;
        }
        let told = format!("seed {seed}: {day}, {at}, now {now}\n{text}");
        let nearest = world.nearest(field, day, at);
        let Some(change) = answer.change else {
            assert_eq!(nearest, None, "nothing proposed, {told}");
            undecided += usize::from(answer.search == Some(Search::Open));
            hopeless += 1;
            continue;
        };
        let [changed] = change.context.as_slice() else {
            panic!("{change}, {told}");
        };
        assert_eq!(changed.name, field, "{told}");
        let found = match &changed.to {
            Some(Value::Date(to)) => {
                assert!(world.accepts(*to, at), "{change} does not work, {told}");
                (*to - day).num_days().abs()
            }
            Some(Value::Datetime(to)) => {
                assert!(world.accepts(day, *to), "{change} does not work, {told}");
                (*to - at).num_nanoseconds().unwrap().abs()
            }
            other => panic!("{other:?}, {told}"),
        };
        // Beyond what is tried there may be nothing that works.
        let is_nearest = nearest.is_none_or(|nearest| found <= nearest);
        assert!(
            is_nearest || answer.search == Some(Search::Tried),
            "{change}, but {nearest:?} is nearer than {found}, {told}"
        );
        farther += usize::from(!is_nearest);
        proposed += 1;
    }
    assert!(proposed > 20, "{proposed}");
    assert!(farther * 50 <= proposed, "{farther} of {proposed}");
    assert!(undecided * 5 <= hopeless, "{undecided} of {hopeless}");
    tell::tried(&format!(
        "{proposed} changes of days in {} zones, {farther} not the nearest and called so; {hopeless} events that no day lets through, {undecided} of them undecided",
        ZONES.len()
    ));
}
