//! Regions that wait for each other, or for what will not come again, so that the order never ends.

use super::{dead_end, no_way_to_end};
use crate::analysis::{Happening, Sites, Witness};
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Condition, Kind, Row, Workflow};
use crate::travel::{Configuration, Trap, Travel};
use crate::validate::facts::{Facts, PerState};

/// How many configurations are told of.
const TOLD: usize = 3;

/// How many guards are shown.
const SHOWN: usize = 4;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "stuck-regions",
    level: Level::Warning,
    page: include_str!("stuck-regions.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    if !facts.complete() || !may_wait(workflow) {
        return;
    }
    let caught = no_way_to_end::caught(facts);
    let is_told = |active: &Configuration| is_told(facts, caught.as_ref(), active);
    let Some(traps) = Travel::remembering(workflow).traps(workflow, is_told) else {
        let question = "whether regions wait for each other: not all combinations of their states could be followed";
        report.leave_open(facts.document.workflow.span, question);
        return;
    };
    for (index, trap) in traps.iter().take(TOLD).enumerate() {
        let more = match index + 1 == TOLD {
            true => traps.len() - TOLD,
            false => 0,
        };
        report.push(describe(facts, trap, more));
    }
}

/// Whether there are regions, and something waits for states.
fn may_wait(workflow: &Workflow) -> bool {
    let mut states = workflow.states.rows().iter();
    let of_rows = workflow.rows.rows().iter().flat_map(conditions);
    let of_timers = workflow.timers.rows().iter().flat_map(|timer| &timer.when);
    let mut asked = of_rows.chain(of_timers);
    // Of a guard with an error nothing is known.
    states.any(|state| state.kind == Kind::Parallel)
        && asked.clone().any(Condition::asks_for_states)
        && asked.all(|condition| condition.guard.is_some())
}

/// All conditions of a row.
fn conditions(row: &Row) -> impl Iterator<Item = &Condition> + Clone {
    let of_branches = row.branches.iter().flat_map(|branch| &branch.conditions);
    row.conditions.iter().chain(of_branches)
}

/// Whether one of the states is a trap by itself, which other rules tell of.
fn is_told(facts: &Facts<'_>, caught: Option<&PerState<Sites>>, active: &Configuration) -> bool {
    active.iter().any(|&id| {
        let caught = caught.is_some_and(|caught| !caught.at(id).is_empty());
        facts.workflow.states.at(id).is_atomic()
            && (caught || !dead_end::stuck(facts, id).is_empty())
    })
}

fn describe(facts: &Facts<'_>, trap: &Trap, more: usize) -> Diagnostic {
    let workflow = facts.workflow;
    let witness = &trap.witness;
    let state = witness.state.as_deref().unwrap_or_default();
    let which = match trap.whatever_past {
        true => "",
        false => " with this past",
    };
    let message = match trap.still {
        true => format!("an order in `{state}`{which} can never move on"),
        false => format!("an order in `{state}`{which} can never come to an end"),
    };
    // Where every region has ended it is the whole that waits.
    let mut states = trap.active.iter().map(|&id| workflow.states.at(id));
    let mut leaves = states.clone().filter(|state| state.kind == Kind::Atomic);
    let place = leaves.next().or_else(|| states.next());
    let place = place.map_or(facts.document.workflow.span, |state| state.span);
    let mut finding = Diagnostic::new(&RULE, place, message).label("waits here in vain");
    for &span in trap.closed.iter().take(SHOWN) {
        finding = finding.also(span, "lets nothing through any more");
    }
    finding = finding
        .help("give it a way out, for example a way to cancel, or let the other region wait")
        .witness(come_about(witness), witness.to_json());
    match more {
        0 => finding,
        1 => finding.help("there is another combination of states of which the same is so"),
        more => finding.help(format!(
            "there are {more} more combinations of states of which the same is so"
        )),
    }
}

/// How an order comes there.
fn come_about(witness: &Witness) -> String {
    let mut story = witness.story.iter();
    let new = story.next().map(Happening::to_string).unwrap_or_default();
    let steps: Vec<String> = story.map(Happening::to_string).collect();
    match steps.is_empty() {
        true => format!("{new} stands so"),
        false => format!("{new} comes there by {}", steps.join(", then ")),
    }
}
