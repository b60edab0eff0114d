//! Which states orders can come to be in, and from which of them an order can come to an end.

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, EdgeFiltered, EdgeRef};

use super::facts::{Facts, PerState, per_state};
use crate::diagnostic::{Diagnostic, Rule};
use crate::graph::{EdgeKind, Id, Kind, State, StateId, Workflow};

/// How many further places one finding shows.
const SHOWN: usize = 3;

/// The states that orders can be in which start anew, or which stand in one of `kept`.
///
/// What was active before was reached by another edge, and nothing enters a state that is switched off.
pub(crate) fn reachable(
    workflow: &Workflow,
    inactive: &PerState<bool>,
    kept: &[StateId],
) -> PerState<bool> {
    let walkable = EdgeFiltered::from_fn(&workflow.graph, |edge| {
        edge.weight().kind != EdgeKind::Past
            && !*inactive.at(StateId::from_index(edge.target().index()))
    });
    let mut search = Dfs::new(&walkable, NodeIndex::from(StateId::ROOT));
    search
        .stack
        .extend(kept.iter().copied().map(NodeIndex::from));
    let mut found = per_state(workflow, |_| false);
    while let Some(node) = search.next(&walkable) {
        *found.at_mut(StateId::from_index(node.index())) = true;
    }
    found
}

/// The states from which an order can come to one of `ends`.
pub(crate) fn ending(workflow: &Workflow, ends: Vec<StateId>) -> PerState<bool> {
    let mut found = per_state(workflow, |_| false);
    let mut open = ends;
    for &end in &open {
        *found.at_mut(end) = true;
    }
    while let Some(state) = open.pop() {
        let edges = workflow
            .graph
            .edges_directed(state.into(), Direction::Incoming);
        for edge in edges {
            let source = StateId::from_index(edge.source().index());
            let from = acting(workflow, source, state);
            if source == StateId::ROOT || *found.at(from) {
                continue;
            }
            // A transition serves every state within its source.
            let last = workflow.states.at(from).last;
            let within = from.index()..=last.index();
            for inner in within.map(StateId::from_index) {
                if !*found.at(inner) {
                    *found.at_mut(inner) = true;
                    open.push(inner);
                }
            }
        }
    }
    found
}

/// The state whose orders a transition moves: a transition out of one region leaves them all.
fn acting(workflow: &Workflow, source: StateId, target: StateId) -> StateId {
    let left = workflow.ancestors(source).filter(|&outer| {
        workflow.states.at(outer).kind == Kind::Parallel && !workflow.within(target, outer)
    });
    left.last().unwrap_or(source)
}

/// The outermost states that no order can reach; none where names are unresolved.
pub(crate) fn lost<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a State> {
    let lost = |id: StateId| !*facts.reachable.at(id);
    facts
        .states()
        .filter(move |state| facts.complete() && lost(state.id) && !state.parent.is_some_and(lost))
}

/// A finding about a state that no order can reach, with what leads there from states no better off.
pub(crate) fn lost_finding(rule: &'static Rule, facts: &Facts<'_>, state: &State) -> Diagnostic {
    let workflow = facts.workflow;
    let mut finding = Diagnostic::new(
        rule,
        state.span,
        format!("no order can reach `{}`", state.path),
    );
    let mut shown = Vec::new();
    let edges = workflow
        .graph
        .edges_directed(state.id.into(), Direction::Incoming);
    for edge in edges {
        let Some(id) = edge.weight().transition else {
            continue;
        };
        let transition = workflow.transitions.at(id);
        if transition.source == state.id || shown.contains(&transition.source_span) {
            continue;
        }
        shown.push(transition.source_span);
        if shown.len() > SHOWN {
            break;
        }
        let path = facts.path(transition.source);
        let text = format!("leads there from `{path}`, which no order can reach either");
        finding = finding.also(transition.source_span, text);
    }
    finding.label(if shown.is_empty() {
        "nothing leads here"
    } else {
        "no way from the start of an order leads here"
    })
}
