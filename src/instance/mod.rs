//! One running order: where it is, what it carries, which timers run, and what a step did to it.
//!
//! In: a [`Workflow`] whose ids these types use. Out: data that `interpret`
//! reads and makes anew. An instance is a value: `interpret::step` returns the next one, and a `Stepper` puts it in
//! the place of the one before.

mod event;
mod judged;
mod reading;
mod record;
mod refusal;
mod site;
mod stored;

pub use event::{Event, EventKind, Override};
pub use judged::{Judged, Place};
pub use record::{
    Armed, Came, Cause, ContextChange, EffectRequest, FlagChange, SendRequest, StepRecord, Taken,
};
pub use refusal::{Candidate, GuardFailure, Reason, Refusal};
pub use site::{SettingError, Site};
pub use stored::{
    FORMAT, Stored, StoredEvent, StoredParent, StoredSuspended, StoredTimer, timer_at, timer_path,
};

use std::collections::{BTreeMap, BTreeSet};

pub use litemap::LiteMap;

use crate::context::{Cells, Value};
use crate::graph::{EventId, FieldId, Id, StateId, TimerId, Workflow};
use crate::guard::ChildCounts;
use crate::time::Instant;

/// One running order, made under one [`Workflow`]: its ids mean something there alone, and what `interpret` is asked
/// of it with another one may panic or be wrong. An order from outside is a [`Stored`], which names its workflow and
/// is checked where it is read.
#[derive(Debug, PartialEq)]
pub struct Instance {
    /// How many steps it has made, its creation included.
    pub sequence: u64,
    /// The active states in document order, those around active states included, without the root.
    pub configuration: Vec<StateId>,
    /// The order's context, by field.
    pub context: Cells,
    /// How its children stand, by child set.
    pub children: Vec<ChildCounts>,
    /// When each active state was entered.
    pub entered_at: LiteMap<StateId, Instant>,
    /// The timers that run.
    pub timers: LiteMap<TimerId, RunningTimer>,
    /// Events raised for later, in the order in which they were.
    pub pending: Vec<PendingEvent>,
    /// Timers that fired since their state was entered: they are not armed again before it is left,
    /// unless the field that they count from changes.
    pub spent: BTreeSet<TimerId>,
    /// Timers of states that were left, for those that `restore:` does not begin anew.
    pub suspended: BTreeMap<TimerId, SuspendedTimer>,
    /// What was active within a state when it was last left: all active descendants, in document order.
    pub past: BTreeMap<StateId, Vec<StateId>>,
    /// For states with a way `back`: the atomic states that were left when they were entered.
    pub origins: BTreeMap<StateId, Vec<StateId>>,
    /// How many timers were ever armed and events raised for later: the next generation.
    pub generations: u64,
    /// When the last step was made.
    pub updated_at: Instant,
}

/// A timer that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningTimer {
    /// When it is due.
    pub due: Instant,
    /// Which arming this is: unique within the order, so that a late wake-up of an earlier arming is known.
    pub generation: u64,
}

/// An event that was raised for later.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingEvent {
    /// The event.
    pub event: EventId,
    /// The values that it brings.
    pub payload: Cells,
    /// When it comes.
    pub due: Instant,
    /// Which raising this is: unique within the order.
    pub generation: u64,
}

/// A timer whose state was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuspendedTimer {
    /// When it would have been due.
    pub due: Instant,
    /// When its state was left.
    pub left_at: Instant,
}

impl Clone for Instance {
    fn clone(&self) -> Self {
        Self {
            sequence: self.sequence,
            configuration: self.configuration.clone(),
            context: self.context.clone(),
            children: self.children.clone(),
            entered_at: self.entered_at.clone(),
            timers: self.timers.clone(),
            pending: self.pending.clone(),
            spent: self.spent.clone(),
            suspended: self.suspended.clone(),
            past: self.past.clone(),
            origins: self.origins.clone(),
            generations: self.generations,
            updated_at: self.updated_at,
        }
    }

    /// In the memory that it has already, as far as that goes.
    fn clone_from(&mut self, source: &Self) {
        // A field that is added has to be copied here too.
        let Self {
            sequence,
            configuration,
            context,
            children,
            entered_at,
            timers,
            pending,
            spent,
            suspended,
            past,
            origins,
            generations,
            updated_at,
        } = source;
        self.sequence = *sequence;
        self.configuration.clone_from(configuration);
        self.context.clone_from(context);
        if self.children != *children {
            self.children.clone_from(children);
        }
        copy(&mut self.entered_at, entered_at);
        if !(self.timers.is_empty() && timers.is_empty()) {
            copy(&mut self.timers, timers);
        }
        if !(self.pending.is_empty() && pending.is_empty()) {
            self.pending.clone_from(pending);
        }
        if !(self.spent.is_empty() && spent.is_empty()) {
            self.spent.clone_from(spent);
        }
        copy_rare(&mut self.suspended, suspended);
        copy_rare(&mut self.past, past);
        copy_rare(&mut self.origins, origins);
        self.generations = *generations;
        self.updated_at = *updated_at;
    }
}

/// Most orders have nothing of the kind.
fn copy_rare<K: Clone, V: Clone>(to: &mut BTreeMap<K, V>, from: &BTreeMap<K, V>) {
    if !(to.is_empty() && from.is_empty()) {
        to.clone_from(from);
    }
}

fn copy<K: Copy + Ord, V: Copy>(to: &mut LiteMap<K, V>, from: &LiteMap<K, V>) {
    to.clear();
    to.reserve(from.len());
    for (&key, &value) in from {
        to.insert(key, value);
    }
}

impl Instance {
    /// An order that is nowhere and carries nothing.
    pub(crate) fn nowhere() -> Self {
        Self {
            sequence: 0,
            configuration: Vec::new(),
            context: Cells::default(),
            children: Vec::new(),
            entered_at: LiteMap::new_vec(),
            timers: LiteMap::new_vec(),
            pending: Vec::new(),
            spent: BTreeSet::new(),
            suspended: BTreeMap::new(),
            past: BTreeMap::new(),
            origins: BTreeMap::new(),
            generations: 0,
            updated_at: Instant::UNIX_EPOCH,
        }
    }

    /// Counts a step that was made.
    pub(crate) fn count_step(&mut self, at: Instant) {
        self.sequence += 1;
        self.updated_at = at;
    }

    /// Whether something is to come by itself.
    pub(crate) fn waits(&self) -> bool {
        !(self.timers.is_empty() && self.pending.is_empty())
    }

    /// Whether a state is active.
    pub fn is_active(&self, id: StateId) -> bool {
        self.configuration.binary_search(&id).is_ok()
    }

    /// The active states that have no states within: where the order "is".
    pub fn leaves<'a>(
        &'a self,
        workflow: &'a Workflow,
    ) -> impl Iterator<Item = StateId> + Clone + 'a {
        let active = self.configuration.iter().copied();
        active.filter(|&id| workflow.states.at(id).is_atomic())
    }

    /// Where the order is, for people: the paths of its leaves, joined by ` + ` where there are several.
    pub fn status(&self, workflow: &Workflow) -> String {
        let paths: Vec<&str> = self
            .leaves(workflow)
            .map(|id| workflow.states.at(id).path.as_str())
            .collect();
        paths.join(" + ")
    }

    /// Whether the order has ended: a top-level final state is active.
    pub fn is_done(&self, workflow: &Workflow) -> bool {
        let mut active = self.configuration.iter();
        active.any(|&id| {
            let state = workflow.states.at(id);
            state.is_final() && state.parent == Some(StateId::ROOT)
        })
    }

    /// When the order ended, however late it was changed since; `None` where it has not, or where that is not
    /// known.
    pub fn ended_at(&self, workflow: &Workflow) -> Option<Instant> {
        let ends = self.configuration.iter().filter(|&&id| {
            let state = workflow.states.at(id);
            state.is_final() && state.parent == Some(StateId::ROOT)
        });
        ends.filter_map(|id| self.entered_at.get(id)).max().copied()
    }

    /// A field of the context.
    pub fn field(&self, id: FieldId) -> Option<Value> {
        self.context.get(id.index())
    }

    /// The earliest instant at which a timer is due or an event comes that was raised for later.
    pub fn next_due(&self) -> Option<Instant> {
        let timers = self.timers.values().map(|timer| timer.due);
        timers
            .chain(self.pending.iter().map(|event| event.due))
            .min()
    }
}
