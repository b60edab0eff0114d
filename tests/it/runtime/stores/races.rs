//! Two stores upon the same rows.

use std::thread;

use flagstate::runtime::row::AnswerRow;
use flagstate::runtime::{Sqlite, Store, StoreError};

use super::{Folder, effect, head, key, nine, step};

const VERSIONS: u64 = 150;

/// Tries to make every version of an order; those that it made.
fn race(mut store: impl Store) -> Vec<u64> {
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

/// Answers that leave an order as it is, under the ids of events; how many of them were the first.
fn refuse(mut store: impl Store) -> u64 {
    let mut first = 0;
    for event in 0..VERSIONS {
        let mut change = step("o", VERSIONS);
        change.expected = Some(VERSIONS);
        change.upon = head(VERSIONS);
        change.journal.clear();
        change.answers = vec![AnswerRow {
            event_id: format!("refused {event}"),
            body: "no".to_owned(),
        }];
        first += loop {
            match store.commit(&[vec![change.clone()]]) {
                Ok(won) => break u64::from(won == [true]),
                Err(StoreError::Busy(_)) => {}
                Err(wrong) => panic!("{wrong}"),
            }
        };
    }
    first
}

/// Does the same with two stores at once; what they are upon is created in the race as well.
fn twice<S: Store, T: Send>(open: &(impl Fn() -> S + Sync), does: fn(S) -> T) -> [T; 2] {
    thread::scope(|scope| {
        let racers = [(); 2].map(|()| scope.spawn(|| does(open())));
        racers.map(|racer| racer.join().unwrap())
    })
}

fn exactly_one_wins<S: Store>(open: impl Fn() -> S + Sync) {
    let mut made = twice(&open, race).concat();
    made.sort_unstable();
    assert_eq!(made, (1..=VERSIONS).collect::<Vec<_>>());
    let journal = open().journal(&key("o"), 0, usize::MAX).unwrap();
    let steps: Vec<u64> = journal.iter().map(|step| step.sequence).collect();
    assert_eq!(steps, made);
    let first = twice(&open, refuse);
    assert_eq!(first.iter().sum::<u64>(), VERSIONS);
}

#[test]
fn exactly_one_makes_each_version_and_answers_each_event() {
    let folder = Folder::new();
    exactly_one_wins(|| Sqlite::open(folder.file()).unwrap());
    Sqlite::open_existing(folder.file())
        .unwrap()
        .check()
        .unwrap();
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn exactly_one_makes_each_version_and_answers_each_event_in_a_database() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let schema = server.schema();
    exactly_one_wins(|| schema.open());
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
