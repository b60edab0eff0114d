//! Orders that are looked for: by what their status means, page by page, and by names that were ever deployed.

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::row::ELSEWHERE;
use flagstate::runtime::{
    Deploy, Engine, EngineError, Fire, Memory, OrderKey, Query, Request, Store,
};
use serde_json::json;

use super::requests::{create, customer};
use super::{at, shop};

#[test]
fn orders_are_found_by_what_their_status_means() {
    let mut engine = shop(Memory::default());
    for order in ["a", "b", "c", "d", "e"] {
        engine
            .handle(&[Request::Create(create(order))], at(0))
            .unwrap();
    }
    for order in ["b", "d"] {
        let place = Fire::new("shop", order, Event::named("place", customer()));
        engine.handle(&[Request::Fire(place)], at(60)).unwrap();
    }
    engine
        .handle(&[Request::Tick(OrderKey::new("shop", "e"))], at(1_200))
        .unwrap();
    let mut found = |query: Query| {
        let query = Query {
            tenant: "shop".to_owned(),
            ..query
        };
        let page = engine.query(&query).map_err(|error| error.to_string())?;
        let orders: Vec<String> = page.orders.into_iter().map(|view| view.order).collect();
        Ok::<_, String>((orders.join(" "), page.next))
    };
    let of = |text: &str| Ok((text.to_owned(), None));
    let state = |state: &str| Query {
        state: Some(state.to_owned()),
        ..Query::default()
    };
    let group = |group: &str| Query {
        group: Some(group.to_owned()),
        ..Query::default()
    };
    let flag = |name: &str, value| Query {
        flag: Some((name.to_owned(), value)),
        ..Query::default()
    };
    assert_eq!(found(Query::default()), of("a b c d e"));
    assert_eq!(found(state("placed")), of("b d"));
    assert_eq!(found(group("open")), of("a b c d"));
    assert_eq!(found(flag("contracted", json!(true))), of("b d"));
    assert_eq!(found(flag("reserved", json!(false))), of("e"));
    let old = Query {
        updated_before: Some(at(60)),
        ..Query::default()
    };
    assert_eq!(found(old), of("a c"));
    let first = Query {
        limit: Some(2),
        ..Query::default()
    };
    assert_eq!(found(first), Ok(("a b".to_owned(), Some("b".to_owned()))));
    let rest = Query {
        after: Some("b".to_owned()),
        limit: Some(3),
        ..Query::default()
    };
    assert_eq!(found(rest), of("c d e"));
    let typo = "there is no state `placd`: did you mean `placed`?".to_owned();
    assert_eq!(found(state("placd")), Err(typo));
    assert_eq!(
        found(flag("open", json!(1))),
        Err("there is no flag `open`".to_owned())
    );
    let maybe =
        "the flag `reserved`: expected a boolean, found the text `maybe`: write `true` or `false`";
    let asked = found(flag("reserved", json!("maybe")));
    assert_eq!(asked, Err(maybe.to_owned()));
    let workflow = |name: &str| Query {
        workflow: Some(name.to_owned()),
        ..Query::default()
    };
    assert_eq!(found(workflow("shop")), of("a b c d e"));
    let typo = "there is no workflow `shpo`: did you mean `shop`?".to_owned();
    assert_eq!(found(workflow("shpo")), Err(typo));
    // Timers decide the flag `expires`, page by page.
    let expires = |value, limit| Query {
        limit: Some(limit),
        ..flag("expires", json!(value))
    };
    assert_eq!(found(expires(true, 9)), of("a c"));
    assert_eq!(found(expires(false, 9)), of("b d e"));
    let first = Ok(("b d".to_owned(), Some("d".to_owned())));
    assert_eq!(found(expires(false, 2)), first);
    let one = Query {
        after: Some("a".to_owned()),
        ..expires(true, 1)
    };
    assert_eq!(found(one), of("c"));
    let wrong = "the flag `expires`: expected a boolean, found the number `1`".to_owned();
    assert_eq!(found(flag("expires", json!(1))), Err(wrong));
    let key = OrderKey::new("shop", "a");
    let nobody = engine.available(&key, &Actor::new("custommer"), at(0));
    let expected = "there is no actor `custommer`: did you mean `customer`?".to_owned();
    assert_eq!(nobody, Err(EngineError::Invalid(expected)));
}

#[test]
fn a_query_knows_the_names_of_all_that_was_ever_deployed() {
    let mut engine = Engine::new(Memory::default());
    let told = |engine: &mut Engine<Memory>, state: &str, workflow: Option<&str>| {
        let query = Query {
            tenant: "shop".to_owned(),
            state: Some(state.to_owned()),
            workflow: workflow.map(str::to_owned),
            ..Query::default()
        };
        let page = engine.query(&query).map_err(|error| error.to_string())?;
        Ok::<_, String>(page.orders.len())
    };
    // Without any workflow nobody knows better.
    assert_eq!(told(&mut engine, "anything", Some("any")), Ok(0));
    let first = std::fs::read_to_string(super::SHOP).unwrap();
    let second = first.replace("workflow: shop\n", "workflow: shop\nversion: 2\n");
    let second = second.replace("placed", "booked");
    let deploy = Deploy::file("shop", "shop.yaml", first);
    engine.deploy(&deploy, at(0)).unwrap();
    assert_eq!(told(&mut engine, "placed", None), Ok(0));
    let typo = "there is no state `placd`: did you mean `placed`?".to_owned();
    assert_eq!(told(&mut engine, "placd", None), Err(typo));
    engine
        .handle(&[Request::Create(create("a"))], at(0))
        .unwrap();
    let deploy = Deploy::file("shop", "shop.yaml", second);
    engine.deploy(&deploy, at(1)).unwrap();
    for state in ["booked", "placed"] {
        assert_eq!(told(&mut engine, state, None), Ok(0), "{state}");
        assert_eq!(told(&mut engine, state, Some("shop")), Ok(0), "{state}");
    }
    assert_eq!(told(&mut engine, "cart", None), Ok(1));
    let typo = "there is no workflow `shpo`: did you mean `shop`?".to_owned();
    assert_eq!(told(&mut engine, "booked", Some("shpo")), Err(typo));
}

#[test]
fn an_order_that_runs_elsewhere_is_not_told_of_as_stuck() {
    let mut engine = shop(Memory::default());
    let names = ["a", "b", "c", "d"];
    let orders = names.map(|order| Request::Create(create(order)));
    engine.handle(&orders, at(0)).unwrap();
    for (order, reason) in [
        ("a", ELSEWHERE),
        ("b", "on hold"),
        ("c", ELSEWHERE),
        ("d", "lost"),
    ] {
        let key = OrderKey::new("shop", order);
        engine.store().set_stuck(&key, Some(reason)).unwrap();
    }
    let mut after = None;
    for (order, is_last) in [("b", false), ("d", true)] {
        let query = Query {
            tenant: "shop".to_owned(),
            stuck: true,
            limit: Some(1),
            after,
            ..Query::default()
        };
        let page = engine.query(&query).unwrap();
        let found: Vec<&str> = page.orders.iter().map(|view| view.order.as_str()).collect();
        assert_eq!((found, page.next.is_none()), (vec![order], is_last));
        after = page.next;
    }
}
