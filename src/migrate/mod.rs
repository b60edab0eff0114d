//! Orders of one version brought to another by a plan.
//!
//! In: a migration file ([`PlanFile`]), both versions of a workflow, an order. Out: the [`Plan`] and
//! every finding about it; the order as it stands in the new version, with what became of its flags and
//! timers, or every reason why it cannot. A plan is checked before any order is looked at: each state
//! that can hold orders has a place from which an end can be reached, each obligation (stock, revenue, a
//! contract) is kept or let go in so many words, each timer, each event that waits for its time, each set of children and
//! each value is decided about. Pure:
//! nothing is stored here, and no effect is performed.

mod apply;
mod back;
mod check;
mod children;
mod context;
mod document;
mod events;
mod fates;
mod init;
mod obligations;
mod past;
mod plan;
mod resolve;
pub mod rule;
mod shape;
mod timers;
mod unheard;
mod uses;
mod values;

#[cfg(feature = "runtime")]
pub(crate) use apply::apply_counted;
pub use apply::{EventFate, FlagMove, Migrated, Refused, Sites, TimerFate, apply};
#[cfg(feature = "runtime")]
pub(crate) use children::{Counts, needed};
pub use document::{
    ChildRule, End, EventRule, FieldRule, Mapping, PlanFile, TimerAction, TimerRule, Values,
};
pub use fates::{EffectRow, EventRow, FateRows, Fates, TimerRow};
pub use init::init;
pub use plan::Plan;
pub use rule::RULES;
pub use shape::{ByPath, Places};
pub use uses::uses;

use crate::diagnostic::{Diagnostic, Report, Rule, suppress};
use crate::graph::Workflow;
use crate::parse::{self, UNSUPPORTED_VERSION};
use crate::source::{FileId, SourceFile};

/// The one version of the format.
pub const FORMAT_VERSION: u32 = 1;

/// What is said of an empty file.
const NONE: &str = "the file holds no migration";

/// Reads a migration file: what could be read, and every problem with its place.
pub fn read(file: FileId, source: &SourceFile) -> (Option<PlanFile>, Report) {
    let (plan, mut report) = parse::whole::<PlanFile>(file, source, NONE);
    let written = plan.as_ref().map(|plan| plan.flagstate_migration);
    if let Some(version) = written.filter(|version| version.value != FORMAT_VERSION)
        && !report.has_errors()
    {
        let message = format!("the format version `{}` is not read", version.value);
        let found = Diagnostic::new(&UNSUPPORTED_VERSION, version.span, message);
        report.push(found.help(format!("this release reads version {FORMAT_VERSION}")));
        return (None, report);
    }
    (plan, report)
}

/// All that was found about a plan, read and checked, but for the warnings that its comments have ignored
/// (`# flagstate: ignore[RULE]`); and what is wrong with those comments.
pub fn suppress(report: Report, file: FileId, source: &SourceFile) -> Report {
    let known: Vec<&'static Rule> = parse::RULES.iter().chain(RULES).copied().collect();
    let (_, _, comments) = parse::commented::<PlanFile>(file, source, NONE);
    suppress::suppress(report, source, &comments, &known)
}

/// Resolves a plan that was checked before.
#[cfg(feature = "runtime")]
pub(crate) fn resolved<'w>(file: &PlanFile, old: &'w Workflow, new: &'w Workflow) -> Plan<'w> {
    resolve::resolve(file, old, new, &mut Report::new())
}

/// Resolves and checks a plan for two versions, both free of errors. With an error in the report the
/// plan is not to be applied.
pub fn check<'w>(file: &PlanFile, old: &'w Workflow, new: &'w Workflow) -> (Plan<'w>, Report) {
    let mut report = Report::new();
    let plan = resolve::resolve(file, old, new, &mut report);
    values::check(file, &plan, &mut report);
    events::check(file, &plan, &mut report);
    children::check(file, &plan, &mut report);
    check::check(file, &plan, &mut report);
    report.sort();
    (plan, report)
}
