//! A change that is alone, in a database, and what somebody else writes meanwhile.

use std::thread;

use flagstate::runtime::row::Change;
use flagstate::runtime::{Store, StoreError};

use super::{effect, step};
use crate::server::{Schema, shared};

/// Another program that writes something, takes a lock to say so, and ends once somebody waits for it.
fn meanwhile(schema: &Schema<'_>, what: &str, end: &str) -> String {
    let name = &schema.name;
    format!(
        "SET search_path = {name}; DO $$ BEGIN {what}; \
         PERFORM pg_advisory_xact_lock(0, '{name}'::regnamespace::oid::int); \
         WHILE NOT EXISTS (SELECT FROM pg_locks \
             WHERE NOT granted AND transactionid = pg_current_xact_id()::xid) \
         LOOP PERFORM pg_sleep(0.001); END LOOP; {end} END $$"
    )
}

/// Commits a change while something else is written that it waits for.
fn against(what: &str, end: &str, change: &Change) -> Option<Result<Vec<bool>, StoreError>> {
    let server = shared()?;
    let schema = server.schema();
    let mut store = schema.open();
    store.commit(&[vec![step("o", 1)]]).unwrap();
    let other = meanwhile(&schema, what, end);
    thread::scope(|scope| {
        let other = scope.spawn(|| server.tell(&other).map(drop));
        let written = format!(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 \
             AND objid = '{}'::regnamespace::oid",
            schema.name
        );
        while server.tell(&written).unwrap().is_empty() {
            assert!(!other.is_finished(), "nothing was written: {what}");
            thread::yield_now();
        }
        let won = store.commit(&[vec![change.clone()]]);
        assert_eq!(other.join().unwrap().is_ok(), end.is_empty());
        // What was not written is not there in parts either.
        if won != Ok(vec![true]) {
            let (id, after) = (&change.row.key, change.expected.unwrap_or(0));
            assert!(
                store.load(std::slice::from_ref(id)).unwrap()[0]
                    .as_ref()
                    .is_none_or(|row| row.body != change.row.body)
            );
            let steps = store.journal(id, after, 9).unwrap();
            assert!(
                steps.iter().all(|step| step.body != change.journal[0].body),
                "{steps:?}"
            );
        }
        Some(won)
    })
}

#[test]
fn what_somebody_writes_meanwhile_is_waited_for_and_judged() {
    let mut moved = step("o", 2);
    moved.effects = vec![effect("o", "acme/o/2.0")];
    moved.row.body = "ours".to_owned();
    moved.journal[0].body = "ours".to_owned();
    let mut made = step("p", 1);
    made.row.body = "ours".to_owned();
    made.journal[0].body = "ours".to_owned();
    let lost = || Ok(vec![false]);
    let there = || Err(());
    for (what, change, expected) in [
        ("UPDATE orders SET sequence = 2", &moved, lost()),
        (
            "INSERT INTO orders SELECT tenant, 'p', root, parent, parent_set, deployment, sequence, status, \
             done, due, due_rest, created, created_rest, updated, updated_rest, head, stuck, body FROM orders",
            &made,
            lost(),
        ),
        (
            "INSERT INTO answers VALUES ('acme', 'o', 'event 2', 'theirs')",
            &moved,
            lost(),
        ),
        (
            "INSERT INTO answers VALUES ('acme', 'p', 'event 1', 'theirs')",
            &made,
            lost(),
        ),
        (
            "INSERT INTO journal VALUES ('acme', 'o', 2, 'theirs', 'theirs')",
            &moved,
            there(),
        ),
        (
            "INSERT INTO effects (id, tenant, order_id, sequence, effect, state, at, at_rest, due, due_rest, \
             attempts, dead) VALUES ('acme/o/2.0', 'acme', 'o', 2, '', '', 0, 0, 0, 0, 0, FALSE)",
            &moved,
            there(),
        ),
    ] {
        let Some(got) = against(what, "", change) else {
            return;
        };
        match expected {
            Ok(expected) => assert_eq!(got, Ok(expected), "{what}"),
            Err(()) => assert!(matches!(got, Err(StoreError::Failed(_))), "{what}: {got:?}"),
        }
        // What is called off was never there.
        let called_off = "RAISE EXCEPTION 'called off';";
        let got = against(what, called_off, change);
        assert_eq!(got, Some(Ok(vec![true])), "{what}");
    }
}
