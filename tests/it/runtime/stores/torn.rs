//! A process or a machine that stops at any point: what was committed is there, what was being written is
//! there whole or not at all.

use std::fs;
use std::path::Path;

use flagstate::runtime::{Sqlite, Store};

use super::{Folder, key, step};

const STEPS: u64 = 40;

/// Two orders that move together, in a store that is never closed: its file and its log.
fn stopped() -> (Vec<u8>, Vec<u8>) {
    let folder = Folder::new();
    let mut store = Sqlite::open(folder.file()).unwrap();
    for sequence in 1..=STEPS {
        let unit = vec![step("a", sequence), step("b", sequence)];
        assert_eq!(store.commit(&[unit]).unwrap(), [true]);
    }
    let log = folder.0.join("orders.db-wal");
    (fs::read(folder.file()).unwrap(), fs::read(log).unwrap())
}

/// How far both orders have come, in a store that is whole.
fn reached(file: &Path) -> u64 {
    let mut store = Sqlite::open_existing(file).unwrap();
    store.check().unwrap();
    let mut reached = Vec::new();
    for id in ["a", "b"] {
        let row = store.load(&[key(id)]).unwrap().remove(0);
        let sequence = row.map_or(0, |row| row.sequence);
        let journal = store.journal(&key(id), 0, usize::MAX).unwrap();
        let steps: Vec<u64> = journal.iter().map(|step| step.sequence).collect();
        assert_eq!(steps, (1..=sequence).collect::<Vec<_>>());
        let asked: Vec<_> = (1..=STEPS)
            .map(|step| (key(id), format!("event {step}")))
            .collect();
        let answers = store.answers(&asked).unwrap();
        assert_eq!(answers.iter().flatten().count() as u64, sequence);
        reached.push(sequence);
    }
    assert_eq!(reached[0], reached[1], "a unit was written in part");
    // And it goes on from there.
    let next = reached[0] + 1;
    let unit = vec![step("a", next), step("b", next)];
    assert_eq!(store.commit(&[unit]), Ok(vec![true]));
    reached[0]
}

#[test]
fn a_log_that_ends_anywhere_gives_a_state_that_was() {
    let (file, log) = stopped();
    let mut last = 0;
    let mut states = Vec::new();
    for part in 0..=60 {
        let folder = Folder::new();
        fs::write(folder.file(), &file).unwrap();
        // No multiple of a page, so that most ends lie within one.
        let length = if part == 60 {
            log.len()
        } else {
            log.len() * part / 60 / 7 * 7
        };
        fs::write(folder.0.join("orders.db-wal"), &log[..length]).unwrap();
        let reached = reached(&folder.file());
        assert!(
            reached >= last,
            "a longer log told less: {last}, then {reached}"
        );
        last = reached;
        states.push(reached);
    }
    assert_eq!(last, STEPS, "what was committed is there");
    states.dedup();
    assert!(states.len() > 20, "too few different ends: {states:?}");
}

#[test]
fn a_log_with_a_flipped_bit_gives_a_state_that_was() {
    let (file, log) = stopped();
    for part in 0..40 {
        let folder = Folder::new();
        fs::write(folder.file(), &file).unwrap();
        let mut torn = log.clone();
        let place = (log.len() - 1) * part / 40;
        torn[place] ^= 1 << (part % 8);
        fs::write(folder.0.join("orders.db-wal"), &torn).unwrap();
        assert!(reached(&folder.file()) <= STEPS);
    }
}
