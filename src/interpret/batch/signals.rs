//! Prepared events by their names.
//!
//! In: signals. Out: the one of a name. A name is found by its length and a few of its letters, whose
//! places in the table are chosen so that the given names get in each other's way as little as can be.

use super::Signal;

/// Prepared events, found by name: see [`Batch::signals`](super::Batch::signals).
#[derive(Debug, Clone)]
pub struct Signals {
    signals: Box<[Signal]>,
    /// By place: the number of a signal, and one more.
    table: Box<[u16]>,
    factor: u64,
}

/// How many factors are tried.
const TRIES: u64 = 64;

impl Signals {
    pub(super) fn new(signals: Vec<Signal>) -> Self {
        let size = (2 * signals.len()).next_power_of_two().max(2);
        let mut best = Self {
            signals: signals.into(),
            table: Box::default(),
            factor: 0,
        };
        let mut fewest = usize::MAX;
        // Odd numbers far apart.
        let factors = (0..TRIES).map(|n| 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(2 * n + 1));
        for factor in factors {
            let mut table = vec![0; size];
            let steps: usize = best
                .signals
                .iter()
                .enumerate()
                .map(|(number, signal)| {
                    let mut steps = 0;
                    let mut at = place(signal.name(), factor, size);
                    while table.get(at).is_some_and(|taken| *taken != 0) {
                        at = (at + 1) % size;
                        steps += 1;
                    }
                    if let (Some(slot), Ok(number)) = (table.get_mut(at), u16::try_from(number + 1))
                    {
                        *slot = number;
                    }
                    steps
                })
                .sum();
            if steps < fewest {
                fewest = steps;
                best.table = table.into();
                best.factor = factor;
            }
            if fewest == 0 {
                break;
            }
        }
        best
    }

    /// The signal of an event's name; of several of one name, the first.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Signal> {
        let mut at = place(name, self.factor, self.table.len());
        // Half of the table is free, so that this ends.
        loop {
            let number = usize::from(*self.table.get(at)?);
            let signal = self.signals.get(number.checked_sub(1)?)?;
            if signal.name() == name {
                return Some(signal);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// All of them, in the order in which they were given: what [`Batch::run`](super::Batch::run) takes.
    pub fn all(&self) -> &[Signal] {
        &self.signals
    }
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
