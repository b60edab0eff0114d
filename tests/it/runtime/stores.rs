//! Stores: all of them answer alike, and a file outlives what may befall it.

#[cfg(all(feature = "postgres", unix))]
mod alone;
#[cfg(all(feature = "postgres", unix))]
mod between;
#[cfg(all(feature = "postgres", unix))]
mod doubt;
mod laws;
mod calls;
mod commits;
mod failing;
#[cfg(all(feature = "postgres", unix))]
mod database;
#[cfg(all(feature = "postgres", unix))]
mod encrypted;
mod files;
mod full;
mod races;
mod resting;
#[cfg(all(feature = "postgres", unix))]
mod standby;
mod torn;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use flagstate::runtime::row::{AnswerRow, Change, EffectRow, JournalRow, OrderKey, OrderRow};
use flagstate::time::{Instant, parse_instant};

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self::within(&env::temp_dir())
    }

    /// In memory where the system has such a place: for what is asked of a file, not of a disk.
    fn quick() -> Self {
        let temp = env::temp_dir();
        let memory = Path::new("/dev/shm");
        let there = fs::metadata(memory).is_ok_and(|place| !place.permissions().readonly());
        Self::within(if there { memory } else { &temp })
    }

    fn within(place: &Path) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let place = place.join(format!("flagstate-stores-{}-{made}", process::id()));
        fs::create_dir_all(&place).unwrap();
        Self(place)
    }

    fn file(&self) -> PathBuf {
        self.0.join("orders.db")
    }

    /// Every file with its bytes.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = fs::read_dir(&self.0).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = paths
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn nine() -> Instant {
    at("2026-01-05T09:00:00Z")
}

fn key(order: &str) -> OrderKey {
    OrderKey::new("acme", order)
}

/// What stands for the hash of a step that goes on from the one before it; there is none before the first.
fn head(sequence: u64) -> String {
    match sequence {
        0 => String::new(),
        _ => format!("head {sequence}"),
    }
}

/// An order at a version, whose body is so long.
fn order(order: &str, sequence: u64, body: usize) -> OrderRow {
    OrderRow {
        key: key(order),
        root: order.to_owned(),
        parent: None,
        deployment: "d1".to_owned(),
        sequence,
        status: "in_cart".to_owned(),
        done: false,
        next_due: Some(nine()),
        created_at: nine(),
        updated_at: nine(),
        head: head(sequence),
        stuck: None,
        body: "x".repeat(body),
    }
}

/// The step of an order to a version, with an answer.
fn step(id: &str, sequence: u64) -> Change {
    Change {
        expected: sequence.checked_sub(1).filter(|before| *before > 0),
        upon: head(sequence - 1),
        row: order(id, sequence, 100),
        journal: vec![JournalRow {
            sequence,
            body: format!("step {sequence}"),
            personal: Some(format!("personal {sequence}")),
            hash: head(sequence),
        }],
        answers: vec![AnswerRow {
            event_id: format!("event {sequence}"),
            body: format!("answer {sequence}"),
        }],
        effects: Vec::new(),
        erases: false,
    }
}

fn effect(order: &str, id: &str) -> EffectRow {
    EffectRow {
        id: id.to_owned(),
        key: key(order),
        sequence: 1,
        effect: "mail".to_owned(),
        state: "in_cart".to_owned(),
        at: nine(),
        due: nine(),
        attempts: 0,
        error: None,
        dead: false,
    }
}
