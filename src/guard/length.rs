//! A length of time as guards see it: fixed (`days(3)`), or the stretch between two instants.
//!
//! In: durations, and the difference of two instants. Out: comparisons that know the calendar.
//! The stretch keeps both ends, because `now - order.placed_at > days(3)` means three calendar days
//! of the tenant's zone, which only the ends can tell across a daylight-saving change.
//! Two fixed lengths compare with a day as 24 hours.

use std::cmp::Ordering;

use super::frame;
use crate::time::{Duration, Instant, TimeError};

#[derive(Debug, Clone, Copy)]
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
    pub(super) fn compare(self, other: Self) -> Result<Ordering, TimeError> {
        match (self, other) {
            (Self::Fixed(a), Self::Fixed(b)) => Ok(a.nominal_seconds().cmp(&b.nominal_seconds())),
            (Self::Between { from, to }, Self::Fixed(fixed)) => reaches(from, to, fixed),
            (Self::Fixed(fixed), Self::Between { from, to }) => {
                reaches(from, to, fixed).map(Ordering::reverse)
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
fn reaches(from: Instant, to: Instant, fixed: Duration) -> Result<Ordering, TimeError> {
    let due = frame::with_zone(|zone| zone.add(from, fixed))?;
    Ok(to.cmp(&due))
}
