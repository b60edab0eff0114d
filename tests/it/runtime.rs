//! The durable runtime: the engine beside a model, on every store.

mod backup;
pub(crate) mod conformance;
#[cfg(all(feature = "postgres", unix))]
mod crash;
mod export;
mod failing;
mod failures;
mod families;
mod faults;
mod held;
#[cfg(target_os = "linux")]
mod import;
mod journal;
pub(crate) mod kill;
mod kin;
mod late;
mod migrate;
mod model;
pub(crate) mod personal;
mod moved;
mod overview;
mod queries;
mod requests;
mod retention;
pub(crate) mod simulation;
mod stores;
mod tenants;
mod threads;
mod timers;

use flagstate::runtime::{Deploy, Engine, Store};
use flagstate::time::{Instant, parse_instant};

/// The workflow of the model.
pub(crate) const SHOP: &str = "tests/cases/runtime/shop.yaml";

/// The present, so many seconds after the beginning.
pub(crate) fn at(seconds: i64) -> Instant {
    let start = parse_instant("2026-01-05T09:00:00Z").unwrap();
    start + std::time::Duration::from_secs(u64::try_from(seconds).unwrap())
}

/// An engine with the shop deployed for the tenant `shop`.
pub(crate) fn shop<S: Store>(store: S) -> Engine<S> {
    let mut engine = Engine::new(store);
    let text = std::fs::read_to_string(SHOP).unwrap();
    engine
        .deploy(&Deploy::file("shop", "shop.yaml", text), at(0))
        .unwrap();
    engine
}
