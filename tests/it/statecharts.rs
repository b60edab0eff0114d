//! Random statecharts: exported and imported again, and run in the real `XState`.

mod machines;
mod play;
mod round;
mod xstate;

/// By how much more than usual is tried: `FLAGSTATE_STATECHARTS`.
fn times() -> u64 {
    let times = std::env::var("FLAGSTATE_STATECHARTS").ok();
    times.and_then(|times| times.parse().ok()).unwrap_or(1)
}
