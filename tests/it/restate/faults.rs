//! Restate, its leaders and the service are killed while requests are under way: what was acknowledged is
//! in the journal once, and timers fire once.
//!
//! Callers ask until they are answered, with the same id. `FLAGSTATE_RUNTIME` multiplies how often.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{Clock, Deploy, Engine, Fire, OrderKey, Request, Sqlite, Store};
use flagstate::runtime::{Create, SystemClock};
use serde_json::{Value as Json, json};

use super::cluster::Cluster;
use super::conformance::{of, reply, spoken};
use crate::analysis::dice::Dice;
use crate::runtime::SHOP;
use crate::runtime::conformance::factor;
use crate::runtime::kill::{ORDERS, Story, cart, pay};
use crate::tell;

const THREADS: usize = 6;

/// How long is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program, as it is served to Restate.
struct Program {
    child: Child,
    file: PathBuf,
    port: u16,
}

impl Program {
    fn start(file: &Path, port: u16) -> Self {
        let store = format!("sqlite:{}", file.display());
        let child = Command::new(env!("CARGO_BIN_EXE_flagstate"))
            .args(["restate", "serve", "--store", &store])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            child: child.unwrap(),
            file: file.to_owned(),
            port,
        }
    }

    /// Kills it (SIGKILL), and starts it again.
    fn replace(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        *self = Self::start(&self.file.clone(), self.port);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A cluster with the program beside it, and orders that can be paid; carts are given up after a second.
struct Shop {
    cluster: Cluster,
    program: Program,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Shop {
    fn open(nodes: usize) -> Option<Self> {
        let cluster = Cluster::start(nodes)?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.db");
        let mut deploy = Deploy::file("shop", "shop.yaml", std::fs::read_to_string(SHOP).unwrap());
        deploy.settings = BTreeMap::from([("hold".to_owned(), json!("1s"))]);
        let mut engine = Engine::new(Sqlite::open(&file).unwrap());
        engine.deploy(&deploy, SystemClock.now()).unwrap();
        let found = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = found.local_addr().unwrap().port();
        drop(found);
        let program = Program::start(&file, port);
        cluster.register(port);
        let shop = Self {
            cluster,
            program,
            file,
            _folder: folder,
        };
        for order in 0..ORDERS {
            let place = Event::named("place", Actor::new("customer"));
            let place = Fire::new("shop", format!("o{order}"), place);
            shop.insist(&Request::Create(cart(&format!("o{order}"))));
            shop.insist(&Request::Fire(place));
        }
        Some(shop)
    }

    /// Asks until there is an answer; how often there was none.
    fn insist(&self, request: &Request) -> (Json, usize) {
        insist(&self.cluster, request)
    }

    /// Lets callers ask until so many blows fell, each while something is under way.
    fn story(
        &mut self,
        blows: usize,
        with_ids: bool,
        blow: &mut dyn FnMut(&Cluster, &mut Program, usize),
    ) -> (Story, usize) {
        let story = Mutex::new(Story::default());
        let (under_way, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (failed, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (cluster, program) = (&self.cluster, &mut self.program);
        let mut dice = Dice::new(7);
        thread::scope(|scope| {
            for caller in 0..THREADS {
                let (story, under_way, answered) = (&story, &under_way, &answered);
                let (failed, is_over) = (&failed, &is_over);
                scope.spawn(move || {
                    for number in 0.. {
                        if is_over.load(Ordering::SeqCst) {
                            return;
                        }
                        let order = (number * THREADS + caller) % ORDERS;
                        let id = format!("{caller}.{number}");
                        story.lock().unwrap().sent.insert(id.clone(), order);
                        let request = Request::Fire(pay(order, with_ids.then_some(id.as_str())));
                        under_way.fetch_add(1, Ordering::SeqCst);
                        let (told, times) = insist(cluster, &request);
                        under_way.fetch_sub(1, Ordering::SeqCst);
                        failed.fetch_add(times, Ordering::SeqCst);
                        answered.fetch_add(1, Ordering::SeqCst);
                        let version = reply(told).answer.receipt().unwrap().version;
                        story
                            .lock()
                            .unwrap()
                            .acknowledged
                            .insert(id.clone(), version);
                        if number % 16 == 0 {
                            let name = format!("c{id}");
                            insist(cluster, &Request::Create(named_cart(&name)));
                            story.lock().unwrap().carts.insert(name);
                        }
                    }
                });
            }
            for round in 0..blows {
                let (begun, before) = (Instant::now(), answered.load(Ordering::SeqCst));
                let enough = before + 5 + dice.below(40);
                while answered.load(Ordering::SeqCst) < enough
                    || under_way.load(Ordering::SeqCst) == 0
                {
                    assert!(begun.elapsed() < PATIENCE, "nothing is answered any longer");
                    thread::sleep(Duration::from_millis(1));
                }
                blow(cluster, program, round);
            }
            is_over.store(true, Ordering::SeqCst);
        });
        (story.into_inner().unwrap(), failed.into_inner())
    }

    /// Waits until carts have expired and the store has what Restate has; then the story must be in it.
    fn ends(&self, story: &Story) -> String {
        let mut engine = Engine::new(Sqlite::open(&self.file).unwrap());
        let begun = Instant::now();
        let orders = (0..ORDERS).map(|order| format!("o{order}"));
        for order in orders.chain(story.carts.iter().cloned()) {
            let key = OrderKey::new("shop", order);
            loop {
                let view = self.cluster.insist(&key.to_string(), "get", &Json::Null).0;
                let row = engine.store().load(std::slice::from_ref(&key)).unwrap();
                let is_there = row[0]
                    .as_ref()
                    .is_some_and(|row| json!(row.sequence) == view["version"]);
                if is_there && view["status"] != "cart" {
                    break;
                }
                assert!(begun.elapsed() < PATIENCE, "{key}: {view}");
                thread::sleep(Duration::from_millis(20));
            }
        }
        story.ends(&mut engine)
    }
}

fn insist(cluster: &Cluster, request: &Request) -> (Json, usize) {
    let (handler, body) = spoken(request);
    cluster.insist(&of(request).to_string(), handler, &body)
}

/// A cart, asked for under an id, so that whoever asks again is not told that it is there.
fn named_cart(name: &str) -> Create {
    Create {
        event_id: Some(name.to_owned()),
        ..cart(name)
    }
}

#[test]
fn restate_and_the_service_may_be_killed_at_any_time() {
    let Some(mut shop) = Shop::open(1) else {
        return;
    };
    let blows = 20 * usize::try_from(factor()).unwrap();
    let (story, failed) = shop.story(blows, true, &mut |cluster, program, round| {
        if round % 2 == 0 {
            program.replace();
        } else {
            cluster.kill(0);
            cluster.restart(0);
        }
    });
    let ended = shop.ends(&story);
    assert!(failed > 0, "nobody had to ask again: {ended}");
    tell::tried(&format!(
        "{blows} kills of Restate and of the service in turn: asked again {failed} times; {ended}"
    ));
}

#[test]
fn without_ids_whoever_asks_again_pays_twice() {
    let Some(mut shop) = Shop::open(1) else {
        return;
    };
    let (story, failed) = shop.story(8, false, &mut |cluster, _, _| {
        cluster.kill(0);
        cluster.restart(0);
    });
    let paid = (0..ORDERS).map(|order| {
        let view = shop
            .cluster
            .insist(&format!("shop/o{order}"), "get", &Json::Null);
        usize::try_from(view.0["context"]["paid"].as_u64().unwrap()).unwrap()
    });
    let (paid, sent) = (paid.sum::<usize>(), story.sent.len());
    assert!(
        paid > sent,
        "the control must fail: {paid} paid for {sent} sent, asked again {failed} times"
    );
    tell::tried(&format!(
        "the control on Restate, without ids: {} paid twice of {sent}",
        paid - sent
    ));
}

#[test]
fn of_three_nodes_those_that_lead_may_be_killed() {
    let Some(mut shop) = Shop::open(3) else {
        return;
    };
    let blows = 3 * usize::try_from(factor()).unwrap();
    let mut led = Vec::new();
    let (story, failed) = shop.story(blows, true, &mut |cluster, _, _| {
        // Whoever did the most as a leader meanwhile leads the most.
        let before = cluster.deeds();
        thread::sleep(Duration::from_millis(500));
        let deeds = cluster.deeds().into_iter().zip(before);
        let deeds: Vec<u64> = deeds.map(|(now, before)| now - before).collect();
        let most = *deeds.iter().max().unwrap();
        let leader = deeds.iter().position(|deeds| *deeds == most).unwrap();
        assert!(most > 0, "nobody leads: {deeds:?}");
        led.push(most);
        cluster.kill(leader);
        thread::sleep(Duration::from_secs(2));
        cluster.restart(leader);
    });
    let ended = shop.ends(&story);
    tell::tried(&format!(
        "{blows} kills of leaders of three nodes (each led {led:?} deeds in half a second): \
         asked again {failed} times; {ended}"
    ));
}
