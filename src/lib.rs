//! Flagstate
pub mod source;
pub mod diagnostic;
