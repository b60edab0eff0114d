//! Files that are no stores, damaged ones, and those of later versions: refused, and left as they are.

use std::fs;

use flagstate::runtime::{Sqlite, Store, StoreError};
use rusqlite::Connection;

use super::{Folder, key, order, step};

/// Opens a file that must be refused and left as it is; what is said.
fn refused(folder: &Folder) -> String {
    let before = folder.bytes();
    let mut said = Vec::new();
    for opened in [
        Sqlite::open(folder.file()),
        Sqlite::open_existing(folder.file()),
    ] {
        said.push(match opened {
            Err(StoreError::Corrupt(text)) => text,
            other => panic!("{other:?}"),
        });
        assert!(folder.bytes() == before, "the file was touched");
    }
    assert_eq!(said[0], said[1]);
    let place = format!("`{}`", folder.file().display());
    said[0].replace(&place, "FILE")
}

/// A store with many orders, closed.
fn filled(folder: &Folder) {
    let mut store = Sqlite::open(folder.file()).unwrap();
    let units: Vec<_> = (0..100)
        .map(|place| vec![step(&format!("o{place}"), 1)])
        .collect();
    store.commit(&units).unwrap();
}

#[test]
fn a_store_is_what_it_was_when_it_is_opened_again() {
    let folder = Folder::new();
    filled(&folder);
    let mut store = Sqlite::open(folder.file()).unwrap();
    assert_eq!(
        store.load(&[key("o7")]).unwrap(),
        [Some(order("o7", 1, 100))]
    );
    store.check().unwrap();
    drop(store);
    let names: Vec<_> = folder.bytes().into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, [folder.file()], "a closed store is one file");
}

#[test]
fn what_is_not_there_is_created_only_where_that_was_asked_for() {
    let folder = Folder::new();
    let Err(StoreError::Failed(said)) = Sqlite::open_existing(folder.file()) else {
        panic!("opened");
    };
    let place = folder.file().display().to_string();
    assert_eq!(said, format!("there is no store at `{place}`"));
    assert_eq!(folder.bytes(), []);
    let Err(StoreError::Failed(said)) = Sqlite::open(folder.0.join("none").join("orders.db"))
    else {
        panic!("opened");
    };
    assert!(said.contains("unable to open database file"), "{said}");
    let Err(StoreError::Failed(said)) = Sqlite::open(&folder.0) else {
        panic!("opened");
    };
    assert!(said.contains("unable to open database file"), "{said}");
}

#[test]
fn many_may_make_a_store_at_once() {
    for _ in 0..40 {
        let folder = Folder::new();
        std::thread::scope(|scope| {
            let makers = [(); 6].map(|()| scope.spawn(|| Sqlite::open(folder.file()).map(drop)));
            for maker in makers {
                maker.join().unwrap().unwrap();
            }
        });
    }
}

#[test]
fn a_file_of_another_program_is_refused() {
    let folder = Folder::new();
    fs::write(folder.file(), "a letter to the bank\n".repeat(500)).unwrap();
    assert_eq!(refused(&folder), "FILE: file is not a database");
    fs::write(folder.file(), "short").unwrap();
    assert_eq!(refused(&folder), "FILE: file is not a database");
    // To SQLite a file of one byte is an empty one.
    fs::write(folder.file(), "x").unwrap();
    let other = "FILE belongs to another program, and is no store of orders";
    assert_eq!(refused(&folder), other);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let other = "FILE belongs to another program, and is no store of orders";
    for mode in ["delete", "wal"] {
        let folder = Folder::new();
        let theirs = Connection::open(folder.file()).unwrap();
        theirs.pragma_update(None, "journal_mode", mode).unwrap();
        theirs
            .execute_batch("CREATE TABLE orders (id TEXT); INSERT INTO orders VALUES ('1')")
            .unwrap();
        drop(theirs);
        assert_eq!(refused(&folder), other, "{mode}");
        assert_eq!(refused(&folder), other, "{mode}");
    }
}

#[test]
fn a_database_that_another_program_has_open_is_refused() {
    let folder = Folder::new();
    let theirs = Connection::open(folder.file()).unwrap();
    theirs.pragma_update(None, "journal_mode", "wal").unwrap();
    theirs
        .execute_batch("CREATE TABLE letters (text TEXT); INSERT INTO letters VALUES ('1')")
        .unwrap();
    assert!(refused(&folder).contains("belongs to another program"));
    let count: i64 = theirs
        .query_row("SELECT count(*) FROM letters", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let folder = Folder::new();
    filled(&folder);
    let later = Connection::open(folder.file()).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    assert_eq!(
        refused(&folder),
        "FILE has form 99 of a store, and this version of flagstate knows forms up to 2"
    );
}

#[test]
fn a_file_of_the_first_form_is_brought_to_the_newest() {
    let folder = Folder::new();
    filled(&folder);
    let earlier = Connection::open(folder.file()).unwrap();
    earlier
        .execute_batch("ALTER TABLE journal DROP COLUMN personal; PRAGMA user_version = 1")
        .unwrap();
    drop(earlier);
    let mut store = Sqlite::open_existing(folder.file()).unwrap();
    let rows = store.journal(&key("o1"), 0, 10).unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.personal.is_none()));
    let newest: i64 = Connection::open(folder.file())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(newest, 2);
}

#[test]
fn a_file_that_is_no_longer_at_its_place_takes_nothing() {
    for replaced in [false, true] {
        let folder = Folder::new();
        filled(&folder);
        let mut store = Sqlite::open(folder.file()).unwrap();
        assert!(store.load(&[key("o1")]).unwrap()[0].is_some());
        let elsewhere = folder.0.join("elsewhere.db");
        fs::rename(folder.file(), &elsewhere).unwrap();
        if replaced {
            fs::copy(&elsewhere, folder.file()).unwrap();
        }
        let wrong = store.commit(&[vec![step("late", 1)]]).unwrap_err();
        assert!(matches!(wrong, StoreError::Unsure(_)), "{wrong}");
        assert!(
            wrong.to_string().contains("was removed or replaced"),
            "{wrong}"
        );
        // Not even a question is answered from it.
        assert_eq!(store.load(&[key("o1")]), Err(wrong));
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let folder = Folder::new();
    filled(&folder);
    let whole = fs::read(folder.file()).unwrap();
    for length in [
        10,
        99,
        100,
        512,
        4_095,
        4_096,
        4_097,
        8_192,
        whole.len() - 4_096,
    ] {
        fs::write(folder.file(), &whole[..length]).unwrap();
        let said = refused(&folder);
        let known = [
            "FILE: file is not a database",
            "FILE: database disk image is malformed",
        ];
        assert!(known.contains(&said.as_str()), "cut at {length}: {said}");
    }
}

#[test]
fn damage_within_is_found() {
    let folder = Folder::new();
    filled(&folder);
    let mut bytes = fs::read(folder.file()).unwrap();
    let page = bytes.len() / 4_096 / 2 * 4_096;
    bytes[page..page + 64].fill(0xAA);
    fs::write(folder.file(), &bytes).unwrap();
    let mut store = Sqlite::open(folder.file()).unwrap();
    let found = store.check();
    assert!(matches!(found, Err(StoreError::Corrupt(_))), "{found:?}");
}

#[test]
fn an_instant_or_a_number_that_cannot_be_is_corrupt() {
    let folder = Folder::new();
    filled(&folder);
    for wrong in ["updated = 9223372036854775807", "sequence = -1"] {
        let file = Connection::open(folder.file()).unwrap();
        file.execute(&format!("UPDATE orders SET {wrong} WHERE id = 'o1'"), [])
            .unwrap();
        drop(file);
        let mut store = Sqlite::open(folder.file()).unwrap();
        let found = store.load(&[key("o1")]);
        assert!(
            matches!(found, Err(StoreError::Corrupt(_))),
            "{wrong}: {found:?}"
        );
        assert!(store.load(&[key("o2")]).unwrap()[0].is_some());
    }
}
