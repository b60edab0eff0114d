//! Scenario files: what a workflow promises, as tables and as stories, compared with what it does.
//!
//! In: a [`Workflow`] and the text of a `NAME.scenario.yaml` beside it. Out: a
//! report that passes or names every difference with its place, both sides, and the trace up to there;
//! and what of the workflow the stories ran (coverage). Pure: files are read and golden traces written
//! by the command line.
//!
//! ```yaml
//! # sharefox.scenario.yaml
//! states:                                  # the vendor's page as a table
//!   in_cart: { title: In cart, flags: { reserved: true }, timers: { expires: after settings.cart_lifetime -> dropped } }
//!   offer:   { title: Offer, flags: { reserved: true }, timers: { expires: never } }
//!   dropped: { title: Dropped, is: final, flags: {}, enter: system, inferred: [flags] }
//! settings:
//!   cart_lifetime: { default: 20m, min: 1m }
//! transitions:                             # every event with its rows, in order
//!   cancel: { from: booked, to: cancelled, by: manager, guard: order.payments == 0 }
//! scenarios:                               # stories: what happens, and what is expected then
//!   - name: a cart expires after 45 minutes where the site says so
//!     settings: { cart_lifetime: 45m }
//!     context: { origin: online }
//!     by: customer
//!     steps:
//!       - { state: in_cart, flags: [reserved, expires], timers: { in_cart.expires: 45m } }
//!       - { wait: 44m, state: in_cart }
//!       - { wait: 1m, state: dropped, flags: [], timers: { in_cart.expires: none } }
//!   - name: a paid order is not cancelled
//!     context: { origin: manual }
//!     by: manager
//!     steps:
//!       - { event: book, by: manager, state: booked }
//!       - { context: { payments: 1 }, after: 2d }
//!       - { event: cancel, by: manager, refused: use Cancel Deliveries }
//!       - { event: cancel, by: customer, refused: { kind: [wrong_actor, guard] } }
//! ```

mod coverage;
mod document;
mod expect;
mod golden;
mod happens;
mod names;
mod reading;
mod refusals;
pub mod rule;
mod run;
mod schema;
mod stories;
mod table;
mod tables;
mod uses;

pub use crate::document::Listed;
pub use coverage::{Coverage, Item, Kind};
pub use document::{
    Expectations, FlagsExpected, Refused, RefusedKind, Scenario, ScenarioFile, StateTable, Step,
    TimersExpected,
};
pub use golden::compare_trace;
pub use rule::RULES;
pub use run::{Golden, ScenarioReport, ScenarioResult, run};
pub use table::{InferredRow, Marker, SettingRow, SlotTable, StateRow, TitleRow, TransitionRow};
pub use uses::uses;

use crate::diagnostic::{Level, Report};
use crate::graph::Workflow;
use crate::parse;
use crate::source::{FileId, SourceFile};

/// Finds what is wrong with the stories of a file without running them: names that the workflow does
/// not have, those in the tables included, values that settings cannot have, steps that are unclear.
/// `reading` is what reading the file reported: where values could not be read, only names are looked
/// up, since all else might only follow from that.
pub fn check(workflow: &Workflow, file: &ScenarioFile, reading: &Report) -> Report {
    let mut report = tables::compare(workflow, file);
    report.retain(|found| found.rule.id == rule::UNKNOWN_IN_SCENARIO.id);
    let has_all = reading
        .iter()
        .all(|found| found.level() != Level::Error || found.rule.id == parse::UNKNOWN_KEY.id);
    for (scenario, repeated) in file.scenarios.iter().zip(stories::named_twice(file)) {
        report.extend(repeated);
        match has_all {
            true => _ = run::prepare(workflow, file, scenario, &mut report),
            false => names::check(workflow, scenario, &mut report),
        }
    }
    report
}

/// Reads a scenario file: what could be read, and every problem with its place.
pub fn read(file: FileId, source: &SourceFile) -> (Option<ScenarioFile>, Report) {
    parse::whole(file, source, "the file holds no scenarios")
}
