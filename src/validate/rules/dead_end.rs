//! A state that is no end and has no way out.

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::StateId;
use crate::validate::facts::Facts;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "dead-end",
    level: Level::Error,
    page: include_str!("dead-end.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (id, showing) in dead_ends(facts).filter(|(_, showing)| !showing.is_special()) {
        let help = "write `final: true` where orders end here, or add a way out";
        report.push(describe(&RULE, facts, id, &showing).help(help));
    }
}

/// A finding about a dead end.
pub(super) fn describe(
    rule: &'static Rule,
    facts: &Facts<'_>,
    id: StateId,
    showing: &Showing,
) -> Diagnostic {
    let state = facts.workflow.states.at(id);
    let message = showing.message(&format!("orders in `{}` can never leave it", state.path));
    let label = match (showing.everywhere, facts.exits.at(id).returning) {
        (false, _) => "no way out is open then",
        (true, true) => "every way out leads back here",
        (true, false) => "no transition, timer or `always` leads out",
    };
    let finding = Diagnostic::new(rule, state.span, message).label(label);
    showing.shown(facts, id, finding)
}

/// The dead ends, with the settings that make them so.
pub(super) fn dead_ends(facts: &Facts<'_>) -> impl Iterator<Item = (StateId, Showing)> {
    facts.workflow.states.ids().filter_map(|id| {
        let showing = Showing::of(facts, stuck(facts, id), *facts.reached.at(id))?;
        Some((id, showing))
    })
}

/// The sites on which orders in a state stay there for ever: it is innermost, neither final nor
/// immutable, and orders reach it.
pub(super) fn stuck(facts: &Facts<'_>, id: StateId) -> Sites {
    let state = facts.workflow.states.at(id);
    match facts.complete() && id != StateId::ROOT && state.is_atomic() && !facts.is_end(state) {
        true => facts
            .grid
            .without(*facts.reached.at(id), facts.exits.at(id).leaving),
        false => Sites::NONE,
    }
}
