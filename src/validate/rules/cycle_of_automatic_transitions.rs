//! Automatic transitions that lead round in a circle without waiting for anything.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::analysis::{Circle, LONGEST, Sites};
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Condition, StateId, Target, Transition, TransitionId, Trigger, Workflow};
use crate::validate::exits::landing;
use crate::validate::facts::Facts;
use crate::validate::precedence::guard_texts;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "cycle-of-automatic-transitions",
    level: Level::Error,
    page: include_str!("cycle-of-automatic-transitions.md"),
};

/// How many hops without a guard are followed for each with one: no sensible circle is longer, and
/// the work stays proportional to the file.
const FREE_HOPS: usize = 200;

/// How many hops of one circle are looked at for the settings that close it.
const MOST_STARTS: usize = 64;

/// One automatic way from a state to another, taken whenever its guards hold.
struct Hop<'a> {
    from: StateId,
    to: StateId,
    guards: Vec<&'a str>,
    /// The sites on which it can be taken, and on which its guards that ask for settings alone hold.
    sites: Sites,
    transition: TransitionId,
}

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let hops = hops(facts);
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
    let mut all = BTreeSet::new();
    for hops in by_part.values() {
        let mut told = BTreeSet::new();
        for (index, holding) in holding_together(facts.workflow, hops).iter().enumerate() {
            for circle in circles(facts.workflow, holding.iter().copied()) {
                let within =
                    |hop: &&&Hop<'_>| circle.contains(&hop.from) && circle.contains(&hop.to);
                let circle: Vec<&Hop<'_>> = holding.iter().filter(within).copied().collect();
                // Guards may never hold, or wait for others: where the solver has looked, it knows.
                if index > 0 && is_solved(facts, &circle) {
                    continue;
                }
                let count = told.len();
                by_sites(facts, &circle, &mut told, report);
                if told.len() > count {
                    all.extend(circle.iter().map(|hop| hop.from));
                }
            }
        }
    }
    for circle in &facts.guards.circles {
        solved(facts, circle, &all, report);
    }
}

/// Whether the solver has followed all circles among these ways. Those that settings close are told with the settings.
fn is_solved(facts: &Facts<'_>, circle: &[&Hop<'_>]) -> bool {
    let states: BTreeSet<StateId> = circle.iter().map(|hop| hop.from).collect();
    let followed = &facts.guards.followed;
    let is_followed =
        |hop: &&Hop<'_>| hop.sites == Sites::ALL && followed.contains(&hop.transition);
    states.len() <= LONGEST && circle.iter().all(is_followed)
}

/// Reports a circle that the solver found, unless one of its states was told of already.
fn solved(facts: &Facts<'_>, circle: &Circle, told: &BTreeSet<StateId>, report: &mut Report) {
    let transition = |id: TransitionId| -> Transition { *facts.workflow.transitions.at(id) };
    let sources = circle.transitions.iter();
    let sources: Vec<Transition> = sources.map(|&id| transition(id)).collect();
    let is_told = sources.iter().any(|way| told.contains(&way.source));
    let Some(first) = sources.first() else {
        return;
    };
    if is_told || !*facts.reachable.at(circle.state) {
        return;
    }
    let path = facts.path(circle.state);
    let message = format!("automatic transitions lead some orders from `{path}` round in a circle");
    let mut finding =
        Diagnostic::new(&RULE, first.source_span, message).label(match sources.len() {
            1 => "its guard goes on to hold",
            _ => "their guards hold at the same time",
        });
    for way in sources.iter().skip(1) {
        finding = finding.also(way.source_span, "leads on");
    }
    let finding = finding.help(HELP);
    let line = format!("round goes for example {}", circle.witness);
    report.push(finding.witness(line, circle.witness.to_json()));
}

/// What is done about it.
const HELP: &str =
    "give one of them a guard that the others end, or let an event or a timer cause it";

/// Reports the circles among hops, each with the settings that close it.
fn by_sites<'h>(
    facts: &Facts<'_>,
    hops: &[&'h Hop<'h>],
    told: &mut BTreeSet<StateId>,
    report: &mut Report,
) {
    if hops.iter().all(|hop| hop.sites == Sites::ALL) {
        if hops.first().is_some_and(|hop| told.insert(hop.from)) {
            report.push(describe(facts, hops, None));
        }
        return;
    }
    for hop in hops.iter().take(MOST_STARTS) {
        let sites = round(facts, hops, hop);
        let reached = facts.grid.both(sites, *facts.reached.at(hop.from));
        let showing = Showing::of(facts, reached, Sites::ALL);
        let Some(showing) = showing.filter(|_| !told.contains(&hop.from)) else {
            continue;
        };
        let open = hops.iter().copied();
        let open = open.filter(|hop| facts.grid.has(hop.sites, &showing.site));
        let open: Vec<&Hop<'_>> = open.collect();
        let circles = circles(facts.workflow, open.iter().copied());
        let circle = circles.iter().find(|circle| circle.contains(&hop.from));
        let within = |hop: &&Hop<'_>| {
            circle.is_some_and(|circle| circle.contains(&hop.from) && circle.contains(&hop.to))
        };
        // The circle as it goes on from this hop.
        let mut round: Vec<&Hop<'_>> = open.into_iter().filter(within).collect();
        round.sort_by_key(|other| other.from != hop.from);
        told.extend(round.iter().map(|hop| hop.from));
        report.push(describe(facts, &round, Some((hop.from, &showing))));
    }
}

/// The sites on which hops lead from one of them back to where it starts.
fn round(facts: &Facts<'_>, hops: &[&Hop<'_>], start: &Hop<'_>) -> Sites {
    let grid = &facts.grid;
    let mut found: BTreeMap<StateId, Sites> = BTreeMap::new();
    let mut open = vec![(start.to, start.sites)];
    while let Some((state, sites)) = open.pop() {
        // Whoever is in a state is also in those around it.
        for id in std::iter::once(state).chain(facts.workflow.ancestors(state)) {
            let known = found.entry(id).or_insert(Sites::NONE);
            let more = grid.without(sites, *known);
            *known = grid.either(*known, more);
            if more.is_empty() || id == start.from {
                continue;
            }
            for hop in hops.iter().filter(|hop| hop.from == id) {
                open.push((hop.to, grid.both(more, hop.sites)));
            }
        }
    }
    found.get(&start.from).copied().unwrap_or(Sites::NONE)
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

fn describe(
    facts: &Facts<'_>,
    circle: &[&Hop<'_>],
    settings: Option<(StateId, &Showing)>,
) -> Diagnostic {
    let transition =
        |hop: &Hop<'_>| -> Transition { *facts.workflow.transitions.at(hop.transition) };
    let first = circle
        .first()
        .map(|hop| (transition(hop).source_span, facts.path(hop.from)));
    let (span, path) = first.unwrap_or_default();
    let text = format!("automatic transitions lead from `{path}` round in a circle");
    let message = match settings {
        Some((_, showing)) => showing.message(&text),
        None => text,
    };
    let mut finding = Diagnostic::new(&RULE, span, message).label(match circle {
        [only] => format!("leads straight back to `{}`", facts.path(only.to)),
        [first, ..] => format!("leads to `{}`", facts.path(first.to)),
        [] => String::new(),
    });
    for hop in circle.iter().skip(1).take(4) {
        let text = format!("leads to `{}`", facts.path(hop.to));
        finding = finding.also(transition(hop).source_span, text);
    }
    if let Some((state, showing)) = settings {
        finding = showing.shown(facts, state, finding);
    }
    finding.help(HELP)
}

/// The automatic ways whose guards, once they hold, hold again on the next way round.
fn hops<'a>(facts: &Facts<'a>) -> Vec<Hop<'a>> {
    let workflow = facts.workflow;
    let landing = landing(workflow);
    let mut hops = Vec::new();
    for state in workflow.states.rows() {
        // What earlier rows and branches ask: whatever comes after them waits until it does not hold.
        let mut earlier: Vec<(&str, Sites)> = Vec::new();
        for &transition in &state.outgoing {
            let row = workflow.rows.at(workflow.transitions.at(transition).row);
            if row.trigger != Trigger::Always {
                continue;
            }
            let branches = row.branches.iter().enumerate();
            for (index, branch) in branches.filter(|(at, _)| !facts.ways.is_never(transition, *at))
            {
                let asked = row.conditions.iter().chain(&branch.conditions);
                let (sites, guards) = asks(facts, transition, index, asked);
                let changes = !row.deed.set.is_empty() || !branch.deed.set.is_empty();
                let to = match branch.target {
                    Target::Stay => Some(state.id),
                    Target::State(to) => Some(landing.at(to).unwrap_or(to)),
                    _ => None,
                };
                let hop = |guards: Vec<&'a str>, sites| Hop {
                    from: state.id,
                    to: to.unwrap_or(state.id),
                    guards,
                    sites,
                    transition,
                };
                let (free, last) = last(facts, &guards, &earlier, sites);
                if to.is_some() && !last.is_empty() {
                    let mut texts: Vec<&str> = earlier.iter().map(|(text, _)| *text).collect();
                    texts.push("else");
                    texts.sort_unstable();
                    texts.dedup();
                    hops.extend((!changes).then(|| hop(texts, last)));
                }
                if to.is_some() && !free.is_empty() && (!changes || guards.is_empty()) {
                    hops.push(hop(guards.clone(), free));
                }
                earlier.extend(guards.into_iter().map(|text| (text, sites)));
            }
        }
    }
    hops
}

/// The sites on which a way's guards that ask for settings alone hold, and the texts of the others.
fn asks<'a>(
    facts: &Facts<'a>,
    transition: TransitionId,
    branch: usize,
    asked: impl Iterator<Item = &'a Condition> + Clone,
) -> (Sites, Vec<&'a str>) {
    let (sites, others) = facts.grid.split(asked.clone());
    let sites = facts
        .grid
        .both(sites, facts.ways.branch(transition, branch));
    match sites.is_empty() {
        // That it is never taken is another finding.
        true => (Sites::ALL, guard_texts(asked)),
        false => (sites, guard_texts(others)),
    }
}

/// Where a way without guards is taken at once, and where only once those before it do not hold; one
/// with guards waits for these alone.
fn last(
    facts: &Facts<'_>,
    guards: &[&str],
    earlier: &[(&str, Sites)],
    sites: Sites,
) -> (Sites, Sites) {
    if !guards.is_empty() {
        return (sites, Sites::NONE);
    }
    let before = earlier.iter().fold(Sites::NONE, |all, (_, sites)| {
        facts.grid.either(all, *sites)
    });
    let waiting = facts.grid.both(sites, before);
    (facts.grid.without(sites, before), waiting)
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
