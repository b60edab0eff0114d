//! Waiting, with an end.

use std::time::Duration;

/// Waits for what must come, for two minutes.
pub(crate) fn until(what: &dyn Fn() -> String, mut holds: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not come: {}", what());
}
