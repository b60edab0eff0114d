//! Prepared events by their names.
//!
//! In: signals. Out: the one of a name. A name is found by its length and a few of its letters, whose
//! places in the table are chosen so that the given names get in each other's way as little as can be.

use super::Signal;

/// Prepared events, found by name: see [`Batch::signals`](super::Batch::signals).
#[derive(Debug, Clone)]
pub struct Signals {
    all: Box<[Signal]>,
    /// By place: the number of a signal, and one more.
    table: Box<[u16]>,
    factor: u64,
}

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
        let mut at = place(name, self.factor, self.table.len());
        // Half of the table is free, so that this ends.
        loop {
            let number = usize::from(*self.table.get(at)?);
            let signal = self.all.get(number.checked_sub(1)?)?;
            if signal.name() == name {
                return Some(signal);
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
fn table(signals: &[Signal], factor: u64) -> (Box<[u16]>, usize) {
    let size = (2 * signals.len()).next_power_of_two().max(2);
    let mut table = vec![0; size];
    let mut steps = 0;
    for (number, signal) in (1..).zip(signals) {
        let mut at = place(signal.name(), factor, size);
        while table.get(at).is_some_and(|taken| *taken != 0) {
            at = (at + 1) % size;
            steps += 1;
        }
        if let Some(slot) = table.get_mut(at) {
            *slot = number;
        }
    }
    (table.into(), steps)
}

/// Where a name stands in a table of a size, which is a power of two.
#[inline]
fn place(name: &str, factor: u64, size: usize) -> usize {
    let bytes = name.as_bytes();
    let length = bytes.len();
    let letter = |at: usize| u64::from(bytes.get(at).copied().unwrap_or(0));
    let ends = letter(0) | letter(length / 2) << 8 | letter(length.wrapping_sub(1)) << 16;
    let key = ends | letter(length / 3) << 24 | (length as u64) << 32;
    (key.wrapping_mul(factor) >> 40) as usize & (size - 1)
}
