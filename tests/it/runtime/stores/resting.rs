//! Where nothing can be written: a store is read, nothing else, and never otherwise than it was written.

use std::fs;
use std::path::Path;
use std::process::Command;

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{Create, Engine, Fire, OrderKey, Request, Sqlite, Store, StoreError};
use rusqlite::Connection;

use super::{Folder, key, step};
use crate::runtime::faults::{self, Control, EROFS, FAULTY, Fault, OPEN};
use crate::runtime::{at, shop};
use crate::tell;

/// What tells a process that it is to look at a place where nothing can be written.
const PLACE: &str = "FLAGSTATE_RESTS";

/// Makes a place with what is in a folder, where nobody can write from then on, and goes on there.
const SCRIPT: &str = r#"mount -t tmpfs none "$FLAGSTATE_RESTS" && cp -r "$FROM/." "$FLAGSTATE_RESTS" \
    && mount -o remount,ro "$FLAGSTATE_RESTS" || exit 77
exec "$@""#;

/// An order that was placed.
fn place(engine: &mut Engine<Sqlite>, order: &str) {
    let create = Create::new("shop", "shop", order, Actor::new("customer"));
    let place = Event::named("place", Actor::new("customer"));
    let requests = [
        Request::Create(create),
        Request::Fire(Fire::new("shop", order, place)),
    ];
    engine.handle(&requests, at(1)).unwrap();
}

/// Stores that were closed, that are open with something in their log, that lost the index of their log, and
/// that have an older form.
fn stores(folder: &Path) {
    let made = folder.join("closed").join("orders.db");
    for name in ["closed", "open", "cut", "old"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    let mut engine = shop(Sqlite::open(&made).unwrap());
    place(&mut engine, "o1");
    drop(engine);
    fs::copy(&made, folder.join("old/orders.db")).unwrap();
    let old = Connection::open(folder.join("old/orders.db")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.close().unwrap();
    let live = Folder::new();
    fs::copy(&made, live.file()).unwrap();
    let mut engine = Engine::new(Sqlite::open(live.file()).unwrap());
    place(&mut engine, "o2");
    for (name, files) in [
        ("open", &["orders.db", "orders.db-wal", "orders.db-shm"][..]),
        ("cut", &["orders.db", "orders.db-wal"][..]),
    ] {
        for file in files {
            fs::copy(live.0.join(file), folder.join(name).join(file)).unwrap();
        }
    }
}

#[test]
fn a_store_where_nothing_can_be_written_is_read_and_not_changed() {
    if let Some(place) = std::env::var_os(PLACE) {
        return at_rest(Path::new(&place));
    }
    let (from, to) = (Folder::new(), Folder::new());
    stores(&from.0);
    let name =
        "runtime::stores::resting::a_store_where_nothing_can_be_written_is_read_and_not_changed";
    let ran = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            SCRIPT,
            "sh",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(PLACE, &to.0)
        .env("FROM", &from.0)
        .output();
    match ran {
        Ok(ran) if ran.status.success() => {
            let said = String::from_utf8_lossy(&ran.stderr);
            let told = said.lines().find_map(|line| line.strip_prefix("TRIED: "));
            tell::tried(told.expect("the story was told"));
        }
        Ok(ran) if ran.status.code() == Some(101) => {
            panic!("{}", String::from_utf8_lossy(&ran.stderr));
        }
        _ => tell::skipped("a store at rest: `unshare` and `mount` cannot make such a place here"),
    }
}

fn at_rest(place: &Path) {
    assert!(fs::write(place.join("closed/new"), "").is_err());
    let file = |name: &str| place.join(name).join("orders.db");
    for (name, orders) in [("closed", 1), ("open", 2)] {
        let mut store = Sqlite::open_to_read(file(name)).unwrap();
        assert_eq!(store.keys(None, 10).unwrap().len(), orders, "{name}");
        store.check().unwrap();
        let lost = store.commit(&[vec![step("o9", 1)]]);
        assert!(matches!(lost, Err(StoreError::Failed(_))), "{lost:?}");
        assert_eq!(store.load(&[key("o9")]).unwrap(), [None]);
        let mut engine = Engine::new(store);
        let verified = engine
            .verify(&OrderKey::new("shop", "o1"))
            .unwrap()
            .unwrap();
        assert!(verified.is_ok(), "{verified:?}");
    }
    let refused = |opened: Result<Sqlite, StoreError>| match opened {
        Err(StoreError::Failed(said)) => said.replace(&place.display().to_string(), "PLACE"),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(Sqlite::open_to_read(file("cut"))),
        "`PLACE/cut/orders.db` cannot be read where nothing can be written: the log beside it must be \
         brought into it first; copy both to a place that can be written to"
    );
    assert_eq!(
        refused(Sqlite::open_to_read(file("old"))),
        "`PLACE/old/orders.db` has form 1 of a store, and cannot be brought to form 2 where it cannot be \
         written to"
    );
    let unwritable =
        "`PLACE/closed/orders.db` cannot be used to write: it or its folder cannot be written to";
    assert_eq!(refused(Sqlite::open_existing(file("closed"))), unwritable);
    assert_eq!(refused(Sqlite::open(file("closed"))), unwritable);
    let commands = commands(&file("closed"));
    tell::tried(&format!(
        "a store at rest, closed and open, by its own means and by {commands} commands"
    ));
}

/// What the commands say; how many there are.
fn commands(file: &Path) -> usize {
    let reading = [
        "get o1",
        "get o1 --at 2026-01-05T10:00:00Z",
        "query",
        "journal o1",
        "verify",
        "available o1 --actor clerk",
        "effects dead",
        "deployments",
        "tenants",
        "deploy tests/cases/runtime/shop.yaml --dry-run",
    ];
    let writing = [
        "fire o1 pay --actor clerk --payload {amount:5}",
        "create o3 --workflow shop",
        "tick",
        "effects claim",
        "deploy tests/cases/runtime/shop.yaml",
    ];
    let ran = |line: &str| {
        let ran = Command::new(env!("CARGO_BIN_EXE_flagstate"))
            .arg("orders")
            .args(line.split(' '))
            .env("FLAGSTATE_TENANT", "shop")
            .env("FLAGSTATE_STORE", format!("sqlite:{}", file.display()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        (ran.status.code(), said)
    };
    for line in reading {
        let (code, said) = ran(line);
        assert_eq!(code, Some(0), "{line}: {said}");
    }
    let why = ran("why o1 ship --actor clerk");
    assert_eq!(why, (Some(1), String::new()));
    for line in writing {
        let (code, said) = ran(line);
        assert_eq!(code, Some(2), "{line}: {said}");
        assert!(said.contains("cannot be used to write"), "{line}: {said}");
    }
    reading.len() + writing.len() + 1
}

#[test]
fn a_store_that_is_read_without_locks_says_when_somebody_writes_to_it() {
    let Some(control) = Control::here() else {
        let name = "runtime::stores::resting::a_store_that_is_read_without_locks_says_when_somebody_writes_to_it";
        return faults::within(name, FAULTY, "a store that cannot be opened to write");
    };
    let folder = Folder::quick();
    fs::create_dir(folder.0.join(FAULTY)).unwrap();
    let file = folder.0.join(FAULTY).join("orders.db");
    let mut store = Sqlite::open(&file).unwrap();
    store.commit(&[vec![step("o1", 1)]]).unwrap();
    drop(store);
    control.set(Fault {
        calls: OPEN,
        at: 1,
        error: EROFS,
        lasting: true,
        half: false,
    });
    let mut reading = Sqlite::open_to_read(&file).unwrap();
    assert!(control.failed() > 0);
    assert_eq!(reading.keys(None, 10).unwrap().len(), 1);
    control.lift();
    let mut writing = Sqlite::open(&file).unwrap();
    writing.commit(&[vec![step("o2", 1)]]).unwrap();
    for _ in 0..2 {
        let told = reading.keys(None, 10);
        assert!(matches!(told, Err(StoreError::Unsure(_))), "{told:?}");
    }
    drop(writing);
    assert!(reading.keys(None, 10).is_err());
    drop(reading);
    assert_eq!(
        Sqlite::open_to_read(&file)
            .unwrap()
            .keys(None, 10)
            .unwrap()
            .len(),
        2
    );
    tell::tried("a store that is read without locks while somebody writes to it");
}
