//! States between which orders go round for ever, although other orders end.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

use super::dead_end::stuck;
use crate::analysis::{Combination, Sites};
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, StateId};
use crate::validate::facts::{Facts, PerState, per_state};
use crate::validate::reach::ending;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "no-way-to-end",
    level: Level::Warning,
    page: include_str!("no-way-to-end.md"),
};

/// The sites on which orders in each state never come to an end; `None` where none ends anywhere. What leads to a dead
/// end alone is left out.
pub(super) fn caught(facts: &Facts<'_>) -> Option<PerState<Sites>> {
    let states = facts.states();
    let ends = states.filter(|state| facts.is_end(state) && *facts.reachable.at(state.id));
    let mut ends: Vec<(StateId, Sites)> = ends
        .map(|state| (state.id, *facts.reached.at(state.id)))
        .collect();
    if ends.is_empty() || !facts.complete() {
        return None;
    }
    // What leads to a dead end alone is that rule's business.
    ends.extend(
        facts
            .states()
            .map(|state| (state.id, stuck(facts, state.id))),
    );
    let ending = ending(facts, ends);
    Some(per_state(facts.workflow, |state| match state.id {
        StateId::ROOT => Sites::NONE,
        id => facts.grid.without(*facts.reached.at(id), *ending.at(id)),
    }))
}

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let Some(caught) = caught(facts) else {
        return;
    };
    let mut told = BTreeSet::new();
    let mut known: Vec<(Combination, Vec<Vec<StateId>>)> = Vec::new();
    for state in facts.states().filter(|state| state.is_atomic()) {
        let reached = *facts.reached.at(state.id);
        let showing = Showing::of(facts, *caught.at(state.id), reached);
        let Some(showing) = showing.filter(|_| !told.contains(&state.id)) else {
            continue;
        };
        if !known.iter().any(|(site, _)| *site == showing.site) {
            known.push((showing.site.clone(), traps(facts, &caught, &showing.site)));
        }
        let traps = known.iter().find(|(site, _)| *site == showing.site);
        let traps = traps.map_or(&[][..], |(_, traps)| traps);
        let trap = traps.iter().find(|trap| trap.contains(&state.id));
        let text = format!("orders in `{}` can never come to an end", state.path);
        let mut finding = Diagnostic::new(&RULE, state.span, showing.message(&text))
            .label("no final state can be reached from here");
        let mut shown = 0;
        for &other in trap.into_iter().flatten().filter(|&&id| id != state.id) {
            if told.insert(other) && shown < 3 {
                shown += 1;
                let other = facts.workflow.states.at(other);
                finding = finding.also(other.span, format!("nor from `{}`", other.path));
            }
        }
        told.insert(state.id);
        let finding = showing.shown(facts, state.id, finding);
        report.push(finding.help("add a way from one of these states to an end"));
    }
}

/// The innermost states that orders of a site can reach and from which they never come to an end:
/// those that one leads to from another, or that one state holds, together.
fn traps(facts: &Facts<'_>, caught: &PerState<Sites>, site: &Combination) -> Vec<Vec<StateId>> {
    let workflow = facts.workflow;
    let caught = per_state(workflow, |state| facts.grid.has(*caught.at(state.id), site));
    let mut joined = UnionFind::new(workflow.states.len());
    for edge in workflow.graph.edge_references() {
        let from = StateId::from_index(edge.source().index());
        let to = StateId::from_index(edge.target().index());
        let is_open = || facts.grid.has(facts.ways.of(*edge.weight()), site);
        if *caught.at(from) && *caught.at(to) && is_open() {
            joined.union(from.index(), to.index());
        }
    }
    for state in facts.states() {
        let outer = state.parent.filter(|&outer| *caught.at(outer));
        if let Some(outer) = outer.filter(|_| *caught.at(state.id)) {
            joined.union(outer.index(), state.id.index());
        }
    }
    let mut traps: BTreeMap<usize, Vec<StateId>> = BTreeMap::new();
    let states = facts.states().filter(|state| state.is_atomic());
    for state in states.filter(|state| *caught.at(state.id)) {
        let trap = joined.find(state.id.index());
        traps.entry(trap).or_default().push(state.id);
    }
    traps.into_values().collect()
}
