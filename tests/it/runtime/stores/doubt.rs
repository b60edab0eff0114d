//! Connections to a database that break while something is written: what became of it is found out, and what was
//! not written is written then.

use std::fs;
use std::thread;
use std::time::Duration;

use flagstate::runtime::postgres::Address;
use flagstate::runtime::row::{Change, Unit};
use flagstate::runtime::{Postgres, Store, StoreError};

use super::between::{ALL_KEPT_BACK, ANSWERS_KEPT_BACK, Between, CUT, PASSED};
use super::database::versions;
use super::{head, key, step};
use crate::server::Server;
use crate::tell;

/// A server that asks for a password, so that all goes by its port.
fn server() -> Option<Server> {
    let server = Server::start(&[], |_| {});
    let told = |why: &String| tell::skipped(&format!("connections that break: {why}"));
    server.inspect_err(told).ok()
}

/// A store in a schema of a server of its own, by way of a port.
fn open(port: u16, schema: &str) -> Postgres {
    let text = format!("host=127.0.0.1 port={port} user=flagstate dbname=shop schema={schema}");
    let address = Address::parse(&text).unwrap();
    Postgres::open(address.with_password("it's s%cret")).unwrap()
}

/// A step that somebody else makes, behind one with a hash.
fn theirs(order: &str, sequence: u64, upon: &str) -> Change {
    let mut change = step(order, sequence);
    upon.clone_into(&mut change.upon);
    "theirs".clone_into(&mut change.row.head);
    "theirs".clone_into(&mut change.journal[0].hash);
    change.answers.clear();
    change
}

/// Units of which some may be lost, all upon the orders `o` and `q`, which have version 1; with which win.
fn tried() -> Vec<(&'static str, Vec<Unit>, Vec<bool>)> {
    let mut answers = step("o", 1);
    answers.expected = Some(1);
    answers.upon = head(1);
    answers.journal.clear();
    "other".clone_into(&mut answers.answers[0].event_id);
    let (o, q, stale) = (step("o", 2), step("q", 2), theirs("q", 1, ""));
    vec![
        ("one", vec![vec![o.clone()]], vec![true]),
        ("new", vec![vec![step("p", 1)]], vec![true]),
        ("family", vec![vec![o.clone(), step("p", 1)]], vec![true]),
        ("answers", vec![vec![answers.clone()]], vec![true]),
        (
            "several",
            vec![
                vec![o.clone()],
                vec![stale],
                vec![step("p", 1)],
                vec![q.clone()],
            ],
            vec![true, false, true, true],
        ),
        (
            "behind",
            vec![vec![o], vec![step("o", 3)], vec![q]],
            vec![true; 3],
        ),
    ]
}

/// Commits, and breaks the connection once something is so; the way is closed from then on where `later` says so.
fn broken(
    (store, between): (&mut Postgres, &Between),
    units: &[Unit],
    later: usize,
    is_time: &mut dyn FnMut() -> bool,
) -> Result<Vec<bool>, StoreError> {
    thread::scope(|scope| {
        let commit = scope.spawn(|| store.commit(units));
        while !is_time() {
            assert!(!commit.is_finished(), "it was not waited for");
            thread::yield_now();
        }
        between.cut(later);
        commit.join().unwrap()
    })
}

/// Each order has the steps that its version says, once.
fn whole(store: &mut Postgres, orders: &[&str]) {
    for order in orders {
        let version = versions(store, &[order])[0].unwrap_or_default();
        let steps = store.journal(&key(order), 0, 99).unwrap();
        let sequences: Vec<u64> = steps.iter().map(|step| step.sequence).collect();
        assert_eq!(sequences, (1..=version).collect::<Vec<_>>(), "{order}");
    }
}

#[test]
fn what_was_under_way_when_a_connection_broke_is_settled() {
    let Some(server) = server() else { return };
    for (mode, name) in [(ANSWERS_KEPT_BACK, "written"), (ALL_KEPT_BACK, "unwritten")] {
        for (what, units, won) in tried() {
            let schema = format!("{name}_{what}");
            let mut other = open(server.port(), &schema);
            let (port, between) = Between::stand(server.port());
            let mut store = open(port, &schema);
            let begin = vec![vec![step("o", 1)], vec![step("q", 1)]];
            assert_eq!(store.commit(&begin), Ok(vec![true; 2]));
            // What a single change takes is prepared, and comes to be sent in one go.
            assert_eq!(store.commit(&[vec![step("r", 1)]]), Ok(vec![true]));
            let is_many = units.len() > 1 || units[0].len() > 1 || units[0][0].journal.is_empty();
            let mut is_time = || match (mode, is_many) {
                (ALL_KEPT_BACK, _) | (_, true) => between.has_kept(),
                _ => {
                    let last = &units[0][0].row;
                    versions(&mut other, &[&last.key.order]) == [Some(last.sequence)]
                }
            };
            between.set(mode);
            let got = broken((&mut store, &between), &units, PASSED, &mut is_time);
            assert_eq!(got, Ok(won), "{schema}");
            whole(&mut store, &["o", "p", "q", "r"]);
            // All goes on as if nothing had been.
            assert_eq!(store.commit(&[vec![step("r", 2)]]), Ok(vec![true]));
        }
    }
}

#[test]
fn what_comes_late_loses_or_has_won() {
    let Some(server) = server() else { return };
    for (what, units, won) in tried() {
        let schema = format!("late_{what}");
        let (port, between) = Between::stand(server.port());
        let mut store = open(port, &schema);
        let begin = vec![vec![step("o", 1)], vec![step("q", 1)]];
        assert_eq!(store.commit(&begin), Ok(vec![true; 2]));
        let hook = format!(
            "CREATE SEQUENCE {schema}.times; \
             CREATE FUNCTION {schema}.hook() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF nextval('{schema}.times') = 1 THEN PERFORM pg_sleep(1.5); END IF; RETURN NULL; \
             END $$; \
             CREATE CONSTRAINT TRIGGER hook AFTER INSERT ON {schema}.answers \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.hook()"
        );
        server.tell(&hook).unwrap();
        let mut is_time = || {
            let asked = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
            !server.tell(asked).unwrap().is_empty()
        };
        let got = broken((&mut store, &between), &units, PASSED, &mut is_time);
        assert_eq!(got, Ok(won), "{what}");
        whole(&mut store, &["o", "p", "q"]);
    }
}

#[test]
fn what_others_did_meanwhile_is_not_taken_for_ours() {
    let Some(server) = server() else { return };
    let mut other = open(server.port(), "others");
    let (port, between) = Between::stand(server.port());
    let mut store = open(port, "others");
    let begin = vec![vec![step("o", 1)], vec![step("q", 1)]];
    assert_eq!(store.commit(&begin), Ok(vec![true; 2]));
    assert_eq!(store.commit(&[vec![step("r", 1)]]), Ok(vec![true]));
    let mut third = step("o", 3);
    "theirs".clone_into(&mut third.upon);
    for (upon, units, won) in [
        ("head 1", vec![vec![step("o", 2)]], vec![false]),
        (
            "theirs",
            vec![vec![third], vec![step("q", 2)]],
            vec![false, true],
        ),
    ] {
        between.set(ALL_KEPT_BACK);
        let mut is_moved = false;
        let mut is_time = || {
            if between.has_kept() && !is_moved {
                let next = theirs("o", units[0][0].row.sequence, upon);
                assert_eq!(other.commit(&[vec![next]]), Ok(vec![true]));
                is_moved = true;
            }
            is_moved
        };
        let got = broken((&mut store, &between), &units, PASSED, &mut is_time);
        assert_eq!(got, Ok(won));
        between.forget();
    }
    whole(&mut store, &["o", "q", "r"]);
}

/// A failover to a server which lost a step that others had seen, and where another one was made since.
#[test]
fn what_goes_on_from_a_step_that_was_lost_is_not_put_on_another_past() {
    let Some(server) = server() else { return };
    for (what, units, _) in tried() {
        let schema = format!("past_{what}");
        let (port, between) = Between::stand(server.port());
        let mut store = open(port, &schema);
        let begin = vec![vec![step("o", 1)], vec![step("q", 1)]];
        assert_eq!(store.commit(&begin), Ok(vec![true; 2]));
        assert_eq!(store.commit(&[vec![step("r", 1)]]), Ok(vec![true]));
        let lost = format!(
            "UPDATE {schema}.orders SET head = 'theirs', body = 'theirs' WHERE id = 'o'; \
             UPDATE {schema}.journal SET hash = 'theirs', body = 'theirs' WHERE order_id = 'o'"
        );
        between.set(ALL_KEPT_BACK);
        let mut is_lost = false;
        let mut is_time = || {
            if between.has_kept() && !is_lost {
                server.tell(&lost).unwrap();
                is_lost = true;
            }
            is_lost
        };
        let got = broken((&mut store, &between), &units, PASSED, &mut is_time);
        let is_upon = |unit: &Unit| unit.iter().any(|change| change.row.key == key("o"));
        let stale = |unit: &Unit| unit[0].row.head == "theirs";
        let won = units.iter().map(|unit| !is_upon(unit) && !stale(unit));
        assert_eq!(got, Ok(won.collect()), "{what}");
        let row = store.load(&[key("o")]).unwrap().remove(0).unwrap();
        assert_eq!((row.sequence, row.head.as_str()), (1, "theirs"), "{what}");
        whole(&mut store, &["o", "p", "q"]);
    }
}

#[test]
fn where_the_server_does_not_come_back_it_is_left_open() {
    let Some(server) = server() else { return };
    let (port, between) = Between::stand(server.port());
    let mut store = open(port, "gone");
    assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
    between.set(ALL_KEPT_BACK);
    store.set_patience(Some(Duration::from_millis(200)));
    let mut is_time = || between.has_kept();
    let left = broken(
        (&mut store, &between),
        &[vec![step("o", 2)]],
        CUT,
        &mut is_time,
    );
    assert!(matches!(left, Err(StoreError::Unsure(_))), "{left:?}");
    // All else is told as it stands, once the server is back.
    let gone = store.load(&[key("o")]);
    assert!(matches!(gone, Err(StoreError::Failed(_))), "{gone:?}");
    between.set(PASSED);
    store.set_patience(None);
    assert_eq!(versions(&mut store, &["o"]), [Some(1)]);
    assert_eq!(store.commit(&[vec![step("o", 2)]]), Ok(vec![true]));
}

#[test]
fn a_server_that_refuses_for_a_while_is_asked_again() {
    let Some(server) = server() else { return };
    let (port, between) = Between::stand(server.port());
    let mut store = open(port, "refused");
    assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
    // The first ten times that something is written there is no room, and at first nothing can be looked up.
    server
        .tell(
            "CREATE SEQUENCE refused.times; \
             CREATE FUNCTION refused.hook() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF nextval('refused.times') <= 10 THEN \
                     RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; \
                 END IF; RETURN NULL; \
             END $$; \
             CREATE TRIGGER hook AFTER INSERT ON refused.journal \
             FOR EACH ROW EXECUTE FUNCTION refused.hook(); \
             ALTER TABLE refused.answers RENAME TO elsewhere",
        )
        .unwrap();
    between.set(ALL_KEPT_BACK);
    let mut is_time = || between.has_kept();
    thread::scope(|scope| {
        let back = scope.spawn(|| {
            let log = server.place().join("log");
            let refused = "relation \"answers\" does not exist";
            while !fs::read_to_string(&log).unwrap().contains(refused) {
                thread::yield_now();
            }
            server.tell("ALTER TABLE refused.elsewhere RENAME TO answers")
        });
        let units = [vec![step("o", 2)]];
        let got = broken((&mut store, &between), &units, PASSED, &mut is_time);
        back.join().unwrap().unwrap();
        assert_eq!(got, Ok(vec![true]));
    });
    let times = server.tell("SELECT last_value FROM refused.times").unwrap();
    assert_eq!(times, [[Some("11".to_owned())]]);
    whole(&mut store, &["o"]);
}
