//! Sets of combinations of settings, and what is calculated with them.
//!
//! In: how many cells each setting has. Out: [`Sites`], sets of combinations of one cell for each
//! setting. A set is a decision diagram: a node asks for one setting and has a part for each of its
//! cells; equal nodes are made once, so that equal sets have equal names. Settings stand in the order
//! of their declaration. Effort is counted in nodes: once there are too many, every answer is `ALL`,
//! and [`Diagram::is_full`] says that nothing may be made of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// The most nodes of one workflow.
const MOST_NODES: usize = 40_000;

/// The most calculations of one workflow.
const MOST_ANSWERS: usize = 400_000;

/// A set of combinations of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sites(u32);

impl Sites {
    /// No combination.
    pub(crate) const NONE: Self = Self(0);
    /// Every combination.
    pub(crate) const ALL: Self = Self(1);

    /// Whether there is none.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

/// What two sets are combined by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Both,
    Either,
    Without,
}

/// A question for one setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    setting: usize,
    parts: Box<[Sites]>,
}

/// The nodes of all sets.
#[derive(Debug, Default)]
pub(super) struct Diagram {
    /// How many cells each setting has.
    widths: Vec<usize>,
    memory: RefCell<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The nodes; the first has the name 2.
    nodes: Vec<Node>,
    names: BTreeMap<Node, Sites>,
    answers: BTreeMap<(Operation, Sites, Sites), Sites>,
    full: bool,
}

impl Diagram {
    pub(super) fn new(widths: Vec<usize>) -> Self {
        Self {
            widths,
            memory: RefCell::default(),
        }
    }

    /// Whether there was too much to calculate, so that no set says anything.
    pub(super) fn is_full(&self) -> bool {
        self.memory.borrow().full
    }

    /// The combinations of which the cell of one setting lies in the set beside it; `setting` stands
    /// before all that the sets ask for.
    pub(super) fn node(&self, setting: usize, parts: Vec<Sites>) -> Sites {
        self.memory.borrow_mut().node(setting, parts)
    }

    /// The combinations of which the cell of one setting is wanted.
    pub(super) fn having(&self, setting: usize, wanted: impl Fn(usize) -> bool) -> Sites {
        let width = self.widths.get(setting).copied().unwrap_or(0);
        let parts = (0..width).map(|cell| match wanted(cell) {
            true => Sites::ALL,
            false => Sites::NONE,
        });
        self.node(setting, parts.collect())
    }

    pub(super) fn both(&self, a: Sites, b: Sites) -> Sites {
        self.memory.borrow_mut().calculate(Operation::Both, a, b)
    }

    pub(super) fn either(&self, a: Sites, b: Sites) -> Sites {
        self.memory.borrow_mut().calculate(Operation::Either, a, b)
    }

    pub(super) fn without(&self, a: Sites, b: Sites) -> Sites {
        self.memory.borrow_mut().calculate(Operation::Without, a, b)
    }

    /// The combination of a set that takes another cell than the first of `wishes` for the fewest
    /// settings; of these, setting by setting, the one whose cell stands first in `wishes`.
    pub(super) fn nearest(&self, sites: Sites, wishes: &[Vec<usize>]) -> Option<Vec<usize>> {
        let memory = self.memory.borrow();
        let mut costs = BTreeMap::new();
        memory.cost(sites, wishes, &mut costs)?;
        let mut here = sites;
        let mut chosen = Vec::new();
        for (setting, wish) in wishes.iter().enumerate() {
            let first = wish.first().copied().unwrap_or(0);
            let Some(node) = memory.at(here).filter(|node| node.setting == setting) else {
                chosen.push(first);
                continue;
            };
            let ways = wish.iter().enumerate().filter_map(|(rank, &cell)| {
                let part = node.parts.get(cell).copied()?;
                let rest = memory.cost(part, wishes, &mut costs)?;
                Some((rest + usize::from(rank > 0), rank, cell, part))
            });
            let (_, _, cell, part) = ways.min()?;
            chosen.push(cell);
            here = part;
        }
        Some(chosen)
    }

    /// Whether a combination belongs to a set.
    pub(super) fn holds(&self, sites: Sites, cells: &[usize]) -> bool {
        let memory = self.memory.borrow();
        let mut here = sites;
        while let Some(node) = memory.at(here) {
            let cell = cells.get(node.setting).copied().unwrap_or(0);
            here = node.parts.get(cell).copied().unwrap_or(Sites::NONE);
        }
        here == Sites::ALL
    }
}

impl Memory {
    fn at(&self, sites: Sites) -> Option<&Node> {
        let index = usize::try_from(sites.0).ok()?.checked_sub(2)?;
        self.nodes.get(index)
    }

    fn node(&mut self, setting: usize, parts: Vec<Sites>) -> Sites {
        if let [first, rest @ ..] = parts.as_slice()
            && rest.iter().all(|part| part == first)
        {
            return *first;
        }
        let node = Node {
            setting,
            parts: parts.into_boxed_slice(),
        };
        if let Some(&known) = self.names.get(&node) {
            return known;
        }
        if self.nodes.len() >= MOST_NODES {
            self.full = true;
            return Sites::ALL;
        }
        self.nodes.push(node.clone());
        let name = Sites(u32::try_from(self.nodes.len() + 1).unwrap_or(u32::MAX));
        self.names.insert(node, name);
        name
    }

    fn calculate(&mut self, operation: Operation, a: Sites, b: Sites) -> Sites {
        let (none, all) = (Sites::NONE, Sites::ALL);
        match operation {
            _ if self.full => return all,
            Operation::Both if a == b || b == all => return a,
            Operation::Both if a == all => return b,
            Operation::Both if a == none || b == none => return none,
            Operation::Either if a == b || b == none => return a,
            Operation::Either if a == none => return b,
            Operation::Either if a == all || b == all => return all,
            Operation::Without if b == none => return a,
            Operation::Without if a == b || a == none || b == all => return none,
            _ => {}
        }
        let key = match operation {
            Operation::Without => (operation, a, b),
            _ => (operation, a.min(b), a.max(b)),
        };
        if let Some(&known) = self.answers.get(&key) {
            return known;
        }
        let settings = [a, b].into_iter().filter_map(|sites| self.at(sites));
        let found = settings.map(|node| (node.setting, node.parts.len())).min();
        let Some((setting, width)) = found else {
            return none;
        };
        let part = |memory: &Self, sites: Sites, cell: usize| match memory.at(sites) {
            Some(node) if node.setting == setting => {
                node.parts.get(cell).copied().unwrap_or(Sites::NONE)
            }
            _ => sites,
        };
        let parts = (0..width).map(|cell| {
            let (a, b) = (part(self, a, cell), part(self, b, cell));
            self.calculate(operation, a, b)
        });
        let parts = parts.collect();
        let answer = self.node(setting, parts);
        self.full |= self.answers.len() >= MOST_ANSWERS;
        self.answers.insert(key, answer);
        answer
    }

    /// How many settings have to differ from the first wish; `None` for the empty set.
    fn cost(
        &self,
        sites: Sites,
        wishes: &[Vec<usize>],
        known: &mut BTreeMap<Sites, Option<usize>>,
    ) -> Option<usize> {
        if sites == Sites::NONE {
            return None;
        }
        let Some(node) = self.at(sites) else {
            return Some(0);
        };
        if let Some(&cost) = known.get(&sites) {
            return cost;
        }
        let first = wishes.get(node.setting).and_then(|wish| wish.first());
        let mut least = None;
        for (cell, &part) in node.parts.iter().enumerate() {
            if let Some(rest) = self.cost(part, wishes, known) {
                let cost = rest + usize::from(Some(&cell) != first);
                least = Some(least.map_or(cost, |least: usize| least.min(cost)));
            }
        }
        known.insert(sites, least);
        least
    }
}
