//! What every server of this program has: lines about what it does, the signals that end it, and how requests
//! write what is the same for all.
//!
//! In: a form, signals, JSON. Out: lines on standard error; futures; values.

mod action;
mod failed;
mod log;
mod moment;
mod object;
mod signals;

pub(crate) use action::Action;
pub(crate) use failed::log_failure;

pub use log::{LogForm, log_to_stderr};
pub(crate) use moment::Moment;
pub(crate) use object::Object;
pub(crate) use signals::Signals;
