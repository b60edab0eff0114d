//! What of a workflow was run.
//!
//! In: the entries of families. Out: for each kind of thing that a workflow can do, how much of it
//! happened, and what did not. Coverages of one workflow are merged across scenarios and files.

mod list;
mod observe;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::graph::{StateId, Workflow};
use crate::instance::Place;
use crate::source::Span;

/// A kind of thing that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An initial branch was taken.
    Initial,
    /// A state was entered.
    States,
    /// A transition was taken: a row from one of its sources, by one of its branches.
    Transitions,
    /// A timer fired.
    Timers,
    /// A guard held, and did not hold.
    Guards,
    /// An order was refused: by a guard with words of its own, for the actor, on entering, as immutable.
    Refusals,
    /// A flag took another value than its default.
    Flags,
}

impl Kind {
    /// The kind in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial branches",
            Self::States => "states",
            Self::Transitions => "transitions",
            Self::Timers => "timers",
            Self::Guards => "guards",
            Self::Refusals => "refusals",
            Self::Flags => "flags",
        }
    }
}

/// Something that can happen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// What it is, in words.
    pub label: String,
    /// Where it stands in the workflow; `None` for what is built in.
    #[serde(skip)]
    pub span: Option<Span>,
    /// How often it happened.
    pub times: u64,
}

/// What of a workflow happened, by kind and in document order.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    items: BTreeMap<Kind, Vec<Item>>,
    /// Where in `items` each thing is counted.
    places: BTreeMap<Key, (Kind, usize)>,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Initial(usize),
    State(StateId),
    Transition(usize, usize),
    Timer(usize),
    Guard(Place, usize, bool),
    Words(String),
    WrongActor(String),
    Enter(String),
    Immutable(String),
    Flag(String),
}

impl Coverage {
    /// All that can happen, nothing of which did.
    pub fn of(workflow: &Workflow) -> Self {
        let mut coverage = Self {
            items: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        coverage.list_states(workflow);
        coverage.list_transitions(workflow);
        coverage.list_guards(workflow);
        coverage.list_refusals(workflow);
        coverage
    }

    /// The kinds with their items.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, &[Item])> {
        self.items
            .iter()
            .map(|(kind, items)| (*kind, items.as_slice()))
    }

    /// How many things happened, and how many there are.
    pub fn counted(&self) -> (usize, usize) {
        let items = || self.items.values().flatten();
        let covered = items().filter(|item| item.times > 0);
        (covered.count(), items().count())
    }

    /// The share of things that happened, in percent rounded down; 100 where there is nothing.
    pub fn percent(&self) -> usize {
        let (covered, total) = self.counted();
        (covered * 100).checked_div(total).unwrap_or(100)
    }

    /// Adds what happened elsewhere; both must be of the same workflow.
    pub fn merge(&mut self, other: &Self) {
        for (kind, items) in &mut self.items {
            let others = other.items.get(kind).into_iter().flatten();
            for (item, other) in items.iter_mut().zip(others) {
                item.times += other.times;
            }
        }
    }

    /// The coverage as plain text: a line for each kind, and what did not happen below.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (kind, items) in &self.items {
            let covered = items.iter().filter(|item| item.times > 0).count();
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{:<17} {covered}/{}", kind.as_str(), items.len());
            for item in items.iter().filter(|item| item.times == 0) {
                let _ = writeln!(out, "  not: {}", item.label);
            }
        }
        let ((covered, total), percent) = (self.counted(), self.percent());
        let _ = writeln!(out, "{:<17} {covered}/{total} ({percent} %)", "all");
        out
    }

    /// Adds a thing that can happen; one that is there already stays as it is.
    fn add(&mut self, kind: Kind, key: Key, label: String, span: Option<Span>) {
        if self.places.contains_key(&key) {
            return;
        }
        let items = self.items.entry(kind).or_default();
        self.places.insert(key, (kind, items.len()));
        items.push(Item {
            label,
            span,
            times: 0,
        });
    }

    /// Counts a thing that happened; what is not listed is not counted.
    fn count(&mut self, key: &Key) {
        let Some((kind, index)) = self.places.get(key) else {
            return;
        };
        let items = self.items.get_mut(kind);
        if let Some(item) = items.and_then(|items| items.get_mut(*index)) {
            item.times += 1;
        }
    }
}
