//! What every server of this program has: lines about what it does, and the signals that end it.
//!
//! In: a form, signals. Out: lines on standard error; futures.

mod log;
mod signals;

pub use log::{LogForm, log_to_stderr};
pub(crate) use signals::Signals;
