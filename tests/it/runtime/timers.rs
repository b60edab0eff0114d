//! Timers over years: each fires once, at the instant it is due, however late, whoever polls, whatever
//! fails meanwhile and wherever the clock jumps. What is expected is worked out from the events alone.
//! `FLAGSTATE_RUNTIME` multiplies how many orders.

use std::sync::{Arc, Barrier, Mutex};

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::journal::{CauseForm, Record};
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, Fire, Memory, OrderKey, Reply, Request, Sqlite, Store,
    StoreError,
};
use flagstate::time::{format_instant, parse_instant};
use serde_json::json;

use super::at;
use super::conformance::factor;
use super::simulation::{Disk, Faulty};
use crate::analysis::dice::Dice;
use crate::tell;

const DAY: i64 = 86_400;

/// Five timers, all called off by `hold` and begun anew by `resume`; the last one ends the order.
const YEAR: &str = "
flagstate: 1
workflow: year
settings: { timezone: { type: string, default: UTC } }
actors: [user]
effects: [mail]
initial: open
states:
  open:
    timers:
      t3: { after: 3d, effects: mail }
      t10: { after: 10d, effects: mail }
      t30: { after: 30d, effects: mail }
      t100: { after: 100d, effects: mail }
      t240: { after: 240d, to: over }
  held:
  over: { final: true }
transitions:
  hold: { by: user, from: open, to: held }
  resume: { by: user, from: held, to: open }
";

const TIMERS: [(&str, i64); 5] = [
    ("open.t3", 3),
    ("open.t10", 10),
    ("open.t30", 30),
    ("open.t100", 100),
    ("open.t240", 240),
];

/// What an order is expected to do.
#[derive(Default)]
struct Expected {
    /// Since when it is open; `None` where it is held or over.
    open: Option<i64>,
    is_over: bool,
    fired: Vec<(&'static str, i64)>,
}

impl Expected {
    /// Time passes: what is due by then fires.
    fn pass(&mut self, now: i64) {
        let Some(since) = self.open else { return };
        let done = self.fired.iter().filter(|(_, at)| *at > since).count();
        for (name, days) in &TIMERS[done..] {
            let due = since + days * DAY;
            if due > now {
                return;
            }
            self.fired.push((name, due));
            if *name == "open.t240" {
                (self.open, self.is_over) = (None, true);
            }
        }
    }
}

/// The timers that fired of an order, by its journal, which counts its steps whatever the time.
fn fired<S: Store>(engine: &mut Engine<S>, order: &str) -> Vec<(String, String)> {
    let key = OrderKey::new("t", order);
    let rows = engine.journal(&key, 0, 10_000).unwrap();
    let numbers: Vec<u64> = rows.iter().map(|row| row.sequence).collect();
    assert_eq!(numbers, (1..=rows.len() as u64).collect::<Vec<_>>());
    let records = rows
        .iter()
        .map(|row| serde_json::from_str(&row.body).unwrap());
    let timers = records.filter_map(|record: Record| match record.cause {
        CauseForm::Timer { timer, applied, .. } => {
            assert!(applied, "{order}: {timer} at {}", record.at);
            Some((timer, record.at))
        }
        _ => None,
    });
    timers.collect()
}

#[test]
fn two_pollers_fire_each_timer_of_a_year_once_and_on_time() {
    let orders = 1_000 * usize::try_from(factor()).unwrap();
    let mut engine = Engine::new(Memory::default());
    engine
        .deploy(&Deploy::file("t", "year.yaml", YEAR), at(0))
        .unwrap();
    let disk = Disk::failing(engine.into_store(), 8, 7);
    let disk = Faulty(Arc::new(Mutex::new(disk)));
    let name = |order: usize| format!("o{order:05}");
    let user = || Actor::new("user");
    let mut expected: Vec<Expected> = Vec::new();
    let mut dice = Dice::new(9);
    let mut failed = 0;
    let (mut now, mut fires) = (0, 0);
    while now < 365 * DAY {
        now += 1 + i64::try_from(dice.below(20 * 86_400)).unwrap();
        // Before anybody polls, some orders are created, held or taken up again.
        let first = expected.len();
        let new = dice.below(orders / 10 + 1).min(orders - first);
        expected.extend((0..new).map(|_| Expected {
            open: Some(now),
            ..Expected::default()
        }));
        let create = |order| {
            let mut create = Create::new("t", "year", name(order), user());
            create.event_id = Some("created".to_owned());
            Request::Create(create)
        };
        let mut requests: Vec<Request> = (first..first + new).map(create).collect();
        for _ in 0..expected.len() / 15 {
            let order = dice.below(expected.len());
            let told = &mut expected[order];
            told.pass(now);
            let (event, next) = match (told.is_over, told.open) {
                (true, _) => continue,
                (_, Some(_)) => ("hold", None),
                (_, None) => ("resume", Some(now)),
            };
            told.open = next;
            let mut event = Event::named(event, user());
            event.id = Some(format!("e{now}-{}", requests.len()));
            requests.push(Request::Fire(Fire::new("t", name(order), event)));
        }
        for group in requests.chunks(64) {
            failed += answered(&disk, group, now);
        }
        // One of the two lags five minutes behind, and both go on until nothing is due for the other.
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            let pollers = [300, 0].map(|lag| {
                let (disk, barrier) = (&disk, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    poll(disk, now - lag)
                })
            });
            for poller in pollers {
                let (count, failures) = poller.join().unwrap();
                fires += count;
                failed += failures;
            }
        });
        for told in &mut expected {
            told.pass(now);
        }
    }
    disk.0.lock().unwrap().heal();
    // Years later, whatever still waited has fired when it was due.
    poll(&disk, now + 3_650 * DAY);
    let mut engine = Engine::new(disk.clone());
    let mut steps = 0;
    for (order, told) in expected.iter_mut().enumerate() {
        told.pass(now + 3_650 * DAY);
        let due = told.fired.iter();
        let due: Vec<_> = due
            .map(|(timer, due)| ((*timer).to_owned(), format_instant(at(*due))))
            .collect();
        assert_eq!(fired(&mut engine, &name(order)), due, "{}", name(order));
        steps += due.len();
        let key = OrderKey::new("t", name(order));
        engine.verify(&key).unwrap().unwrap().unwrap();
    }
    tell::tried(&format!(
        "timers: {} orders over a year, {steps} timers fired once each in {fires} turns, {failed} failures of the store",
        expected.len()
    ));
    assert!(
        steps > expected.len() * 3 && failed > 20,
        "{steps} {failed}"
    );
}

/// Asks until it is answered; how often it failed.
fn answered(disk: &Faulty, requests: &[Request], now: i64) -> usize {
    (0..1_000)
        .find(|_| {
            let mut engine = Engine::new(disk.clone());
            let Ok(replies) = engine.handle(requests, at(now)) else {
                return false;
            };
            let is_done = |reply: &Reply| matches!(reply.answer, Answer::Accepted(_));
            assert!(replies.iter().all(is_done), "{replies:?}");
            true
        })
        .unwrap()
}

/// Fires until nothing is due; how many orders in how many turns, and how often it failed.
fn poll(disk: &Faulty, now: i64) -> (usize, usize) {
    let (mut fires, mut failed) = (0, 0);
    let mut engine = Engine::new(disk.clone());
    loop {
        match engine.fire_due(at(now)) {
            Ok(fired) if fired.orders == 0 => return (fires, failed),
            Ok(fired) => fires += fired.orders,
            Err(_) => {
                failed += 1;
                engine = Engine::new(disk.clone());
            }
        }
    }
}

#[test]
fn of_several_that_fire_at_once_each_counts_what_it_fired_itself() {
    const ORDERS: usize = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.db");
    let mut engine = Engine::new(Sqlite::open(&file).unwrap());
    engine
        .deploy(&Deploy::file("shop", "year.yaml", YEAR), at(0))
        .unwrap();
    let made = |number| {
        let create = Create::new("shop", "year", format!("o{number:04}"), Actor::new("user"));
        Request::Create(create)
    };
    let requests: Vec<Request> = (0..ORDERS).map(made).collect();
    engine.handle(&requests, at(0)).unwrap();
    let start = Barrier::new(3);
    let fires = || {
        let mut engine = Engine::new(Sqlite::open_existing(&file).unwrap());
        start.wait();
        let (mut own, mut others) = (0, 0);
        loop {
            match engine.fire_due(at(4 * DAY)) {
                Ok(fired) if fired.orders == 0 => return (own, others),
                Ok(fired) => {
                    own += fired.orders - fired.by_others;
                    others += fired.by_others;
                    assert_eq!(fired.steps, fired.orders - fired.by_others);
                }
                Err(StoreError::Busy(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let told: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads = [(); 3].map(|()| scope.spawn(fires));
        threads.map(|thread| thread.join().unwrap()).into()
    });
    assert_eq!(told.iter().map(|(own, _)| own).sum::<usize>(), ORDERS);
    let others: usize = told.iter().map(|(_, others)| others).sum();
    tell::tried(&format!(
        "{ORDERS} timers with three that fire them: {others} times another one was faster"
    ));
}

/// The offset of a zone in seconds before the first of these instants, and from each on (tzdata, 2026).
struct Clocks {
    zone: &'static str,
    before: i64,
    changes: [(&'static str, i64); 3],
}

const HOUR: i64 = 3_600;

const CLOCKS: [Clocks; 6] = [
    Clocks {
        zone: "Europe/Oslo",
        before: HOUR,
        changes: [
            ("2026-03-29T01:00:00Z", 2 * HOUR),
            ("2026-10-25T01:00:00Z", HOUR),
            ("2027-03-28T01:00:00Z", 2 * HOUR),
        ],
    },
    Clocks {
        zone: "America/New_York",
        before: -5 * HOUR,
        changes: [
            ("2026-03-08T07:00:00Z", -4 * HOUR),
            ("2026-11-01T06:00:00Z", -5 * HOUR),
            ("2027-03-14T07:00:00Z", -4 * HOUR),
        ],
    },
    Clocks {
        zone: "Australia/Lord_Howe",
        before: 11 * HOUR,
        changes: [
            ("2026-04-04T15:00:00Z", 10 * HOUR + HOUR / 2),
            ("2026-10-03T15:30:00Z", 11 * HOUR),
            ("2027-04-03T15:00:00Z", 10 * HOUR + HOUR / 2),
        ],
    },
    Clocks {
        zone: "Pacific/Auckland",
        before: 13 * HOUR,
        changes: [
            ("2026-04-04T14:00:00Z", 12 * HOUR),
            ("2026-09-26T14:00:00Z", 13 * HOUR),
            ("2027-04-03T14:00:00Z", 12 * HOUR),
        ],
    },
    Clocks {
        zone: "America/Santiago",
        before: -3 * HOUR,
        changes: [
            ("2026-04-05T03:00:00Z", -4 * HOUR),
            ("2026-09-06T04:00:00Z", -3 * HOUR),
            ("2027-04-04T03:00:00Z", -4 * HOUR),
        ],
    },
    Clocks {
        zone: "Asia/Kathmandu",
        before: 5 * HOUR + 45 * 60,
        // It has none: any instants.
        changes: [
            ("2026-03-29T01:00:00Z", 5 * HOUR + 45 * 60),
            ("2026-10-25T01:00:00Z", 5 * HOUR + 45 * 60),
            ("2027-03-28T01:00:00Z", 5 * HOUR + 45 * 60),
        ],
    },
];

impl Clocks {
    /// Its changes in seconds from the beginning.
    fn changes(&self) -> [(i64, i64); 3] {
        self.changes.map(|(instant, offset)| {
            let instant = parse_instant(instant).unwrap();
            ((instant - at(0)).num_seconds(), offset)
        })
    }

    fn offset(&self, time: i64) -> i64 {
        let changes = self.changes();
        let last = changes.iter().rev().find(|(at, _)| *at <= time);
        last.map_or(self.before, |(_, offset)| *offset)
    }

    /// The same time on the clock so many days later: the first where it comes twice; where it never
    /// comes, as much later as the clock was put forward.
    fn days_later(&self, time: i64, days: i64) -> i64 {
        let wanted = time + self.offset(time) + days * DAY;
        let changes = self.changes();
        let offsets = changes.iter().map(|(_, offset)| offset);
        let times = [&self.before]
            .into_iter()
            .chain(offsets)
            .map(|offset| wanted - offset);
        let shown = times
            .clone()
            .filter(|&time| time + self.offset(time) == wanted);
        // In a gap, what the clock showed before it still counts.
        shown.min().unwrap_or_else(|| times.max().unwrap())
    }
}

#[test]
fn a_clock_that_jumps_moves_no_timer_in_any_zone() {
    let (mut timers, mut odd) = (0, 0);
    for clocks in &CLOCKS {
        let mut engine = Engine::new(Memory::default());
        let mut deploy = Deploy::file("t", "year.yaml", YEAR);
        deploy
            .settings
            .insert("timezone".to_owned(), json!(clocks.zone));
        engine.deploy(&deploy, at(0)).unwrap();
        let mut created = Vec::new();
        for (change, _) in &clocks.changes()[..2] {
            // Orders on every quarter of an hour of the day three days, ten and thirty days before.
            for days in [3, 10, 30] {
                let quarters = (0..96).map(|quarter| change - days * DAY - 43_200 + quarter * 900);
                created.extend(quarters.filter(|&time| time > 0));
            }
        }
        created.sort_unstable();
        let mut dice = Dice::new(3);
        for (order, &time) in created.iter().enumerate() {
            let create = Create::new("t", "year", format!("o{order}"), Actor::new("user"));
            engine.handle(&[Request::Create(create)], at(time)).unwrap();
            // The clock is an hour behind, or ahead of what somebody else believes.
            let jump = [-HOUR, 0, HOUR, -300][dice.below(4)];
            engine.fire_due(at((time + jump).max(0))).unwrap();
        }
        // Ten years later, and back.
        let last = created.last().unwrap() + 3_650 * DAY;
        while engine.fire_due(at(last)).unwrap().orders > 0 {}
        assert_eq!(engine.fire_due(at(last - HOUR)).unwrap().orders, 0);
        for (order, &time) in created.iter().enumerate() {
            let due = TIMERS.map(|(timer, days)| {
                let due = clocks.days_later(time, days);
                odd += usize::from(due != time + days * DAY);
                (timer.to_owned(), format_instant(at(due)))
            });
            let about = format!("{} from {}", clocks.zone, format_instant(at(time)));
            assert_eq!(fired(&mut engine, &format!("o{order}")), due, "{about}");
            timers += due.len();
        }
    }
    tell::tried(&format!(
        "timers in six zones: {timers}, {odd} of them over a change of the clock"
    ));
    assert!(timers > 15_000 && odd > 5_000, "{timers} {odd}");
}
