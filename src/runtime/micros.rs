//! Instants as whole microseconds: what every store compares by.
//!
//! In: instants. Out: numbers, which hold every instant of the calendar. What becomes due within a
//! microsecond is due at its end, so that nothing is handed out early on any store.

use crate::time::{Instant, all_nanoseconds, at_all_nanoseconds};

const NANOSECONDS: i128 = 1_000;

/// The microsecond that has begun at an instant.
pub(super) fn begun(at: Instant) -> i64 {
    clamped(all_nanoseconds(at).div_euclid(NANOSECONDS))
}

/// The first microsecond that begins at an instant or after it.
pub(super) fn ended(at: Instant) -> i64 {
    clamped(-(-all_nanoseconds(at)).div_euclid(NANOSECONDS))
}

/// The nanoseconds from the begin of a microsecond to an instant.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) fn rest(at: Instant, micros: i64) -> i64 {
    clamped(all_nanoseconds(at) - i128::from(micros) * NANOSECONDS)
}

/// The instant so many nanoseconds after the begin of a microsecond; `None` outside the calendar.
pub(super) fn instant(micros: i64, rest: i64) -> Option<Instant> {
    at_all_nanoseconds(i128::from(micros) * NANOSECONDS + i128::from(rest))
}

/// The calendar's ends are within 64 bits, so that nothing is ever cut.
fn clamped(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}
