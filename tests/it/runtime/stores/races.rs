//! Two stores upon one file.

use std::thread;

use flagstate::runtime::{Sqlite, Store, StoreError};

use super::{Folder, effect, key, nine, step};

const VERSIONS: u64 = 150;

/// Tries to make every version of an order; those that it made.
fn race(mut store: Sqlite) -> Vec<u64> {
    let mut made = Vec::new();
    for version in 1..=VERSIONS {
        let mut change = step("o", version);
        change
            .effects
            .push(effect("o", &format!("acme/o/{version}.0")));
        loop {
            match store.commit(&[vec![change.clone()]]) {
                Ok(won) if won == [true] => made.push(version),
                Ok(_) => {
                    // Lost to the other, or the other has not come so far.
                    let row = store.load(&[key("o")]).unwrap().remove(0);
                    if row.is_none_or(|row| row.sequence < version) {
                        continue;
                    }
                }
                Err(StoreError::Busy(_)) => continue,
                Err(wrong) => panic!("{wrong}"),
            }
            break;
        }
    }
    made
}

#[test]
fn exactly_one_makes_each_version() {
    let folder = Folder::new();
    let racers = [(); 2].map(|()| {
        let file = folder.file();
        // The file is created in the race as well.
        thread::spawn(move || race(Sqlite::open(file).unwrap()))
    });
    let mut made: Vec<u64> = racers
        .into_iter()
        .flat_map(|one| one.join().unwrap())
        .collect();
    made.sort_unstable();
    assert_eq!(made, (1..=VERSIONS).collect::<Vec<_>>());
    let mut store = Sqlite::open_existing(folder.file()).unwrap();
    store.check().unwrap();
    let journal = store.journal(&key("o"), 0, usize::MAX).unwrap();
    let steps: Vec<u64> = journal.iter().map(|step| step.sequence).collect();
    assert_eq!(steps, made);
}

#[test]
fn an_effect_is_handed_out_to_one() {
    let folder = Folder::new();
    let mut store = Sqlite::open(folder.file()).unwrap();
    let mut change = step("o", 1);
    let ids: Vec<String> = (0..200)
        .map(|place| format!("acme/o/1.{place:03}"))
        .collect();
    change.effects = ids.iter().map(|id| effect("o", id)).collect();
    store.commit(&[vec![change]]).unwrap();
    let later = nine() + std::time::Duration::from_secs(60);
    let claimers = [(); 2].map(|()| {
        let mut store = Sqlite::open_existing(folder.file()).unwrap();
        thread::spawn(move || {
            let mut claimed = Vec::new();
            loop {
                let some = store.claim(Some("acme"), nine(), later, 3).unwrap();
                if some.is_empty() {
                    return claimed;
                }
                claimed.extend(some.into_iter().map(|effect| effect.id));
            }
        })
    });
    let mut all: Vec<String> = claimers
        .into_iter()
        .flat_map(|one| one.join().unwrap())
        .collect();
    all.sort_unstable();
    assert_eq!(all, ids);
}
