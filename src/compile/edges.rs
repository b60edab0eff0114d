//! Draws the state graph: every way in which an active state may make another one active.

use std::collections::BTreeSet;

use petgraph::visit::EdgeRef;
use thin_vec::ThinVec;

use crate::graph::{
    Edge, EdgeKind, Id, Kind, StateGraph, StateId, Table, Target, Transition, TransitionId,
    Workflow,
};

/// The drawing under way.
struct Drawing<'a> {
    workflow: &'a Workflow,
    graph: StateGraph,
    /// What entering each target makes active, worked out once for each; empty where it was not yet.
    sets: Table<StateId, ThinVec<StateId>>,
}

pub(super) fn draw(workflow: &mut Workflow) {
    let mut drawing = Drawing {
        workflow,
        graph: StateGraph::with_capacity(workflow.states.len(), workflow.transitions.len()),
        sets: Table::default(),
    };
    drawing.all();
    workflow.graph = drawing.graph;
    workflow.graph.shrink_to_fit();
}

impl Drawing<'_> {
    fn all(&mut self) {
        let workflow = self.workflow;
        for id in workflow.states.ids() {
            self.graph.add_node(id);
            self.sets.push(ThinVec::new());
        }
        for (index, branch) in workflow.initial.iter().enumerate() {
            let edge = edge(None, index, EdgeKind::Target);
            for &state in branch.target.iter().chain(&branch.along) {
                self.enter(StateId::ROOT, state, edge);
            }
        }
        let mut backs: Vec<(Transition, usize)> = Vec::new();
        for &transition in workflow.transitions.rows() {
            let branches = workflow.rows.at(transition.row).branches.iter();
            for (index, branch) in branches.enumerate() {
                if branch.target == Target::Back {
                    backs.push((transition, index));
                }
                self.lead(transition, index, &branch.target);
            }
        }
        for (transition, branch) in backs {
            self.back(transition, branch);
        }
    }

    fn lead(&mut self, from: Transition, branch: usize, target: &Target) {
        let edge = |kind| edge(Some(from.id), branch, kind);
        match target {
            Target::Stay | Target::Unresolved | Target::Back => {}
            Target::State(state) => self.enter(from.source, *state, edge(EdgeKind::Target)),
            Target::Choose(states) => {
                for &state in states {
                    self.enter(from.source, state, edge(EdgeKind::Choice));
                }
            }
            Target::Several(parts) => {
                for part in parts {
                    self.lead(from, branch, part);
                }
            }
            Target::History {
                state,
                deep,
                otherwise,
            } => {
                let workflow = self.workflow;
                let start = otherwise.map(|start| workflow.starts.at(start).first.as_slice());
                for &state in start.unwrap_or(&[*state]) {
                    self.enter(from.source, state, edge(EdgeKind::Target));
                }
                for inner in past(workflow, *state, *deep) {
                    self.enter(from.source, inner, edge(EdgeKind::Past));
                }
            }
        }
    }

    /// Adds an edge to a target and to each state entered along with it.
    fn enter(&mut self, from: StateId, target: StateId, edge: Edge) {
        let entered = self.sets.at_mut(target);
        if entered.is_empty() {
            *entered = self.workflow.entered_with(target).into();
        }
        for &state in entered.iter() {
            // What comes along with a past state was active with it.
            let kind = match edge.kind {
                EdgeKind::Past => EdgeKind::Past,
                kind if state == target => kind,
                _ => EdgeKind::Along,
            };
            let edge = Edge { kind, ..edge };
            self.graph.add_edge(from.into(), state.into(), edge);
        }
    }

    /// The way back leads to every atomic state that may have been left on the way in.
    fn back(&mut self, transition: Transition, branch: usize) {
        let (workflow, here) = (self.workflow, transition.source);
        let incoming = self
            .graph
            .edges_directed(here.into(), petgraph::Direction::Incoming);
        let origins: BTreeSet<StateId> = incoming
            .filter_map(|edge| self.graph.node_weight(edge.source()).copied())
            .filter(|&origin| origin != StateId::ROOT && !workflow.within(origin, here))
            .collect();
        let edge = edge(Some(transition.id), branch, EdgeKind::Past);
        for origin in origins {
            let last = workflow.states.at(origin).last.index();
            for inner in origin.index()..=last {
                let inner = StateId::from_index(inner);
                self.graph.add_edge(here.into(), inner.into(), edge);
            }
        }
    }
}

fn edge(transition: Option<TransitionId>, branch: usize, kind: EdgeKind) -> Edge {
    Edge {
        transition,
        branch: u32::try_from(branch).unwrap_or(u32::MAX),
        kind,
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
        Kind::Compound { .. } => outer.children.to_vec(),
        Kind::Parallel | Kind::Atomic | Kind::Final => Vec::new(),
    }
}
