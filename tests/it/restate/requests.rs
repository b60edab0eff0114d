//! What Restate is asked, and what it is told.

use std::borrow::Borrow;
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use flagstate::runtime::{
    Answer, Clock, Deploy, Engine, OrderKey, Request, Sqlite, Store, SystemClock,
};
use flagstate::time::format_instant;
use serde_json::{Value as Json, json};

use super::shop::{HOLD, Shop, deploy};
use super::until;
use crate::runtime::kill::{cart, pay};

impl Shop {
    fn ask(&self, order: &str, handler: &str, body: impl Borrow<Json>) -> Json {
        let order = format!("shop/{order}");
        let answer = self.cluster.call(&order, handler, body.borrow());
        answer.unwrap_or_else(|why| panic!("{order} {handler}: {why}"))
    }

    fn wrong(&self, order: &str, handler: &str, body: impl Borrow<Json>) -> String {
        self.cluster
            .call(order, handler, body.borrow())
            .unwrap_err()
    }

    fn create(&self, order: &str, parent: Option<&str>) -> Json {
        let mut body = json!({ "workflow": "shop", "actor": "customer" });
        if let Some(parent) = parent {
            body["parent"] = json!({ "order": parent, "set": "parts" });
        }
        self.ask(order, "create", body)
    }

    fn status(&self, order: &str) -> (String, u64) {
        let view = self.ask(order, "get", Json::Null);
        let status = view["status"].as_str().unwrap().to_owned();
        (status, view["version"].as_u64().unwrap())
    }

    /// The store, once it has an order at its version.
    fn stored(&self, order: &str) -> Engine<Sqlite> {
        let key = OrderKey::new("shop", order);
        let version = self.status(order).1;
        let mut engine = Engine::new(Sqlite::open(&self.file).unwrap());
        until(&|| order.to_owned(), || {
            let row = engine.store().load(std::slice::from_ref(&key)).unwrap();
            row[0].as_ref().is_some_and(|row| row.sequence == version)
        });
        engine
    }

    /// The calls of a family that are still to come.
    fn to_come(&self, order: &str) -> usize {
        let sql = format!(
            "SELECT id FROM sys_invocation WHERE target = 'Order/shop/{order}/wake' AND status != 'completed'"
        );
        self.cluster.query(&sql).len()
    }
}

#[test]
fn an_order_is_asked_and_told_of() {
    let Some(shop) = Shop::open(1) else { return };
    timers_come_once_and_when_they_are_due(&shop);
    a_family_moves_at_once(&shop);
    orders_that_name_each_other_hold_up_nobody(&shop);
    what_is_mistaken_is_said_once(&shop);
    the_store_moves_nothing(&shop);
    a_store_that_is_older_is_written_again(&shop);
    what_is_in_the_store_already_is_not_made_again(&shop);
    what_is_personal_is_erased(&shop);
    an_order_comes_to_another_version(&shop);
}

fn timers_come_once_and_when_they_are_due(shop: &Shop) {
    assert_eq!(shop.create("t1", None)["answer"], "accepted");
    assert_eq!(shop.to_come("t1"), 1);
    until(&|| "the cart is given up".to_owned(), || {
        shop.status("t1") == ("dropped".to_owned(), 2)
    });
    // Moved into the far future, it does not come; moved back, at once. What was to come is cancelled.
    shop.create("t2", None);
    let moved = |due: String| {
        let action = json!({ "move_timer": { "timer": "cart.expires", "due": due } });
        let body = json!({ "reason": "by phone", "actor": "clerk", "action": action });
        let told = shop.ask("t2", "override", body);
        assert_eq!(told["answer"], "accepted", "{told}");
    };
    moved("2999-01-01T00:00:00Z".to_owned());
    thread::sleep(Duration::from_millis(1_500));
    assert_eq!(shop.status("t2"), ("cart".to_owned(), 2));
    assert_eq!(shop.to_come("t2"), 1);
    moved(format_instant(SystemClock.now()));
    until(&|| "the cart is given up".to_owned(), || {
        shop.status("t2").0 == "dropped"
    });
    assert_eq!(shop.status("t2").1, 4);
    until(&|| "nothing is to come".to_owned(), || {
        shop.to_come("t2") == 0
    });
    // The end of an order cancels what was to come.
    shop.create("t3", None);
    shop.ask("t3", "fire", json!({ "event": "cancel", "actor": "clerk" }));
    until(&|| "nothing is to come".to_owned(), || {
        shop.to_come("t3") == 0
    });
}

fn a_family_moves_at_once(shop: &Shop) {
    shop.create("f", None);
    shop.ask(
        "f",
        "fire",
        json!({ "event": "place", "actor": "customer" }),
    );
    assert_eq!(shop.create("f1", Some("f"))["answer"], "accepted");
    // A grandchild is kept with them, and a second order of that name is none.
    assert_eq!(shop.create("f11", Some("f1"))["answer"], "accepted");
    assert_eq!(shop.create("f11", Some("f1"))["answer"], "exists");
    assert_eq!(shop.create("f11", None)["answer"], "exists");
    for order in ["f1", "f11"] {
        shop.ask(
            order,
            "fire",
            json!({ "event": "place", "actor": "customer" }),
        );
        for number in 0..2 {
            let id = format!("{order}.{number}");
            let pay =
                json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 50 }, "id": id });
            shop.ask(order, "fire", pay);
        }
    }
    shop.ask(
        "f",
        "fire",
        json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 100 } }),
    );
    let told = shop.ask("f11", "fire", json!({ "event": "ship", "actor": "clerk" }));
    assert_eq!(told["status"], "shipped", "{told}");
    for order in ["f", "f1"] {
        assert_eq!(shop.status(order).0, "shipped", "{order}");
    }
    let journal = shop.ask("f", "journal", json!({ "after": 1 }));
    let steps = journal["steps"].as_array().unwrap();
    assert_eq!(steps.last().unwrap()["record"]["cause"]["kind"], "children");
    let mut engine = shop.stored("f");
    for order in ["f", "f1", "f11"] {
        let verified = engine
            .verify(&OrderKey::new("shop", order))
            .unwrap()
            .unwrap();
        assert_eq!(verified.unwrap().steps, shop.status(order).1);
    }
}

fn orders_that_name_each_other_hold_up_nobody(shop: &Shop) {
    thread::scope(|scope| {
        for round in 0..10 {
            let (left, right) = (format!("l{round}"), format!("r{round}"));
            scope.spawn({
                let (left, right) = (left.clone(), right.clone());
                move || shop.create(&left, Some(&right))
            });
            let told = shop.create(&right, Some(&left));
            assert_eq!(
                told["message"],
                format!("there is no order `{left}` to belong to")
            );
        }
    });
    let told = shop.create("itself", Some("itself"));
    assert_eq!(told["message"], "there is no order `itself` to belong to");
}

fn what_is_mistaken_is_said_once(shop: &Shop) {
    let told = shop.wrong(
        "shop/x",
        "fire",
        json!({ "evnt": "place", "actor": "clerk" }),
    );
    assert!(
        told.starts_with("400") && told.contains("unknown field `evnt`"),
        "{told}"
    );
    let told = shop.wrong("shop/x", "create", json!([1]));
    assert!(told.starts_with("400"), "{told}");
    for (action, part) in [
        (json!({}), "nothing is to be done, expected an object"),
        (json!("erase"), "expected an object with one of"),
        (json!({ "force": {} }), "there is no action `force`"),
        (json!({ "force_state": {} }), "missing field `to`"),
    ] {
        let body = json!({ "reason": "r", "actor": "clerk", "action": action });
        let told = shop.wrong("shop/x", "override", body);
        assert!(told.starts_with("400") && told.contains(part), "{told}");
    }
    let long = "b".repeat(20_000);
    assert_eq!(shop.ask(&long, "get", Json::Null), Json::Null);
    let told = shop.ask(
        &long,
        "create",
        json!({ "workflow": "shop", "actor": "clerk" }),
    );
    assert_eq!(told["answer"], "invalid", "{told}");
    let told = shop.wrong("x", "fire", json!({ "event": "place", "actor": "clerk" }));
    assert!(
        told.contains("`x` is no order: write TENANT/ORDER"),
        "{told}"
    );
    let told = shop.ask("x", "fire", json!({ "event": "place", "actor": "clerk" }));
    assert_eq!(told["answer"], "unknown_order");
    let told = shop.ask(
        "x",
        "create",
        json!({ "workflow": "shpo", "actor": "clerk" }),
    );
    assert_eq!(told["answer"], "unknown_workflow");
    for (handler, body) in [
        ("get", Json::Null),
        ("why", json!({ "event": "place", "actor": "clerk" })),
        ("available", json!({ "actor": "clerk" })),
        ("journal", json!({})),
    ] {
        assert_eq!(shop.ask("x", handler, body), Json::Null, "{handler}");
    }
    shop.create("w", None);
    let why = shop.ask("w", "why", json!({ "event": "ship", "actor": "clerk" }));
    assert_eq!(why["refusal"], "the order is in `cart`, not in `placed`");
    let actions = shop.ask("w", "available", json!({ "actor": "customer" }));
    assert!(
        actions["actions"].as_array().unwrap().len() > 3,
        "{actions}"
    );
    let told = shop.wrong("shop/w", "available", json!({ "actor": "nobody" }));
    assert!(told.contains("there is no actor `nobody`"), "{told}");
}

fn the_store_moves_nothing(shop: &Shop) {
    shop.create("s", None);
    shop.ask(
        "s",
        "fire",
        json!({ "event": "place", "actor": "customer", "id": "e" }),
    );
    let mut engine = shop.stored("s");
    let mut fire = pay(0, Some("other"));
    fire.key = OrderKey::new("shop", "s");
    let now = SystemClock.now();
    let replies = engine.handle(&[Request::Fire(fire)], now).unwrap();
    let expected = Answer::Stuck {
        reason: flagstate::runtime::row::ELSEWHERE.to_owned(),
    };
    assert_eq!(replies[0].answer, expected);
    // A store that is lost is written again from what Restate has, effects apart; without the deployment
    // nothing can be told, which is said.
    let key = OrderKey::new("shop", "s");
    let rows = engine.journal(&key, 0, 9);
    drop(engine);
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", shop.file.display()));
    }
    Engine::new(Sqlite::open(&shop.file).unwrap());
    shop.restart_program();
    let told = shop.wrong("shop/s", "get", Json::Null);
    assert!(
        told.starts_with("500") && told.contains("there is no deployment"),
        "{told}"
    );
    deploy(&shop.file, HOLD);
    shop.cluster.insist("shop/s", "project", &Json::Null);
    let mut engine = shop.stored("s");
    assert_eq!(engine.journal(&key, 0, 9), rows);
    let kept = engine
        .store()
        .answers(&[(key.clone(), "e".to_owned())])
        .unwrap();
    assert!(kept[0].is_some());
    assert_eq!(engine.store().claim(None, now, now, 9).unwrap(), []);
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_file(to);
    let mut store = Sqlite::open(from).unwrap();
    // The whole log is in the file once the last one closes it.
    store.next_due().unwrap();
    drop(store);
    for ending in ["", "-wal"] {
        let from = format!("{}{ending}", from.display());
        if Path::new(&from).exists() {
            fs::copy(from, format!("{}{ending}", to.display())).unwrap();
        }
    }
}

fn a_store_that_is_older_is_written_again(shop: &Shop) {
    person(shop);
    let ask = |handler: &str, body| shop.ask("g", handler, body);
    let body = json!({ "workflow": "person", "actor": "customer", "context": { "email": "bob@example.org" } });
    ask("create", body);
    shop.create("late", None);
    drop(shop.stored("g"));
    drop(shop.stored("late"));
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("older.db");
    shop.stop_program();
    copy(&shop.file, &older);
    shop.start_program();
    let learn = json!({ "event": "learn", "actor": "customer", "payload": { "phone": "555", "safe": true } });
    ask("fire", learn);
    let action = json!({ "erase": {} });
    ask(
        "override",
        json!({ "reason": "asked for", "actor": "clerk", "action": action }),
    );
    shop.ask(
        "late",
        "fire",
        json!({ "event": "place", "actor": "customer" }),
    );
    drop(shop.stored("g"));
    drop(shop.stored("late"));
    shop.stop_program();
    let _ = fs::remove_file(format!("{}-wal", shop.file.display()));
    let _ = fs::remove_file(format!("{}-shm", shop.file.display()));
    copy(&older, &shop.file);
    shop.start_program();
    // The next step finds that others are missing, and all of it comes; what was erased does not come back.
    shop.cluster.insist(
        "shop/late",
        "fire",
        &json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 1 } }),
    );
    shop.cluster.insist(
        "shop/g",
        "fire",
        &json!({ "event": "close", "actor": "clerk" }),
    );
    let mut engine = shop.stored("g");
    for order in ["g", "late"] {
        let key = OrderKey::new("shop", order);
        let steps = shop.status(order).1;
        let mut stored = shop.stored(order);
        assert_eq!(stored.verify(&key).unwrap().unwrap().unwrap().steps, steps);
    }
    let rows = engine.journal(&OrderKey::new("shop", "g"), 0, 9).unwrap();
    assert!(rows.iter().all(|row| row.personal.is_none()), "{rows:?}");
}

fn what_is_in_the_store_already_is_not_made_again(shop: &Shop) {
    let mut engine = Engine::new(Sqlite::open(&shop.file).unwrap());
    let now = SystemClock.now();
    let create = Request::Create(cart("own"));
    engine.handle(&[create], now).unwrap();
    let told = shop.create("own", None);
    assert_eq!(
        (&told["answer"], &told["version"]),
        (&json!("exists"), &json!(1))
    );
    let parent = shop.create("q", None);
    assert_eq!(parent["answer"], "accepted");
    assert_eq!(shop.create("own", Some("q"))["answer"], "exists");
    assert_eq!(shop.ask("own", "get", Json::Null), Json::Null);
    let view = engine.get(&OrderKey::new("shop", "own")).unwrap().unwrap();
    assert_eq!((view.version, view.stuck), (1, None));
    // And what runs on Restate is not made again in the store.
    drop(shop.stored("q"));
    let replies = engine.handle(&[Request::Create(cart("q"))], now).unwrap();
    assert!(
        matches!(replies[0].answer, Answer::Stuck { .. }),
        "{replies:?}"
    );
}

fn person(shop: &Shop) {
    let text = fs::read_to_string("tests/cases/runtime/person.yaml").unwrap();
    let mut engine = Engine::new(Sqlite::open(&shop.file).unwrap());
    let deploy = Deploy::file("shop", "person.yaml", text);
    engine.deploy(&deploy, SystemClock.now()).unwrap();
}

fn what_is_personal_is_erased(shop: &Shop) {
    person(shop);
    let context = json!({ "email": "ann@example.org" });
    let body = json!({ "workflow": "person", "actor": "customer", "context": context, "id": "c" });
    let told = shop.ask("p", "create", body.clone());
    assert_eq!(told["answer"], "accepted", "{told}");
    assert_eq!(
        shop.ask("p", "get", Json::Null)["context"]["email"],
        "ann@example.org"
    );
    let action = json!({ "erase": {} });
    let erase = json!({ "reason": "asked for", "actor": "clerk", "action": action });
    let told = shop.ask("p", "override", erase);
    assert_eq!(told["answer"], "accepted", "{told}");
    assert_eq!(shop.ask("p", "create", body)["answer"], "erased");
    let mut engine = shop.stored("p");
    let key = OrderKey::new("shop", "p");
    assert_eq!(engine.verify(&key).unwrap().unwrap().unwrap().steps, 2);
    let sql = "SELECT key FROM state WHERE service_key = 'shop/p' AND value_utf8 LIKE '%ann@%'";
    until(&|| "nothing of it is kept".to_owned(), || {
        shop.cluster.query(sql).is_empty()
    });
}

fn an_order_comes_to_another_version(shop: &Shop) {
    shop.create("m", None);
    shop.ask(
        "m",
        "fire",
        json!({ "event": "place", "actor": "customer" }),
    );
    let text = fs::read_to_string(crate::runtime::SHOP).unwrap();
    let text = text.replace("workflow: shop\n", "workflow: shop\nversion: 2\n");
    let mut engine = Engine::new(Sqlite::open(&shop.file).unwrap());
    let deploy = Deploy::file("shop", "shop.yaml", text);
    engine.deploy(&deploy, SystemClock.now()).unwrap();
    let plan = "flagstate_migration: 1\nfrom: { workflow: shop, version: 1 }\n\
         to: { workflow: shop, version: 2 }\ntimers:\n  \
         cart.expires: { keep: cart.expires }\n  placed.remind: { keep: placed.remind }\n";
    let bring = |plan: &str, dry_run: bool| {
        let body = json!({ "plan": plan, "actor": "clerk", "dry_run": dry_run });
        shop.cluster.call("shop/m", "migrate", &body)
    };
    let wrong = bring("flagstate_migration: 1\nfrom: {}\n", false).unwrap_err();
    assert!(wrong.starts_with("400"), "{wrong}");
    let nobody = shop.cluster.call(
        "shop/nobody",
        "migrate",
        &json!({ "plan": plan, "actor": "clerk" }),
    );
    assert_eq!(nobody, Ok(Json::Null));
    let other = shop.cluster.call(
        "shop/p",
        "migrate",
        &json!({ "plan": plan, "actor": "clerk" }),
    );
    assert_eq!(other, Ok(json!({ "moved": [], "refused": {} })));
    let moved = json!([{ "from": "placed", "to": "placed", "orders": 1 }]);
    assert_eq!(bring(plan, true).unwrap()["moved"], moved);
    assert_eq!(shop.ask("m", "get", Json::Null)["workflow_version"], 1);
    assert_eq!(bring(plan, false).unwrap()["moved"], moved);
    assert_eq!(bring(plan, false).unwrap()["moved"], json!([]));
    assert_eq!(shop.ask("m", "get", Json::Null)["workflow_version"], 2);
    let verified = shop.stored("m").verify(&OrderKey::new("shop", "m"));
    assert_eq!(verified.unwrap().unwrap().unwrap().steps, 3);
}
