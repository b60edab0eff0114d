//! What may befall a store in a database: other programs, lost connections, refusals of the server.

use std::collections::BTreeSet;
use std::thread;

use flagstate::runtime::postgres::Address;
use flagstate::runtime::row::{Find, Settlement};
use flagstate::runtime::{Postgres, Store, StoreError};

use super::{effect, key, nine, step};
use crate::server::{Schema, Server, shared};

/// Lets every commit of a schema run a piece of the server's language first: `IMMEDIATE` within its
/// statement, `DEFERRED` as it commits.
fn hook(server: &Server, schema: &Schema<'_>, when: &str, body: &str) {
    let name = &schema.name;
    let sql = format!(
        "CREATE SEQUENCE {name}.times; \
         CREATE FUNCTION {name}.hook() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER hook AFTER INSERT ON {name}.journal \
         DEFERRABLE INITIALLY {when} FOR EACH ROW EXECUTE FUNCTION {name}.hook()"
    );
    server.tell(&sql).unwrap();
}

const DIE: &str = "PERFORM pg_terminate_backend(pg_backend_pid())";

fn once(schema: &Schema<'_>, what: &str) -> String {
    format!(
        "IF nextval('{}.times') = 1 THEN {what}; END IF",
        schema.name
    )
}

pub(super) fn versions(store: &mut dyn Store, ids: &[&str]) -> Vec<Option<u64>> {
    let keys: Vec<_> = ids.iter().map(|id| key(id)).collect();
    let rows = store.load(&keys).unwrap();
    rows.iter()
        .map(|row| row.as_ref().map(|row| row.sequence))
        .collect()
}

fn opened(schema: &Schema<'_>) -> Result<Postgres, StoreError> {
    Postgres::open_existing(Address::parse(&schema.address()).unwrap())
}

#[test]
fn a_schema_is_made_only_where_that_was_asked_for() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let StoreError::Failed(why) = opened(&schema).unwrap_err() else {
        panic!("it is not there");
    };
    assert!(why.contains("there is no store"), "{why}");
    // Somebody else may have made it for us.
    server
        .tell(&format!("CREATE SCHEMA {}", schema.name))
        .unwrap();
    assert!(matches!(opened(&schema), Err(StoreError::Failed(_))));
    schema.open().commit(&[vec![step("o", 1)]]).unwrap();
    assert_eq!(versions(&mut opened(&schema).unwrap(), &["o"]), [Some(1)]);
}

#[test]
fn what_is_in_a_schema_of_another_program_stays_as_it_is() {
    let Some(server) = shared() else { return };
    for table in [
        "store (application int)",
        "store (application text, form int)",
        "orders (id int)",
    ] {
        let schema = server.schema();
        let name = &schema.name;
        server
            .tell(&format!(
                "CREATE SCHEMA {name}; CREATE TABLE {name}.{table}"
            ))
            .unwrap();
        let refused = Postgres::connect(&schema.address());
        assert!(
            matches!(refused, Err(StoreError::Corrupt(_) | StoreError::Failed(_))),
            "{refused:?}"
        );
        let tables =
            format!("SELECT relname FROM pg_class WHERE relnamespace = '{name}'::regnamespace");
        assert_eq!(server.tell(&tables).unwrap().len(), 1, "{table}");
    }
}

#[test]
fn a_schema_of_a_later_version_is_refused() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    drop(schema.open());
    server
        .tell(&format!("UPDATE {}.store SET form = 99", schema.name))
        .unwrap();
    for refused in [Postgres::connect(&schema.address()), opened(&schema)] {
        let Err(StoreError::Corrupt(why)) = refused else {
            panic!("{refused:?}");
        };
        assert!(
            why.contains("has form 99") && why.contains("up to 1"),
            "{why}"
        );
    }
}

#[test]
fn a_database_that_cannot_keep_every_text_is_refused() {
    let Some(server) = shared() else { return };
    let name = format!("latin_{}", std::process::id());
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    server.tell(&create).unwrap();
    let address = server
        .address("flagstate")
        .replace("dbname=shop", &format!("dbname={name}"));
    let refused = Postgres::connect(&address);
    server.tell(&format!("DROP DATABASE {name}")).unwrap();
    if address.contains(&name) {
        let Err(StoreError::Failed(why)) = refused else {
            panic!("{refused:?}");
        };
        assert!(why.contains("LATIN1"), "{why}");
    }
}

#[test]
fn many_may_open_a_new_store_at_once() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    thread::scope(|scope| {
        for number in 0..8 {
            let schema = &schema;
            scope.spawn(move || {
                let id = format!("o{number}");
                let won = schema.open().commit(&[vec![step(&id, 1)]]);
                assert_eq!(won, Ok(vec![true]));
            });
        }
    });
    assert_eq!(schema.open().keys(None, 99).unwrap().len(), 8);
}

#[test]
fn a_store_is_used_where_something_asynchronous_runs() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let executor = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    executor.block_on(async {
        let mut store = schema.open();
        assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
        assert_eq!(versions(&mut store, &["o"]), [Some(1)]);
    });
}

#[test]
fn a_connection_that_is_lost_in_between_is_made_anew() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let mut store = Postgres::connect(&format!(
        "{} application_name={}",
        schema.address(),
        schema.name
    ))
    .unwrap();
    let cut = || {
        let sql = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE application_name = '{}'",
            schema.name
        );
        assert_eq!(server.tell(&sql).unwrap().len(), 1);
    };
    for version in 1..=5 {
        let mut change = step("o", version);
        change.effects = vec![effect("o", &format!("acme/o/{version}.0"))];
        assert_eq!(store.commit(&[vec![change]]), Ok(vec![true]));
        cut();
        assert_eq!(versions(&mut store, &["o"]), [Some(version)]);
        cut();
        assert_eq!(
            store.claim(None, nine(), nine(), 9).unwrap().len() as u64,
            version
        );
        cut();
    }
    let find = Find {
        tenant: "acme".to_owned(),
        limit: 9,
        ..Find::default()
    };
    assert_eq!(store.find(&find).unwrap().len(), 1);
}

#[test]
fn a_connection_that_is_lost_before_the_commit_costs_nothing() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let mut store = schema.open();
    hook(server, &schema, "IMMEDIATE", &once(&schema, DIE));
    assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
    assert_eq!(store.journal(&key("o"), 0, 9).unwrap().len(), 1);
}

#[test]
fn a_connection_that_is_lost_with_the_commit_costs_nothing() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let mut store = schema.open();
    hook(server, &schema, "DEFERRED", &once(&schema, DIE));
    assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
    assert_eq!(versions(&mut store, &["o"]), [Some(1)]);
    assert_eq!(store.journal(&key("o"), 0, 9).unwrap().len(), 1);
}

#[test]
fn a_change_that_the_server_calls_off_is_made_again() {
    let Some(server) = shared() else { return };
    for code in ["40001", "40P01"] {
        for when in ["IMMEDIATE", "DEFERRED"] {
            let schema = server.schema();
            let mut store = schema.open();
            let call_off = format!("RAISE EXCEPTION 'again' USING ERRCODE = '{code}'");
            hook(server, &schema, when, &once(&schema, &call_off));
            assert_eq!(
                store.commit(&[vec![step("o", 1)]]),
                Ok(vec![true]),
                "{code} {when}"
            );
        }
    }
}

#[test]
fn a_server_without_room_is_full_and_works_again() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let mut store = schema.open();
    store.commit(&[vec![step("o", 1)]]).unwrap();
    let full = "RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'";
    hook(server, &schema, "IMMEDIATE", full);
    let also = format!(
        "CREATE TRIGGER hook AFTER INSERT ON {0}.plans FOR EACH ROW EXECUTE FUNCTION {0}.hook()",
        schema.name
    );
    server.tell(&also).unwrap();
    let room = store.check_room();
    assert!(matches!(room, Err(StoreError::Full(_))), "{room:?}");
    let refused = store.commit(&[vec![step("p", 1)], vec![step("o", 2)]]);
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert_eq!(versions(&mut store, &["o", "p"]), [Some(1), None]);
    server
        .tell(&format!(
            "DROP TRIGGER hook ON {0}.journal; DROP TRIGGER hook ON {0}.plans",
            schema.name
        ))
        .unwrap();
    assert_eq!(store.check_room(), Ok(()));
    assert_eq!(store.plan("", "room"), Ok(None));
    let again = store.commit(&[vec![step("p", 1)], vec![step("o", 2)]]);
    assert_eq!(again, Ok(vec![true, true]));
}

#[test]
fn an_order_that_somebody_holds_for_too_long_is_busy() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let mut store = schema.open();
    store.commit(&[vec![step("o", 1)]]).unwrap();
    let name = schema.name.clone();
    thread::scope(|scope| {
        let hold =
            format!("BEGIN; SELECT FROM {name}.orders FOR UPDATE; SELECT pg_sleep(7); COMMIT");
        let holder = scope.spawn(move || server.tell(&hold).map(drop));
        let held = format!(
            "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%{name}.orders%'"
        );
        while server.tell(&held).unwrap().is_empty() {
            thread::yield_now();
        }
        let busy = store.commit(&[vec![step("o", 2)]]);
        assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
        holder.join().unwrap().unwrap();
    });
    assert_eq!(store.commit(&[vec![step("o", 2)]]), Ok(vec![true]));
}

#[test]
fn groups_upon_the_same_orders_wait_for_each_other_in_a_line() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let deadlocks = "SELECT sum(deadlocks) FROM pg_stat_database";
    let before = server.tell(deadlocks).unwrap();
    let racers = [false, true, false].map(|backwards| {
        let mut store = schema.open();
        thread::spawn(move || {
            let mut won = 0;
            for round in 1..=60u64 {
                // Orders that are there and orders that are made meanwhile, either way round.
                let mut units: Vec<_> = (0..24)
                    .map(|id| vec![step(&format!("o{}", id + round / 2), round % 2 + 1)])
                    .collect();
                if backwards {
                    units.reverse();
                }
                let written = store.commit(&units).unwrap();
                won += written.into_iter().filter(|won| *won).count();
            }
            won
        })
    });
    let won: usize = racers.into_iter().map(|racer| racer.join().unwrap()).sum();
    let mut store = schema.open();
    let mut steps = 0;
    for key in store.keys(None, usize::MAX).unwrap() {
        steps += store.journal(&key, 0, 9).unwrap().len();
    }
    assert_eq!(won, steps);
    assert!(won >= 54, "{won} units won");
    assert_eq!(server.tell(deadlocks).unwrap(), before);
    crate::tell::tried(&format!(
        "three stores upon the same orders: {won} units won, no deadlock"
    ));
}

#[test]
fn what_is_answered_is_on_the_disk_whatever_the_session_was_told() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let told = "options='-c synchronous_commit=off -c default_transaction_isolation=serializable'";
    let mut store = Postgres::connect(&format!("{} {told}", schema.address())).unwrap();
    let look = "IF current_setting('synchronous_commit') <> 'on' \
         OR current_setting('transaction_isolation') <> 'read committed' \
         THEN RAISE EXCEPTION 'not on the disk'; END IF";
    hook(server, &schema, "IMMEDIATE", look);
    assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
}

/// How many rows the server has looked at in a schema, in tables and in indexes.
fn looked_at(server: &Server, schema: &Schema<'_>) -> (i64, i64) {
    let name = &schema.name;
    // What a connection counted is told when it ends.
    let busy = format!("SELECT FROM pg_stat_activity WHERE application_name = '{name}'");
    while !server.tell(&busy).unwrap().is_empty() {
        thread::yield_now();
    }
    let number = |sql: String| -> i64 {
        let rows = server.tell(&sql).unwrap();
        rows[0][0].as_ref().unwrap().parse().unwrap()
    };
    (
        number(format!(
            "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = '{name}'"
        )),
        number(format!(
            "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = '{name}'"
        )),
    )
}

/// So many that reading them all would show.
const ORDERS: u64 = 4_000;

#[test]
fn every_question_is_looked_up_whatever_the_planner_believes() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let address = format!("{} application_name={}", schema.address(), schema.name);
    // Planned while there is nothing, and kept while there is more.
    let first = format!(
        "{} application_name={}_early",
        schema.address(),
        schema.name
    );
    let mut early = Postgres::connect(&first).unwrap();
    let questions = questions();
    let ask = |store: &mut Postgres, version: u64| {
        for (_, question) in &questions {
            question(store, version);
        }
    };
    ask(&mut early, 1);
    let mut filler = Postgres::connect(&address).unwrap();
    let ids: Vec<u64> = (0..ORDERS).collect();
    for some in ids.chunks(500) {
        let made = some.iter().map(|id| {
            let mut change = step(&format!("p{id:05}"), 1);
            change.row.status = format!("s{}", id % 40);
            change.row.stuck = (id % 100 == 0).then(|| "why".to_owned());
            change.row.next_due = Some(nine() + std::time::Duration::from_secs(3_600 + id));
            change.effects = vec![effect(&format!("p{id:05}"), &format!("acme/p{id:05}/1.0"))];
            change.effects[0].due = nine() + std::time::Duration::from_secs(3_600 + id);
            vec![change]
        });
        let units: Vec<_> = made.collect();
        assert!(filler.commit(&units).unwrap().iter().all(|won| *won));
    }
    drop(filler);
    let mut version = 1;
    let before = looked_at(server, &schema);
    ask(&mut early, 2);
    drop(early);
    let gone = format!(
        "SELECT FROM pg_stat_activity WHERE application_name = '{}_early'",
        schema.name
    );
    while !server.tell(&gone).unwrap().is_empty() {
        thread::yield_now();
    }
    let after = looked_at(server, &schema);
    assert_eq!(
        before.0, after.0,
        "an old plan read a table from one end to the other"
    );
    let rows = after.1 - before.1;
    assert!(rows <= 500, "old plans looked at {rows} rows");
    let mut told = BTreeSet::new();
    for analysed in [false, true] {
        if analysed {
            server
                .tell(&format!(
                    "ANALYZE {0}.orders, {0}.journal, {0}.answers, {0}.effects",
                    schema.name
                ))
                .unwrap();
        }
        version += 1;
        for (name, question) in &questions {
            let before = looked_at(server, &schema);
            let mut store = Postgres::connect(&address).unwrap();
            question(&mut store, version + 1);
            drop(store);
            let after = looked_at(server, &schema);
            assert_eq!(
                before.0, after.0,
                "{name} read a table from one end to the other"
            );
            let rows = after.1 - before.1;
            assert!(rows <= 60, "{name} looked at {rows} rows");
            told.insert(*name);
        }
    }
    assert_eq!(told.len(), questions.len());
}

type Question = (&'static str, Box<dyn Fn(&mut Postgres, u64)>);

fn question(name: &'static str, ask: impl Fn(&mut Postgres, u64) + 'static) -> Question {
    (name, Box::new(ask))
}

/// Each thing that a store can be asked, about few of many.
fn questions() -> Vec<Question> {
    let find = |stuck, standing: bool| {
        move |store: &mut Postgres, _| {
            let find = Find {
                tenant: "acme".to_owned(),
                stuck,
                standing: standing.then(|| vec![("d1".to_owned(), "s20".to_owned())]),
                after: Some("p".to_owned()),
                limit: 5,
                ..Find::default()
            };
            store.find(&find).unwrap();
        }
    };
    vec![
        question("commit", |store, version| {
            let mut change = step("o", version);
            change.row.next_due = Some(nine());
            change.effects = vec![effect("o", &format!("acme/o/{version}.0"))];
            assert_eq!(store.commit(&[vec![change]]), Ok(vec![true]));
        }),
        question("commit together", |store, version| {
            let units = ["g", "h"].map(|id| {
                let mut change = step(id, version);
                change.effects = vec![effect(id, &format!("acme/{id}/{version}.0"))];
                change.effects[0].due = nine() + std::time::Duration::from_secs(3_600);
                vec![change]
            });
            assert_eq!(store.commit(&units), Ok(vec![true, true]));
        }),
        question("load", |store, _| {
            store.load(&[key("o"), key("p00007"), key("none")]).unwrap();
        }),
        question("children", |store, _| {
            store.children(&key("o")).unwrap();
        }),
        question("answers", |store, _| {
            store.answers(&[(key("o"), "event 1".to_owned())]).unwrap();
        }),
        question("due", |store, _| {
            store.due(nine(), 5).unwrap();
        }),
        question("next_due", |store, _| {
            store.next_due().unwrap();
        }),
        question("journal", |store, _| {
            store.journal(&key("o"), 0, 5).unwrap();
        }),
        question("keys", |store, _| {
            store.keys(Some(&key("p")), 5).unwrap();
        }),
        question("find", find(false, false)),
        question("find standing", find(false, true)),
        question("find stuck", find(true, false)),
        question("find stuck standing", find(true, true)),
        question("stuck standings", |store, _| {
            store.stuck_standings("acme").unwrap();
        }),
        question("tenants", |store, _| {
            store.tenants().unwrap();
        }),
        question("set_stuck", |store, _| {
            store.set_stuck(&key("o"), None).unwrap();
        }),
        question("claim", |store, version| {
            let later = nine() + std::time::Duration::from_secs(60 * version);
            store.claim(None, nine(), later, 5).unwrap();
            store.claim(Some("acme"), nine(), later, 5).unwrap();
        }),
        question("settle", |store, version| {
            let error = "no".to_owned();
            let id = format!("acme/o/{version}.0");
            store.settle(&id, 1, &Settlement::Dead { error }).unwrap();
            store.dead("acme", 5).unwrap();
            store.revive(&id, nine()).unwrap();
        }),
    ]
}

#[test]
fn an_instant_or_a_number_that_cannot_be_is_corrupt() {
    let Some(server) = shared() else { return };
    let schema = server.schema();
    let mut store = schema.open();
    store.commit(&[vec![step("o", 1)]]).unwrap();
    for wrong in [
        "sequence = -1",
        "created = 9223372036854775807",
        "body = E'a\\x01'",
    ] {
        server
            .tell(&format!(
                "BEGIN; UPDATE {}.orders SET {wrong}; COMMIT",
                schema.name
            ))
            .unwrap();
        let read = store.load(&[key("o")]);
        assert!(
            matches!(read, Err(StoreError::Corrupt(_))),
            "{wrong}: {read:?}"
        );
        let undo = "sequence = 1, created = updated, body = 'x'";
        server
            .tell(&format!("UPDATE {}.orders SET {undo}", schema.name))
            .unwrap();
    }
    assert_eq!(store.load(&[key("o")]).unwrap().len(), 1);
}
