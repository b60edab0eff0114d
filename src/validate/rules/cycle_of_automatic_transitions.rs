//! Automatic transitions that lead round in a circle without waiting for anything.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{StateId, Target, Transition, TransitionId, Trigger, Workflow};
use crate::validate::exits::landing;
use crate::validate::facts::Facts;
use crate::validate::precedence::guard_texts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "cycle-of-automatic-transitions",
    level: Level::Error,
    page: include_str!("cycle-of-automatic-transitions.md"),
};

/// How many hops without a guard are followed for each with one: no sensible circle is longer, and
/// the work stays proportional to the file.
const FREE_HOPS: usize = 200;

/// One automatic way from a state to another, taken whenever its guards hold.
struct Hop<'a> {
    from: StateId,
    to: StateId,
    guards: Vec<&'a str>,
    transition: TransitionId,
}

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let hops = hops(facts.workflow);
    // Only guards of one circle can keep it going, so each circle of the whole is looked at alone.
    let parts = circles(facts.workflow, hops.iter());
    let mut part_of = BTreeMap::new();
    for (part, states) in parts.iter().enumerate() {
        part_of.extend(states.iter().map(|&state| (state, part)));
    }
    let mut by_part: BTreeMap<usize, Vec<&Hop<'_>>> = BTreeMap::new();
    for hop in &hops {
        let (from, to) = (part_of.get(&hop.from), part_of.get(&hop.to));
        if let (Some(part), true) = (from, from == to) {
            by_part.entry(*part).or_default().push(hop);
        }
    }
    for hops in by_part.values() {
        let mut told = BTreeSet::new();
        for holding in holding_together(facts.workflow, hops) {
            for circle in circles(facts.workflow, holding.iter().copied()) {
                let within =
                    |hop: &&&Hop<'_>| circle.contains(&hop.from) && circle.contains(&hop.to);
                let circle: Vec<&Hop<'_>> = holding.iter().filter(within).copied().collect();
                if circle.first().is_some_and(|hop| told.insert(hop.from)) {
                    report.push(describe(facts, &circle));
                }
            }
        }
    }
}

/// The hops that hold at the same time: those without guards; then, for each list of guards, those
/// with just these and, around them, those without. Once guards hold they do so for ever, since
/// nothing changes what they ask.
fn holding_together<'h, 'a>(workflow: &Workflow, hops: &[&'h Hop<'a>]) -> Vec<Vec<&'h Hop<'a>>> {
    let mut free: BTreeMap<StateId, Vec<&Hop<'_>>> = BTreeMap::new();
    let mut guarded: BTreeMap<&[&str], Vec<&Hop<'_>>> = BTreeMap::new();
    for &hop in hops {
        match hop.guards.as_slice() {
            [] => free.entry(hop.from).or_default().push(hop),
            guards => guarded.entry(guards).or_default().push(hop),
        }
    }
    let mut together = vec![free.values().flatten().copied().collect()];
    for mut holding in guarded.into_values() {
        let most = holding.len() * FREE_HOPS;
        let mut open: Vec<StateId> = holding.iter().map(|hop| hop.to).collect();
        let mut seen = BTreeSet::new();
        while let Some(state) = open.pop().filter(|_| holding.len() <= most) {
            let around = std::iter::once(state).chain(workflow.ancestors(state));
            for from in around.filter(|&from| seen.insert(from)) {
                for hop in free.get(&from).into_iter().flatten() {
                    holding.push(hop);
                    open.push(hop.to);
                }
            }
        }
        together.push(holding);
    }
    together
}

fn describe(facts: &Facts<'_>, circle: &[&Hop<'_>]) -> Diagnostic {
    let transition =
        |hop: &Hop<'_>| -> Transition { *facts.workflow.transitions.at(hop.transition) };
    let first = circle
        .first()
        .map(|hop| (transition(hop).source_span, facts.path(hop.from)));
    let (span, path) = first.unwrap_or_default();
    let message = format!("automatic transitions lead from `{path}` round in a circle");
    let mut finding = Diagnostic::new(&RULE, span, message).label(match circle {
        [only] => format!("leads straight back to `{}`", facts.path(only.to)),
        [first, ..] => format!("leads to `{}`", facts.path(first.to)),
        [] => String::new(),
    });
    for hop in circle.iter().skip(1).take(4) {
        let text = format!("leads to `{}`", facts.path(hop.to));
        finding = finding.also(transition(hop).source_span, text);
    }
    finding
        .help("give one of them a guard that the others end, or let an event or a timer cause it")
}

/// The automatic ways whose guards, once they hold, hold again on the next way round.
fn hops(workflow: &Workflow) -> Vec<Hop<'_>> {
    let landing = landing(workflow);
    let mut hops = Vec::new();
    for state in workflow.states.rows() {
        // What earlier rows and branches ask: whatever comes after them waits until it does not hold.
        let mut earlier: Vec<&str> = Vec::new();
        for &transition in &state.outgoing {
            let row = workflow.rows.at(workflow.transitions.at(transition).row);
            if row.trigger != Trigger::Always {
                continue;
            }
            for branch in &row.branches {
                let mut guards = guard_texts(&row.conditions);
                guards.extend(guard_texts(&branch.conditions));
                let own = guards.clone();
                if guards.is_empty() && !earlier.is_empty() {
                    guards = [&["else"], earlier.as_slice()].concat();
                }
                guards.sort_unstable();
                guards.dedup();
                earlier.extend(own);
                let changes = !row.set.is_empty() || !branch.set.is_empty();
                let to = match branch.target {
                    Target::Stay => state.id,
                    Target::State(to) => landing.at(to).unwrap_or(to),
                    _ => continue,
                };
                if !changes || guards.is_empty() {
                    hops.push(Hop {
                        from: state.id,
                        to,
                        guards,
                        transition,
                    });
                }
            }
        }
    }
    hops
}

/// The sets of states that lead round in a circle.
fn circles<'a, 'h: 'a>(
    workflow: &Workflow,
    hops: impl Iterator<Item = &'a Hop<'h>>,
) -> Vec<BTreeSet<StateId>> {
    let mut graph: DiGraph<StateId, ()> = DiGraph::new();
    let mut nodes = BTreeMap::new();
    let mut node = |graph: &mut DiGraph<StateId, ()>, id: StateId| {
        *nodes.entry(id).or_insert_with(|| graph.add_node(id))
    };
    for hop in hops {
        let (from, to) = (node(&mut graph, hop.from), node(&mut graph, hop.to));
        graph.add_edge(from, to, ());
        // Whoever is in a state is also in those around it, and can take their transitions.
        for outer in workflow.ancestors(hop.to) {
            let outer = node(&mut graph, outer);
            graph.add_edge(to, outer, ());
        }
    }
    let round = |part: &Vec<NodeIndex>| match part.as_slice() {
        [only] => graph.contains_edge(*only, *only),
        _ => true,
    };
    let parts = tarjan_scc(&graph).into_iter().filter(round);
    let states = |part: Vec<NodeIndex>| {
        let states = part.iter().filter_map(|&node| graph.node_weight(node));
        states.copied().collect()
    };
    parts.map(states).collect()
}
