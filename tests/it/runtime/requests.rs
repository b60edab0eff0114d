//! Requests that are mistaken, tenants that must not see each other, effects that are handed out.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use flagstate::runtime::row::Find;
use flagstate::runtime::{
    Answer, Backoff, Create, Deploy, DeployError, Engine, EngineError, Fire, Fired, Import, Memory,
    OrderKey, Parent, Query, Reply, Request, Store,
};
use flagstate::time::Duration;
use serde_json::json;

use super::{at, shop};

pub(super) fn customer() -> Actor {
    Actor::new("customer")
}

pub(super) fn create(order: &str) -> Create {
    Create::new("shop", "shop", order, customer())
}

fn one(engine: &mut Engine<Memory>, request: Request) -> Answer {
    let Reply { answer, .. } = engine.handle(&[request], at(0)).unwrap().remove(0);
    answer
}

fn message(answer: Answer) -> String {
    match answer {
        Answer::Invalid { message } => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mistaken_request_is_told_what_is_wrong_and_changes_nothing() {
    let mut engine = shop(Memory::default());
    let wrong = [
        ("", "the id of the order is empty"),
        ("a/b", "the id of the order has a `/` in it"),
        ("a\nb", "the id of the order has a control character in it"),
        (
            "a\u{202E}b",
            "the id of the order has a control character in it",
        ),
        (
            "..",
            "the id of the order is `..`, which stands for a place",
        ),
        (" ", "the id of the order is blank"),
    ];
    for (order, expected) in wrong {
        assert_eq!(
            message(one(&mut engine, Request::Create(create(order)))),
            expected
        );
    }
    let long = message(one(&mut engine, Request::Create(create(&"x".repeat(201)))));
    assert_eq!(long, "the id of the order has more than 200 bytes");
    let mut who = create("a");
    who.actor.id = Some("x".repeat(201));
    let who = message(one(&mut engine, Request::Create(who)));
    assert_eq!(who, "the id of the actor has more than 200 bytes");
    // An operator is somebody too.
    let nobody = Event {
        id: None,
        actor: Actor::new(" "),
        kind: EventKind::Override {
            reason: "asked for".to_owned(),
            action: Override::Erase,
        },
    };
    let nobody = Request::Fire(Fire::new("shop", "a", nobody));
    assert_eq!(message(one(&mut engine, nobody)), "the actor has no role");
    let mut future = create("a");
    future.at = Some(at(1));
    let future = message(one(&mut engine, Request::Create(future)));
    assert_eq!(
        future,
        "it happens at 2026-01-05T09:00:01Z, which is in the future"
    );
    let mut orphan = create("a");
    orphan.parent = Some(Parent {
        order: "none".to_owned(),
        set: "parts".to_owned(),
    });
    let orphan = message(one(&mut engine, Request::Create(orphan)));
    assert_eq!(orphan, "there is no order `none` to belong to");
    let unknown = Create::new("shop", "shopp", "a", customer());
    assert_eq!(
        one(&mut engine, Request::Create(unknown)),
        Answer::UnknownWorkflow
    );
    assert_eq!(engine.store().keys(None, 10).unwrap(), []);

    assert!(matches!(
        one(&mut engine, Request::Create(create("a"))),
        Answer::Accepted(_)
    ));
    let mut child = create("b");
    child.parent = Some(Parent {
        order: "a".to_owned(),
        set: "bits".to_owned(),
    });
    assert_eq!(
        message(one(&mut engine, Request::Create(child))),
        "`shop` has no children `bits`"
    );
}

#[test]
fn one_tenant_never_sees_what_another_has() {
    let mut engine = shop(Memory::default());
    let text = std::fs::read_to_string(super::SHOP).unwrap();
    engine
        .deploy(&Deploy::file("other", "shop.yaml", text), at(0))
        .unwrap();
    assert!(matches!(
        one(&mut engine, Request::Create(create("a"))),
        Answer::Accepted(_)
    ));
    let place = Request::Fire(Fire::new("shop", "a", Event::named("place", customer())));
    assert!(matches!(one(&mut engine, place), Answer::Accepted(_)));

    let foreign = OrderKey::new("other", "a");
    let fire = Request::Fire(Fire::new("other", "a", Event::named("place", customer())));
    assert_eq!(one(&mut engine, fire), Answer::UnknownOrder);
    assert_eq!(engine.get(&foreign).unwrap(), None);
    assert_eq!(engine.verify(&foreign).unwrap(), None);
    assert_eq!(engine.journal(&foreign, 0, 10).unwrap(), []);
    assert_eq!(
        engine
            .available(&foreign, &customer(), at(0))
            .unwrap()
            .map(|_| ()),
        None
    );
    let all = Find {
        tenant: "other".to_owned(),
        limit: 10,
        ..Find::default()
    };
    assert_eq!(engine.store().find(&all).unwrap(), []);
    assert_eq!(
        engine
            .claim(Some("other"), at(9), Duration::seconds(9), 9)
            .unwrap(),
        []
    );
    let mut child = Create::new("other", "shop", "b", customer());
    child.parent = Some(Parent {
        order: "a".to_owned(),
        set: "parts".to_owned(),
    });
    assert_eq!(
        message(one(&mut engine, Request::Create(child))),
        "there is no order `a` to belong to"
    );
    // The same id is another order there.
    let own = Request::Create(Create::new("other", "shop", "a", customer()));
    assert!(matches!(one(&mut engine, own), Answer::Accepted(_)));
    assert_eq!(
        engine
            .get(&OrderKey::new("shop", "a"))
            .unwrap()
            .unwrap()
            .status,
        "placed"
    );
}

#[test]
fn an_effect_is_handed_out_until_it_is_done_or_given_up() {
    let mut engine = shop(Memory::default());
    engine
        .handle(&[Request::Create(create("a"))], at(0))
        .unwrap();
    let place = Fire::new("shop", "a", Event::named("place", customer()));
    engine.handle(&[Request::Fire(place)], at(0)).unwrap();
    let lease = Duration::seconds(30);
    let backoff = Backoff {
        first: 10,
        most: 15,
        attempts: 4,
    };
    let claim = |engine: &mut Engine<Memory>, now| {
        let claimed = engine.claim(None, at(now), lease, 10).unwrap();
        let claimed = claimed
            .into_iter()
            .map(|effect| (effect.id, effect.attempts));
        claimed.collect::<Vec<_>>()
    };
    let id = "shop/a/2.0";
    let nothing: [(String, u32); 0] = [];
    assert_eq!(claim(&mut engine, 0), [(id.to_owned(), 1)]);
    assert_eq!(claim(&mut engine, 29), nothing);
    // Whoever had it is gone: it is handed out again, and the first attempt no longer counts.
    assert_eq!(claim(&mut engine, 30), [(id.to_owned(), 2)]);
    assert!(!engine.acknowledge(id, 1).unwrap());
    assert!(engine.fail(id, 2, "no answer", (&backoff, at(31))).unwrap());
    assert_eq!(claim(&mut engine, 45), nothing);
    assert_eq!(claim(&mut engine, 46), [(id.to_owned(), 3)]);
    assert!(engine.fail(id, 3, "no answer", (&backoff, at(50))).unwrap());
    assert_eq!(claim(&mut engine, 65), [(id.to_owned(), 4)]);
    assert!(engine.fail(id, 4, "gone", (&backoff, at(66))).unwrap());
    assert_eq!(claim(&mut engine, 9_999), nothing);
    let dead = engine.store().dead("shop", 10).unwrap();
    assert_eq!(
        (dead[0].id.as_str(), dead[0].error.as_deref()),
        (id, Some("gone"))
    );
    assert!(engine.store().revive(id, at(70)).unwrap());
    // Attempts go on counting, so that no late answer to an earlier one is taken for this one's.
    assert_eq!(claim(&mut engine, 70), [(id.to_owned(), 5)]);
    assert!(!engine.acknowledge(id, 1).unwrap());
    assert!(engine.acknowledge(id, 5).unwrap());
    assert!(!engine.acknowledge(id, 5).unwrap());
    assert_eq!(claim(&mut engine, 99_999), nothing);
}

#[test]
fn what_cannot_run_is_not_deployed() {
    let mut engine = Engine::new(Memory::default());
    let broken = Deploy::file(
        "shop",
        "shop.yaml",
        "flagstate: 1\nworkflow: shop\ninitial: nowhere\n",
    );
    let Err(DeployError::Findings { rendered, .. }) = engine.deploy(&broken, at(0)) else {
        panic!("it has errors");
    };
    assert!(rendered.contains("shop.yaml:3:10"), "{rendered}");
    let text = std::fs::read_to_string(super::SHOP).unwrap();
    let mut wrong = Deploy::file("shop", "shop.yaml", text.clone());
    wrong.settings = BTreeMap::from([("hodl".to_owned(), json!("5m"))]);
    let error = engine.deploy(&wrong, at(0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no setting `hodl`: did you mean `hold`?"
    );
    assert_eq!(engine.store().current("shop", "shop").unwrap(), None);
}

#[test]
fn orders_stay_under_what_they_were_made_under() {
    let mut engine = shop(Memory::default());
    engine
        .handle(&[Request::Create(create("a"))], at(0))
        .unwrap();
    let text = std::fs::read_to_string(super::SHOP).unwrap();
    let mut quick = Deploy::file("shop", "shop.yaml", text);
    quick.settings = BTreeMap::from([("hold".to_owned(), json!("5m"))]);
    let first = engine.get(&OrderKey::new("shop", "a")).unwrap().unwrap();
    let id = engine.deploy(&quick, at(1)).unwrap();
    // Deployed again, it is the same, from wherever it was read.
    assert_eq!(engine.deploy(&quick, at(2)).unwrap(), id);
    for place in ["./shop.yaml", "/srv/shop.yaml", "../here/./shop.yaml"] {
        let mut elsewhere = quick.clone();
        elsewhere.files[0].0 = place.to_owned();
        assert_eq!(engine.deploy(&elsewhere, at(2)).unwrap(), id, "{place}");
    }
    engine
        .handle(&[Request::Create(create("b"))], at(1))
        .unwrap();
    let second = engine.get(&OrderKey::new("shop", "b")).unwrap().unwrap();
    assert_ne!(first.deployment, second.deployment);
    assert_eq!(first.timers["cart.expires"], "2026-01-05T09:20:00Z");
    assert_eq!(second.timers["cart.expires"], "2026-01-05T09:05:01Z");
    assert_eq!(engine.fire_due(at(301)).unwrap().orders, 1);
    assert_eq!(
        engine
            .get(&OrderKey::new("shop", "a"))
            .unwrap()
            .unwrap()
            .status,
        "cart"
    );
}

#[test]
fn an_order_that_cannot_be_read_is_stuck_and_holds_up_nobody() {
    let mut engine = shop(Memory::default());
    for order in ["a", "b"] {
        engine
            .handle(&[Request::Create(create(order))], at(0))
            .unwrap();
    }
    let mut memory = engine.into_store();
    let key = OrderKey::new("shop", "a");
    super::held::tampered(&mut memory, "a", |body| {
        body.replace("\"cart\"", "\"basket\"")
    });
    let mut engine = Engine::new(memory);
    assert_eq!(engine.fire_due(at(1_200)).unwrap().orders, 2);
    assert_eq!(engine.fire_due(at(1_200)).unwrap().orders, 0);
    assert_eq!(
        engine
            .get(&OrderKey::new("shop", "b"))
            .unwrap()
            .unwrap()
            .status,
        "dropped"
    );
    let Err(EngineError::Order { problem, .. }) = engine.get(&key) else {
        panic!("it cannot be read");
    };
    assert!(problem.contains("there is no state `basket`"), "{problem}");
    let stuck = Query {
        tenant: "shop".to_owned(),
        stuck: true,
        ..Query::default()
    };
    let page = engine.query(&stuck).unwrap();
    assert_eq!(page.orders.len(), 1);
    assert!(
        page.orders[0].stuck.as_ref().unwrap().contains("basket"),
        "{page:?}"
    );
    let tick = one(&mut engine, Request::Tick(key));
    assert!(matches!(tick, Answer::Stuck { .. }), "{tick:?}");
}

/// An order whose every minute raises the next.
const HEARTBEAT: &str = "
flagstate: 1
workflow: heart
actors: [user]
initial: one
states:
  one: { timers: { beat: { after: 1m, to: one } } }
  two: { final: true }
transitions:
  go: { by: user, from: one, to: two }
";

#[test]
fn an_order_that_slept_for_very_long_comes_to_the_present_in_commits_of_their_own() {
    let mut engine = Engine::new(Memory::default());
    let deploy = Deploy::file("t", "heart.yaml", HEARTBEAT);
    engine.deploy(&deploy, at(0)).unwrap();
    let create = Create::new("t", "heart", "a", Actor::new("user"));
    engine.handle(&[Request::Create(create)], at(0)).unwrap();
    let mut go = Fire::new("t", "a", Event::named("go", Actor::new("user")));
    go.event.id = Some("e1".to_owned());
    let now = at(25_000 * 60 + 30);
    let fire = |engine: &mut Engine<Memory>| {
        let request = Request::Fire(go.clone());
        engine.handle(&[request], now).unwrap().remove(0)
    };
    // What came of it is written, and the event is not answered for good.
    for version in [10_001, 20_001] {
        let reply = fire(&mut engine);
        let Answer::Behind(receipt) = &reply.answer else {
            panic!("{reply:?}")
        };
        assert_eq!((receipt.version, reply.duplicate), (version, false));
        let stored = engine.get(&OrderKey::new("t", "a")).unwrap().unwrap();
        assert_eq!(stored.version, version);
    }
    let reply = fire(&mut engine);
    assert!(!reply.duplicate);
    let Answer::Accepted(receipt) = reply.answer else {
        panic!("{reply:?}")
    };
    assert_eq!((receipt.version, receipt.status.as_str()), (25_002, "two"));
    assert!(fire(&mut engine).duplicate);
    // Timers alone come to the present the same way.
    let create = Create::new("t", "heart", "b", Actor::new("user"));
    engine.handle(&[Request::Create(create)], at(0)).unwrap();
    let fired = std::iter::from_fn(|| Some(engine.fire_due(now).unwrap()));
    let fired: Vec<Fired> = fired.take_while(|fired| fired.orders > 0).collect();
    let behind: Vec<usize> = fired.iter().map(|fired| fired.behind).collect();
    assert_eq!(
        behind,
        [1, 1, 0],
        "it is due until it has come to the present"
    );
    assert_eq!(fired.iter().map(|fired| fired.steps).sum::<usize>(), 25_000);
}

#[test]
fn orders_that_slept_for_very_long_leave_room_for_others() {
    let mut engine = Engine::new(Memory::default());
    let deploy = Deploy::file("t", "heart.yaml", HEARTBEAT);
    engine.deploy(&deploy, at(0)).unwrap();
    let names: Vec<String> = (0..12).map(|number| format!("o{number:02}")).collect();
    for name in &names {
        let create = Create::new("t", "heart", name.clone(), Actor::new("user"));
        engine.handle(&[Request::Create(create)], at(0)).unwrap();
    }
    // Each is four thousand beats behind: a group ends with the third of them.
    let now = at(4_000 * 60);
    let fired = std::iter::from_fn(|| Some(engine.fire_due(now).unwrap()));
    let fired: Vec<Fired> = fired.take_while(|fired| fired.orders > 0).collect();
    let group = Fired {
        orders: 3,
        behind: 0,
        by_others: 0,
        steps: 12_000,
    };
    assert_eq!(fired, [group; 4]);
    for name in &names {
        let view = engine.get(&OrderKey::new("t", name.clone())).unwrap();
        assert_eq!(view.unwrap().version, 4_001, "{name}");
    }
}

#[test]
fn an_order_that_ran_elsewhere_goes_on_from_where_it_stands() {
    let mut engine = shop(Memory::default());
    engine
        .handle(&[Request::Create(create("a"))], at(0))
        .unwrap();
    let place = Fire::new("shop", "a", Event::named("place", customer()));
    engine.handle(&[Request::Fire(place)], at(60)).unwrap();
    let order = engine
        .as_of(&OrderKey::new("shop", "a"), at(60))
        .unwrap()
        .unwrap();
    let import = |order: &flagstate::instance::Stored| {
        Request::Import(Box::new(Import {
            key: OrderKey::new("shop", "b"),
            order: order.clone(),
            actor: Actor::new("clerk"),
        }))
    };
    let late = one(&mut engine, import(&order));
    assert_eq!(
        message(late),
        "it was updated at 2026-01-05T09:01:00Z, which is in the future"
    );
    let mut wrong = order.clone();
    wrong.states = vec!["basket".to_owned()];
    assert_eq!(
        message(one(&mut engine, import(&wrong))),
        "there is no state `basket`"
    );
    let mut other = order.clone();
    other.settings.insert("hold".to_owned(), json!("1h"));
    let settings = message(one(&mut engine, import(&other)));
    assert_eq!(
        settings,
        "its settings are not those of the deployment: `hold`"
    );
    let mut later = order.clone();
    later.version = 2;
    assert_eq!(
        message(one(&mut engine, import(&later))),
        "it is an order of `shop` version 2, not of `shop` version 1, which is deployed"
    );

    let replies = engine
        .handle(&[import(&order), import(&order)], at(100))
        .unwrap();
    let receipt = replies[0].answer.receipt().unwrap();
    assert_eq!((receipt.status.as_str(), receipt.version), ("placed", 1));
    assert_eq!(replies[1].answer, Answer::Exists { version: 1 });
    // Its reminder comes when it would have, and its journal makes it again.
    assert_eq!(engine.fire_due(at(3_660)).unwrap().orders, 2);
    let key = OrderKey::new("shop", "b");
    assert_eq!(engine.get(&key).unwrap().unwrap().version, 2);
    assert_eq!(engine.verify(&key).unwrap().unwrap().unwrap().steps, 2);
    let then = engine.as_of(&key, at(100)).unwrap().unwrap();
    assert_eq!((then.states, then.timers), (order.states, order.timers));
}
