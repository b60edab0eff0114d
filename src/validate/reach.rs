//! Which states orders can come to be in, and from which of them an order can come to an end.

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use super::facts::{Facts, PerState, per_state};
use super::waits::Waits;
use crate::analysis::{Grid, Sites, Ways};
use crate::diagnostic::{Diagnostic, Rule};
use crate::graph::{EdgeKind, Id, Kind, State, StateId, Workflow};

/// How many further places one finding shows.
const SHOWN: usize = 3;

/// On which sites orders can be in each state: those that start anew, or that stand in one of `kept`.
///
/// What was active before was reached by another edge, and nothing enters a state that is switched off. A way whose
/// guards need a state to be active is open where orders can come to be in that state.
pub(crate) fn reachable(
    workflow: &Workflow,
    (grid, ways): (&Grid<'_>, &Ways),
    inactive: &PerState<bool>,
    kept: &[StateId],
) -> PerState<Sites> {
    let mut found = per_state(workflow, |_| Sites::NONE);
    let mut open = vec![StateId::ROOT];
    open.extend(kept);
    for &start in &open {
        *found.at_mut(start) = Sites::ALL;
    }
    let waits = Waits::of(workflow);
    while let Some(state) = open.pop() {
        let here = *found.at(state);
        for edge in workflow.graph.edges(state.into()) {
            let target = StateId::from_index(edge.target().index());
            if edge.weight().kind == EdgeKind::Past || *inactive.at(target) {
                continue;
            }
            let open_on = waits.on(*edge.weight()).map_or(Sites::ALL, |wait| {
                wait.ends(grid, &|state| *found.at(state))
            });
            let led = grid.both(here, grid.both(ways.of(*edge.weight()), open_on));
            let all = grid.either(*found.at(target), led);
            if all != *found.at(target) {
                *found.at_mut(target) = all;
                open.push(target);
                open.extend(waits.waiting_for(target));
            }
        }
    }
    found
}

/// On which sites an order can come from each state to one of `ends`, each on some sites.
pub(crate) fn ending(facts: &Facts<'_>, ends: Vec<(StateId, Sites)>) -> PerState<Sites> {
    let (workflow, grid) = (facts.workflow, &facts.grid);
    let mut found = per_state(workflow, |_| Sites::NONE);
    let mut open = Vec::new();
    for (end, sites) in ends {
        *found.at_mut(end) = grid.either(*found.at(end), sites);
        open.push(end);
    }
    while let Some(state) = open.pop() {
        let here = *found.at(state);
        let edges = workflow
            .graph
            .edges_directed(state.into(), Direction::Incoming);
        for edge in edges {
            let source = StateId::from_index(edge.source().index());
            let from = acting(workflow, source, state);
            let led = grid.both(here, facts.ways.of(*edge.weight()));
            if source == StateId::ROOT || grid.without(led, *found.at(from)).is_empty() {
                continue;
            }
            // A transition serves every state within its source.
            let last = workflow.states.at(from).last;
            let within = from.index()..=last.index();
            for inner in within.map(StateId::from_index) {
                let all = grid.either(*found.at(inner), led);
                if all != *found.at(inner) {
                    *found.at_mut(inner) = all;
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
    let waits = Waits::of(workflow);
    let (mut shown, mut waits_in_vain) = (Vec::new(), false);
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
        let awaited = waits.on(*edge.weight()).and_then(|wait| {
            let mut lost = None;
            wait.each(&mut |state| {
                lost = lost.or((!*facts.reachable.at(state)).then_some(state));
            });
            lost
        });
        waits_in_vain |= awaited.is_some();
        let text = match (*facts.reachable.at(transition.source), awaited) {
            (false, _) => format!("leads there from `{path}`, which no order can reach either"),
            (true, Some(awaited)) => format!(
                "waits for `{}`, which no order can reach",
                facts.path(awaited)
            ),
            (true, None) => format!("needs settings with which no order comes to `{path}`"),
        };
        finding = finding.also(transition.source_span, text);
    }
    if waits_in_vain {
        finding =
            finding.help("where states wait for each other, let one be entered without the other");
    }
    finding.label(if shown.is_empty() {
        "nothing leads here"
    } else {
        "no way from the start of an order leads here"
    })
}
