//! Restate, its leaders and the service are killed while requests are under way: what was acknowledged is
//! in the journal once, and timers fire once.
//!
//! Callers ask until they are answered, with the same id. `FLAGSTATE_RUNTIME` multiplies how often.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use flagstate::runtime::{Engine, OrderKey, Request, Sqlite, Store};
use serde_json::{Value as Json, json};

use super::shop::{Shop, accepted, insist, named_cart};
use super::until;
use crate::analysis::dice::Dice;
use crate::runtime::conformance::factor;
use crate::runtime::kill::{ORDERS, Story, pay};
use crate::tell;

const THREADS: usize = 6;

impl Shop {
    /// Lets callers ask until so many blows fell, each while something is under way.
    fn story(
        &self,
        blows: usize,
        with_ids: bool,
        blow: &mut dyn FnMut(&Shop, usize),
    ) -> (Story, usize) {
        let story = Mutex::new(Story::default());
        let (under_way, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (failed, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let cluster = &self.cluster;
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
                        let version = accepted(told);
                        story
                            .lock()
                            .unwrap()
                            .acknowledged
                            .insert(id.clone(), version);
                        if number % 16 == 0 {
                            let name = format!("c{id}");
                            accepted(insist(cluster, &Request::Create(named_cart(&name))).0);
                            story.lock().unwrap().carts.insert(name);
                        }
                    }
                });
            }
            for round in 0..blows {
                let enough = answered.load(Ordering::SeqCst) + 5 + dice.below(40);
                let is_enough = || answered.load(Ordering::SeqCst) >= enough;
                until(&|| "an answer".to_owned(), is_enough);
                while under_way.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
                blow(self, round);
            }
            is_over.store(true, Ordering::SeqCst);
        });
        (story.into_inner().unwrap(), failed.into_inner())
    }

    /// Waits until carts have expired and the store has what Restate has; then the story must be in it.
    fn ends(&self, story: &Story) -> String {
        let engine = RefCell::new(Engine::new(Sqlite::open(&self.file).unwrap()));
        // The store comes behind Restate, and `get` may tell how an order stood a moment ago.
        let missing = || story.missing(&mut engine.borrow_mut()).join(", ");
        until(&missing, || missing().is_empty());
        let mut engine = engine.into_inner();
        let orders = (0..ORDERS).map(|order| format!("o{order}"));
        for order in orders.chain(story.carts.iter().cloned()) {
            let key = OrderKey::new("shop", order);
            until(&|| key.to_string(), || {
                let view = self.cluster.insist(&key.to_string(), "get", &Json::Null).0;
                let row = engine.store().load(std::slice::from_ref(&key)).unwrap();
                let row = row[0].as_ref();
                let is_there = row.is_some_and(|row| json!(row.sequence) == view["version"]);
                is_there && view["status"] != "cart"
            });
        }
        story.ends(&mut engine)
    }
}

#[test]
fn restate_and_the_service_may_be_killed_at_any_time() {
    let Some(shop) = Shop::with_orders(1) else {
        return;
    };
    let blows = 20 * usize::try_from(factor()).unwrap();
    let (story, failed) = shop.story(blows, true, &mut |shop, round| {
        if round % 2 == 0 {
            shop.restart_program();
        } else {
            shop.cluster.kill(0);
            shop.cluster.restart(0);
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
    let Some(shop) = Shop::with_orders(1) else {
        return;
    };
    let (story, failed) = shop.story(8, false, &mut |shop, _| {
        shop.cluster.kill(0);
        shop.cluster.restart(0);
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
    let Some(shop) = Shop::with_orders(3) else {
        return;
    };
    let blows = 3 * usize::try_from(factor()).unwrap();
    let mut led = Vec::new();
    let (story, failed) = shop.story(blows, true, &mut |shop, _| {
        // Whoever did the most as a leader meanwhile leads the most.
        let before = shop.cluster.deeds();
        thread::sleep(Duration::from_millis(500));
        let deeds = shop.cluster.deeds().into_iter().zip(before);
        let deeds: Vec<u64> = deeds.map(|(now, before)| now - before).collect();
        let most = *deeds.iter().max().unwrap();
        let leader = deeds.iter().position(|deeds| *deeds == most).unwrap();
        assert!(most > 0, "nobody leads: {deeds:?}");
        led.push(most);
        shop.cluster.kill(leader);
        thread::sleep(Duration::from_secs(2));
        shop.cluster.restart(leader);
    });
    let ended = shop.ends(&story);
    tell::tried(&format!(
        "{blows} kills of leaders of three nodes (each led {led:?} deeds in half a second): \
         asked again {failed} times; {ended}"
    ));
}
