//! The whole analysis of a workflow.
//!
//! In: a workflow whose names and guards are all in order. Out: its [`Findings`].

use super::ask::Asker;
use super::findings::Findings;
use super::memo::Memo;
use super::{circles, conditions, cover, deadlock, exclusive, gaps};
use crate::graph::Workflow;

/// Analyses a workflow, with answers that were given before.
pub(crate) fn analyse(workflow: &Workflow, memo: &mut Memo) -> Findings {
    let mut found = Findings::default();
    if workflow.incomplete || !is_sound(workflow) {
        return found;
    }
    let mut asker = Asker::with(workflow, std::mem::take(memo));
    gaps::find(&mut asker, &mut found);
    exclusive::find(&mut asker, &mut found);
    conditions::find(&mut asker, &mut found);
    cover::find(&mut asker, &mut found);
    deadlock::find(&mut asker, &mut found);
    circles::find(&mut asker, &mut found);
    found.skipped = asker.skipped;
    *memo = asker.memo;
    found
}

/// Whether every guard compiled.
pub(crate) fn is_sound(workflow: &Workflow) -> bool {
    let rows = workflow.rows.rows().iter();
    let of_rows = rows.flat_map(|row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    let timers = workflow.timers.rows().iter().flat_map(|timer| &timer.when);
    let initial = workflow
        .initial
        .iter()
        .flat_map(|branch| &branch.conditions);
    let mut all = of_rows.chain(timers).chain(initial);
    all.all(|condition| condition.guard.is_some())
}
