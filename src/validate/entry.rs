//! The written ways into states: who leads an order where, for checks that judge one step.

use super::facts::{Facts, PerState, per_state};
use crate::graph::{Branch, Kind, Row, State, StateId, Target, Transition};
use crate::source::Span;

/// A branch of a row that leads to one state.
pub(crate) struct Entry<'a> {
    /// The row.
    pub(crate) row: &'a Row,
    /// The state it names.
    pub(crate) target: StateId,
    /// The name as written.
    pub(crate) span: Span,
}

impl Entry<'_> {
    /// The row's transitions.
    pub(crate) fn transitions<'f>(
        &'f self,
        facts: &'f Facts<'_>,
    ) -> impl Iterator<Item = Transition> + 'f {
        let ids = self.row.transitions.iter();
        ids.map(|id| *facts.workflow.transitions.at(id))
    }
}

/// Every state that a branch names as its target.
pub(crate) fn entries<'a>(facts: &Facts<'a>) -> impl Iterator<Item = Entry<'a>> {
    let to = |row: &'a Row, branch: &'a Branch| {
        let parts = branch.target.parts().iter();
        parts.filter_map(move |part| match *part {
            Target::State(target) => Some(Entry {
                row,
                target,
                span: branch.target_span,
            }),
            _ => None,
        })
    };
    let rows = facts.workflow.rows.rows().iter();
    rows.flat_map(move |row| row.branches.iter().flat_map(move |b| to(row, b)))
}

/// For each state, the states entered along with it of which `wanted` says so.
pub(crate) fn entered_along(
    facts: &Facts<'_>,
    wanted: impl Fn(&State) -> bool,
) -> PerState<Vec<StateId>> {
    let workflow = facts.workflow;
    if !workflow.states.rows().iter().any(&wanted) {
        return per_state(workflow, |_| Vec::new());
    }
    per_state(workflow, |state| {
        let mut entered = match state.id {
            StateId::ROOT => Vec::new(),
            id => workflow.entered_with(id),
        };
        entered.retain(|&id| wanted(workflow.states.at(id)));
        entered
    })
}

/// Whether a transition from `source` to `target` enters `state`, one of those that `target` brings
/// along: all but those around the innermost compound state that holds both, which is not left
/// (SCXML, getTransitionDomain).
pub(crate) fn enters(facts: &Facts<'_>, source: StateId, target: StateId, state: StateId) -> bool {
    let workflow = facts.workflow;
    let holds = |&outer: &StateId| {
        let is_compound = matches!(workflow.states.at(outer).kind, Kind::Compound { .. });
        is_compound && target != outer && workflow.within(target, outer)
    };
    let domain = workflow.ancestors(source).find(holds);
    !domain.is_some_and(|domain| workflow.within(domain, state))
}
