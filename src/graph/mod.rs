//! The compiled workflow: names resolved to ids, inheritance worked out, edges on a petgraph graph.
//!
//! In: what `compile` found in a document. Out: [`Workflow`], on which every check, export and step
//! hangs. Compiled once, shared by `Arc`, and never changed; only the engine's own form of a guard is made when
//! the engine is first asked. Every state, transition, guard and timer keeps its [`Span`](crate::source::Span),
//! so that a run-time trace points into the file.
//! This module does not read documents and does not judge.

mod declared;
mod dispatch;
mod edges;
mod id;
mod lookup;
mod state;
mod table;
mod transition;

pub use declared::{
    Actor, Attribute, ChildSet, Effect, Event, Field, Flag, Group, Mandatory, Partition,
    PayloadField, Setting, Slot,
};
pub use dispatch::Dispatch;
use edges::first;
pub use edges::{Edge, EdgeKind, StateGraph, entry_set};
pub use id::{
    ActorId, AttributeId, ChildSetId, EffectId, EventId, FieldId, FlagId, GroupId, RowId,
    SettingId, StartId, StateId, TimerId, TransitionId,
};
pub use lookup::Lookup;
pub use state::{
    Deed, Deprecated, Expires, FlagValue, Hook, Inferred, Kind, Origin, Send, Start, State, Title,
};
pub use table::{Id, Ids, Table};
pub use transition::{
    ActorSet, Amount, Anchor, Assign, Branch, Condition, Delay, Due, InitialBranch, Raise, Remark,
    Row, Target, Timer, TimerKind, Transition, Trigger,
};

use std::sync::Arc;

use crate::context::{Layout, Scope};

/// A compiled workflow.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its id.
    pub name: String,
    /// The author's version; 1 where the file says nothing.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// What it is for.
    pub doc: Option<String>,
    /// SHA-256 of the text it was compiled from, in hexadecimal.
    pub hash: String,
    /// Settings; `timezone` is always among them.
    pub settings: Table<SettingId, Setting>,
    /// How the values of settings are packed.
    pub settings_layout: Arc<Layout>,
    /// The context's fields.
    pub fields: Table<FieldId, Field>,
    /// How the values of fields are packed.
    pub layout: Arc<Layout>,
    /// The actors; [`ActorId::SYSTEM`] is the built-in one.
    pub actors: Table<ActorId, Actor>,
    /// The flags; the built-in ones come first ([`FlagId::RESERVED`] and so on).
    pub flags: Table<FlagId, Flag>,
    /// Columns of the state list.
    pub attributes: Table<AttributeId, Attribute>,
    /// Which attributes make a slot.
    pub slot: Option<Slot>,
    /// The defaults that every site keeps.
    pub mandatory: Mandatory,
    /// What steps may ask the outside to do; [`EffectId::OVERDUE`] is the built-in one.
    pub effects: Table<EffectId, Effect>,
    /// Named sets of states.
    pub groups: Table<GroupId, Group>,
    /// Groups that together hold every top-level state once.
    pub partitions: Vec<Partition>,
    /// Sets of children.
    pub children: Table<ChildSetId, ChildSet>,
    /// Events, in document order.
    pub events: Table<EventId, Event>,
    /// States in document order, each before its descendants; [`StateId::ROOT`] is the whole.
    pub states: Table<StateId, State>,
    /// Rows as written: one for each move, automatic transition and timer.
    pub rows: Table<RowId, Row>,
    /// Transitions in document order: a row with several sources makes several.
    pub transitions: Table<TransitionId, Transition>,
    /// Timers in document order.
    pub timers: Table<TimerId, Timer>,
    /// What is entered first, where more is said of it than a child.
    pub starts: Table<StartId, Start>,
    /// Where a new order starts: the first branch that holds.
    pub initial: Vec<InitialBranch>,
    /// What a guard may name, without a payload.
    pub scope: Scope,
    /// States, events and actors by their names.
    pub lookup: Lookup,
    /// The transitions of each state for each trigger: what a step looks up.
    pub dispatch: Dispatch,
    /// The edges between states.
    pub graph: StateGraph,
    /// Whether some name could not be resolved, so that edges may be missing from the graph.
    pub incomplete: bool,
}

impl Workflow {
    /// The state of a dotted path (`submitted.blocked`).
    pub fn state_named(&self, path: &str) -> Option<StateId> {
        self.lookup.state(&self.states, path)
    }

    /// The event of a name.
    pub fn event_named(&self, name: &str) -> Option<EventId> {
        self.lookup.event(&self.events, name)
    }

    /// The actor of a name.
    pub fn actor_named(&self, name: &str) -> Option<ActorId> {
        self.lookup.actor(&self.actors, name)
    }

    /// What a guard may name where an event's payload is at hand; that of no event without one.
    pub fn scope_of(&self, event: Option<EventId>) -> Scope {
        let Some(event) = event else {
            return self.scope.clone();
        };
        let payload = &self.events.at(event).payload;
        let slots = payload
            .iter()
            .map(|field| (field.name.clone(), field.ty.clone()));
        let optional = payload.iter().enumerate().filter(|(_, f)| f.optional);
        Scope {
            event: Some(Arc::new(slots.collect())),
            optional_event: optional.map(|(slot, _)| slot).collect(),
            ..self.scope.clone()
        }
    }

    /// Whether no state has states within: an order is in one state at a time.
    pub fn is_flat(&self) -> bool {
        self.states.rows().iter().all(|state| state.depth <= 1)
    }

    /// The states directly below the root, in document order.
    pub fn top_level(&self) -> impl Iterator<Item = &State> {
        self.states
            .at(StateId::ROOT)
            .children
            .iter()
            .map(|&id| self.states.at(id))
    }

    /// Whether `inner` is `outer` or lies within it.
    pub fn within(&self, inner: StateId, outer: StateId) -> bool {
        outer <= inner && inner <= self.states.at(outer).last
    }

    /// What is entered first within a state with substates; nothing in any other.
    pub fn first(&self, id: StateId) -> &[StateId] {
        first(&self.states, &self.starts, id)
    }

    /// The states that become active when a state is entered from outside; see [`entry_set`].
    pub fn entered_with(&self, id: StateId) -> Vec<StateId> {
        entry_set(&self.states, &self.starts, id)
    }

    /// Every event that is raised anywhere, with who raises it.
    pub fn raises(&self) -> impl Iterator<Item = &Raise> {
        let rows = self.rows.rows().iter();
        let of_rows = rows.flat_map(|row| {
            let branches = row.branches.iter().flat_map(|branch| &branch.deed.raise);
            row.deed.raise.iter().chain(branches)
        });
        let states = self.states.rows().iter();
        let of_states = states.flat_map(|state| state.enter.raises().chain(state.exit.raises()));
        let starts = self.starts.rows().iter();
        let of_starts = starts.flat_map(|start| &start.deed.raise);
        of_rows.chain(of_states).chain(of_starts)
    }

    /// Every change of the context that a step itself makes.
    pub fn assigns(&self) -> impl Iterator<Item = &Assign> {
        let rows = self.rows.rows().iter();
        let of_rows = rows.flat_map(|row| {
            let branches = row.branches.iter().flat_map(|branch| &branch.deed.set);
            row.deed.set.iter().chain(branches)
        });
        let states = self.states.rows().iter();
        let of_states = states.flat_map(|state| state.enter.sets().chain(state.exit.sets()));
        let starts = self.starts.rows().iter();
        let of_starts = starts.flat_map(|start| &start.deed.set);
        of_rows.chain(of_states).chain(of_starts)
    }

    /// The states around a state, innermost first, without the root.
    pub fn ancestors(&self, id: StateId) -> impl Iterator<Item = StateId> + '_ {
        let parent = |id: &StateId| self.states.at(*id).parent;
        std::iter::successors(parent(&id), parent).filter(|&id| id != StateId::ROOT)
    }

    /// The state below the root that a state is or lies in.
    pub fn top_of(&self, id: StateId) -> StateId {
        self.ancestors(id).last().unwrap_or(id)
    }
}
