//! The edges between states, on petgraph: the checked model, never the run time.

use std::collections::BTreeSet;

use petgraph::graph::{DiGraph, NodeIndex};

use super::{Id, Kind, Start, StartId, State, StateId, Table, TransitionId};

/// States as nodes (node index = state id) and every way in which an active state may make another
/// one active.
pub type StateGraph = DiGraph<StateId, Edge, u32>;

/// One way from a state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The transition; `None` for the start of an order.
    pub transition: Option<TransitionId>,
    /// Which branch of the row, or which initial branch.
    pub branch: u32,
    /// Why the edge leads there.
    pub kind: EdgeKind,
}

/// Why an edge leads to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// The target itself.
    Target,
    /// Entered along with the target: a state around it, an initial substate, another region.
    Along,
    /// One of several targets that the caller names.
    Choice,
    /// One that may have been active before (`history`, `back`).
    Past,
}

impl From<StateId> for NodeIndex<u32> {
    fn from(id: StateId) -> Self {
        NodeIndex::new(id.index())
    }
}

/// What is entered first within a state with substates.
pub(super) fn first<'a>(
    states: &'a Table<StateId, State>,
    starts: &'a Table<StartId, Start>,
    id: StateId,
) -> &'a [StateId] {
    let state = states.at(id);
    match (state.start, &state.kind) {
        (Some(start), _) => &starts.at(start).first,
        (None, Kind::Compound { initial }) => std::slice::from_ref(initial),
        (None, _) => &[],
    }
}

/// The states that become active when `target` is entered from outside: itself, the states around
/// it, the initial states within, and the other regions of parallel states around it
/// (SCXML, computeEntrySet). Where a past is entered, its default stands for it. Ascending, without
/// the root.
pub fn entry_set(
    states: &Table<StateId, State>,
    starts: &Table<StartId, Start>,
    target: StateId,
) -> Vec<StateId> {
    let mut entered = BTreeSet::new();
    descend(states, starts, target, &mut entered);
    ascend(states, starts, target, StateId::ROOT, &mut entered);
    entered.into_iter().collect()
}

/// Adds the states around one, up to `outermost`, and the other regions of parallel ones.
fn ascend(
    states: &Table<StateId, State>,
    starts: &Table<StartId, Start>,
    id: StateId,
    outermost: StateId,
    entered: &mut BTreeSet<StateId>,
) {
    let mut inner = id;
    while let Some(outer) = states.at(inner).parent.filter(|&outer| outer != outermost) {
        entered.insert(outer);
        if states.at(outer).kind == Kind::Parallel {
            complete(states, starts, outer, entered);
        }
        inner = outer;
    }
}

/// Adds the regions of a parallel state of which nothing is entered yet.
fn complete(
    states: &Table<StateId, State>,
    starts: &Table<StartId, Start>,
    parallel: StateId,
    entered: &mut BTreeSet<StateId>,
) {
    for &region in &states.at(parallel).children {
        if entered
            .range(region..=states.at(region).last)
            .next()
            .is_none()
        {
            descend(states, starts, region, entered);
        }
    }
}

/// Adds a state and what is entered within it by default.
fn descend(
    states: &Table<StateId, State>,
    starts: &Table<StartId, Start>,
    id: StateId,
    entered: &mut BTreeSet<StateId>,
) {
    entered.insert(id);
    match states.at(id).kind {
        Kind::Atomic | Kind::Final => {}
        Kind::Parallel => complete(states, starts, id, entered),
        Kind::Compound { .. } => {
            for &target in first(states, starts, id) {
                descend(states, starts, target, entered);
            }
            for &target in first(states, starts, id) {
                ascend(states, starts, target, id, entered);
            }
        }
    }
}
