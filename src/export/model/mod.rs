//! The shared view of a workflow: names instead of ids, one edge for each row, branch and target.
//!
//! In: a compiled workflow. Out: a [`Model`], which is also what [`json`](super::json) writes, so its
//! fields are a promise to other programs: within one `format` number, fields are added, never renamed
//! or given another meaning. Texts are as written in the file; each exporter escapes them itself.

mod declared;
mod edge;
mod state;

pub use declared::{Actor, ChildSet, Event, Field, Flag, Group, Setting, TypeOf};
pub use edge::{Edge, Guard, Send, Start, TargetKind, TriggerKind};
pub use state::{Deadline, FlagOf, Hook, Inferred, Kind, Marker, State, Timer};

use serde::Serialize;

use crate::graph::{ActorSet, EffectId, Workflow};

/// The number of the JSON format; it grows when a field is renamed, removed or changes its meaning.
pub const FORMAT: u32 = 1;

/// A workflow with every name written out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    /// The format of this description.
    pub format: u32,
    /// The workflow's id.
    pub workflow: String,
    /// The author's version.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// SHA-256 of the text it was compiled from, in hexadecimal.
    pub hash: String,
    /// Whether the workflow has errors, so that edges may be missing.
    pub incomplete: bool,
    /// What one site may change.
    pub settings: Vec<Setting>,
    /// What an order carries.
    pub context: Vec<Field>,
    /// Who causes events.
    pub actors: Vec<Actor>,
    /// What a status decides.
    pub flags: Vec<Flag>,
    /// What may happen.
    pub events: Vec<Event>,
    /// Named sets of states.
    pub groups: Vec<Group>,
    /// Sets of children.
    pub children: Vec<ChildSet>,
    /// Where a new order starts: the first of these that holds.
    pub starts: Vec<Start>,
    /// The states in document order, each before the states within it.
    pub states: Vec<State>,
    /// The ways between states, in document order.
    pub edges: Vec<Edge>,
}

/// Describes a workflow.
pub fn model(workflow: &Workflow) -> Model {
    Model {
        format: FORMAT,
        workflow: workflow.name.clone(),
        version: workflow.version,
        title: workflow.title.clone(),
        doc: workflow.doc.clone(),
        hash: workflow.hash.clone(),
        incomplete: workflow.incomplete,
        settings: declared::settings(workflow),
        context: declared::fields(workflow),
        actors: declared::actors(workflow),
        flags: declared::flags(workflow),
        events: declared::events(workflow),
        groups: declared::groups(workflow),
        children: declared::children(workflow),
        starts: edge::starts(workflow),
        states: state::states(workflow),
        edges: edge::edges(workflow),
    }
}

impl Model {
    /// The state of a path.
    pub fn state(&self, path: &str) -> Option<&State> {
        self.states.iter().find(|state| state.path == path)
    }

    /// The states directly within a state, or at the top for `None`, in document order.
    pub fn within(&self, parent: Option<&str>) -> impl Iterator<Item = &State> {
        let parent = parent.map(str::to_owned);
        let states = self.states.iter();
        states.filter(move |state| state.parent == parent)
    }
}

/// What became of a state or a way between two versions; only pictures of both have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The new version alone has it.
    Added,
    /// The old version alone has it.
    Removed,
    /// Both have it, and it is something else.
    Changed,
}

impl Fate {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

fn actor_names(workflow: &Workflow, actors: &ActorSet) -> Vec<String> {
    let known = actors
        .members
        .iter()
        .filter_map(|&id| workflow.actors.get(id));
    known.map(|actor| actor.name.clone()).collect()
}

fn effect_names(workflow: &Workflow, effects: &[EffectId]) -> Vec<String> {
    let known = effects.iter().filter_map(|&id| workflow.effects.get(id));
    known.map(|effect| effect.name.clone()).collect()
}
