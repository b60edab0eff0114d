//! What a step reads and writes of every order: eight bytes.

use super::times::Stamp;
use crate::graph::{Id, StateId};

/// The state of an order that is kept whole; no column knows it.
pub(super) const WHOLE: u16 = 0x7FFF;

/// Beside the state: the order has done something since it entered it.
const STAYED: u16 = 0x8000;

/// Where the stamp and the state stand.
const STAMP: u32 = 32;
const STATE: u32 = 48;

/// An order's counter, when it was stepped, and its state, as columns hold them: in one word, since a processor waits
/// where it reads at once what was written in parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hot(u64);

impl Hot {
    /// An order that is kept whole.
    pub(super) const AWAY: Self = Self::of(0, Stamp::OWN, WHOLE);

    /// An order with an instant of its own.
    pub(super) fn new(sequence: u32, state: u16) -> Self {
        Self::of(sequence, Stamp::OWN, state)
    }

    #[inline]
    const fn of(sequence: u32, stamp: Stamp, state: u16) -> Self {
        Self(sequence as u64 | (stamp.0 as u64) << STAMP | (state as u64) << STATE)
    }

    /// The number of its last step.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    pub(super) fn sequence(self) -> u32 {
        self.0 as u32
    }

    /// When it took its last step.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a part of it")]
    pub(super) fn stamp(self) -> Stamp {
        Stamp((self.0 >> STAMP) as u16)
    }

    #[inline]
    fn word(self) -> u16 {
        (self.0 >> STATE) as u16
    }

    /// The same with another stamp.
    pub(super) fn stamped(self, stamp: Stamp) -> Self {
        Self::of(self.sequence(), stamp, self.word())
    }

    /// The number of its state; that of none where the order is kept whole.
    #[inline]
    pub(super) fn place(self) -> usize {
        usize::from(self.word() & !STAYED)
    }

    /// The state of an order that is in the columns.
    #[inline]
    pub(super) fn state(self) -> Option<StateId> {
        let place = self.place();
        (place != usize::from(WHOLE)).then(|| StateId::from_index(place))
    }

    /// Whether it entered its state before its last step.
    pub(super) fn stayed(self) -> bool {
        self.word() & STAYED != 0
    }

    /// Notes that it entered its state before its last step.
    pub(super) fn stay(&mut self) {
        *self = Self::of(self.sequence(), self.stamp(), self.word() | STAYED);
    }

    /// Whether its counter has room for a step more.
    #[inline]
    pub(super) fn has_room(self) -> bool {
        self.sequence() < u32::MAX - 1
    }

    /// Zero where it is in a state and its counter has room for a step more: told without a jump, so that many are
    /// asked together.
    #[inline]
    pub(super) fn differs(self, place: u16) -> u64 {
        const PLACE: u64 = ((u16::MAX ^ STAYED) as u64) << STATE;
        const SEQUENCE: u64 = u32::MAX as u64;
        let elsewhere = (self.0 ^ (u64::from(place) << STATE)) & PLACE;
        // Two more than a full counter, or one that is full but for one, do not fit in it.
        let full = ((self.0 & SEQUENCE) + 2) & !SEQUENCE;
        elsewhere | full
    }

    /// Ends a step that entered a state. Its counter had room: no order in the columns has a full one.
    #[inline]
    pub(super) fn enter(&mut self, to: u16, stamp: Stamp) {
        *self = Self::of(self.sequence().wrapping_add(1), stamp, to);
    }

    /// The same where the answer is yes, without a jump.
    #[inline]
    pub(super) fn enter_if(&mut self, yes: bool, to: u16, stamp: Stamp) {
        let mut entered = *self;
        entered.enter(to, stamp);
        *self = if yes { entered } else { *self };
    }

    /// Ends a step that entered nothing.
    pub(super) fn step(&mut self, stamp: Stamp) {
        *self = Self::of(self.sequence().saturating_add(1), stamp, self.word());
    }
}

/// The number of a state as columns hold it.
pub(super) fn small(state: StateId) -> Option<u16> {
    u16::try_from(state.index())
        .ok()
        .filter(|state| *state < WHOLE)
}
