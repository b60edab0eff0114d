//! How children stand, as numbers.
//!
//! In: how many are in which state. Out: the same by the state's path, which guards ask for by the million: a
//! set has a few states, and they stand side by side.

use std::collections::BTreeMap;

use crate::context::Beginning;

/// One set of children, seen as numbers: a child in a nested state counts in each of its active states.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct ChildCounts {
    /// How many children there are.
    pub total: u32,
    /// How many are in each state; a state that is not listed has none.
    #[schemars(with = "BTreeMap<String, u32>")]
    pub by_state: StateCounts,
}

/// How many are in each state, by its path.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "BTreeMap<String, u32>", into = "BTreeMap<String, u32>")]
pub struct StateCounts(Vec<Count>);

/// How many are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Count {
    begins: Beginning,
    state: Box<str>,
    children: u32,
}

impl Count {
    fn new(state: Box<str>, children: u32) -> Self {
        Self {
            begins: Beginning::of(&state),
            state,
            children,
        }
    }
}

/// So many are looked through one after the other; among more the middle is looked at first.
const FEW: usize = 8;

impl StateCounts {
    /// How many are in a state; none in one that is not listed.
    pub fn get(&self, state: &str) -> u32 {
        self.get_begun(Beginning::of(state), state)
    }

    /// The same for a state of which it is known how its path begins.
    #[inline]
    pub(super) fn get_begun(&self, begins: Beginning, state: &str) -> u32 {
        let is_it = |known: &&Count| known.begins == begins && Beginning::same(&known.state, state);
        match self.0.len() <= FEW {
            true => self.0.iter().find(is_it).map_or(0, |known| known.children),
            false => self.get_among_many(state),
        }
    }

    // Apart, so that looking through a few stays short.
    #[inline(never)]
    fn get_among_many(&self, state: &str) -> u32 {
        let found = self.place(state).ok().and_then(|place| self.0.get(place));
        found.map_or(0, |known| known.children)
    }

    /// Counts so many more in a state, as far as numbers go.
    pub fn add(&mut self, state: &str, count: u32) {
        self.set(state, self.get(state).saturating_add(count));
    }

    /// Says how many are in a state, which is listed from then on.
    pub fn set(&mut self, state: &str, count: u32) {
        let place = self.place(state).unwrap_or_else(|place| {
            self.0.insert(place, Count::new(state.into(), 0));
            place
        });
        if let Some(known) = self.0.get_mut(place) {
            known.children = count;
        }
    }

    /// Leaves out the states of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, u32) -> bool) {
        self.0.retain(|known| keep(&known.state, known.children));
    }

    /// The states that are listed, and how many are in each, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|known| (&*known.state, known.children))
    }

    /// The states that are listed, by path.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(state, _)| state)
    }

    /// Whether no state is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, state: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| (*known.state).cmp(state))
    }
}

impl<S: Into<Box<str>>> FromIterator<(S, u32)> for StateCounts {
    fn from_iter<I: IntoIterator<Item = (S, u32)>>(counts: I) -> Self {
        let counts = counts
            .into_iter()
            .map(|(state, count)| (state.into(), count));
        // The last that is said of a state holds.
        let counts: BTreeMap<Box<str>, u32> = counts.collect();
        let counts = counts.into_iter();
        Self(
            counts
                .map(|(state, count)| Count::new(state, count))
                .collect(),
        )
    }
}

impl<S: Into<Box<str>>, const N: usize> From<[(S, u32); N]> for StateCounts {
    fn from(counts: [(S, u32); N]) -> Self {
        counts.into_iter().collect()
    }
}

impl From<BTreeMap<String, u32>> for StateCounts {
    fn from(counts: BTreeMap<String, u32>) -> Self {
        counts.into_iter().collect()
    }
}

impl From<StateCounts> for BTreeMap<String, u32> {
    fn from(counts: StateCounts) -> Self {
        let counts = counts.0.into_iter();
        counts
            .map(|known| (known.state.into(), known.children))
            .collect()
    }
}
