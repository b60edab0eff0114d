//! Flagstate
pub mod source;
pub mod time;
pub mod diagnostic;
pub mod context;
pub mod document;
pub mod schema;
pub mod parse;
pub mod guard;
pub mod graph;
pub mod compile;
pub mod load;
pub mod instance;
pub mod interpret;
pub mod drive;
pub mod scenario;
#[cfg(feature = "cli")]
pub mod cli;
