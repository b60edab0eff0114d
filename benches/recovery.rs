//! How long it takes until a store of a million orders answers again, and until every order of it was made
//! again from its journal; and how much memory that takes.
//!
//! `cargo bench --bench recovery` makes the orders (`FLAGSTATE_ORDERS` sets how many) under a shipped
//! workflow, three in four with three steps and the others still in a cart that expires, closes the file, and then opens it as a process
//! does that was killed: the first answer, the first timer, and the whole verification that `flagstate
//! orders verify` does. The limit that verification is measured against is reading every row of the
//! file once, in the same run.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has no figures"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant as Clock;

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{Answer, Create, Deploy, Engine, Fire, OrderKey, Request, Sqlite, Store};
use flagstate::time::{Instant, parse_instant};
use rusqlite::Connection;
use serde_json::json;

const GROUP: usize = 512;
const WORKFLOW: &str = include_str!("../workflows/sharefox.yaml");

fn main() {
    let orders = std::env::var("FLAGSTATE_ORDERS").ok();
    let orders: usize = orders.map_or(1_000_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let now = parse_instant("2026-01-05T09:00:00Z").unwrap();

    let began = Clock::now();
    fill(&path, orders, now);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!(
        "{orders} orders were made in {:.1} s: {} MiB",
        began.elapsed().as_secs_f64(),
        bytes >> 20
    );

    forget_peak();
    let began = Clock::now();
    let mut engine = Engine::new(Sqlite::open(&path).unwrap());
    let key = OrderKey::new("shop", "o0000000");
    assert!(engine.get(&key).unwrap().is_some());
    println!("opened, first order read: {:.1} ms", millis(began));
    let began = Clock::now();
    assert!(engine.store().next_due().unwrap().is_some());
    println!("the next timer: {:.1} ms", millis(began));

    let began = Clock::now();
    let rows = read_all(&path);
    let bare = began.elapsed().as_secs_f64();
    println!("every row read by bare rusqlite: {bare:.1} s for {rows} rows");

    forget_peak();
    let began = Clock::now();
    let verified = verify(&mut engine);
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = verified as f64 / took;
    println!(
        "every order verified and made again: {took:.1} s, {rate:.0} orders/s, {:.1} x reading",
        took / bare
    );
    println!("the most memory meanwhile: {}", peak());
}

fn millis(began: Clock) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}

/// Each order is created, three in four are checked out and closed.
fn fill(path: &Path, orders: usize, now: Instant) {
    let mut engine = Engine::new(Sqlite::open(path).unwrap());
    let deploy = Deploy::file("shop", "sharefox.yaml", WORKFLOW);
    engine.deploy(&deploy, now).unwrap();
    for first in (0..orders).step_by(GROUP) {
        let requests = (first..orders.min(first + GROUP)).flat_map(|number| {
            let order = format!("o{number:07}");
            let mut create = Create::new("shop", "sharefox", order.clone(), Actor::new("customer"));
            create.context = BTreeMap::from([("origin".to_owned(), json!("online"))]);
            let moves = [("check_out", "customer"), ("close", "manager")];
            let moves = moves.into_iter().filter(move |_| number % 4 > 0);
            let moves = moves.map(move |(name, actor)| {
                let mut event = Event::named(name, Actor::new(actor));
                event.id = Some(format!("{order}-{name}"));
                Request::Fire(Fire::new("shop", order.clone(), event))
            });
            [Request::Create(create)].into_iter().chain(moves)
        });
        let requests: Vec<Request> = requests.collect();
        for reply in engine.handle(&requests, now).unwrap() {
            assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
        }
    }
}

/// How many rows there are, each of which was read.
fn read_all(path: &Path) -> u64 {
    let connection = Connection::open(path).unwrap();
    let mut rows = 0;
    for sql in ["SELECT * FROM orders", "SELECT * FROM journal"] {
        let mut query = connection.prepare(sql).unwrap();
        let columns = query.column_count();
        let mut found = query.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let bytes =
                (0..columns).map(|at| row.get_ref(at).unwrap().as_bytes().map_or(8, <[u8]>::len));
            assert!(bytes.sum::<usize>() > 0);
            rows += 1;
        }
    }
    rows
}

fn verify(engine: &mut Engine<Sqlite>) -> u64 {
    let mut after: Option<OrderKey> = None;
    let mut orders = 0;
    loop {
        let keys = engine.store().keys(after.as_ref(), 1_000).unwrap();
        let Some(last) = keys.last().cloned() else {
            return orders;
        };
        for key in &keys {
            let verified = engine.verify(key).unwrap().unwrap().unwrap();
            assert!(verified.steps > 0, "{key}");
            orders += verified.orders;
        }
        after = Some(last);
    }
}

/// The system counts the most memory anew from here on, where it can.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("not known here".to_owned(), |line| line.trim().to_owned())
}
