//! Families under a new version: children are brought over first, and their parents count them where they stand then.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::engine::Migration;
use flagstate::runtime::{Answer, Create, Deploy, Engine, Fire, Memory, OrderKey, Parent, Request};

use super::at;

/// A workflow whose orders, and their children, stand in two regions at once.
const FIRST: &str = "flagstate: 1
workflow: shop
actors: [clerk]
children:
  subs: { workflow: self }
  parcels: { states: [packed, gone] }
initial: open
states:
  open:
  sent:
    regions:
      way: { initial: going, states: { going: , there: { final: true } } }
      bill: { initial: due, states: { due: , paid: { final: true } } }
  closed: { final: true }
transitions:
  send: { by: clerk, from: open, to: sent }
  arrive: { by: clerk, from: sent.way.going, to: sent.way.there }
  pay: { by: clerk, from: sent.bill.due, to: sent.bill.paid }
  close: { by: clerk, from: sent, guard: 'subs.none(\"open\") && parcels.none(\"packed\")', to: closed }
";

/// What the children of the other workflow are.
const PARCEL: &str = "flagstate: 1
workflow: parcel
actors: [clerk]
initial: packed
states: { packed: , gone: { final: true } }
transitions: { go: { by: clerk, from: packed, to: gone } }
";

fn second() -> String {
    let text = FIRST.replace("workflow: shop", "workflow: shop\nversion: 2");
    let text = text.replace("subs", "kids").replace("going", "rolling");
    text.replace("bill", "account")
        .replace(
            "account: { initial: due, states: { due:",
            "account: { initial: owed, states: { owed:",
        )
        .replace("account.due", "account.owed")
}

const THERE: &str = "
flagstate_migration: 1
from: { workflow: shop, version: 1 }
to: { workflow: shop, version: 2 }
states:
  sent.way.going: sent.way.rolling
  sent.bill.due: sent.account.owed
  sent.bill.paid: sent.account.paid
children: { subs: kids }
";

const BACK: &str = "
flagstate_migration: 1
from: { workflow: shop, version: 2 }
to: { workflow: shop, version: 1 }
states:
  sent.way.rolling: sent.way.going
  sent.account.owed: sent.bill.due
  sent.account.paid: sent.bill.paid
children: { kids: subs }
";

fn migration(plan: &str) -> Migration {
    Migration {
        tenant: "shop".to_owned(),
        plan: plan.to_owned(),
        name: Migration::NAME.to_owned(),
        actor: Actor::new("clerk"),
        dry_run: false,
    }
}

fn create(workflow: &str, order: &str, parent: Option<(&str, &str)>) -> Request {
    Request::Create(Create {
        parent: parent.map(|(order, set)| Parent {
            order: order.to_owned(),
            set: set.to_owned(),
        }),
        ..Create::new("shop", workflow, order, Actor::new("clerk"))
    })
}

fn fire(order: &str, event: &str) -> Request {
    let event = Event::named(event, Actor::new("clerk"));
    Request::Fire(Fire::new("shop", order, event))
}

fn all_accepted(engine: &mut Engine<Memory>, requests: &[Request], seconds: i64) {
    for reply in engine.handle(requests, at(seconds)).unwrap() {
        assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
    }
}

/// An order with two children, of which one has a child; all but one within regions.
fn family() -> Engine<Memory> {
    let mut engine = Engine::new(Memory::default());
    for (name, text) in [("shop.yaml", FIRST), ("parcel.yaml", PARCEL)] {
        engine
            .deploy(&Deploy::file("shop", name, text.to_owned()), at(0))
            .unwrap();
    }
    let requests = [
        create("shop", "p", None),
        create("shop", "a", Some(("p", "subs"))),
        create("shop", "b", Some(("p", "subs"))),
        create("shop", "c", Some(("a", "subs"))),
        create("shop", "alone", None),
        fire("p", "send"),
        fire("a", "send"),
        fire("a", "arrive"),
        fire("c", "send"),
        fire("c", "pay"),
    ];
    all_accepted(&mut engine, &requests, 1);
    engine
}

fn key(order: &str) -> OrderKey {
    OrderKey::new("shop", order)
}

/// How the children of an order are counted.
fn counted(engine: &mut Engine<Memory>, order: &str, set: &str) -> BTreeMap<String, u32> {
    let order = engine.as_of(&key(order), at(100_000)).unwrap().unwrap();
    let counts = &order.children[set];
    let by_state = counts.by_state.iter();
    by_state
        .map(|(state, count)| (state.to_owned(), count))
        .collect()
}

fn told<const N: usize>(counts: [(&str, u32); N]) -> BTreeMap<String, u32> {
    counts
        .map(|(state, count)| (state.to_owned(), count))
        .into()
}

fn verified(engine: &mut Engine<Memory>) {
    for order in ["p", "a", "b", "c", "alone"] {
        let verified = engine.verify(&key(order)).unwrap().unwrap();
        verified.unwrap_or_else(|error| panic!("{order}: {error}"));
    }
}

#[test]
fn children_within_regions_are_counted_where_they_are_brought_to_and_their_set_has_its_new_name() {
    let mut engine = family();
    engine
        .deploy(&Deploy::file("shop", "two.yaml", second()), at(10))
        .unwrap();
    let dry = Migration {
        dry_run: true,
        ..migration(THERE)
    };
    let report = engine.migrate(&dry, at(20), &mut |_| {}).unwrap();
    assert_eq!(
        (report.moved.values().sum::<u64>(), report.refused),
        (5, BTreeMap::new())
    );
    let report = engine
        .migrate(&migration(THERE), at(20), &mut |_| {})
        .unwrap();
    assert_eq!(
        (report.moved.values().sum::<u64>(), report.refused),
        (5, BTreeMap::new())
    );
    let expected = told([
        ("open", 1),
        ("sent", 1),
        ("sent.account", 1),
        ("sent.account.owed", 1),
        ("sent.way", 1),
        ("sent.way.there", 1),
    ]);
    assert_eq!(counted(&mut engine, "p", "kids"), expected);
    let grandchild = told([
        ("sent", 1),
        ("sent.account", 1),
        ("sent.account.paid", 1),
        ("sent.way", 1),
        ("sent.way.rolling", 1),
    ]);
    assert_eq!(counted(&mut engine, "a", "kids"), grandchild);
    verified(&mut engine);

    // The family goes on: a child's step is told to its parent, below the new name.
    all_accepted(&mut engine, &[fire("b", "send"), fire("c", "arrive")], 30);
    assert_eq!(counted(&mut engine, "p", "kids").get("open"), None);
    assert_eq!(
        counted(&mut engine, "a", "kids").get("sent.way.there"),
        Some(&1)
    );
    all_accepted(&mut engine, &[create("shop", "d", Some(("p", "kids")))], 31);
    verified(&mut engine);

    // And it comes back.
    engine
        .deploy(&Deploy::file("shop", "shop.yaml", FIRST.to_owned()), at(40))
        .unwrap();
    let report = engine
        .migrate(&migration(BACK), at(50), &mut |_| {})
        .unwrap();
    assert_eq!(
        (report.moved.values().sum::<u64>(), report.refused),
        (6, BTreeMap::new())
    );
    assert_eq!(
        counted(&mut engine, "p", "subs").get("sent.bill.due"),
        Some(&2)
    );
    verified(&mut engine);
}

#[test]
fn a_child_that_runs_another_workflow_keeps_its_family_where_the_name_of_its_set_changes() {
    let mut engine = family();
    all_accepted(
        &mut engine,
        &[create("parcel", "x", Some(("p", "parcels")))],
        2,
    );
    let text = second();
    engine
        .deploy(
            &Deploy::file("shop", "two.yaml", text.replace("parcels", "boxes")),
            at(10),
        )
        .unwrap();
    let plan = THERE.replace("subs: kids", "subs: kids, parcels: boxes");
    let report = engine
        .migrate(&migration(&plan), at(20), &mut |_| {})
        .unwrap();
    assert_eq!(
        report.moved.values().sum::<u64>(),
        1,
        "the one that is alone"
    );
    let refused: Vec<&str> = report.refused.keys().map(String::as_str).collect();
    assert_eq!(refused, ["a", "b", "c", "p"]);
    assert!(
        report.refused["p"][0].starts_with("`x` belongs to `parcels`"),
        "{report:?}"
    );

    // Where it keeps its name, the child stays what it is and is counted as before.
    engine
        .deploy(&Deploy::file("shop", "two.yaml", text), at(30))
        .unwrap();
    let report = engine
        .migrate(&migration(THERE), at(40), &mut |_| {})
        .unwrap();
    assert_eq!(
        (report.moved.values().sum::<u64>(), report.refused),
        (4, BTreeMap::new())
    );
    assert_eq!(counted(&mut engine, "p", "parcels"), told([("packed", 1)]));
    all_accepted(&mut engine, &[fire("x", "go")], 50);
    assert_eq!(counted(&mut engine, "p", "parcels"), told([("gone", 1)]));
    let verified = engine.verify(&key("p")).unwrap().unwrap();
    verified.unwrap_or_else(|error| panic!("{error}"));
}
