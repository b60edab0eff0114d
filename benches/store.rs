//! How many events a second the store in a file writes, beside the same rows written by bare rusqlite in
//! the same batches, in the same run.
//!
//! `cargo bench --bench store` fills two files with 100,000 orders (`FLAGSTATE_ORDERS` sets how many). An
//! event writes the row of an order with another status and another due time (the states have timers of
//! twenty minutes to two weeks), one step of its journal and one answer. Events come to orders in two ways: to *new* ones, each of which is created and makes three
//! steps more while as many others as a group has do the same; and to *any* one of all that there are, so
//! that hardly two events of a group share a page, which is the worst that can be asked.
//!
//! Bare means the least that any program must do for these rows: tables with primary keys and one index of
//! what is due, no version compared, nothing else kept in order. Both write with a log that is synced at
//! each commit. Printed are the medians of several rounds, in which the two take turns; what is written is
//! made before the clock runs.
//!
//! With the feature `postgres` the same is asked of a PostgreSQL server that is started for it, beside the
//! same rows written by bare tokio-postgres (`store/postgres.rs`).

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has no figures"
)]

#[cfg(all(feature = "postgres", unix))]
#[path = "store/postgres.rs"]
mod postgres;
#[cfg(all(feature = "postgres", unix))]
#[expect(dead_code, reason = "of what the tests need, this needs little")]
#[path = "../tests/it/server.rs"]
mod server;
#[cfg(all(feature = "postgres", unix))]
#[expect(dead_code, reason = "of what the tests need, this needs little")]
#[path = "../tests/it/tell.rs"]
mod tell;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flagstate::runtime::row::{AnswerRow, Change, JournalRow, OrderKey, OrderRow, Unit};
use flagstate::runtime::{Sqlite, Store};
use flagstate::time::{at_nanoseconds, nanoseconds};
use rusqlite::{Connection, TransactionBehavior, params};

const GROUPS: [usize; 4] = [1, 32, 256, 512];
const ROUNDS: usize = 5;
const STEPS: usize = 4;
const STATES: [&str; 4] = ["in_cart", "booked", "booked + paid", "delivered"];
/// How long an order stays in each state at most, in seconds: from twenty minutes to two weeks.
const TIMERS: [u64; 4] = [1_200, 259_200, 86_400, 1_209_600];

/// What has been written of each order, and which is next.
struct Shop {
    versions: Vec<u64>,
    seed: u64,
    clock: Duration,
}

impl Shop {
    fn random(&mut self) -> usize {
        // Xorshift: the same orders on every run.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed % self.versions.len() as u64).unwrap()
    }

    /// The next step of an order.
    fn step(&mut self, order: usize) -> Change {
        let version = &mut self.versions[order];
        let expected = Some(*version).filter(|version| *version > 0);
        *version += 1;
        let sequence = *version;
        // A hundred events a second.
        self.clock += Duration::from_millis(10);
        let at = at_nanoseconds(1_767_603_600_000_000_000) + self.clock;
        let place = (order + usize::try_from(sequence).unwrap()) % 4;
        let hash_of = |sequence| format!("{:064x}", order as u64 * 1_000 + sequence);
        let hash = hash_of(sequence);
        let upon = expected.map_or(String::new(), hash_of);
        let id = format!("order-{order:07}");
        let row = OrderRow {
            key: OrderKey::new("acme", id.clone()),
            root: id,
            parent: None,
            deployment: "d".repeat(64),
            sequence,
            status: STATES[place].to_owned(),
            done: false,
            next_due: Some(at + Duration::from_secs(TIMERS[place])),
            created_at: at,
            updated_at: at,
            head: hash.clone(),
            stuck: None,
            body: "{\"form\":1,".repeat(50),
        };
        let journal = vec![JournalRow {
            sequence,
            body: "{\"event\":1".repeat(30),
            personal: None,
            hash,
        }];
        let answers = vec![AnswerRow {
            event_id: format!("{:032x}", order as u64 * 31 + sequence),
            body: "{\"taken\":1".repeat(10),
        }];
        Change {
            expected,
            upon,
            row,
            journal,
            answers,
            effects: Vec::new(),
            erases: false,
        }
    }

    /// So many commits of so many events each, to any orders.
    fn any_orders(&mut self, commits: usize, group: usize) -> Vec<Vec<Unit>> {
        let mut unit = || {
            let order = self.random();
            vec![self.step(order)]
        };
        let mut batch = || (0..group).map(|_| unit()).collect();
        (0..commits).map(|_| batch()).collect()
    }

    /// The same to new orders: as many at a time as a commit has events.
    fn new_orders(&mut self, commits: usize, group: usize) -> Vec<Vec<Unit>> {
        let mut batches = Vec::with_capacity(commits);
        for _ in 0..commits / STEPS {
            let first = self.versions.len();
            self.versions.resize(first + group, 0);
            for _ in 0..STEPS {
                let units = (first..first + group).map(|order| vec![self.step(order)]);
                batches.push(units.collect());
            }
        }
        batches
    }
}

/// How events come to orders: so many commits of so many each.
type Way = fn(&mut Shop, usize, usize) -> Vec<Vec<Unit>>;

const BARE: &str = "
    CREATE TABLE orders (tenant TEXT, id TEXT, root TEXT, parent TEXT, parent_set TEXT,
        deployment TEXT, sequence INTEGER, status TEXT, done INTEGER, due INTEGER, created INTEGER,
        updated INTEGER, head TEXT, stuck TEXT, body TEXT, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
    CREATE INDEX due ON orders (due);
    CREATE TABLE journal (tenant TEXT, id TEXT, sequence INTEGER, body TEXT, hash TEXT,
        PRIMARY KEY (tenant, id, sequence)) WITHOUT ROWID;
    CREATE TABLE answers (tenant TEXT, id TEXT, event TEXT, body TEXT,
        PRIMARY KEY (tenant, id, event)) WITHOUT ROWID;";

fn bare(path: &Path) -> Connection {
    let file = Connection::open(path).unwrap();
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "full")] {
        file.pragma_update(None, name, value).unwrap();
    }
    // As much memory and as long a log as the store takes.
    file.pragma_update(None, "cache_size", -32 * 1024).unwrap();
    file.pragma_update(None, "wal_autocheckpoint", 8_192)
        .unwrap();
    file.execute_batch(BARE).unwrap();
    file
}

fn write_bare(file: &mut Connection, units: &[Unit]) {
    let all = file
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    for change in units.iter().flatten() {
        let row = &change.row;
        let mut order = all
            .prepare_cached(match change.expected {
                None => "INSERT INTO orders VALUES (?1, ?2, ?3, NULL, NULL, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, ?12)",
                Some(_) => "UPDATE orders SET root = ?3, deployment = ?4, sequence = ?5, status = ?6, done = ?7, \
                     due = ?8, created = ?9, updated = ?10, head = ?11, body = ?12 WHERE tenant = ?1 AND id = ?2",
            })
            .unwrap();
        let (tenant, id) = (&row.key.tenant, &row.key.order);
        let sequence = i64::try_from(row.sequence).unwrap();
        let due = row.next_due.and_then(nanoseconds);
        let (created, updated) = (nanoseconds(row.created_at), nanoseconds(row.updated_at));
        let columns = params![
            tenant,
            id,
            row.root,
            row.deployment,
            sequence,
            row.status,
            row.done,
            due,
            created,
            updated,
            row.head,
            row.body
        ];
        order.execute(columns).unwrap();
        let mut journal = all
            .prepare_cached("INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5)")
            .unwrap();
        for step in &change.journal {
            journal
                .execute(params![tenant, id, sequence, step.body, step.hash])
                .unwrap();
        }
        let mut answers = all
            .prepare_cached("INSERT INTO answers VALUES (?1, ?2, ?3, ?4)")
            .unwrap();
        for answer in &change.answers {
            answers
                .execute(params![tenant, id, answer.event_id, answer.body])
                .unwrap();
        }
    }
    all.commit().unwrap();
}

/// Events a second.
fn rate(batches: &[Vec<Unit>], mut write: impl FnMut(&[Unit])) -> f64 {
    let events: usize = batches.iter().map(Vec::len).sum();
    let start = Instant::now();
    for units in batches {
        write(units);
    }
    f64::from(u32::try_from(events).unwrap()) / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

impl Shop {
    fn new(orders: usize) -> Self {
        Self {
            versions: vec![0; orders],
            seed: 0x9E37_79B9_7F4A_7C15,
            clock: Duration::ZERO,
        }
    }
}

/// Fills a store and what it is compared with, and prints how both go on.
fn compare(
    store: &mut dyn Store,
    orders: usize,
    ways: &[(&str, Way)],
    mut bare: impl FnMut(&[Unit]),
) {
    let mut shop = Shop::new(orders);
    for first in (0..orders).step_by(1_000) {
        let last = orders.min(first + 1_000);
        let units: Vec<Unit> = (first..last).map(|order| vec![shop.step(order)]).collect();
        store.commit(&units).unwrap();
        bare(&units);
    }
    for (name, way) in ways {
        println!("\n{name}: group   store    bare  store/bare  store/one by one");
        let mut single = 0.0;
        for group in GROUPS {
            let commits = if group == 1 { 400 } else { 8_192 / group };
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let batches = way(&mut shop, commits, group);
                ours.push(rate(&batches, |units| {
                    assert!(store.commit(units).unwrap().iter().all(|won| *won));
                }));
                theirs.push(rate(&batches, &mut bare));
            }
            let (ours, theirs) = (median(ours), median(theirs));
            if group == 1 {
                single = ours;
            }
            let (ratio, times) = (ours / theirs, ours / single);
            println!("{group:>10} {ours:>7.0} {theirs:>7.0} {ratio:>11.2} {times:>17.1}");
        }
    }
}

fn main() {
    let orders = std::env::var("FLAGSTATE_ORDERS").ok();
    let orders: usize = orders.map_or(100_000, |orders| orders.parse().unwrap());
    let folder =
        Folder(std::env::temp_dir().join(format!("flagstate-bench-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let ways: [(&str, Way); 2] = [("new", Shop::new_orders), ("any", Shop::any_orders)];
    let only = std::env::args().find(|word| ["sqlite", "postgres"].contains(&word.as_str()));
    let asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if asked("sqlite") {
        println!("SQLite, {orders} orders; events a second, medians of {ROUNDS} rounds");
        let mut store = Sqlite::open(folder.0.join("store.db")).unwrap();
        let mut plain = bare(&folder.0.join("bare.db"));
        compare(&mut store, orders, &ways, |units| {
            write_bare(&mut plain, units);
        });
    }
    #[cfg(all(feature = "postgres", unix))]
    if asked("postgres") {
        println!("\nPostgreSQL, {orders} orders; events a second, medians of {ROUNDS} rounds");
        postgres::run(orders, &ways);
    }
}
