//! Random statecharts: exported and imported again, and run in the real XState.

mod machines;
mod play;
mod round;
mod xstate;
