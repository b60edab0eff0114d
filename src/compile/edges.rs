//! Draws the state graph: every way in which an active state may make another one active.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::visit::EdgeRef;

use crate::graph::{Edge, EdgeKind, Id, Kind, StateId, Target, Transition, TransitionId, Workflow};

/// What entering each target makes active, worked out once for each.
type EntrySets = BTreeMap<StateId, Vec<StateId>>;

pub(super) fn draw(workflow: &mut Workflow) {
    workflow.graph = Default::default();
    for id in workflow.states.ids().collect::<Vec<_>>() {
        workflow.graph.add_node(id);
    }
    let mut sets = EntrySets::new();
    for index in 0..workflow.initial.len() {
        let target = workflow.initial.get(index).and_then(|branch| branch.target);
        if let Some(target) = target {
            let edge = edge(None, index, EdgeKind::Target);
            enter(workflow, &mut sets, StateId::ROOT, target, edge);
            let along = workflow.initial.get(index);
            for state in along.map(|branch| branch.along.clone()).unwrap_or_default() {
                enter(workflow, &mut sets, StateId::ROOT, state, edge);
            }
        }
    }
    let transitions = workflow.transitions.rows().to_vec();
    let mut backs: Vec<(Transition, usize)> = Vec::new();
    for transition in &transitions {
        let branches = workflow.rows.at(transition.row).branches.iter();
        let targets: Vec<Target> = branches.map(|branch| branch.target.clone()).collect();
        for (index, target) in targets.iter().enumerate() {
            if *target == Target::Back {
                backs.push((*transition, index));
            }
            lead(workflow, &mut sets, *transition, index, target);
        }
    }
    for (transition, branch) in backs {
        back(workflow, transition, branch);
    }
}

fn edge(transition: Option<TransitionId>, branch: usize, kind: EdgeKind) -> Edge {
    Edge {
        transition,
        branch: u32::try_from(branch).unwrap_or(u32::MAX),
        kind,
    }
}

fn lead(
    workflow: &mut Workflow,
    sets: &mut EntrySets,
    from: Transition,
    branch: usize,
    target: &Target,
) {
    let edge = |kind| edge(Some(from.id), branch, kind);
    match target {
        Target::Stay | Target::Unresolved | Target::Back => {}
        Target::State(state) => enter(workflow, sets, from.source, *state, edge(EdgeKind::Target)),
        Target::Choose(states) => {
            for &state in states {
                enter(workflow, sets, from.source, state, edge(EdgeKind::Choice));
            }
        }
        Target::Several(parts) => {
            for part in parts {
                lead(workflow, sets, from, branch, part);
            }
        }
        Target::History {
            state,
            deep,
            otherwise,
        } => {
            let start = otherwise.map(|start| workflow.starts.at(start).first.clone());
            for state in start.unwrap_or_else(|| vec![*state]) {
                enter(workflow, sets, from.source, state, edge(EdgeKind::Target));
            }
            for inner in past(workflow, *state, *deep) {
                enter(workflow, sets, from.source, inner, edge(EdgeKind::Past));
            }
        }
    }
}

/// Adds an edge to a target and to each state entered along with it.
fn enter(
    workflow: &mut Workflow,
    sets: &mut EntrySets,
    from: StateId,
    target: StateId,
    edge: Edge,
) {
    let entered = sets
        .entry(target)
        .or_insert_with(|| workflow.entered_with(target));
    for &state in entered.iter() {
        // What comes along with a past state was active with it.
        let kind = match edge.kind {
            EdgeKind::Past => EdgeKind::Past,
            kind if state == target => kind,
            _ => EdgeKind::Along,
        };
        workflow
            .graph
            .add_edge(from.into(), state.into(), Edge { kind, ..edge });
    }
}

/// The states that a history may enter, besides the default.
fn past(workflow: &Workflow, state: StateId, deep: bool) -> Vec<StateId> {
    let outer = workflow.states.at(state);
    if deep {
        let within = (state.index() + 1)..=outer.last.index();
        return within.map(StateId::from_index).collect();
    }
    match outer.kind {
        Kind::Compound { .. } => outer.children.clone(),
        Kind::Parallel | Kind::Atomic | Kind::Final => Vec::new(),
    }
}

/// The way back leads to every atomic state that may have been left on the way in.
fn back(workflow: &mut Workflow, transition: Transition, branch: usize) {
    let here = transition.source;
    let incoming = workflow
        .graph
        .edges_directed(here.into(), petgraph::Direction::Incoming);
    let origins: BTreeSet<StateId> = incoming
        .filter_map(|edge| workflow.graph.node_weight(edge.source()).copied())
        .filter(|&origin| origin != StateId::ROOT && !workflow.within(origin, here))
        .collect();
    let edge = edge(Some(transition.id), branch, EdgeKind::Past);
    for origin in origins {
        let last = workflow.states.at(origin).last.index();
        for inner in origin.index()..=last {
            workflow
                .graph
                .add_edge(here.into(), StateId::from_index(inner).into(), edge);
        }
    }
}
