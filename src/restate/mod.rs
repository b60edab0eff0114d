//! Orders on Restate: the same steps, kept by a cluster that partitions, replicates and wakes.
//!
//! In: calls that Restate makes of this service, each at most one at a time for an order. Out: answers, and
//! what Restate is to keep. Restate turns the runtime inside out: it stores and calls, and this module
//! carries out one request upon what it is given, by the same [`Engine`](crate::runtime::Engine) as
//! everywhere.
//!
//! - `order`: the virtual object of an order, and what may be asked of it;
//! - `asked`: what is asked, as JSON;
//! - `look` and `bring`: orders are looked at, and come to another version;
//! - `family`: orders that belong together, as their outermost order's object keeps them;
//! - `kept`: what an object keeps, by key; `calls`: what objects ask of each other;
//! - `waking`: timers, as one delayed call for each family;
//! - `projection`: the same rows in a store, for queries, verification and effects;
//! - `host`: what is outside of Restate: deployments, the clock, the store;
//! - `service`: how it is served, and how it ends.

mod asked;
mod bring;
mod calls;
mod family;
mod host;
mod kept;
mod look;
mod order;
mod projection;
mod service;
mod waking;

pub use service::{ServeError, serve, serve_until};
