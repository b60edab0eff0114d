//! Processes that are killed: what was acknowledged is in the journal, what was not is there once or
//! not at all, and asking again with the same id settles which.
//!
//! A child fires events as fast as it can, telling each before it is sent and after it is answered. It
//! is killed (SIGKILL) while some are under way; upon a database, two are at it at once.
//! `FLAGSTATE_RUNTIME` multiplies how often.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind};
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, Fire, OrderKey, Request, Runtime, Sqlite, Store, SystemClock,
};
use flagstate::runtime::{Clock, journal, row};
use serde_json::json;

use super::SHOP;
use super::conformance::factor;
use super::threads::wait;
use crate::analysis::dice::Dice;
use crate::tell;

/// Tells a child its store and its round: `ROUND STORE`.
const TASK: &str = "FLAGSTATE_KILLED";

/// How many orders are paid by how many threads.
pub(crate) const ORDERS: usize = 24;
const THREADS: usize = 6;

fn customer() -> Actor {
    Actor::new("customer")
}

pub(crate) fn pay(order: usize, id: Option<&str>) -> Fire {
    let kind = EventKind::Named {
        name: "pay".to_owned(),
        payload: BTreeMap::from([("amount".to_owned(), json!(1))]),
        target: None,
    };
    let event = Event {
        id: id.map(str::to_owned),
        actor: Actor::new("clerk"),
        kind,
    };
    Fire::new("shop", format!("o{order}"), event)
}

pub(crate) fn cart(name: &str) -> Create {
    Create::new("shop", "shop", name, customer())
}

/// The store of this name: a file, or a schema of a database.
pub(super) fn open(store: &str) -> Box<dyn Store> {
    #[cfg(all(feature = "postgres", unix))]
    if store.contains("schema=") {
        return Box::new(flagstate::runtime::Postgres::connect(store).unwrap());
    }
    Box::new(Sqlite::open(store).unwrap())
}

/// A store with orders that can be paid; carts are given up after a second.
pub(super) fn prepare(store: &str) {
    let mut engine = Engine::new(open(store));
    let mut deploy = Deploy::file("shop", "shop.yaml", std::fs::read_to_string(SHOP).unwrap());
    deploy.settings = BTreeMap::from([("hold".to_owned(), json!("1s"))]);
    let now = SystemClock.now();
    engine.deploy(&deploy, now).unwrap();
    for order in 0..ORDERS {
        let place = Event::named("place", customer());
        let requests = [
            Request::Create(cart(&format!("o{order}"))),
            Request::Fire(Fire::new("shop", format!("o{order}"), place)),
        ];
        engine.handle(&requests, now).unwrap();
    }
}

/// Runs in a process of its own until that is killed.
#[test]
#[ignore = "the other tests of this file start it in processes of their own"]
fn a_child_fires_until_it_is_killed() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let (round, store) = task.split_once(' ').unwrap();
    let runtime = Runtime::start(open(store), SystemClock).unwrap();
    let say = |line: String| writeln!(std::io::stdout().lock(), "\n{line}").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let runtime = &runtime;
            scope.spawn(move || {
                for number in 0.. {
                    let order = (number * THREADS + thread) % ORDERS;
                    let id = format!("{round}.{thread}.{number}");
                    say(format!("sent {order} {id}"));
                    let reply = wait(runtime.fire(pay(order, Some(&id)))).unwrap();
                    let version = reply.answer.receipt().unwrap().version;
                    assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
                    say(format!("done {order} {id} {version}"));
                    if number % 16 == 0 {
                        let name = format!("c{id}");
                        wait(runtime.create(cart(&name))).unwrap();
                        say(format!("cart {name}"));
                    }
                }
            });
        }
    });
}

/// What a child told before it was killed.
#[derive(Default)]
struct Told {
    sent: BTreeMap<String, usize>,
    done: BTreeMap<String, u64>,
    carts: BTreeSet<String>,
}

/// Starts a child, and kills it once so many events are sent and one of them is not answered.
fn killed(store: &str, round: &str, after: usize) -> Told {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .arg("runtime::kill::a_child_fires_until_it_is_killed")
        .env(TASK, format!("{round} {store}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = Told::default();
    let mut is_killed = false;
    let lines = BufReader::new(child.stdout.take().unwrap());
    for line in lines.lines().map_while(Result::ok) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["sent", order, id] => {
                told.sent.insert(id.to_owned(), order.parse().unwrap());
            }
            ["done", _, id, version] => {
                told.done.insert(id.to_owned(), version.parse().unwrap());
            }
            ["cart", name] => {
                told.carts.insert(name.to_owned());
            }
            _ => {}
        }
        if !is_killed && told.sent.len() >= after && told.sent.len() > told.done.len() {
            child.kill().unwrap();
            is_killed = true;
        }
    }
    child.wait().unwrap();
    assert!(is_killed, "the child ended by itself");
    told
}

/// The versions at which events with ids were accepted, by id, from the journals.
pub(super) fn accepted<S: Store>(engine: &mut Engine<S>) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for order in 0..ORDERS {
        let key = OrderKey::new("shop", format!("o{order}"));
        let mut after = 0;
        loop {
            let rows = engine.journal(&key, after, 1_000).unwrap();
            for row in &rows {
                let record: journal::Record = serde_json::from_str(&row.body).unwrap();
                if let Some(id) = record.event_id {
                    found.entry(id).or_default().push(row.sequence);
                }
            }
            match rows.last() {
                Some(last) => after = last.sequence,
                None => break,
            }
        }
    }
    found
}

/// What all children of a story told.
#[derive(Default)]
pub(crate) struct Story {
    /// Events that were sent, with their orders.
    pub(crate) sent: BTreeMap<String, usize>,
    /// Events that were acknowledged, with their versions.
    pub(crate) acknowledged: BTreeMap<String, u64>,
    /// Carts that were acknowledged.
    pub(crate) carts: BTreeSet<String>,
    kept: usize,
    lost: usize,
}

impl Story {
    /// Whoever was not answered asks again.
    fn go_on(&mut self, told: Told, engine: &mut Engine<Box<dyn Store>>) {
        let open = told
            .sent
            .iter()
            .filter(|(id, _)| !told.done.contains_key(*id));
        for (id, order) in open {
            let again = [Request::Fire(pay(*order, Some(id)))];
            let reply = engine.handle(&again, SystemClock.now()).unwrap().remove(0);
            assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
            self.kept += usize::from(reply.duplicate);
            self.lost += usize::from(!reply.duplicate);
        }
        self.acknowledged.extend(told.done);
        self.sent.extend(told.sent);
        self.carts.extend(told.carts);
    }

    /// Acknowledged events that are not in the journals.
    pub(crate) fn missing<S: Store>(&self, engine: &mut Engine<S>) -> Vec<&str> {
        let accepted = accepted(engine);
        let acknowledged = self.acknowledged.keys().map(String::as_str);
        acknowledged
            .filter(|id| !accepted.contains_key(*id))
            .collect()
    }

    /// All of it is in the journals, once, and makes the orders again as they stand.
    pub(crate) fn ends<S: Store>(&self, engine: &mut Engine<S>) -> String {
        let missing = self.missing(engine);
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
        let accepted = accepted(engine);
        for (id, version) in &self.acknowledged {
            assert_eq!(accepted[id], [*version], "{id}");
        }
        let mut paid = [0; ORDERS];
        for (id, order) in &self.sent {
            assert_eq!(accepted[id].len(), 1, "{id}");
            paid[*order] += 1;
        }
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        while engine.fire_due(SystemClock.now()).unwrap().orders > 0 {}
        for (order, paid) in paid.iter().enumerate() {
            let key = OrderKey::new("shop", format!("o{order}"));
            let view = engine.get(&key).unwrap().unwrap();
            assert_eq!(view.context["paid"], json!(paid));
        }
        let mut steps = 0;
        let keys = engine.store().keys(None, 1_000_000).unwrap();
        for key in &keys {
            let verified = engine.verify(key).unwrap().unwrap();
            steps += verified.unwrap_or_else(|error| panic!("{error}")).steps;
        }
        for name in &self.carts {
            let key = OrderKey::new("shop", name.clone());
            let rows = engine.journal(&key, 0, 10).unwrap();
            let expired = |row: &&row::JournalRow| row.body.contains("\"timer\":\"cart.expires\"");
            let fired = rows.iter().filter(expired).count();
            assert_eq!((rows.len(), fired), (2, 1), "{name}");
        }
        format!(
            "{} events acknowledged and found, {} under way ({} written, {} not), \
             {} carts expired once, {steps} steps of {} orders replayed",
            self.acknowledged.len(),
            self.kept + self.lost,
            self.kept,
            self.lost,
            self.carts.len(),
            keys.len()
        )
    }
}

#[test]
fn what_was_acknowledged_outlives_three_hundred_kills() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("orders.db").display().to_string();
    prepare(&store);
    let mut dice = Dice::new(11);
    let rounds = 300 * usize::try_from(factor()).unwrap();
    let mut story = Story::default();
    for round in 0..rounds {
        let told = killed(&store, &round.to_string(), 1 + dice.below(60));
        story.go_on(told, &mut Engine::new(open(&store)));
    }
    let ended = story.ends(&mut Engine::new(open(&store)));
    let under_way = story.kept + story.lost;
    assert!(under_way >= rounds && story.kept > 0, "{ended}");
    tell::tried(&format!("{rounds} kills: {ended}"));
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn of_two_processes_upon_one_database_either_may_be_killed() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let schema = server.schema();
    let store = schema.address();
    prepare(&store);
    let mut dice = Dice::new(13);
    let rounds = 25 * usize::try_from(factor()).unwrap();
    let mut story = Story::default();
    for round in 0..rounds {
        let both = ["a", "b"].map(|side| (format!("{round}{side}"), 1 + dice.below(60)));
        let told = std::thread::scope(|scope| {
            let store = &store;
            let killed =
                |(round, after): (String, usize)| scope.spawn(move || killed(store, &round, after));
            both.map(killed).map(|one| one.join().unwrap())
        });
        for told in told {
            story.go_on(told, &mut Engine::new(open(&store)));
        }
    }
    let ended = story.ends(&mut Engine::new(open(&store)));
    let under_way = story.kept + story.lost;
    assert!(under_way >= rounds && story.kept > 0, "{ended}");
    tell::tried(&format!(
        "{} kills of two upon PostgreSQL: {ended}",
        2 * rounds
    ));
}

#[test]
fn without_ids_the_same_kills_pay_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db").display().to_string();
    prepare(&path);
    let mut dice = Dice::new(12);
    let mut sent = 0;
    for round in 0..40 {
        let told = killed(&path, &round.to_string(), 1 + dice.below(60));
        let mut engine = Engine::new(open(&path));
        for order in told
            .sent
            .iter()
            .filter(|(id, _)| !told.done.contains_key(*id))
            .map(|(_, order)| order)
        {
            let again = [Request::Fire(pay(*order, None))];
            engine.handle(&again, SystemClock.now()).unwrap();
        }
        sent += told.sent.len();
    }
    let mut engine = Engine::new(Sqlite::open(&path).unwrap());
    let paid = (0..ORDERS).map(|order| {
        let view = engine
            .get(&OrderKey::new("shop", format!("o{order}")))
            .unwrap()
            .unwrap();
        usize::try_from(view.context["paid"].as_u64().unwrap()).unwrap()
    });
    let paid: usize = paid.sum();
    assert!(
        paid > sent,
        "the control must fail: {paid} paid for {sent} sent"
    );
    tell::tried(&format!(
        "the control, without ids: {} paid twice of {sent}",
        paid - sent
    ));
}
