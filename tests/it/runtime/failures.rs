//! A timer that fails is told to whoever listens, once, when its step is written; its order can be mended.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind};
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, Failure, Fire, Memory, OrderKey, Request, Store,
};
use serde_json::json;

use super::at;
use super::simulation::{Disk, Faulty};

const SHARE: &str = "tests/cmd/orders/share.yaml";

fn share<S: Store>(store: S) -> Engine<S> {
    let mut engine = Engine::new(store);
    let deploy = Deploy::file(
        "shop",
        "share.yaml",
        std::fs::read_to_string(SHARE).unwrap(),
    );
    engine.deploy(&deploy, at(0)).unwrap();
    for (order, among) in [("a", 4), ("b", 0), ("c", 0)] {
        let create = Create {
            context: [("among".to_owned(), json!(among))].into(),
            ..Create::new("shop", "share", order, Actor::new("clerk"))
        };
        engine.handle(&[Request::Create(create)], at(1)).unwrap();
    }
    engine
}

fn listen<S: Store>(engine: &mut Engine<S>) -> Receiver<Failure> {
    let (tell, told) = channel();
    engine.on_failure(move |failure| tell.send(failure.clone()).unwrap());
    told
}

fn failure(order: &str) -> Failure {
    Failure {
        key: OrderKey::new("shop", order),
        step: Some(2),
        what: "open.share".to_owned(),
        why: "`each` cannot be set to `order.total / order.among`: it divides by zero".to_owned(),
    }
}

#[test]
fn a_timer_that_fails_is_told_once_and_its_order_can_be_mended() {
    let mut engine = share(Memory::default());
    let told = listen(&mut engine);
    assert_eq!(engine.fire_due(at(4_000)).unwrap().orders, 3);
    assert_eq!(
        told.try_iter().collect::<Vec<_>>(),
        [failure("b"), failure("c")]
    );
    assert_eq!(
        failure("b").to_string(),
        "`shop/b`, step 2: `open.share` was due and failed: \
         `each` cannot be set to `order.total / order.among`: it divides by zero"
    );
    assert_eq!(engine.fire_due(at(8_000)).unwrap().orders, 0);

    let key = OrderKey::new("shop", "b");
    let changes = [("among".to_owned(), json!(5))].into();
    let change = Event {
        kind: EventKind::ContextChanged { changes },
        ..Event::named("", Actor::new("clerk"))
    };
    let by_hand = Event::named("share_by_hand", Actor::new("clerk"));
    for event in [change, by_hand] {
        let fire = Fire::new("shop", "b", event);
        let reply = engine
            .handle(&[Request::Fire(fire)], at(8_000))
            .unwrap()
            .remove(0);
        assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
    }
    let view = engine.get(&key).unwrap().unwrap();
    assert_eq!(
        (view.status.as_str(), &view.context["each"]),
        ("shared", &json!(20))
    );
    assert_eq!(told.try_iter().count(), 0);
}

#[test]
fn what_is_not_written_is_not_told() {
    let rows = share(Memory::default()).into_store();
    let (mut told, mut failed) = (0, 0);
    for seed in 0..20 {
        let disk = Faulty(Arc::new(Mutex::new(Disk::failing(rows.clone(), 6, seed))));
        let heard = Arc::new(Mutex::new(0));
        loop {
            // A process that fails is started again.
            let mut engine = Engine::new(disk.clone());
            let counted = Arc::clone(&heard);
            engine.on_failure(move |_| *counted.lock().unwrap() += 1);
            match engine.fire_due(at(4_000)) {
                Ok(fired) if fired.orders == 0 => break,
                Ok(_) => {}
                Err(_) => failed += 1,
            }
        }
        disk.0.lock().unwrap().heal();
        let mut engine = Engine::new(disk);
        let written = ["b", "c"].map(|order| {
            let key = OrderKey::new("shop", order);
            engine.get(&key).unwrap().unwrap().version
        });
        assert_eq!(written, [2, 2]);
        let heard = *heard.lock().unwrap();
        // A commit that was written and said that it failed tells nobody: the journal does.
        assert!(heard <= 2, "{heard}");
        told += heard;
    }
    assert!(failed > 10 && told > 10, "{failed} {told}");
}
