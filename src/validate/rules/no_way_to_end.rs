//! States between which orders go round for ever, although other orders end.

use super::dead_end::dead_ends;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{State, StateId};
use crate::validate::facts::Facts;
use crate::validate::facts::per_state;
use crate::validate::reach::ending;
use petgraph::Direction;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "no-way-to-end",
    level: Level::Warning,
    page: include_str!("no-way-to-end.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let states = facts.states();
    let ends = states.filter(|state| facts.is_end(state) && *facts.reachable.at(state.id));
    let mut ends: Vec<StateId> = ends.map(|state| state.id).collect();
    if ends.is_empty() || !facts.complete() {
        return;
    }
    // What leads to a dead end alone is that rule's business.
    ends.extend(dead_ends(facts));
    let ending = ending(facts.workflow, ends);
    let trapped =
        |state: &State| state.is_atomic() && *facts.reachable.at(state.id) && !*ending.at(state.id);
    let mut told = per_state(facts.workflow, |_| false);
    for state in facts.states().filter(|state| trapped(state)) {
        if *told.at(state.id) {
            continue;
        }
        let others = round_trip(facts, state.id);
        let mut finding = Diagnostic::new(
            &RULE,
            state.span,
            format!("orders in `{}` can never come to an end", state.path),
        )
        .label("no final state can be reached from here");
        let innermost = others
            .iter()
            .filter(|&&id| id != state.id && facts.workflow.states.at(id).is_atomic());
        for &other in innermost.take(3) {
            let path = facts.path(other);
            finding = finding.also(
                facts.workflow.states.at(other).span,
                format!("nor from `{path}`"),
            );
        }
        for other in others {
            *told.at_mut(other) = true;
        }
        report.push(finding.help("add a way from one of these states to an end"));
    }
}

/// The states joined to one by edges in either direction, none of which comes to an end.
fn round_trip(facts: &Facts<'_>, start: StateId) -> Vec<StateId> {
    let graph = &facts.workflow.graph;
    let mut found = std::collections::BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let onward = graph.neighbors_directed(state.into(), Direction::Outgoing);
        for next in onward.filter_map(|node| graph.node_weight(node)) {
            if found.insert(*next) {
                open.push(*next);
            }
        }
    }
    found.into_iter().collect()
}
