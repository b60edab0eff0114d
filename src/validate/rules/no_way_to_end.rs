//! States between which orders go round for ever, although other orders end.

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

use super::dead_end::dead_ends;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, StateId};
use crate::validate::facts::{Facts, PerState};
use crate::validate::reach::ending;

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
    for trap in traps(facts, &ending(facts.workflow, ends)) {
        let mut trap = trap.into_iter().map(|id| facts.workflow.states.at(id));
        let Some(state) = trap.next() else {
            continue;
        };
        let message = format!("orders in `{}` can never come to an end", state.path);
        let mut finding = Diagnostic::new(&RULE, state.span, message)
            .label("no final state can be reached from here");
        for other in trap.take(3) {
            finding = finding.also(other.span, format!("nor from `{}`", other.path));
        }
        report.push(finding.help("add a way from one of these states to an end"));
    }
}

/// The innermost states that orders can reach and from which they never come to an end: those that
/// one leads to from another, or that one state holds, together.
fn traps(facts: &Facts<'_>, ending: &PerState<bool>) -> Vec<Vec<StateId>> {
    let workflow = facts.workflow;
    let caught = |id: StateId| id != StateId::ROOT && *facts.reachable.at(id) && !*ending.at(id);
    let mut joined = UnionFind::new(workflow.states.len());
    for edge in workflow.graph.edge_references() {
        let from = StateId::from_index(edge.source().index());
        let to = StateId::from_index(edge.target().index());
        if caught(from) && caught(to) {
            joined.union(from.index(), to.index());
        }
    }
    for state in facts.states() {
        if let Some(outer) = state
            .parent
            .filter(|&outer| caught(outer) && caught(state.id))
        {
            joined.union(outer.index(), state.id.index());
        }
    }
    let mut traps: BTreeMap<usize, Vec<StateId>> = BTreeMap::new();
    for state in facts
        .states()
        .filter(|state| state.is_atomic() && caught(state.id))
    {
        let trap = joined.find(state.id.index());
        traps.entry(trap).or_default().push(state.id);
    }
    traps.into_values().collect()
}
