//! A change that is alone, in a database: what somebody else writes meanwhile, and connections that break while
//! it writes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use flagstate::runtime::postgres::Address;
use flagstate::runtime::row::Change;
use flagstate::runtime::{Postgres, Store, StoreError};

use super::database::versions;
use super::{effect, key, step};
use crate::server::{Schema, Server, shared};
use crate::tell;

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

// What becomes of the bytes between a store and its server.
const PASSED: usize = 0;
const ANSWERS_KEPT_BACK: usize = 1;
const ALL_KEPT_BACK: usize = 2;
const CUT: usize = 3;

/// Something between a store and its server that can keep back what goes through.
#[derive(Default)]
struct Between {
    mode: AtomicUsize,
    /// How many bytes were kept back.
    kept: AtomicUsize,
    /// How many connections were closed, each way counted.
    closed: AtomicUsize,
}

impl Between {
    /// Stands before a server; on which port.
    fn stand(server: u16) -> (u16, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let between = Arc::new(Self::default());
        let ours = between.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (there, back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (one, other) = (ours.clone(), ours.clone());
                thread::spawn(move || one.pass(back, there, ANSWERS_KEPT_BACK));
                thread::spawn(move || other.pass(client, server, ALL_KEPT_BACK));
            }
        });
        (port, between)
    }

    fn is(&self, mode: usize) -> bool {
        self.mode.load(Ordering::SeqCst) >= mode
    }

    fn set(&self, mode: usize) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    /// Passes bytes on until it is cut; none from a mode on.
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, mode: usize) {
        let wait = std::time::Duration::from_millis(5);
        from.set_read_timeout(Some(wait)).unwrap();
        let mut bytes = [0; 4_096];
        while !self.is(CUT) {
            match from.read(&mut bytes).map_err(|wrong| wrong.kind()) {
                Ok(0) => break,
                Ok(read) if self.is(mode) => {
                    self.kept.fetch_add(read, Ordering::SeqCst);
                }
                Ok(read) => to.write_all(&bytes[..read]).unwrap(),
                Err(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(_) => break,
            }
        }
        for stream in [from, to] {
            stream.shutdown(Shutdown::Both).ok();
        }
        self.closed.fetch_add(1, Ordering::SeqCst);
    }
}

/// A store in a schema of a server of its own, by way of a port.
fn open(port: u16, schema: &str) -> Postgres {
    let text = format!("host=127.0.0.1 port={port} user=flagstate dbname=postgres schema={schema}");
    let address = Address::parse(&text).unwrap();
    Postgres::open(address.with_password("it's s%cret")).unwrap()
}

#[test]
fn a_connection_that_breaks_without_a_word_leaves_open_what_was_sent_alone() {
    let server = match Server::start(&[], |_| {}) {
        Ok(server) => server,
        Err(why) => return tell::skipped(&format!("a connection that breaks: {why}")),
    };
    for (mode, schema) in [(ANSWERS_KEPT_BACK, "written"), (ALL_KEPT_BACK, "unwritten")] {
        let mut other = open(server.port(), schema);
        let (port, between) = Between::stand(server.port());
        let mut store = open(port, schema);
        assert_eq!(store.commit(&[vec![step("o", 1)]]), Ok(vec![true]));
        // What was closed in between, as idle connections are, costs a new one and nothing else.
        between.set(CUT);
        while between.closed.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
        between.set(PASSED);
        assert_eq!(store.commit(&[vec![step("o", 2)]]), Ok(vec![true]));
        between.set(mode);
        thread::scope(|scope| {
            scope.spawn(|| {
                let left = store.commit(&[vec![step("o", 3)]]);
                assert!(
                    matches!(left, Err(StoreError::Unsure(_))),
                    "{mode}: {left:?}"
                );
                assert_eq!(store.load(&[key("o")]).unwrap_err(), left.unwrap_err());
            });
            let is_so = |other: &mut Postgres| match mode {
                ALL_KEPT_BACK => between.kept.load(Ordering::SeqCst) > 0,
                _ => versions(other, &["o"]) == [Some(3)],
            };
            while !is_so(&mut other) {
                thread::yield_now();
            }
            between.set(CUT);
        });
        // Whoever opens it again finds out.
        let mut again = open(server.port(), schema);
        let won = mode == ALL_KEPT_BACK;
        assert_eq!(again.commit(&[vec![step("o", 3)]]), Ok(vec![won]), "{mode}");
        assert_eq!(again.journal(&key("o"), 2, 9).unwrap().len(), 1);
    }
}
