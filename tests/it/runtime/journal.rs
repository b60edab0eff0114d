//! Journals: what is changed in one is found, and an order is made again as it stood at any time.

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::journal::{Broken, Record, START, verify};
use flagstate::runtime::row::{AnswerRow, JournalRow, Unit};
use flagstate::runtime::{
    Create, Engine, Fire, Memory, OrderKey, Request, Sqlite, Store, Tampered,
};
use flagstate::time::format_instant;

use super::conformance::{asked, request};
use super::model::Model;
use super::{at, shop};
use crate::analysis::dice::Dice;
use crate::tell;

/// An engine whose orders have made some steps, and the journal of the one that made most.
fn busy(seed: u64) -> (Engine<Memory>, OrderKey, Vec<JournalRow>) {
    let mut dice = Dice::new(seed);
    let mut engine = shop(Memory::default());
    let mut model = Model::default();
    for now in 0..200 {
        let next = asked(&mut dice, &model, 100 + now * 30);
        model.ask(&next);
        engine
            .handle(&[request(&next)], at(100 + now * 30))
            .unwrap();
    }
    let longest = model
        .orders
        .iter()
        .max_by_key(|(_, order)| order.version)
        .unwrap();
    let key = OrderKey::new("shop", longest.0.clone());
    let rows = engine.journal(&key, 0, 10_000).unwrap();
    assert!(rows.len() > 5, "{}", rows.len());
    (engine, key, rows)
}

#[test]
fn a_row_that_is_changed_gone_or_out_of_its_place_is_named() {
    let mut dice = Dice::new(7);
    let (_, key, rows) = busy(1);
    let whole = verify(&key, (0, START), &rows).unwrap();
    assert_eq!(whole.0, u64::try_from(rows.len()).unwrap());
    let first = |rows: &[JournalRow]| {
        verify(&key, (0, START), rows).map_err(|Broken { sequence, .. }| sequence)
    };
    let mut tried = 0;
    for at in 0..rows.len() {
        for _ in 0..20 {
            let mut flipped = rows.clone();
            let mut bytes = flipped[at].body.clone().into_bytes();
            let place = dice.below(bytes.len());
            bytes[place] ^= 1 << dice.below(7);
            let Ok(body) = String::from_utf8(bytes) else {
                continue;
            };
            flipped[at].body = body;
            assert_eq!(first(&flipped), Err(rows[at].sequence));
            tried += 1;
        }
        let mut forged = rows.clone();
        forged[at].hash = forged[at].hash.replace(['a', '1'], "0");
        assert_eq!(first(&forged), Err(rows[at].sequence));
        let mut less = rows.clone();
        less.remove(at);
        if at + 1 < rows.len() {
            assert_eq!(first(&less), Err(rows[at].sequence));
            let mut swapped = rows.clone();
            swapped.swap(at, at + 1);
            assert_eq!(first(&swapped), Err(rows[at].sequence));
        }
        tried += 3;
    }
    let other = OrderKey::new("shop", "another");
    assert_eq!(
        verify(&other, (0, START), &rows).map_err(|broken| broken.sequence),
        Err(1)
    );
    tell::tried(&format!(
        "{tried} journals tampered with, each found at its row"
    ));
}

/// A store that says something else of one order.
fn with(engine: Engine<Memory>, key: &OrderKey, change: impl Fn(&mut Unit)) -> Engine<Memory> {
    let mut memory = engine.into_store();
    let row = memory
        .load(std::slice::from_ref(key))
        .unwrap()
        .remove(0)
        .unwrap();
    let journal = memory.journal(key, 0, 10_000).unwrap();
    let ids = journal.iter().filter_map(|row| {
        let record: Record = serde_json::from_str(&row.body).unwrap();
        Some((key.clone(), record.event_id?))
    });
    let ids: Vec<(OrderKey, String)> = ids.collect();
    let bodies = memory.answers(&ids).unwrap();
    let answers = ids
        .into_iter()
        .zip(bodies)
        .map(|((_, event_id), body)| AnswerRow {
            event_id,
            body: body.unwrap(),
        });
    let change_of = flagstate::runtime::row::Change {
        expected: None,
        upon: String::new(),
        row,
        journal,
        answers: answers.collect(),
        effects: Vec::new(),
        erases: false,
    };
    let mut unit = vec![change_of];
    change(&mut unit);
    let mut other = shop(Memory::default()).into_store();
    assert_eq!(other.commit(&[unit]).unwrap(), [true]);
    Engine::new(other)
}

#[test]
fn an_order_that_is_not_what_its_journal_makes_is_found() {
    let problem = |change: &dyn Fn(&mut Unit)| {
        let (engine, key, _) = busy(2);
        let mut engine = with(engine, &key, change);
        match engine.verify(&key).unwrap().unwrap() {
            Ok(_) => String::new(),
            Err(Tampered::Order { problem, .. }) => problem,
            Err(Tampered::Journal(broken)) => broken.to_string(),
        }
    };
    assert_eq!(problem(&|_| {}), "");
    let cut = problem(&|unit| drop(unit[0].journal.pop()));
    assert!(cut.contains("steps, and its journal has"), "{cut}");
    let head = problem(&|unit| unit[0].row.head = "0".repeat(64));
    assert_eq!(head, "its journal ends otherwise than it was written");
    let paid = problem(&|unit| {
        let body = &unit[0].row.body;
        let (before, after) = body.split_once("\"paid\":").unwrap();
        unit[0].row.body = format!("{before}\"paid\":9{after}");
    });
    assert_eq!(paid, "it stands otherwise than its journal makes it");
    let answer = problem(&|unit| drop(unit[0].answers.remove(0)));
    assert!(
        answer.ends_with("is gone, and it would be carried out again"),
        "{answer}"
    );
    // What is looked up by must be so too.
    let looked =
        |what: &str| format!("what is looked up of it (its {what}) is not what its journal makes");
    let status = problem(&|unit| unit[0].row.status = "nowhere".to_owned());
    assert_eq!(status, looked("status"));
    assert_eq!(
        problem(&|unit| unit[0].row.done = !unit[0].row.done),
        looked("end")
    );
    let due = problem(&|unit| {
        let due = unit[0].row.next_due;
        unit[0].row.next_due = due.xor(Some(at(1)));
    });
    assert_eq!(due, looked("next timer"));
    assert_eq!(
        problem(&|unit| unit[0].row.updated_at = at(0)),
        looked("last step")
    );
    assert_eq!(
        problem(&|unit| unit[0].row.created_at = at(0)),
        looked("creation")
    );
}

#[test]
fn an_order_is_made_again_as_it_stood_at_any_time() {
    let mut engine = shop(Memory::default());
    let key = OrderKey::new("shop", "a");
    let mut stood = Vec::new();
    let mut dice = Dice::new(3);
    let mut model = Model::default();
    let create = Create::new("shop", "shop", "a", Actor::new("customer"));
    engine.handle(&[Request::Create(create)], at(10)).unwrap();
    for now in 1..150 {
        let now = 10 + now * 100;
        let next = asked(&mut dice, &model, now);
        let next = super::model::Asked {
            at: now,
            order: "a".to_owned(),
            ..next
        };
        model.ask(&next);
        engine
            .handle(&[request(&next), Request::Tick(key.clone())], at(now))
            .unwrap();
        let row = engine
            .store()
            .load(std::slice::from_ref(&key))
            .unwrap()
            .remove(0)
            .unwrap();
        stood.push((now, row.body));
    }
    for (now, body) in &stood {
        let then = engine.as_of(&key, at(*now)).unwrap().unwrap();
        assert_eq!(serde_json::to_string(&then).unwrap(), *body, "{now}");
    }
    assert_eq!(engine.as_of(&key, at(9)).unwrap(), None);
    tell::tried(&format!("{} moments of an order made again", stood.len()));
}

#[test]
fn a_journal_tells_what_happened_in_names() {
    let mut engine = shop(Memory::default());
    let customer = Actor {
        role: "customer".to_owned(),
        id: Some("c-7".to_owned()),
    };
    let mut create = Create::new("shop", "shop", "a", customer.clone());
    create
        .context
        .insert("paid".to_owned(), serde_json::json!(0));
    let mut place = Event::named("place", customer);
    place.id = Some("click-1".to_owned());
    let pay = Event {
        kind: flagstate::instance::EventKind::Named {
            name: "pay".to_owned(),
            payload: [("amount".to_owned(), serde_json::json!(100))].into(),
            target: None,
        },
        ..Event::named("pay", Actor::new("clerk"))
    };
    let fire = |event| Request::Fire(Fire::new("shop", "a", event));
    engine
        .handle(&[Request::Create(create), fire(place)], at(0))
        .unwrap();
    engine.handle(&[fire(pay)], at(60)).unwrap();
    let ship = fire(Event::named("ship", Actor::new("clerk")));
    engine.handle(&[ship], at(4_000)).unwrap();
    let rows = engine.journal(&OrderKey::new("shop", "a"), 0, 100).unwrap();
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            let mut body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
            // It is a digest of the file's text.
            body["deployment"] = "…".into();
            body
        })
        .collect();
    assert_eq!(format_instant(at(0)), "2026-01-05T09:00:00Z");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../cases/runtime");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_json_snapshot!("journal", rows));
}

/// What the orders `a` to `d` leave behind where somebody deletes by other means than ours.
fn leaves_orphans<S: Store>(store: S, delete: impl Fn(&str)) {
    let mut engine = shop(store);
    for order in ["a", "b", "c", "d"] {
        let mut create = Create::new("shop", "shop", order, Actor::new("customer"));
        create.event_id = Some("e0".to_owned());
        let mut place = Event::named("place", Actor::new("customer"));
        place.id = Some("e1".to_owned());
        let place = Fire::new("shop", order, place);
        let requests = [Request::Create(create), Request::Fire(place)];
        engine.handle(&requests, at(1)).unwrap();
    }
    assert_eq!(engine.store().orphans(None, 10).unwrap(), []);
    delete("DELETE FROM orders WHERE id IN ('a', 'c', 'd')");
    delete("DELETE FROM journal WHERE order_id = 'c'");
    delete("DELETE FROM answers WHERE order_id = 'd'");
    delete("DELETE FROM effects WHERE order_id = 'd'");
    for limit in [1, 2, 3, 10] {
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let found = engine.store().orphans(after.as_ref(), limit).unwrap();
            let Some(last) = found.last() else { break };
            assert!(found.len() <= limit);
            after = Some(last.key.clone());
            told.extend(found.into_iter().map(|one| Tampered::from(one).to_string()));
        }
        let of = |order, kinds| {
            format!("`shop/{order}`: there is no such order, and there are {kinds} of it")
        };
        let expected = [
            of("a", "steps and answers and effects"),
            of("c", "answers and effects"),
            of("d", "steps"),
        ];
        assert_eq!(told, expected);
    }
    let verified = |engine: &mut Engine<S>, order| {
        let verified = engine.verify(&OrderKey::new("shop", order)).unwrap();
        verified.map(|verified| verified.is_ok())
    };
    let verified = ["a", "b", "c"].map(|order| verified(&mut engine, order));
    assert_eq!(verified, [Some(false), Some(true), None]);
}

#[test]
fn rows_of_orders_that_are_gone_are_found_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let store = Sqlite::open(&path).unwrap();
    leaves_orphans(store, |sql| {
        let changed = rusqlite::Connection::open(&path).unwrap().execute(sql, []);
        assert!(changed.unwrap() > 0, "{sql}");
    });
    let verify = std::process::Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .args(["orders", "verify", "--store"])
        .arg(format!("sqlite:{}", path.display()))
        .output()
        .unwrap();
    assert_eq!(verify.status.code(), Some(1));
    let said = [verify.stdout, verify.stderr].map(|text| String::from_utf8(text).unwrap());
    let gone = "error: `shop/c`: there is no such order, and there are answers and effects of it";
    assert!(said.concat().contains(gone), "{said:?}");
    assert!(
        said.concat()
            .contains("3 of 4 orders are not what was written"),
        "{said:?}"
    );
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn rows_of_orders_that_are_gone_are_found_in_a_database() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let schema = server.schema();
    leaves_orphans(schema.open(), |sql| {
        let sql = sql.replace("FROM ", &format!("FROM {}.", schema.name));
        server.tell(&sql).unwrap();
    });
}
