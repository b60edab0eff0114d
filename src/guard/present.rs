//! The present, as guards ask of it.
//!
//! In: an instant. Out: the same, and the word that an order's words are compared with: reckoned once for an
//! event, however many guards ask.

use crate::context::BESIDE;
use crate::time::{self, Instant};

/// The time of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    at: Instant,
    word: i64,
}

impl Present {
    /// The instant.
    pub fn at(self) -> Instant {
        self.at
    }

    /// Nanoseconds since 1970; `BESIDE`, before all others, where no word holds them.
    pub(crate) fn word(self) -> i64 {
        self.word
    }
}

impl From<Instant> for Present {
    fn from(at: Instant) -> Self {
        let word = time::nanoseconds(at).unwrap_or(BESIDE);
        Self { at, word }
    }
}
