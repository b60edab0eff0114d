//! The edges between states, on petgraph: the checked model, never the run time.

use petgraph::graph::{DiGraph, NodeIndex};

use super::{Id, Kind, State, StateId, Table, TransitionId};

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

/// The states that become active when `target` is entered from outside: itself, the states around
/// it, the initial states within, and the other regions of parallel states around it
/// (SCXML, computeEntrySet). Ascending, without the root.
pub fn entry_set(states: &Table<StateId, State>, target: StateId) -> Vec<StateId> {
    let mut entered = Vec::new();
    descend(states, target, &mut entered);
    let mut inner = target;
    while let Some(outer) = states
        .at(inner)
        .parent
        .filter(|&outer| outer != StateId::ROOT)
    {
        entered.push(outer);
        if states.at(outer).kind == Kind::Parallel {
            let others = states
                .at(outer)
                .children
                .iter()
                .filter(|&&region| region != inner);
            others.for_each(|&region| descend(states, region, &mut entered));
        }
        inner = outer;
    }
    entered.sort_unstable();
    entered.dedup();
    entered
}

/// Adds a state and what is entered within it by default.
fn descend(states: &Table<StateId, State>, id: StateId, entered: &mut Vec<StateId>) {
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        entered.push(id);
        match states.at(id).kind {
            Kind::Atomic | Kind::Final => {}
            Kind::Compound { initial } => open.push(initial),
            Kind::Parallel => open.extend(&states.at(id).children),
        }
    }
}
