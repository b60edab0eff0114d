//! Personal values that are kept no longer: gone from orders that ended long enough ago, and from no others.

use flagstate::context::Actor;
use flagstate::runtime::{
    Answer, Deploy, Engine, Memory, Migration, OrderKey, Outlived, OutlivedPage, Sqlite, Store,
};
use flagstate::time::format_instant;
use serde_json::json;

use super::at;
use super::personal::{accepted, create, engine, life, tells, verified};

/// What ended before a second; each of these orders makes its last step at 5,000.
fn outlived(before: i64) -> Outlived {
    Outlived {
        tenant: "t".to_owned(),
        before: at(before),
        actor: Actor::system(),
        reason: "kept for a year".to_owned(),
    }
}

/// The orders of a page that were erased.
fn erased(page: &OutlivedPage) -> Vec<&str> {
    assert_eq!(page.unread, []);
    let taken = |answer: &Answer| matches!(answer, Answer::Accepted(_));
    assert!(
        page.replies.iter().all(|(_, reply)| taken(&reply.answer)),
        "{page:?}"
    );
    let orders = page.replies.iter().map(|(key, _)| key.order.as_str());
    orders.collect()
}

/// Whether anything that is stored of an order tells of a person.
fn is_told_of<S: Store>(engine: &mut Engine<S>, order: &str) -> bool {
    let key = OrderKey::new("t", order);
    let row = engine.store().load(std::slice::from_ref(&key)).unwrap();
    let steps = engine.journal(&key, 0, 1_000).unwrap();
    !tells(&format!("{row:?} {steps:?}")).is_empty()
}

fn keeps_what_is_to_be_kept<S: Store>(mut engine: Engine<S>) {
    let engine = &mut engine;
    for order in ["o1", "o2"] {
        life(engine, &OrderKey::new("t", order));
    }
    accepted(
        engine,
        &create("cart", &[("email", json!("joe@example.org"))]),
        0,
    );
    // Somebody else's and those that ended later are left as they are.
    let others = Outlived {
        tenant: "u".to_owned(),
        ..outlived(5_001)
    };
    for kept in [others, outlived(5_000)] {
        let page = engine.erase_outlived(&kept, None, at(6_000)).unwrap();
        assert_eq!(
            page,
            OutlivedPage {
                replies: vec![],
                unread: vec![],
                next: None
            }
        );
    }
    assert!(is_told_of(engine, "o1"));

    let page = engine
        .erase_outlived(&outlived(5_001), Some("o1".to_owned()), at(6_000))
        .unwrap();
    assert_eq!((erased(&page), page.next.as_deref()), (vec!["o2"], None));
    assert!(is_told_of(engine, "o1") && !is_told_of(engine, "o2"));
    let page = engine
        .erase_outlived(&outlived(5_001), None, at(6_000))
        .unwrap();
    assert_eq!(erased(&page), ["o1"]);
    // A cart is under way, however old it is.
    let told = ["cart", "o1", "o2"].map(|order| is_told_of(engine, order));
    assert_eq!(told, [true, false, false]);
    let key = OrderKey::new("t", "o1");
    assert_eq!(verified(engine, &key), 7);
    let last = engine.journal(&key, 6, 1).unwrap().remove(0);
    assert!(last.body.contains("kept for a year"), "{last:?}");
    // What was erased is not erased again, however much later.
    let page = engine
        .erase_outlived(&outlived(9_000), None, at(10_000))
        .unwrap();
    assert_eq!(erased(&page), [""; 0]);
}

#[test]
fn what_ended_long_ago_is_erased_and_nothing_else() {
    keeps_what_is_to_be_kept(engine(Memory::default()));
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("orders.db")).unwrap();
    keeps_what_is_to_be_kept(engine(store));
}

#[test]
fn what_is_done_to_an_order_that_has_ended_puts_nothing_off() {
    let mut engine = engine(Memory::default());
    life(&mut engine, &OrderKey::new("t", "o1"));
    let text = std::fs::read_to_string(super::personal::PERSON).unwrap();
    let text = text.replace("workflow: person\n", "workflow: person\nversion: 2\n");
    let deploy = Deploy::file("t", "person.yaml", text);
    engine.deploy(&deploy, at(6_000)).unwrap();
    let migration = Migration {
        tenant: "t".to_owned(),
        plan: "flagstate_migration: 1\nfrom: { workflow: person, version: 1 }\n\
               to: { workflow: person, version: 2 }\n\
               timers: { open.remind: { keep: open.remind } }\n"
            .to_owned(),
        name: Migration::NAME.to_owned(),
        actor: Actor::system(),
        dry_run: false,
    };
    let report = engine.migrate(&migration, at(7_000), &mut |_| {}).unwrap();
    assert_eq!(report.moved.values().sum::<u64>(), 1);
    let key = OrderKey::new("t", "o1");
    let view = engine.get(&key).unwrap().unwrap();
    assert_eq!(view.ended_at, Some(format_instant(at(5_000))));
    assert_eq!(view.updated_at, format_instant(at(7_000)));
    let page = engine
        .erase_outlived(&outlived(5_001), None, at(8_000))
        .unwrap();
    assert_eq!(erased(&page), ["o1"]);
    assert!(!is_told_of(&mut engine, "o1"));
}

#[test]
fn orders_come_page_by_page_and_one_that_cannot_be_read_holds_up_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut engine = engine(Sqlite::open(&path).unwrap());
    let orders: Vec<String> = (0..1_003).map(|number| format!("o{number:04}")).collect();
    for order in &orders {
        life(&mut engine, &OrderKey::new("t", order.as_str()));
    }
    let file = rusqlite::Connection::open(&path).unwrap();
    let spoilt = file.execute("UPDATE orders SET body = '{' WHERE id = 'o0500'", []);
    assert_eq!(spoilt, Ok(1));
    let (mut all, mut unread, mut pages, mut after) = (Vec::new(), Vec::new(), 0, None);
    loop {
        let page = engine
            .erase_outlived(&outlived(5_001), after, at(6_000))
            .unwrap();
        all.extend(page.replies.into_iter().map(|(key, _)| key.order));
        unread.extend(page.unread.iter().map(ToString::to_string));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((pages, unread.len()), (6, 1));
    assert!(unread[0].starts_with("`t/o0500`: "), "{unread:?}");
    let rest = orders.into_iter().filter(|order| order != "o0500");
    assert_eq!(all, rest.collect::<Vec<_>>());
}
