//! A server that stops as in a crash, while two engines fire upon it: what was acknowledged is in the
//! journal when it is there again, and asking again settles what was not.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use flagstate::runtime::{Answer, Clock, Engine, Postgres, Request, StoreError, SystemClock};

use super::kill::{ORDERS, Story, cart, pay, prepare};
use crate::server::Server;

/// What stopped the engines, and how often.
#[derive(Debug, Default)]
struct Stops {
    unsure: AtomicUsize,
    failed: AtomicUsize,
}

/// Opens the store, as soon as that can be done.
fn opened(address: &str) -> Engine<Postgres> {
    loop {
        match Postgres::connect(address) {
            Ok(store) => return Engine::new(store),
            Err(StoreError::Failed(_) | StoreError::Busy(_)) => thread::yield_now(),
            Err(wrong) => panic!("{wrong}"),
        }
    }
}

/// Asks until there is an answer.
fn answered(
    engine: &mut Engine<Postgres>,
    address: &str,
    group: &[Request],
    stops: &Stops,
) -> Vec<Answer> {
    loop {
        match engine.handle(group, SystemClock.now()) {
            Ok(replies) => return replies.into_iter().map(|reply| reply.answer).collect(),
            Err(StoreError::Unsure(_)) => {
                stops.unsure.fetch_add(1, Ordering::Relaxed);
                *engine = opened(address);
            }
            Err(StoreError::Failed(_) | StoreError::Busy(_)) => {
                stops.failed.fetch_add(1, Ordering::Relaxed);
            }
            Err(wrong) => panic!("{wrong}"),
        }
    }
}

/// Fires groups until it is told to stop.
fn fire(side: usize, address: &str, story: &Mutex<Story>, stop: &AtomicBool, stops: &Stops) {
    let mut engine = opened(address);
    for round in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let ids: Vec<(String, usize)> = (0..16)
            .map(|place| {
                (
                    format!("{side}.{round}.{place}"),
                    (place * 5 + round) % ORDERS,
                )
            })
            .collect();
        let mut group: Vec<Request> = ids
            .iter()
            .map(|(id, order)| Request::Fire(pay(*order, Some(id))))
            .collect();
        let name = format!("c{side}.{round}");
        let mut create = cart(&name);
        create.event_id = Some(name.clone());
        group.push(Request::Create(create));
        story.lock().unwrap().sent.extend(ids.iter().cloned());
        let answers = answered(&mut engine, address, &group, stops);
        let mut story = story.lock().unwrap();
        for ((id, _), answer) in ids.into_iter().zip(&answers) {
            let Answer::Accepted(receipt) = answer else {
                panic!("{answer:?}");
            };
            story.acknowledged.insert(id, receipt.version);
        }
        story.carts.insert(name);
    }
}

#[test]
fn what_was_acknowledged_outlives_crashes_of_the_server() {
    let server = match Server::start(&[], |_| {}) {
        Ok(server) => server,
        Err(why) => return crate::tell::skipped(&format!("crashes of PostgreSQL: {why}")),
    };
    let address = server.address("flagstate");
    prepare(&address);
    let crashes = 5 * usize::try_from(super::conformance::factor()).unwrap();
    let story = Mutex::new(Story::default());
    let (stop, stops) = (AtomicBool::new(false), Stops::default());
    thread::scope(|scope| {
        for side in 0..2 {
            let (story, stop, stops, address) = (&story, &stop, &stops, &address);
            scope.spawn(move || fire(side, address, story, stop, stops));
        }
        let reached = || story.lock().unwrap().acknowledged.len();
        for _ in 0..crashes {
            let before = reached();
            while reached() < before + 150 {
                thread::yield_now();
            }
            server.crash();
            server.restart();
        }
        stop.store(true, Ordering::Relaxed);
    });
    let mut engine = opened(&address);
    let ended = story.into_inner().unwrap().ends(&mut engine);
    let unsure = stops.unsure.load(Ordering::Relaxed);
    crate::tell::tried(&format!(
        "{crashes} crashes of PostgreSQL under two engines: {ended}; {unsure} commits left open"
    ));
}
