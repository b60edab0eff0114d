//! A state in which orders stay for moments only, but which nothing leaves by itself.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{ActorId, Id, State, Target, Trigger};
use crate::validate::facts::{Facts, PerState, per_state};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "transient-without-exit",
    level: Level::Warning,
    page: include_str!("transient-without-exit.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let own = exits_by_itself(facts);
    for state in facts
        .states()
        .filter(|state| state.transient && !facts.is_end(state))
    {
        let mut around = facts.workflow.ancestors(state.id);
        let mut within = facts.workflow.states.ids().skip(state.id.index());
        let last = state.last.index();
        let left = around.any(|id| *own.at(id))
            || within
                .by_ref()
                .take(last + 1 - state.id.index())
                .any(|id| *own.at(id));
        if left || !facts.complete() || !*facts.reachable.at(state.id) {
            continue;
        }
        report.push(describe(facts, state));
    }
}

fn describe(facts: &Facts<'_>, state: &State) -> Diagnostic {
    let message = format!(
        "`{}` should last moments, but nothing leaves it by itself",
        state.path
    );
    let mut finding = Diagnostic::new(&RULE, state.span, message).label("declared with `at_most`");
    let ways = state
        .outgoing
        .iter()
        .map(|&id| *facts.workflow.transitions.at(id));
    for way in ways.filter(|way| matters(facts, way.row)).take(3) {
        finding = finding.also(way.source_span, "waits for somebody else");
    }
    finding.help(
        "add an `always`, a timer with `to:`, or a transition `by: system`; or remove `at_most`",
    )
}

/// Whether a row leads anywhere.
fn matters(facts: &Facts<'_>, row: crate::graph::RowId) -> bool {
    let row = facts.workflow.rows.at(row);
    !row.raise.is_empty()
        || row
            .branches
            .iter()
            .any(|branch| branch.target != Target::Stay || !branch.raise.is_empty())
}

/// Whether each state has a way out of its own that the system takes.
fn exits_by_itself(facts: &Facts<'_>) -> PerState<bool> {
    let mut own = per_state(facts.workflow, |_| false);
    for transition in facts.workflow.transitions.rows() {
        let row = facts.workflow.rows.at(transition.row);
        let automatic = match row.trigger {
            Trigger::Always | Trigger::Timer(_) => true,
            Trigger::Event(_) => row.by.contains(ActorId::SYSTEM),
        };
        *own.at_mut(transition.source) |= automatic && matters(facts, transition.row);
    }
    own
}
