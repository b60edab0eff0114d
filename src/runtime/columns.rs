//! What rows come to in any database's columns.
//!
//! In: instants, limits, ids. Out: the numbers and texts that stand for them, and are compared alike.

use std::collections::BTreeMap;

use super::micros::{begun, ended, rest};
use super::row::{OrderKey, Orphan};
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

/// What is there of orders that are not: the owners of steps, of answers and of effects, each list in order of
/// tenant and id, and cut off where it has as many as the limit. What lies behind the end of one that was cut
/// off is left to the next time, since something of it may be missing.
pub(super) fn orphans(owners: [Vec<OrderKey>; 3], limit: usize) -> Vec<Orphan> {
    let cut = owners.iter().filter(|keys| keys.len() >= limit);
    let end = cut.filter_map(|keys| keys.last()).min().cloned();
    let mut found: BTreeMap<OrderKey, [bool; 3]> = BTreeMap::new();
    for (kind, keys) in owners.into_iter().enumerate() {
        let known = keys
            .into_iter()
            .filter(|key| end.as_ref().is_none_or(|end| key <= end));
        for key in known {
            if let Some(has) = found.entry(key).or_default().get_mut(kind) {
                *has = true;
            }
        }
    }
    let orphan = |(key, [steps, answers, effects]): (_, [bool; 3])| Orphan {
        key,
        steps,
        answers,
        effects,
    };
    found.into_iter().map(orphan).take(limit).collect()
}
