//! A state that is no end and has no way out.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, StateId};
use crate::validate::exits::WayOut;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "dead-end",
    level: Level::Error,
    page: include_str!("dead-end.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for state in dead_ends(facts).map(|id| facts.workflow.states.at(id)) {
        let message = format!("orders in `{}` can never leave it", state.path);
        let label = match *facts.ways_out.at(state.id) {
            WayOut::Only(_) => "every way out leads back here",
            WayOut::Nowhere | WayOut::Away => "no transition, timer or `always` leads out",
        };
        let finding = Diagnostic::new(&RULE, state.span, message).label(label);
        report.push(finding.help("write `final: true` where orders end here, or add a way out"));
    }
}

/// The innermost states, neither final nor immutable, in which orders stay for ever.
pub(super) fn dead_ends(facts: &Facts<'_>) -> impl Iterator<Item = StateId> {
    let ids = facts.workflow.states.ids();
    ids.filter(|&id| id.index() > 0 && facts.complete() && is_dead_end(facts, id))
}

fn is_dead_end(facts: &Facts<'_>, id: StateId) -> bool {
    let state = facts.workflow.states.at(id);
    let stuck = match *facts.ways_out.at(id) {
        WayOut::Nowhere => true,
        WayOut::Only(landing) => landing == id,
        WayOut::Away => false,
    };
    stuck && state.is_atomic() && *facts.reachable.at(id) && !facts.is_end(state)
}
