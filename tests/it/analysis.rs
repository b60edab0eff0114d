//! The analysis of guards: what it finds is what brute force over small domains finds, every finding's
//! witness shows what it says, and no proof is refuted by random orders.

mod brute;
mod circles;
mod clocks;
pub(crate) mod dice;
mod planted;
mod proofs;
mod regions;
mod settings;
mod smallest;
mod counted;
mod listed;
mod spent;
mod windows;
mod waiting;
mod waits;
mod witnesses;

use std::sync::Arc;

use flagstate::diagnostic::Report;
use flagstate::graph::Workflow;
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};

/// How many cases a test tries: `FLAGSTATE_ANALYSIS` times as many as usual.
fn cases(usual: u64) -> u64 {
    let times = std::env::var("FLAGSTATE_ANALYSIS").map_or(1, |times| times.parse().unwrap());
    usual * times
}

/// A text through every pass, with the workflow even where there are findings of the level error.
fn loaded(text: &str) -> (Arc<Workflow>, Report) {
    let loaded = load(FileId(0), &SourceFile::new("workflow.yaml", text));
    (Arc::new(loaded.workflow.expect(text)), loaded.report)
}
