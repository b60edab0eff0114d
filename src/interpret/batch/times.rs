//! When orders took their last step.
//!
//! In: the instants of steps. Out: a stamp for each, two bytes that orders hold in its place: many orders are
//! stepped at one instant, and what is written of each is less. Once there are no more stamps, the instant of
//! each order is written down as its own, and all stamps are free again.

use super::hot::Hot;
use crate::guard::Present;

/// Stands for an instant; that of an order for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp(pub(super) u16);

impl Stamp {
    /// The order has an instant of its own.
    pub(super) const OWN: Self = Self(u16::MAX);
}

/// How many stamps there are.
const STAMPS: usize = u16::MAX as usize;

/// When a step is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) now: Present,
    pub(super) stamp: Stamp,
}

impl Clock {
    /// Nanoseconds since 1970.
    #[inline]
    pub(super) fn nanos(self) -> i64 {
        self.now.word()
    }
}

/// The instants of orders, in nanoseconds since 1970.
#[derive(Debug)]
pub(super) struct Times {
    /// By stamp.
    stamped: Vec<i64>,
    /// By order, of those that have their own.
    own: Vec<i64>,
    /// No order has a later one.
    latest: i64,
}

impl Times {
    pub(super) fn new() -> Self {
        Self {
            // All at once, since steps allocate nothing.
            stamped: Vec::with_capacity(STAMPS),
            own: Vec::new(),
            latest: i64::MIN,
        }
    }

    /// Makes room for one order more.
    pub(super) fn push(&mut self) {
        self.own.push(0);
    }

    /// When an order took its last step.
    #[inline]
    pub(super) fn of(&self, number: usize, hot: Hot) -> i64 {
        let stamped = self.stamped.get(usize::from(hot.stamp().0)).copied();
        let own = || self.own.get(number).copied();
        // There is one or the other; else the order is not stepped.
        stamped.or_else(own).unwrap_or(i64::MAX)
    }

    /// Notes the instant of an order that holds [`Stamp::OWN`].
    pub(super) fn set_own(&mut self, number: usize, nanos: i64) {
        if let Some(own) = self.own.get_mut(number) {
            *own = nanos;
        }
        self.latest = self.latest.max(nanos);
    }

    /// Whether no order took its last step later than now.
    #[inline]
    pub(super) fn all_past(&self, clock: Clock) -> bool {
        self.latest <= clock.nanos()
    }

    /// Whether an order took its last step no later than now.
    #[inline]
    pub(super) fn is_past(&self, number: usize, hot: Hot, clock: Clock) -> bool {
        self.all_past(clock) || self.of(number, hot) <= clock.nanos()
    }

    /// A stamp for an instant. Those that were given before may be void then, but for what orders hold.
    pub(super) fn stamp(&mut self, nanos: i64, orders: &mut [Hot]) -> Stamp {
        if self.stamped.len() >= STAMPS {
            self.write_down(orders);
        }
        let stamp = u16::try_from(self.stamped.len());
        self.stamped.push(nanos);
        self.latest = self.latest.max(nanos);
        Stamp(stamp.unwrap_or(u16::MAX))
    }

    /// Writes down the instant of every order as its own.
    #[cold]
    fn write_down(&mut self, orders: &mut [Hot]) {
        for (own, hot) in self.own.iter_mut().zip(orders) {
            if let Some(at) = self.stamped.get(usize::from(hot.stamp().0)) {
                *own = *at;
                *hot = hot.stamped(Stamp::OWN);
            }
        }
        self.stamped.clear();
    }
}
