//! Orders that cannot go on: told, held up alone, and let go on once what was wrong is mended.

use std::sync::mpsc::channel;

use flagstate::runtime::engine::Resumed;
use flagstate::runtime::{
    Answer, Engine, Fire, Memory, OrderKey, Query, Request, Store, StoreError,
};
use flagstate::time::parse_instant;

use super::requests::{create, customer};
use super::{at, shop};
use flagstate::instance::Event;

fn key(order: &str) -> OrderKey {
    OrderKey::new("shop", order)
}

fn fire(engine: &mut Engine<Memory>, order: &str, event: &str, now: i64) -> Answer {
    let event = Event::named(event, customer());
    let request = Request::Fire(Fire::new("shop", order, event));
    engine.handle(&[request], at(now)).unwrap().remove(0).answer
}

/// Writes over what is stored of an order.
pub(super) fn tampered(memory: &mut Memory, order: &str, change: impl Fn(&str) -> String) {
    let mut row = memory.load(&[key(order)]).unwrap().remove(0).unwrap();
    let sequence = row.sequence;
    row.body = change(&row.body);
    row.sequence += 1;
    row.body = row.body.replace(
        &format!("\"sequence\":{sequence}"),
        &format!("\"sequence\":{}", row.sequence),
    );
    let change = flagstate::runtime::row::Change {
        expected: Some(sequence),
        upon: row.head.clone(),
        row,
        journal: Vec::new(),
        answers: Vec::new(),
        effects: Vec::new(),
        erases: false,
    };
    assert_eq!(memory.commit(&[vec![change]]).unwrap(), [true]);
}

#[test]
fn an_order_that_cannot_go_on_is_told_once_and_goes_on_when_that_is_mended() {
    let mut engine = shop(Memory::default());
    for order in ["a", "b"] {
        let request = Request::Create(create(order));
        engine.handle(&[request], at(0)).unwrap();
    }
    let mut memory = engine.into_store();
    tampered(&mut memory, "a", |body| {
        body.replace("\"cart\"", "\"basket\"")
    });
    let mut engine = Engine::new(memory);

    // It hides no other where nobody asked for it.
    let all = Query {
        tenant: "shop".to_owned(),
        ..Query::default()
    };
    let orders = engine.query(&all).unwrap().orders;
    let names: Vec<&str> = orders.iter().map(|view| view.order.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let why = orders[0].stuck.as_deref().expect("a reason");
    assert!(why.contains("there is no state `basket`"), "{why}");

    let (tell, told) = channel();
    engine.on_failure(move |failure| tell.send(failure.to_string()).unwrap());
    assert_eq!(engine.fire_due(at(1_200)).unwrap().orders, 2);
    let told: Vec<String> = told.try_iter().collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("`shop/a` cannot go on, and its timers wait: "),
        "{told:?}"
    );
    assert_eq!(engine.fire_due(at(1_200)).unwrap().orders, 0);
    let answer = fire(&mut engine, "a", "place", 1_300);
    assert!(matches!(answer, Answer::Stuck { .. }), "{answer:?}");
    assert!(matches!(engine.resume(&key("a")), Ok(Resumed::Stuck(why)) if why.contains("basket")));

    let mut memory = engine.into_store();
    tampered(&mut memory, "a", |body| {
        body.replace("\"basket\"", "\"cart\"")
    });
    let mut engine = Engine::new(memory);
    memory_says_stuck(&mut engine, "a");
    assert_eq!(engine.resume(&key("a")), Ok(Resumed::Resumed));
    assert_eq!(engine.resume(&key("a")), Ok(Resumed::Going));
    assert_eq!(engine.resume(&key("c")), Ok(Resumed::Unknown));
    assert_eq!(engine.fire_due(at(1_400)).unwrap().orders, 1);
    let view = engine.get(&key("a")).unwrap().unwrap();
    assert_eq!((view.status.as_str(), view.stuck), ("dropped", None));
}

/// Mending by hand leaves what was said of an order: it is for `resume` to take that back.
fn memory_says_stuck(engine: &mut Engine<Memory>, order: &str) {
    let store = engine.store();
    assert!(
        store
            .set_stuck(&key(order), Some("it could not be read"))
            .unwrap()
    );
    assert_eq!(engine.fire_due(at(1_400)).unwrap().orders, 0);
}

#[test]
fn an_order_that_runs_elsewhere_is_not_let_go_on_here() {
    use flagstate::runtime::row::ELSEWHERE;
    let mut engine = shop(Memory::default());
    engine
        .handle(&[Request::Create(create("a"))], at(0))
        .unwrap();
    engine
        .store()
        .set_stuck(&key("a"), Some(ELSEWHERE))
        .unwrap();
    assert_eq!(
        engine.resume(&key("a")),
        Ok(Resumed::Stuck(ELSEWHERE.to_owned()))
    );
    let answer = fire(&mut engine, "a", "place", 10);
    assert!(matches!(answer, Answer::Stuck { .. }), "{answer:?}");
}

#[test]
fn nothing_happens_at_a_time_that_cannot_be_written() {
    let mut engine = shop(Memory::default());
    engine
        .handle(&[Request::Create(create("a"))], at(0))
        .unwrap();
    let last = parse_instant("9999-12-31T23:59:59Z").unwrap();
    let beyond = last + chrono::TimeDelta::seconds(1);
    for order in ["a", "b"] {
        let requests = [
            Request::Create(create(order)),
            Request::Fire(Fire::new("shop", order, Event::named("place", customer()))),
        ];
        for reply in engine.handle(&requests, beyond).unwrap() {
            let Answer::Invalid { message } = reply.answer else {
                panic!("{reply:?}");
            };
            assert!(message.contains("only the years 0 to 9999"), "{message}");
        }
    }
    let failed = engine.fire_due(beyond);
    assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
    assert_eq!(engine.get(&key("a")).unwrap().unwrap().version, 1);
    assert_eq!(engine.fire_due(last).unwrap().orders, 1);
}
