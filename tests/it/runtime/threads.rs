//! Many callers at once, and several engines upon the same data.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{
    Answer, Clock, Create, Fire, Memory, OrderKey, Runtime, RuntimeError, Store, StoreError,
    SystemClock,
};
use flagstate::time::Instant;

use super::simulation::{Disk, Faulty};
use super::{at, shop};
use crate::tell;

/// A clock that stands where it is put.
#[derive(Clone)]
struct Hand(Arc<Mutex<i64>>);

impl Clock for Hand {
    fn now(&self) -> Instant {
        at(*self.0.lock().unwrap())
    }
}

/// Waits for a future on this thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    struct Waker(std::thread::Thread);
    impl std::task::Wake for Waker {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Waker(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => return answer,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

/// Fires one event ten thousand times upon runtimes of the same data.
fn ten_thousand<S: Store + 'static>(runtimes: &[Runtime<S>], what: &str) {
    let first = &runtimes[0];
    let create = Create::new("shop", "shop", "a", Actor::new("customer"));
    assert!(matches!(
        wait(first.create(create)).unwrap().answer,
        Answer::Accepted(_)
    ));
    let place = Fire::new("shop", "a", Event::named("place", Actor::new("customer")));
    wait(first.fire(place)).unwrap();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                let runtime = &runtimes[caller % runtimes.len()];
                scope.spawn(move || {
                    let event = || Event::named("cancel", Actor::new("clerk"));
                    let sent: Vec<_> = (0..1_250)
                        .map(|_| runtime.fire(Fire::new("shop", "a", event())))
                        .collect();
                    sent.into_iter()
                        .map(|sent| wait(sent).unwrap().answer)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        callers
            .into_iter()
            .flat_map(|caller| caller.join().unwrap())
            .collect()
    });
    let accepted = answers
        .iter()
        .filter(|answer| matches!(answer, Answer::Accepted(_)));
    let refused = answers
        .iter()
        .filter(|answer| matches!(answer, Answer::Refused { .. }));
    assert_eq!(
        (accepted.count(), refused.count(), answers.len()),
        (1, 9_999, 10_000)
    );
    let steps = wait(first.ask(|engine, _| {
        engine
            .journal(&OrderKey::new("shop", "a"), 0, 100)
            .unwrap()
            .len()
    }));
    assert_eq!(steps.unwrap(), 3);
    tell::tried(&format!(
        "10000 concurrent fires of one event{what}: 1 accepted, 9999 refused"
    ));
}

#[test]
fn of_ten_thousand_at_once_one_is_accepted() {
    let hand = Hand(Arc::new(Mutex::new(0)));
    let runtime = Runtime::start(shop(Memory::default()).into_store(), hand).unwrap();
    ten_thousand(&[runtime], "");
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn of_ten_thousand_upon_two_engines_one_is_accepted() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let schema = server.schema();
    drop(shop(schema.open()));
    let runtimes = [(); 2].map(|()| {
        let hand = Hand(Arc::new(Mutex::new(0)));
        Runtime::start(schema.open_existing(), hand).unwrap()
    });
    ten_thousand(&runtimes, " upon two engines");
}

#[test]
fn timers_fire_by_themselves() {
    let hand = Hand(Arc::new(Mutex::new(0)));
    let runtime = Runtime::start(shop(Memory::default()).into_store(), hand.clone()).unwrap();
    let create = Create::new("shop", "shop", "a", Actor::new("customer"));
    wait(runtime.create(create)).unwrap();
    let status = || {
        let view = wait(runtime.ask(|engine, _| engine.get(&OrderKey::new("shop", "a")).unwrap()));
        view.unwrap().unwrap().status
    };
    assert_eq!(status(), "cart");
    *hand.0.lock().unwrap() = 1_200;
    // Each question wakes the engine, which looks at the clock behind it.
    let dropped = (0..1_000).any(|_| {
        std::thread::yield_now();
        status() == "dropped"
    });
    assert!(dropped);
    assert_eq!(runtime.trouble(), None);
}

#[test]
fn a_runtime_goes_on_where_its_store_does() {
    for closes in [false, true] {
        let mut disk = Disk::failing(shop(Memory::default()).into_store(), 3, 7);
        disk.closes = closes;
        let disk = Arc::new(Mutex::new(disk));
        let runtime = Runtime::start(Faulty(Arc::clone(&disk)), SystemClock).unwrap();
        let create = |number| {
            let id = format!("o{number}");
            wait(runtime.create(Create::new("shop", "shop", id, Actor::new("customer"))))
        };
        let is_unsure = |told: &Result<_, RuntimeError>| {
            matches!(told, Err(RuntimeError::Store(StoreError::Unsure(_))))
        };
        assert!((0..1_000).map(create).any(|told| is_unsure(&told)));
        disk.lock().unwrap().heal();
        let told = create(1_000);
        if closes {
            assert!(matches!(told, Err(RuntimeError::Stopped(_))), "{told:?}");
        } else {
            assert!(matches!(told.unwrap().answer, Answer::Accepted(_)));
        }
        while closes && runtime.is_running() {
            std::thread::yield_now();
        }
        assert_eq!(runtime.is_running(), !closes);
    }
}

#[test]
fn a_runtime_that_is_dropped_has_answered_all_that_was_asked() {
    let runtime = Runtime::start(shop(Memory::default()).into_store(), SystemClock).unwrap();
    let sent: Vec<_> = (0..500)
        .map(|number| {
            let create = Create::new("shop", "shop", format!("o{number}"), Actor::new("customer"));
            runtime.request(flagstate::runtime::Request::Create(create))
        })
        .collect();
    drop(runtime);
    for sent in sent {
        let answer: Result<_, RuntimeError> = wait(sent);
        assert!(matches!(answer.unwrap().answer, Answer::Accepted(_)));
    }
}

#[test]
fn a_runtime_whose_store_does_not_come_back_is_left() {
    let disk = Disk::failing(shop(Memory::default()).into_store(), 0, 7);
    let disk = Arc::new(Mutex::new(disk));
    let runtime = Runtime::start(Faulty(Arc::clone(&disk)), SystemClock).unwrap();
    let held = disk.lock().unwrap();
    let create = Create::new("shop", "shop", "a", Actor::new("customer"));
    let asked = runtime.request(flagstate::runtime::Request::Create(create));
    assert!(!runtime.stop(Duration::from_millis(20)), "it was held up");
    drop(held);
    // What it had taken is carried out all the same, for as long as the process lives.
    assert!(matches!(wait(asked).unwrap().answer, Answer::Accepted(_)));
    let runtime = Runtime::start(Faulty(disk), SystemClock).unwrap();
    assert!(runtime.stop(Duration::from_secs(60)));
}

/// How often an order's timer has fired.
#[cfg(all(feature = "postgres", unix))]
fn fired<S: Store>(engine: &mut flagstate::runtime::Engine<S>, order: &str) -> usize {
    let rows = engine
        .journal(&OrderKey::new("shop", order), 0, 10)
        .unwrap();
    rows.iter()
        .filter(|row| row.body.contains("\"timer\":\"cart.expires\""))
        .count()
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn of_two_runtimes_that_wait_for_a_timer_one_fires_it_once() {
    use flagstate::runtime::{Deploy, Engine};
    const ORDERS: usize = 60;
    let server = match crate::server::Server::start(&[], |_| {}) {
        Ok(server) => server,
        Err(why) => return tell::skipped(&format!("timers of two upon PostgreSQL: {why}")),
    };
    let schema = server.schema();
    let mut engine = Engine::new(schema.open());
    let text = std::fs::read_to_string(super::SHOP).unwrap();
    let mut deploy = Deploy::file("shop", "shop.yaml", text);
    deploy.settings = std::collections::BTreeMap::from([("hold".to_owned(), "1s".into())]);
    engine.deploy(&deploy, SystemClock.now()).unwrap();
    let runtimes = [(); 2].map(|()| Runtime::start(schema.open_existing(), SystemClock).unwrap());
    let names: Vec<String> = (0..ORDERS).map(|number| format!("o{number}")).collect();
    for (place, name) in names.iter().enumerate() {
        let create = Create::new("shop", "shop", name.clone(), Actor::new("customer"));
        wait(runtimes[place % 2].create(create)).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    while engine.store().next_due().unwrap().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    drop(runtimes);
    for name in &names {
        assert_eq!(fired(&mut engine, name), 1, "{name}");
    }
    drop(engine);
    // A group that lost altogether is rolled back.
    let lost = "SELECT sum(xact_rollback) FROM pg_stat_database";
    let lost = server.tell(lost).unwrap()[0][0].clone().unwrap_or_default();
    tell::tried(&format!(
        "{ORDERS} timers of two runtimes: each fired once; {lost} times both were at it"
    ));
}
