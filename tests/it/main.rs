//! The tests: one module an area, cases and their snapshots in `tests/cases`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "a test that finds nothing where something must be has failed"
)]

mod time;
mod cli;
mod diagnostic;
mod context;
mod schema;
mod symbols;
mod parse;
mod guard;
mod drive;
mod scenario;
mod vendors;
mod mutations;
mod layers;
mod migrate;
mod load;
mod lsp;
mod readme;
mod export;
mod rules;
mod import;
mod interpret;
mod properties;
mod analysis;
mod tenant;
mod diff;
mod statecharts;
mod runtime;
#[cfg(all(any(feature = "postgres", feature = "restate"), unix))]
mod patience;
#[cfg(all(feature = "postgres", unix))]
mod server;
#[cfg(feature = "serve")]
mod http;
#[cfg(all(feature = "restate", unix))]
mod restate;
mod tell;
