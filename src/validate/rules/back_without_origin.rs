//! A way back out of a state that orders can be in without having come from anywhere.

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Edge, Id, State, StateId, Target, Transition};
use crate::source::Span;
use crate::validate::facts::Facts;
use crate::validate::showing::Showing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "back-without-origin",
    level: Level::Error,
    page: include_str!("back-without-origin.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for row in facts
        .workflow
        .rows
        .rows()
        .iter()
        .filter(|_| facts.complete())
    {
        let branches = row.branches.iter().enumerate();
        for (index, branch) in branches.filter(|(_, branch)| branch.target == Target::Back) {
            for id in row.transitions.iter() {
                let open = facts.ways.branch(id, index);
                let way = *facts.workflow.transitions.at(id);
                report.extend(judge(facts, way, open, branch.target_span));
            }
        }
    }
}

/// Judges a way back that can be taken on some sites.
fn judge(facts: &Facts<'_>, way: Transition, open: Sites, back: Span) -> Report {
    let mut report = Report::new();
    let grid = &facts.grid;
    let state = facts.workflow.states.at(way.source);
    let all = grid.both(open, *facts.reached.at(state.id));
    let (start, started) = start(facts, state, all);
    let came = match origins(facts, state) {
        Some(origins) => grid.without(*facts.entered.at(state.id), origins),
        None => all,
    };
    let wrong = grid.either(started, grid.both(came, all));
    let Some(showing) = Showing::of(facts, wrong, all) else {
        return report;
    };
    let text = format!("an order in `{}` may have come from nowhere", state.path);
    let finding = Diagnostic::new(&RULE, back, showing.message(&text))
        .label("to the state it came from")
        .also(way.source_span, format!("out of `{}`", state.path));
    let finding = showing.shown(facts, state.id, finding);
    report.push(match start {
        Some(span) => finding
            .also(span, "orders start there")
            .help("name a state instead, or do not start orders there"),
        None => finding
            .also(state.span, "no transition leads here")
            .help("name a state instead"),
    });
    report
}

/// The first initial branch that starts orders in a state on some of the sites, and on which of them
/// any does.
fn start(facts: &Facts<'_>, state: &State, sites: Sites) -> (Option<Span>, Sites) {
    let (mut first, mut started) = (None, Sites::NONE);
    for (index, branch) in facts.workflow.initial.iter().enumerate() {
        let target = branch.target.filter(|&target| {
            let graph = &facts.workflow.graph;
            let mut edges = graph.edges_connecting(StateId::ROOT.into(), state.id.into());
            let is_branch =
                |edge: &Edge| edge.transition.is_none() && edge.branch as usize == index;
            target == state.id || edges.any(|edge| is_branch(edge.weight()))
        });
        let here = facts.grid.both(facts.ways.start(index), sites);
        if target.is_some() && !here.is_empty() {
            first = first.or(Some(branch.target_span));
            started = facts.grid.either(started, here);
        }
    }
    (first, started)
}

/// The sites on which transitions out of other states lead to this one; `None` where there is none.
fn origins(facts: &Facts<'_>, state: &State) -> Option<Sites> {
    let graph = &facts.workflow.graph;
    let edges = graph.edges_directed(state.id.into(), Direction::Incoming);
    let others = edges.filter(|edge| {
        edge.weight().transition.is_some() && edge.source().index() != state.id.index()
    });
    let open = others.map(|edge| facts.ways.of(*edge.weight()));
    open.reduce(|a, b| facts.grid.either(a, b))
}
