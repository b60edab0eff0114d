//! The outbox: what steps ask of the outside, handed out until it is done.
//!
//! In: claims and what became of them. Out: effects, each at least once, with the same id every time;
//! whoever performs them tells repetitions by it. One that fails is handed out again, later each time,
//! and is given up after so many attempts.

use super::{Engine, EngineError};
use crate::runtime::row::{EffectRow, Settlement};
use crate::runtime::store::{Store, StoreError};
use crate::time::{Duration, Instant, Zone};

/// How long an effect that failed waits, and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Seconds before the second attempt; twice as many before each further one.
    pub first: u32,
    /// The most seconds between two attempts.
    pub most: u32,
    /// After so many attempts it is given up.
    pub attempts: u32,
}

impl Default for Backoff {
    /// From one second up to an hour; 20 attempts take about nine hours.
    fn default() -> Self {
        Self {
            first: 1,
            most: 3_600,
            attempts: 20,
        }
    }
}

impl Backoff {
    /// What becomes of an effect whose attempt of this number (from 1) failed at `now`.
    pub fn settle(&self, attempt: u32, error: String, now: Instant) -> Settlement {
        if attempt >= self.attempts {
            return Settlement::Dead { error };
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let seconds = self.first.saturating_mul(1_u32 << doublings).min(self.most);
        let later = Duration::seconds(i64::from(seconds));
        match Zone::default().add(now, later) {
            Ok(due) => Settlement::Retry { due, error },
            Err(_) => Settlement::Dead { error },
        }
    }
}

impl<S: Store> Engine<S> {
    /// Hands out effects that are due, of one tenant or of all. Each is handed out again where it is not
    /// settled within `lease`.
    ///
    /// # Errors
    /// When the lease is no length of time, or the store fails.
    pub fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<EffectRow>, EngineError> {
        let until = Zone::default().add(now, lease);
        let until = until.map_err(|error| EngineError::Invalid(error.to_string()))?;
        Ok(self.store.claim(tenant, now, until, limit)?)
    }

    /// The effect was done. `false` where this attempt is not the last one it was handed out at.
    ///
    /// # Errors
    /// When the store fails.
    pub fn acknowledge(&mut self, id: &str, attempt: u32) -> Result<bool, StoreError> {
        self.store.settle(id, attempt, &Settlement::Done)
    }

    /// The effect failed. `false` where this attempt is not the last one it was handed out at.
    ///
    /// # Errors
    /// When the store fails.
    pub fn fail(
        &mut self,
        id: &str,
        attempt: u32,
        error: &str,
        (backoff, now): (&Backoff, Instant),
    ) -> Result<bool, StoreError> {
        let settlement = backoff.settle(attempt, error.to_owned(), now);
        self.store.settle(id, attempt, &settlement)
    }
}
