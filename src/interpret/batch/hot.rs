//! What a step reads and writes of every order: sixteen bytes.

use crate::graph::{Id, StateId};

/// The state of an order that is kept whole; no column knows it.
const WHOLE: u16 = 0x7FFF;

/// Beside the state: the order has done something since it entered it.
const STAYED: u16 = 0x8000;

/// An order's state, times and counters, as columns hold them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hot {
    /// Nanoseconds since 1970.
    pub(super) updated_at: i64,
    pub(super) sequence: u32,
    pub(super) generations: u16,
    state: u16,
}

impl Hot {
    /// An order that is kept whole.
    pub(super) const AWAY: Self = Self {
        updated_at: 0,
        sequence: 0,
        generations: 0,
        state: WHOLE,
    };

    pub(super) fn new(updated_at: i64, sequence: u32, generations: u16, state: u16) -> Self {
        Self {
            updated_at,
            sequence,
            generations,
            state,
        }
    }

    /// The number of its state; that of none where the order is kept whole.
    #[inline]
    pub(super) fn place(self) -> usize {
        usize::from(self.state & !STAYED)
    }

    /// The state of an order that is in the columns.
    #[inline]
    pub(super) fn state(self) -> Option<StateId> {
        let place = self.place();
        (place != usize::from(WHOLE)).then(|| StateId::from_index(place))
    }

    /// Whether it entered its state before its last step.
    pub(super) fn stayed(self) -> bool {
        self.state & STAYED != 0
    }

    /// Notes that it entered its state before its last step.
    pub(super) fn stay(&mut self) {
        self.state |= STAYED;
    }

    /// Whether its counter has room for a step more.
    #[inline]
    pub(super) fn has_room(self) -> bool {
        self.sequence < u32::MAX - 1
    }

    /// Ends a step that entered a state. Its counter had room: no order in the columns has a full one.
    #[inline]
    pub(super) fn enter(&mut self, to: u16, nanos: i64) {
        self.updated_at = nanos;
        self.sequence = self.sequence.wrapping_add(1);
        self.state = to;
    }

    /// The same where the answer is yes, without a jump.
    #[inline]
    pub(super) fn enter_if(&mut self, yes: bool, to: u16, nanos: i64) {
        self.updated_at = if yes { nanos } else { self.updated_at };
        self.sequence = self.sequence.wrapping_add(u32::from(yes));
        self.state = if yes { to } else { self.state };
    }
}

/// The number of a state as columns hold it.
pub(super) fn small(state: StateId) -> Option<u16> {
    u16::try_from(state.index())
        .ok()
        .filter(|state| *state < WHOLE)
}
