//! What rows come to in any database's columns.
//!
//! In: instants, limits, ids. Out: the numbers and texts that stand for them, and are compared alike.

use super::micros::{begun, ended, rest};
use crate::time::Instant;

/// The microsecond in which something was, and the nanoseconds on top.
pub(super) fn past(at: Instant) -> (i64, i64) {
    let micros = begun(at);
    (micros, rest(at, micros))
}

/// The microsecond at which something is due, and the nanoseconds that it is due before.
pub(super) fn future(at: Instant) -> (i64, i64) {
    let micros = ended(at);
    (micros, rest(at, micros))
}

/// A limit as databases take it.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The least text behind one, or the least of all.
pub(super) fn behind(after: Option<&str>) -> String {
    after.map_or_else(String::new, |after| format!("{after}\0"))
}
