//! What one evaluation needs beside its variables: the budget, the tenant's zone, the active states.
//!
//! In: set by [`enter`] before the engine runs and cleared when the returned [`Entered`] is dropped.
//! Out: read by our functions while it runs. It lives in thread-locals because Rhai's functions
//! take no context of ours; evaluations do not nest, so each thread has at most one.

use std::cell::{Cell, RefCell};

use super::{GuardError, Limit, MAX_OPERATIONS};
use crate::time::Zone;

/// The most steps of the engine in one evaluation.
const WALL: u32 = 10 * MAX_OPERATIONS;

thread_local! {
    static OPERATIONS: Cell<u32> = const { Cell::new(0) };
    static TICKS: Cell<u32> = const { Cell::new(0) };
    static FRAME: RefCell<Option<Frame>> = const { RefCell::new(None) };
}

struct Frame {
    zone: Zone,
    states: Vec<(String, bool)>,
}

/// Clears the frame when the evaluation is over.
pub(super) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        FRAME.with_borrow_mut(|frame| *frame = None);
    }
}

/// Starts an evaluation with a fresh budget. A frame is only built where something reads it.
pub(super) fn enter(zone: Option<&Zone>, states: Vec<(String, bool)>) -> Option<Entered> {
    begin();
    if zone.is_none() && states.is_empty() {
        return None;
    }
    let zone = zone.cloned().unwrap_or_default();
    FRAME.with_borrow_mut(|frame| *frame = Some(Frame { zone, states }));
    Some(Entered)
}

/// Starts a fresh budget.
pub(super) fn begin() {
    OPERATIONS.set(0);
    TICKS.set(0);
}

/// Counts a step of the engine; `false` at the second wall, which no expression reaches that keeps
/// within [`MAX_SOURCE`](super::MAX_SOURCE) and its own budget.
pub(super) fn tick() -> bool {
    TICKS.with(|ticks| {
        let total = ticks.get().saturating_add(1);
        ticks.set(total);
        total <= WALL
    })
}

/// Charges for reading `bytes` of text, one for every 16.
///
/// # Errors
/// Once the budget is spent.
pub(super) fn charge(bytes: usize) -> Result<(), GuardError> {
    let amount = u32::try_from(bytes / 16).unwrap_or(u32::MAX);
    OPERATIONS.with(|spent| {
        let total = spent.get().saturating_add(amount);
        spent.set(total);
        match total <= MAX_OPERATIONS {
            true => Ok(()),
            false => Err(GuardError::Limit(Limit::Operations)),
        }
    })
}

/// Calls `use_zone` with the tenant's zone.
pub(super) fn with_zone<T>(use_zone: impl FnOnce(&Zone) -> T) -> T {
    FRAME.with_borrow(|frame| match frame {
        Some(frame) => use_zone(&frame.zone),
        None => use_zone(&Zone::default()),
    })
}

/// Whether the state of that name is active; a name that the guard did not declare is not.
pub(super) fn in_state(name: &str) -> bool {
    FRAME.with_borrow(|frame| {
        let states = frame.iter().flat_map(|frame| &frame.states);
        states
            .into_iter()
            .any(|(state, active)| *active && state == name)
    })
}
