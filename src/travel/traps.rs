//! Where orders come to and never get out of.
//!
//! In: a [`Travel`]. Out: configurations that new orders come to, and from which none comes to an end, or anywhere at all.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::story::Story;
use super::taking::at;
use super::{Configuration, Node, Travel};
use crate::analysis::{Meeting, Witness};
use crate::graph::{RowId, Target, Workflow};
use crate::interpret::outlook;
use crate::source::Span;

/// A configuration from which no order comes to an end, while orders come there that still could.
#[derive(Debug, Clone, PartialEq)]
pub struct Trap {
    /// The active states.
    pub active: Configuration,
    /// Whether nothing moves the order any more; otherwise it moves on, and never comes to an end.
    pub still: bool,
    /// Whether it is so for every order that stands there, whatever its past.
    pub whatever_past: bool,
    /// An order that comes there, with all that happens on the way.
    pub witness: Witness,
    /// The conditions on states before ways out of there that let nothing through.
    pub closed: Vec<Span>,
}

impl Travel {
    /// The configurations that orders never get out of, those first that the fewest steps lead to; `None` where not
    /// all could be followed exactly. Where no order ends at all, those from which nothing leads on. An order whose state is
    /// immutable has ended, and so has one of which every region has, if nothing leads out of the whole. What is `known`
    /// already is left out.
    pub fn traps(
        &self,
        workflow: &Workflow,
        known: impl Fn(&Configuration) -> bool,
    ) -> Option<Vec<Trap>> {
        // Where a state begins with its own past, what is entered is not followed exactly.
        let starts = workflow.starts.rows().iter();
        let mut parts = starts.flat_map(|start| start.target.parts());
        if !self.whole || parts.any(|part| matches!(part, Target::History { .. })) {
            return None;
        }
        let ends = self.without_end(workflow);
        let mut untold: BTreeSet<usize> = ends.values().flatten().copied().collect();
        let wanted: BTreeSet<usize> = ends.keys().copied().collect();
        let is_known = |at: &usize| {
            self.nodes
                .get(*at)
                .is_none_or(|node| known(&node.spot.stand.active))
        };
        let mut traps = Vec::new();
        if wanted.iter().all(is_known) {
            return Some(traps);
        }
        let Some(mut story) = Story::of(self, workflow, wanted) else {
            return Some(traps);
        };
        let mut meeting = Meeting::new(workflow);
        while !untold.is_empty()
            && let Some((at, way)) = story.next()
        {
            let (Some(node), Some(there)) = (self.nodes.get(at), ends.get(&at)) else {
                continue;
            };
            let before = untold.len();
            untold.retain(|end| !there.contains(end));
            let active = &node.spot.stand.active;
            // Orders of several pasts may stand alike.
            let is_told = traps.iter().any(|trap: &Trap| trap.active == *active);
            if untold.len() < before && !known(active) && !is_told {
                let alike = self.nodes.iter().enumerate();
                let mut alike = alike.filter(|(_, node)| node.spot.stand.active == *active);
                traps.push(Trap {
                    active: active.clone(),
                    whatever_past: alike.all(|(at, _)| ends.contains_key(&at)),
                    still: is_still(at, node),
                    witness: Witness::of_story(workflow, active, way),
                    closed: closed(&mut meeting, workflow, active),
                });
            }
        }
        Some(traps)
    }

    /// The configurations that orders never get out of, each with the parts that they go round in for ever in the end.
    fn without_end(&self, workflow: &Workflow) -> BTreeMap<usize, BTreeSet<usize>> {
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
            let next = self.nodes.get(*at).into_iter().flat_map(|node| &node.next);
            for &to in next.filter_map(|to| indices.get(to)) {
                graph.add_edge(from, to, ());
            }
        }
        // A part comes after all that it leads to.
        let mut ends: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (number, part) in tarjan_scc(&graph).into_iter().enumerate() {
            let inside: BTreeSet<NodeIndex> = part.iter().copied().collect();
            let next = part.iter().flat_map(|&from| graph.neighbors(from));
            let mut next = next.filter(|to| !inside.contains(to)).peekable();
            let mut found: BTreeSet<usize> = match next.peek() {
                Some(_) => BTreeSet::new(),
                None => BTreeSet::from([number]),
            };
            for at in next.filter_map(|index| graph.node_weight(index)) {
                found.extend(ends.get(at).into_iter().flatten());
            }
            let members = part.iter().filter_map(|&index| graph.node_weight(index));
            ends.extend(members.map(|&at| (at, found.clone())));
        }
        ends
    }
}

/// The conditions on states before ways out of a configuration that hold for nobody there.
fn closed<'w>(
    meeting: &mut Meeting<'w>,
    workflow: &'w Workflow,
    active: &Configuration,
) -> Vec<Span> {
    let outgoing = active
        .iter()
        .flat_map(|&id| &workflow.states.at(id).outgoing);
    let rows: BTreeSet<RowId> = outgoing
        .map(|&id| workflow.transitions.at(id).row)
        .collect();
    let mut found = Vec::new();
    for row in rows.into_iter().map(|id| workflow.rows.at(id)) {
        let of_branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        let conditions = row.conditions.iter().chain(of_branches);
        for condition in conditions.filter(|condition| condition.asks_for_states()) {
            let mut actors = row.by.members.iter();
            let holds = actors.any(|&actor| {
                let at = at(workflow, active, (row.trigger, actor));
                meeting.can(&at, &[condition], &[]) != Some(false)
            });
            found.extend((!holds).then_some(condition.span));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_still(at: usize, node: &Node) -> bool {
    node.rests && node.next.iter().all(|&to| to == at)
}

/// Whether orders that stand so are done with, as far as the workflow says.
fn has_ended(workflow: &Workflow, active: &Configuration) -> bool {
    let mut states = active.iter().map(|&id| workflow.states.at(id));
    outlook::is_end(workflow, active)
        || states.clone().any(|state| state.immutable)
        || states.all(|state| state.outgoing.is_empty() && (!state.is_atomic() || state.is_final()))
}
