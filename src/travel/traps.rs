//! Where orders come to and never get out of.
//!
//! In: a [`Travel`]. Out: configurations that orders come to for certain, and from which none comes to an end, or
//! anywhere at all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Cause, Configuration, Node, Rest, Travel};
use crate::graph::{ActorId, Target, Trigger, Workflow};
use crate::interpret::outlook;

/// A configuration from which no order comes to an end, while orders come there that still could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// The active states.
    pub active: Configuration,
    /// Who makes the order that comes there.
    pub by: ActorId,
    /// What happens on the way there.
    pub path: Vec<Cause>,
    /// Whether nothing moves the order any more; otherwise it moves on, and never comes to an end.
    pub still: bool,
}

/// How a configuration is come to.
#[derive(Debug, Clone, Copy)]
enum Reached {
    First(ActorId),
    From((usize, bool), Cause),
}

impl Travel {
    /// The configurations that orders never get out of, in the order of the steps there; `None` where not all could
    /// be followed exactly. Where no order ends at all, those from which nothing leads on. An order whose state is immutable
    /// has ended, and so has one of which every region has, if nothing leads out of the whole.
    pub fn traps(&self, workflow: &Workflow) -> Option<Vec<Trap>> {
        // Where a state begins with its own past, what is entered is not followed exactly.
        let starts = workflow.starts.rows().iter();
        let mut parts = starts.flat_map(|start| start.target.parts());
        if !self.whole || parts.any(|part| matches!(part, Target::History { .. })) {
            return None;
        }
        let ending = self.leading_to(|active| has_ended(workflow, active));
        let ends_somewhere = ending.contains(&true);
        let mut graph: DiGraph<usize, ()> = DiGraph::new();
        let mut indices: BTreeMap<usize, NodeIndex> = BTreeMap::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let is_lost = match ends_somewhere {
                true => ending.get(at) == Some(&false),
                false => is_still(at, node),
            };
            if is_lost {
                indices.insert(at, graph.add_node(at));
            }
        }
        for (at, &from) in &indices {
            let next = self
                .nodes
                .get(*at)
                .into_iter()
                .flat_map(|node| node.next.keys());
            for &to in next.filter_map(|to| indices.get(to)) {
                graph.add_edge(from, to, ());
            }
        }
        let reached = self.reached();
        let mut traps: Vec<(usize, Trap)> = Vec::new();
        for part in tarjan_scc(&graph) {
            let inside: BTreeSet<NodeIndex> = part.iter().copied().collect();
            let mut next = part.iter().flat_map(|&from| graph.neighbors(from));
            let closed = next.all(|to| inside.contains(&to));
            let members = part.iter().filter_map(|&index| graph.node_weight(index));
            let nearest = members.filter_map(|&at| Some((reached.get(&(at, true))?.0, at)));
            let nearest = nearest.min();
            if let Some((_, at)) = nearest.filter(|_| closed) {
                let still = (part.len() == 1).then_some(at);
                let is_lost = |at: &usize| indices.contains_key(at);
                traps.extend(self.trap(at, still, is_lost, &reached));
            }
        }
        traps.sort_by_key(|(order, _)| *order);
        traps.dedup_by_key(|(order, _)| *order);
        Some(traps.into_iter().map(|(_, trap)| trap).collect())
    }

    /// What orders come to for certain, with how, in the order of the steps there: at rest, or only passing through.
    fn reached(&self) -> BTreeMap<(usize, bool), (usize, Reached)> {
        let mut reached: BTreeMap<(usize, bool), (usize, Reached)> = BTreeMap::new();
        let mut open = VecDeque::new();
        let mut visit =
            |open: &mut VecDeque<(usize, bool)>, at: usize, free: bool, how: Reached| {
                let rests = match self.nodes.get(at).map(|node| node.rest) {
                    Some(Rest::Always) => true,
                    Some(Rest::Possible) if free => true,
                    Some(Rest::Never) => false,
                    Some(Rest::Possible | Rest::Unknown) | None => return,
                };
                let order = reached.len();
                reached.entry((at, rests)).or_insert_with(|| {
                    open.push_back((at, rests));
                    (order, how)
                });
            };
        for (at, node) in self.nodes.iter().enumerate() {
            if let Some(begins) = node.begins {
                visit(&mut open, at, begins.free, Reached::First(begins.what));
            }
        }
        while let Some((at, rests)) = open.pop_front() {
            let Some(node) = self.nodes.get(at) else {
                continue;
            };
            for (&to, certain) in &node.next {
                if let Some(certain) = certain
                    && (rests || certain.what.0 == Trigger::Always)
                {
                    // What an order carries that is at rest here for some reason is not free any more.
                    let free = certain.free && node.rest == Rest::Always;
                    visit(
                        &mut open,
                        to,
                        free,
                        Reached::From((at, rests), certain.what),
                    );
                }
            }
        }
        reached
    }

    /// The first configuration on the way to one that orders never get out of from which there is no way back, with
    /// its place in the order of steps. `still` is the one that nothing moves any more.
    fn trap(
        &self,
        at: usize,
        still: Option<usize>,
        is_lost: impl Fn(&usize) -> bool,
        reached: &BTreeMap<(usize, bool), (usize, Reached)>,
    ) -> Option<(usize, Trap)> {
        let mut path = Vec::new();
        let (mut here, mut first) = ((at, true), (at, true));
        let by = loop {
            match reached.get(&here)?.1 {
                Reached::First(by) => break by,
                Reached::From(before, cause) => {
                    path.push((here, cause));
                    here = before;
                }
            }
            if here.1 && is_lost(&here.0) {
                first = here;
            }
        };
        path.reverse();
        let end = path.iter().position(|(to, _)| *to == first);
        path.truncate(end.map_or(0, |end| end + 1));
        let trap = Trap {
            active: self.nodes.get(first.0)?.stand.active.clone(),
            by,
            path: path.into_iter().map(|(_, cause)| cause).collect(),
            still: still == Some(first.0),
        };
        Some((reached.get(&first)?.0, trap))
    }
}

fn is_still(at: usize, node: &Node) -> bool {
    node.rests && node.next.keys().all(|&to| to == at)
}

/// Whether orders that stand so are done with, as far as the workflow says.
fn has_ended(workflow: &Workflow, active: &Configuration) -> bool {
    let mut states = active.iter().map(|&id| workflow.states.at(id));
    outlook::is_end(workflow, active)
        || states.clone().any(|state| state.immutable)
        || states.all(|state| state.outgoing.is_empty() && (!state.is_atomic() || state.is_final()))
}
