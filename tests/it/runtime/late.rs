//! Events that are said to have happened before the last step of their order.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind};
use flagstate::runtime::journal::Record;
use flagstate::runtime::{Answer, Create, Engine, Fire, Memory, OrderKey, Request};
use flagstate::time::format_instant;
use serde_json::json;

use super::{at, shop};

#[test]
fn an_event_from_before_the_last_step_is_told_when_it_counts() {
    let mut engine = shop(Memory::default());
    let pay = |id: &str, said: Option<i64>| {
        let kind = EventKind::Named {
            name: "pay".to_owned(),
            payload: BTreeMap::from([("amount".to_owned(), json!(1))]),
            target: None,
        };
        let event = Event {
            id: Some(id.to_owned()),
            actor: Actor::new("clerk"),
            kind,
        };
        Request::Fire(Fire {
            at: said.map(at),
            ..Fire::new("shop", "o1", event)
        })
    };
    let create = Create::new("shop", "shop", "o1", Actor::new("customer"));
    let place = Fire::new("shop", "o1", Event::named("place", Actor::new("customer")));
    let requests = [Request::Create(create), Request::Fire(place)];
    engine.handle(&requests, at(100)).unwrap();
    let counted = |engine: &mut Engine<Memory>, request: Request| {
        let reply = engine.handle(&[request], at(200)).unwrap().remove(0);
        let receipt = reply.answer.receipt().unwrap().clone();
        let rows = engine.journal(&OrderKey::new("shop", "o1"), receipt.version - 1, 1);
        let record: Record = serde_json::from_str(&rows.unwrap()[0].body).unwrap();
        (receipt.counted_at, record.at)
    };
    let time = |seconds| format_instant(at(seconds));
    let early = (Some(time(100)), time(100));
    assert_eq!(counted(&mut engine, pay("e1", Some(99))), early);
    // The same again gets the same answer.
    assert_eq!(counted(&mut engine, pay("e1", Some(99))), early);
    assert_eq!(
        counted(&mut engine, pay("e2", Some(100))),
        (None, time(100))
    );
    assert_eq!(
        counted(&mut engine, pay("e3", Some(150))),
        (None, time(150))
    );
    assert_eq!(counted(&mut engine, pay("e4", None)), (None, time(200)));
    let wrong = Fire {
        at: Some(at(120)),
        ..Fire::new("shop", "o1", Event::named("cancel", Actor::new("nobody")))
    };
    let reply = engine
        .handle(&[Request::Fire(wrong)], at(200))
        .unwrap()
        .remove(0);
    assert!(matches!(reply.answer, Answer::Refused { .. }), "{reply:?}");
    assert_eq!(reply.answer.receipt().unwrap().counted_at, Some(time(200)));
}
