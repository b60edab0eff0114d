//! A state in which orders stay for moments only, but which nothing leaves by itself.

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{ActorId, Id, Row, State, StateId, Target, Trigger};
use crate::validate::facts::{Facts, PerState, per_state};
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "transient-without-exit",
    level: Level::Warning,
    page: include_str!("transient-without-exit.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let own = exits_by_itself(facts);
    let states = facts.states().filter(|_| facts.complete());
    for state in states.filter(|state| state.transient && !facts.is_end(state)) {
        let around = facts.workflow.ancestors(state.id);
        let within = state.id.index()..=state.last.index();
        let mut wrong = *facts.reached.at(state.id);
        for id in around.chain(within.map(StateId::from_index)) {
            wrong = facts.grid.without(wrong, *own.at(id));
        }
        if let Some(showing) = Showing::of(facts, wrong, *facts.reached.at(state.id)) {
            report.push(describe(facts, state, &showing));
        }
    }
}

fn describe(facts: &Facts<'_>, state: &State, showing: &Showing) -> Diagnostic {
    let text = format!(
        "`{}` should last moments, but nothing leaves it by itself",
        state.path
    );
    let message = showing.message(&text);
    let mut finding = Diagnostic::new(&RULE, state.span, message).label("declared with `at_most`");
    let ways = state
        .outgoing
        .iter()
        .map(|&id| *facts.workflow.transitions.at(id));
    for way in ways.filter(|way| matters(facts, way.row)).take(3) {
        let label = match is_automatic(facts.workflow.rows.at(way.row)) {
            true => "does not apply then",
            false => "waits for somebody else",
        };
        finding = finding.also(way.source_span, label);
    }
    showing.shown(facts, state.id, finding).help(
        "add an `always`, a timer with `to:`, or a transition `by: system`; or remove `at_most`",
    )
}

/// Whether a row leads anywhere.
fn matters(facts: &Facts<'_>, row: crate::graph::RowId) -> bool {
    let row = facts.workflow.rows.at(row);
    !row.deed.raise.is_empty()
        || row
            .branches
            .iter()
            .any(|branch| branch.target != Target::Stay || !branch.deed.raise.is_empty())
}

/// Whether the system may cause a row.
fn is_automatic(row: &Row) -> bool {
    match row.trigger {
        Trigger::Always | Trigger::Timer(_) => true,
        Trigger::Event(_) => row.by.contains(ActorId::SYSTEM),
    }
}

/// The sites on which each state has a way out of its own that the system takes.
fn exits_by_itself(facts: &Facts<'_>) -> PerState<Sites> {
    let mut own = per_state(facts.workflow, |_| Sites::NONE);
    for transition in facts.workflow.transitions.rows() {
        let row = facts.workflow.rows.at(transition.row);
        if !is_automatic(row) || !matters(facts, transition.row) {
            continue;
        }
        let branches = row.branches.iter().enumerate();
        let leading = branches.filter(|(_, branch)| {
            let raises = !row.deed.raise.is_empty() || !branch.deed.raise.is_empty();
            raises || branch.target != Target::Stay
        });
        for (index, _) in leading {
            let open = facts.ways.branch(transition.id, index);
            let own = own.at_mut(transition.source);
            *own = facts.grid.either(*own, open);
        }
    }
    own
}
