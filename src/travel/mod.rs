//! Where orders can be, and from where they can come to an end.
//!
//! In: a workflow, and configurations that orders stand in for other reasons (an earlier version put
//! them there). Out: every configuration that can follow, which of them orders rest in, and from which
//! a final state can be reached. The steps are those of the interpreter; whether guards let them happen
//! is asked of the analysis, for whatever the order carries: hosts may change its context at any time.
//! What cannot be decided counts as possible, and is counted. The configurations that orders never get out of, and come
//! to when the interpreter is asked (`story`), are [`traps`](Travel::traps).

mod done;
mod past;
mod taking;
mod walk;
mod story;
mod traps;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use past::histories;
pub use traps::Trap;

use crate::graph::{ActorId, StateId, TimerId, Trigger, Workflow};
use crate::interpret::outlook;
use past::Remembered;
use walk::Walk;

/// The most configurations that are followed.
pub const MOST: usize = 4_000;

/// The most that are followed where orders are told apart by their pasts.
const MOST_REMEMBERED: usize = 10_000;

/// The active states of an order, ascending, without the root.
pub type Configuration = Vec<StateId>;

/// How an order stands that did not come there by a step of this version.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stand {
    /// The active states.
    pub active: Configuration,
    /// Timers of these states that do not run, and will not before their state is entered again.
    pub lacking: BTreeSet<TimerId>,
}

impl Stand {
    /// An order with all its timers.
    pub fn whole(active: Configuration) -> Self {
        Self {
            active,
            lacking: BTreeSet::new(),
        }
    }
}

/// Configurations, and the steps between them.
#[derive(Debug, Clone, Default)]
pub struct Travel {
    nodes: Vec<Node>,
    at: BTreeMap<Spot, usize>,
    /// Whether every configuration was followed; otherwise nothing follows from what is missing.
    pub whole: bool,
    /// How many questions about guards stayed open; each counts as possible.
    pub open: usize,
    /// Whether orders are told apart by their pasts.
    remembers: bool,
    /// What orders left for each state that a way leads back from, where they are not told apart.
    left: BTreeMap<StateId, BTreeSet<Configuration>>,
    /// What was active within each state when it was left, where they are not told apart.
    past: BTreeMap<StateId, BTreeSet<Configuration>>,
}

/// What sets a step off, and who causes it.
pub type Cause = (Trigger, ActorId);

/// How an order stands, and its past where orders are told apart by that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    stand: Stand,
    past: Remembered,
}

impl Spot {
    /// That of an order without a past.
    fn at(stand: Stand) -> Self {
        Self {
            stand,
            past: Remembered::default(),
        }
    }
}

#[derive(Debug, Clone)]
struct Node {
    spot: Spot,
    /// What may follow.
    next: BTreeSet<usize>,
    rests: bool,
    /// Whether the event that a state has ended may still come, although it is active no more.
    late: bool,
    /// Whether orders stand here that did not come here by a step.
    kept: bool,
    ends: bool,
}

impl Travel {
    /// Follows the orders of a workflow: new ones, and those that stand in `kept`.
    pub fn of(workflow: &Workflow, kept: &[Stand]) -> Self {
        let mut travel = Walk::over(workflow, kept);
        travel.mark(workflow);
        travel
    }

    /// Follows new orders, each with its own past; all pasts together where that are too many.
    pub fn remembering(workflow: &Workflow) -> Self {
        let mut travel = Walk::remembering(workflow);
        if !travel.whole {
            return Self::of(workflow, &[]);
        }
        travel.mark(workflow);
        travel
    }

    /// The innermost states that orders may have left when they entered a state that a way leads back from.
    pub fn left_for(&self, state: StateId) -> impl Iterator<Item = &Configuration> {
        self.left.get(&state).into_iter().flatten()
    }

    /// What may have been active within a state when it was left.
    pub fn past_of(&self, state: StateId) -> impl Iterator<Item = &Configuration> {
        self.past.get(&state).into_iter().flatten()
    }

    /// Where an order stands in it.
    fn node(&self, spot: &Spot) -> Option<&Node> {
        self.at.get(spot).and_then(|&at| self.nodes.get(at))
    }

    /// The configurations that orders can rest in, in the order they were found.
    pub fn resting(&self) -> impl Iterator<Item = &Configuration> {
        let resting = self.nodes.iter().filter(|node| node.rests);
        resting.map(|node| &node.spot.stand.active)
    }

    /// Whether orders can rest that stand so; `None` where that was not followed.
    pub fn rests(&self, stand: &Stand) -> Option<bool> {
        let node = self.node(&Spot::at(stand.clone()))?;
        Some(node.rests)
    }

    /// Whether an order that stands so can still come to an end; `None` where that was not followed.
    pub fn ends(&self, stand: &Stand) -> Option<bool> {
        let node = self.node(&Spot::at(stand.clone()))?;
        match node.ends || self.whole {
            true => Some(node.ends),
            false => None,
        }
    }

    /// From where some configurations of a kind may follow, or are there already: one answer for each of some stands;
    /// `None` where that was not followed.
    pub fn comes_to(
        &self,
        stands: &[Stand],
        wanted: impl Fn(&Configuration) -> bool,
    ) -> Vec<Option<bool>> {
        let leading = self.leading_to(wanted);
        let answer = |stand: &Stand| {
            let at = self.at.get(&Spot::at(stand.clone()))?;
            let leads = *leading.get(*at)?;
            (leads || self.whole).then_some(leads)
        };
        stands.iter().map(answer).collect()
    }

    /// Says from where an end is reached.
    fn mark(&mut self, workflow: &Workflow) {
        let ending = self.leading_to(|active| outlook::is_end(workflow, active));
        for (node, ends) in self.nodes.iter_mut().zip(ending) {
            node.ends = ends;
        }
    }

    /// From which configurations some of these may follow, themselves included.
    fn leading_to(&self, wanted: impl Fn(&Configuration) -> bool) -> Vec<bool> {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (from, node) in self.nodes.iter().enumerate() {
            for &to in &node.next {
                if let Some(before) = before.get_mut(to) {
                    before.push(from);
                }
            }
        }
        let nodes = self.nodes.iter().enumerate();
        let wanted = nodes.filter(|(_, node)| wanted(&node.spot.stand.active));
        let mut open: Vec<usize> = wanted.map(|(at, _)| at).collect();
        let mut leading = vec![false; self.nodes.len()];
        while let Some(at) = open.pop() {
            let Some(known) = leading.get_mut(at) else {
                continue;
            };
            if !std::mem::replace(known, true) {
                open.extend(before.get(at).into_iter().flatten());
            }
        }
        leading
    }
}
