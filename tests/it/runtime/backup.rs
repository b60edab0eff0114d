//! Backups as the README says to make them, while orders move: what was acknowledged before is in the copy,
//! which is whole, and goes on from there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use flagstate::runtime::{Answer, Clock, Engine, Request, Runtime, Store, SystemClock};

use super::kill::{ORDERS, accepted, open, pay, prepare};
use super::threads::wait;
#[cfg(all(feature = "postgres", unix))]
use crate::server::Server;
use crate::tell;

/// Pays orders of a store for as long as a backup takes; what was acknowledged before it began.
fn while_orders_move(store: &str, backup: impl FnOnce()) -> BTreeMap<String, u64> {
    let runtime = Runtime::start(open(store), SystemClock).unwrap();
    let acknowledged = Mutex::new(BTreeMap::new());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for caller in 0..4 {
            let (runtime, acknowledged, is_over) = (&runtime, &acknowledged, &is_over);
            scope.spawn(move || {
                for number in 0.. {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let id = format!("{caller}.{number}");
                    let fire = pay((number * 4 + caller) % ORDERS, Some(&id));
                    let reply = wait(runtime.fire(fire)).unwrap();
                    let version = reply.answer.receipt().unwrap().version;
                    acknowledged.lock().unwrap().insert(id, version);
                }
            });
        }
        while acknowledged.lock().unwrap().len() < 200 {
            std::thread::yield_now();
        }
        let before = acknowledged.lock().unwrap().clone();
        backup();
        is_over.store(true, Ordering::SeqCst);
        before
    })
}

/// The copy has all of it, makes its orders again, and takes further events.
fn holds(copy: &str, before: &BTreeMap<String, u64>, what: &str) {
    let mut engine: Engine<Box<dyn Store>> = Engine::new(open(copy));
    let there = accepted(&mut engine);
    for (id, version) in before {
        assert_eq!(there.get(id), Some(&vec![*version]), "{id}");
    }
    let keys = engine.store().keys(None, 1_000).unwrap();
    for key in &keys {
        let verified = engine.verify(key).unwrap().unwrap();
        verified.unwrap_or_else(|error| panic!("{key}: {error}"));
    }
    // Whoever asked before gets the same answer, and who did not is new.
    let (id, version) = before.first_key_value().unwrap();
    let again = [
        Request::Fire(pay(0, Some("of the copy"))),
        Request::Fire(pay(place(id), Some(id))),
    ];
    let replies = engine.handle(&again, SystemClock.now()).unwrap();
    assert!(matches!(replies[0].answer, Answer::Accepted(_)) && !replies[0].duplicate);
    assert_eq!(replies[1].answer.receipt().unwrap().version, *version);
    assert!(replies[1].duplicate);
    tell::tried(&format!(
        "{what}: {} events acknowledged before it and found, {} in the copy",
        before.len(),
        there.len()
    ));
}

/// The order that an event was for.
fn place(id: &str) -> usize {
    let (caller, number) = id.split_once('.').unwrap();
    let (caller, number): (usize, usize) = (caller.parse().unwrap(), number.parse().unwrap());
    (number * 4 + caller) % ORDERS
}

/// Copies a file as the README does, or as Python does, where that is not installed.
fn copied(from: &Path, to: &Path) -> Result<(), String> {
    let by_shell = Command::new("sqlite3")
        .arg(from)
        .arg(format!(".backup {}", to.display()))
        .output();
    let output = match by_shell {
        Ok(output) => output,
        Err(_) => Command::new("python3")
            .args(["-c", "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))"])
            .args([from, to])
            .output()
            .map_err(|_| "neither `sqlite3` nor `python3` is installed".to_owned())?,
    };
    match output.status.success() {
        true => Ok(()),
        false => panic!("{}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[test]
fn a_file_is_copied_while_orders_move() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (
        folder.path().join("orders.db"),
        folder.path().join("copy.db"),
    );
    let store = from.display().to_string();
    prepare(&store);
    let mut missing = None;
    let before = while_orders_move(&store, || missing = copied(&from, &to).err());
    match missing {
        Some(why) => tell::skipped(&format!("a backup of SQLite: {why}")),
        None => holds(&to.display().to_string(), &before, "a backup of SQLite"),
    }
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn a_database_is_dumped_while_orders_move() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let schema = server.schema();
    let store = schema.address();
    prepare(&store);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sql");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(Server::program(program))
            .args(arguments)
            .output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program}: {told}");
    };
    let before = while_orders_move(&store, || {
        let of = format!("--schema={}", schema.name);
        let to = format!("--file={}", file.display());
        run("pg_dump", &[&of, &to, server.plain()]);
    });
    // It is read back where nothing of it is left.
    server
        .tell(&format!("DROP SCHEMA {} CASCADE", schema.name))
        .unwrap();
    let from = format!("--file={}", file.display());
    run(
        "psql",
        &["--quiet", "--set=ON_ERROR_STOP=1", &from, server.plain()],
    );
    holds(&store, &before, "a dump of PostgreSQL");
}
