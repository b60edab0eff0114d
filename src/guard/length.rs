//! A length of time as guards see it: fixed (`days(3)`), or the stretch between two instants.
//!
//! In: durations, and the difference of two instants. Out: comparisons that know the calendar.
//! The stretch keeps both ends, because `now - order.placed_at > days(3)` means three calendar days
//! of the tenant's zone, which only the ends can tell across a daylight-saving change.
//! Two fixed lengths compare with a day as 24 hours.

use std::cmp::Ordering;

use crate::time::{Duration, Instant, TimeError, Zone};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Fixed(Duration),
    Between { from: Instant, to: Instant },
}

impl Length {
    /// The duration that it lasts: a stretch in exact seconds.
    pub(super) fn duration(self) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Between { from, to } => Duration::seconds((to - from).num_seconds()),
        }
    }

    /// Compares two lengths.
    ///
    /// # Errors
    /// When moving an end of a stretch leaves the calendar.
    pub(super) fn compare(self, other: Self, zone: &Zone) -> Result<Ordering, TimeError> {
        match (self, other) {
            (Self::Fixed(a), Self::Fixed(b)) => Ok(a.nominal_seconds().cmp(&b.nominal_seconds())),
            (Self::Between { from, to }, Self::Fixed(fixed)) => reaches(from, to, fixed, zone),
            (Self::Fixed(fixed), Self::Between { from, to }) => {
                reaches(from, to, fixed, zone).map(Ordering::reverse)
            }
            (
                Self::Between { from, to },
                Self::Between {
                    from: start,
                    to: end,
                },
            ) => Ok((to - from).cmp(&(end - start))),
        }
    }

    /// The sum; a stretch counts in exact seconds. `None` beyond the range of durations.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let (a, b) = (self.duration(), other.duration());
        let days = a.days.checked_add(b.days)?;
        let seconds = a.seconds.checked_add(b.seconds)?;
        Some(Self::Fixed(Duration { days, seconds }))
    }

    /// The length backwards. `None` beyond the range of durations.
    pub(super) fn negated(self) -> Option<Self> {
        let Duration { days, seconds } = self.duration();
        let (days, seconds) = (days.checked_neg()?, seconds.checked_neg()?);
        Some(Self::Fixed(Duration { days, seconds }))
    }
}

/// How `to` lies to the instant `fixed` after `from`.
fn reaches(
    from: Instant,
    to: Instant,
    fixed: Duration,
    zone: &Zone,
) -> Result<Ordering, TimeError> {
    if let Some(order) = far_apart(from, to, fixed) {
        return Ok(order);
    }
    Ok(to.cmp(&zone.add(from, fixed)?))
}

/// The order where no calendar can change it: no zone is further than 26 hours from itself at another
/// time, so that a stretch which differs by more from its length in days of 24 hours is clear.
fn far_apart(from: Instant, to: Instant, fixed: Duration) -> Option<Ordering> {
    let nominal = i64::try_from(fixed.nominal_seconds()).ok()?;
    let sane = SANE.contains(&from.timestamp()) && SPAN.contains(&nominal) && fixed.is_sane();
    let apart = (to - from).num_seconds().checked_sub(nominal)?;
    (sane && !CLOSE.contains(&apart)).then(|| apart.cmp(&0))
}

/// Seconds of 1970 between which moving an instant by a [`SPAN`] stays within the calendar.
const SANE: std::ops::Range<i64> = -50_000_000_000..200_000_000_000;
/// Seconds of lengths that are moved by without a calendar.
const SPAN: std::ops::Range<i64> = -4_000_000_000..4_000_000_000;
/// Seconds of difference that only the calendar can judge.
const CLOSE: std::ops::Range<i64> = -200_000..200_000;
