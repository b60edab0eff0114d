//! Prepared events by their names.
//!
//! In: signals. Out: the one of a name. A name is found by how it begins and ends, which for most is all of it;
//! the places in the table are chosen so that the given names get in each other's way as little as can be.

use super::Signal;
use crate::context::Beginning;

/// Prepared events, found by name: see [`Batch::signals`](super::Batch::signals).
#[derive(Debug, Clone)]
pub struct Signals {
    all: Box<[Signal]>,
    table: Box<[Entry]>,
    factor: u64,
}

/// A place of the table.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    name: Key,
    /// The number of the signal, and one more; 0 where the place is free.
    number: u16,
}

/// What a name is told from others by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Key {
    begins: Beginning,
    /// The last eight bytes; 0 where there are fewer.
    ends: u64,
    length: usize,
}

/// A name of so many bytes is all in its key.
const SHORT: usize = 16;

/// The most events that are found by name.
pub const MOST_NAMED: usize = 65_000;

/// How many factors are tried.
const TRIES: u64 = 64;

impl Signals {
    pub(super) fn new(signals: Vec<Signal>) -> Self {
        // Multiples of an odd number, which are far apart.
        let factors = (0..TRIES).map(|n| 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(2 * n + 1));
        let tables = factors.map(|factor| (table(&signals, factor), factor));
        let best = tables.min_by_key(|((_, steps), _)| *steps);
        let ((table, _), factor) = best.unwrap_or_default();
        Self {
            all: signals.into(),
            table,
            factor,
        }
    }

    /// The signal of an event's name; of several of one name, the first.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Signal> {
        let key = Key::of(name);
        let mut at = key.place(self.factor, self.table.len());
        // Half of the table is free, so that this ends.
        loop {
            let entry = self.table.get(at)?;
            let number = usize::from(entry.number).checked_sub(1)?;
            if entry.name == key {
                let signal = self.all.get(number)?;
                if name.len() <= SHORT || signal.name() == name {
                    return Some(signal);
                }
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// All of them, in the order in which they were given: what [`Batch::run`](super::Batch::run) takes.
    pub fn all(&self) -> &[Signal] {
        &self.all
    }
}

/// The table of a factor, and how many names stand further on because their place is taken.
fn table(signals: &[Signal], factor: u64) -> (Box<[Entry]>, usize) {
    let size = (2 * signals.len()).next_power_of_two().max(2);
    let mut table = vec![Entry::default(); size];
    let mut steps = 0;
    for (number, signal) in (1..).zip(signals) {
        let name = Key::of(signal.name());
        let mut at = name.place(factor, size);
        while table.get(at).is_some_and(|taken| taken.number != 0) {
            at = (at + 1) % size;
            steps += 1;
        }
        if let Some(place) = table.get_mut(at) {
            *place = Entry { name, number };
        }
    }
    (table.into(), steps)
}

impl Key {
    #[inline]
    fn of(name: &str) -> Self {
        let last = name.as_bytes().last_chunk();
        Self {
            begins: Beginning::of(name),
            ends: last.map_or(0, |last| u64::from_le_bytes(*last)),
            length: name.len(),
        }
    }

    /// Where it stands in a table of a size, which is a power of two.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a place in a table of few bits"
    )]
    fn place(&self, factor: u64, size: usize) -> usize {
        let mixed = self.begins.number() ^ self.ends.rotate_left(29) ^ self.length as u64;
        // The upper bits, which all of the name has a part in.
        let bits = size.trailing_zeros();
        (mixed.wrapping_mul(factor) >> (64 - bits)) as usize & (size - 1)
    }
}
