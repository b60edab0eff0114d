//! Many callers at once, and several engines upon the same data.

use std::sync::{Arc, Mutex};

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{
    Answer, Clock, Create, Fire, Memory, OrderKey, Runtime, RuntimeError, Store, SystemClock,
};
use flagstate::time::Instant;

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
