//! A way back out of a state that orders can be in without having come from anywhere.

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, State, StateId, Target, Transition};
use crate::source::Span;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "back-without-origin",
    level: Level::Error,
    page: include_str!("back-without-origin.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for row in facts.workflow.rows.rows() {
        for branch in row.branches.iter().filter(|b| b.target == Target::Back) {
            for &id in &row.transitions {
                if let Some(finding) = judge(
                    facts,
                    *facts.workflow.transitions.at(id),
                    branch.target_span,
                ) {
                    report.push(finding);
                }
            }
        }
    }
}

fn judge(facts: &Facts<'_>, way: Transition, back: Span) -> Option<Diagnostic> {
    let state = facts.workflow.states.at(way.source);
    let starts = start(facts, state);
    if !facts.complete()
        || !*facts.reachable.at(state.id)
        || (starts.is_none() && has_origin(facts, state))
    {
        return None;
    }
    let message = format!("an order in `{}` may have come from nowhere", state.path);
    let finding = Diagnostic::new(&RULE, back, message)
        .label("to the state it came from")
        .also(way.source_span, format!("out of `{}`", state.path));
    Some(match starts {
        Some(span) => finding
            .also(span, "orders start there")
            .help("name a state instead, or do not start orders there"),
        None => finding
            .also(state.span, "no transition leads here")
            .help("name a state instead"),
    })
}

/// The initial branch that starts orders in a state.
fn start(facts: &Facts<'_>, state: &State) -> Option<Span> {
    let graph = &facts.workflow.graph;
    let mut edges = graph.edges_connecting(StateId::ROOT.into(), state.id.into());
    let first = edges.find(|edge| edge.weight().transition.is_none())?;
    let branch = facts.workflow.initial.get(first.weight().branch as usize);
    branch.map(|branch| branch.target_span)
}

/// Whether a transition out of another state leads to this one.
fn has_origin(facts: &Facts<'_>, state: &State) -> bool {
    let graph = &facts.workflow.graph;
    let mut edges = graph.edges_directed(state.id.into(), Direction::Incoming);
    edges
        .any(|edge| edge.weight().transition.is_some() && edge.source().index() != state.id.index())
}
