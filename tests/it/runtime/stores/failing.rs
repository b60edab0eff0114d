//! A disk that fails while the log is long: when its index grows, and when it is brought into the file.

use std::fs;

use flagstate::runtime::{Sqlite, Store, StoreError};

use super::{Folder, key, step};
use crate::runtime::faults::{self, Control, EIO, ENOSPC, FAULTY, Fault, SYNC, WRITE};
use crate::tell;

/// What came of a fault.
#[derive(Debug, Default)]
struct Outcome {
    /// How many calls were counted when each commit returned.
    counts: Vec<u32>,
    errors: Vec<StoreError>,
    failed: u32,
}

/// Commits orders whose bodies are so long, under a fault; each commit that is not answered is asked again,
/// by a new store where it is not known what became of it.
fn commits(control: &Control, fault: Fault, (count, body): (usize, usize)) -> Outcome {
    let folder = Folder::quick();
    let place = folder.0.join(FAULTY);
    fs::create_dir(&place).unwrap();
    let file = place.join("orders.db");
    let mut store = Sqlite::open(&file).unwrap();
    control.set(fault);
    let mut outcome = Outcome::default();
    for number in 0..count {
        let id = format!("o{number:05}");
        let mut change = step(&id, 1);
        change.row.body = "x".repeat(body);
        let units = [vec![change]];
        for attempt in 1.. {
            assert!(attempt < 4, "it does not work again: {fault:?}");
            let wrong = match store.commit(&units) {
                Ok(won) if won == [true] => break,
                // It was written, which was not known.
                Ok(_) => {
                    let unsure = matches!(outcome.errors.last(), Some(StoreError::Unsure(_)));
                    assert!(unsure && attempt > 1, "{fault:?}");
                    break;
                }
                Err(wrong) => wrong,
            };
            let is_written = if_killed(&folder, &id);
            match wrong {
                StoreError::Failed(_) | StoreError::Full(_) => {
                    assert!(!is_written, "{wrong}: {id} was written, {fault:?}");
                }
                StoreError::Unsure(_) => {
                    drop(store);
                    store = Sqlite::open_existing(&file).unwrap();
                }
                _ => panic!("{wrong}: {fault:?}"),
            }
            outcome.errors.push(wrong);
        }
        outcome.counts.push(control.count());
    }
    outcome.failed = control.failed();
    control.lift();
    drop(store);
    let mut store = Sqlite::open_existing(&file).unwrap();
    store.check().unwrap();
    assert_eq!(store.keys(None, usize::MAX).unwrap().len(), count);
    outcome
}

/// Whether a process would find an order if this one were killed now: without the index, which is made again.
fn if_killed(folder: &Folder, id: &str) -> bool {
    let copy = folder.0.join("copy");
    fs::create_dir_all(&copy).unwrap();
    for name in ["orders.db", "orders.db-wal"] {
        fs::copy(folder.0.join(FAULTY).join(name), copy.join(name)).unwrap();
    }
    let mut store = Sqlite::open_existing(copy.join("orders.db")).unwrap();
    store.check().unwrap();
    let found = store.load(&[key(id)]).unwrap()[0].is_some();
    fs::remove_dir_all(&copy).unwrap();
    found
}

fn fault(calls: u32, at: u32, error: u32) -> Fault {
    Fault {
        calls,
        at,
        error,
        ..Fault::default()
    }
}

#[test]
fn a_log_whose_index_cannot_grow_loses_nothing_and_makes_nothing_up() {
    let Some(control) = Control::here() else {
        let name = "runtime::stores::failing::a_log_whose_index_cannot_grow_loses_nothing_and_makes_nothing_up";
        let text = format!("{FAULTY}/orders.db-shm");
        return faults::within(name, &text, "an index that cannot grow");
    };
    // 4,062 pages of the log have room in the first part of its index, 4,096 in each other one.
    let story = (60, 400_000);
    let writes = *commits(&control, fault(WRITE, 0, EIO), story)
        .counts
        .last()
        .unwrap();
    assert!(writes > 0, "the index did not grow");
    let mut errors = Vec::new();
    for at in 1..=writes {
        for error in [EIO, ENOSPC] {
            let outcome = commits(&control, fault(WRITE, at, error), story);
            assert_eq!(outcome.failed, 1);
            errors.extend(outcome.errors);
        }
    }
    let is_unsure = |error: &StoreError| matches!(error, StoreError::Unsure(_));
    assert!(
        !errors.is_empty() && errors.iter().all(is_unsure),
        "{errors:?}"
    );
    tell::tried(&format!(
        "{writes} writes of the log's index that fail in two ways: {} commits left open",
        errors.len()
    ));
}

#[test]
fn a_log_that_cannot_be_brought_into_the_file_loses_nothing() {
    let Some(control) = Control::here() else {
        let name =
            "runtime::stores::failing::a_log_that_cannot_be_brought_into_the_file_loses_nothing";
        return faults::within(name, FAULTY, "a log that cannot be brought into the file");
    };
    // After 8,192 pages of the log.
    let story = (90, 400_000);
    let mut told = Vec::new();
    for (calls, about) in [(WRITE, "writes"), (SYNC, "syncs")] {
        let plain = commits(&control, fault(calls, 0, EIO), story).counts;
        let took = |at: usize| plain[at] - plain[at - 1];
        let long = (1..plain.len()).max_by_key(|at| took(*at)).unwrap();
        assert!(took(long) > took(long - 1), "the log was never long");
        let (first, last) = (plain[long - 1] + 1, plain[long]);
        let stride = usize::try_from((last - first) / 40).unwrap().max(1);
        let (mut tried, mut passed) = (0, 0);
        for at in (first..=last).rev().step_by(stride) {
            let outcome = commits(&control, fault(calls, at, EIO), story);
            assert_eq!(outcome.failed, 1);
            tried += 1;
            passed += u32::from(outcome.errors.is_empty());
            let is_unsure = |error: &StoreError| matches!(error, StoreError::Unsure(_));
            let unsure = outcome.errors.iter().all(is_unsure);
            assert!(calls == WRITE || unsure && !outcome.errors.is_empty());
        }
        told.push(format!(
            "{tried} {about} of {}, {passed} passed over",
            last - first + 1
        ));
    }
    tell::tried(&format!(
        "a log that is brought into the file while the disk fails: {}",
        told.join("; ")
    ));
}
