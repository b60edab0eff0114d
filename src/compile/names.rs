//! What each name of the file means.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::graph::{
    ActorId, AttributeId, ChildSetId, EffectId, EventId, FieldId, FlagId, GroupId, SettingId,
    StateId, Workflow,
};

use super::conditions::NamedGuard;

/// Declared names by kind. States are looked up by path; see [`Names::state`].
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) settings: BTreeMap<&'a str, SettingId>,
    pub(super) fields: BTreeMap<&'a str, FieldId>,
    pub(super) actors: BTreeMap<&'a str, ActorId>,
    pub(super) flags: BTreeMap<&'a str, FlagId>,
    pub(super) attributes: BTreeMap<&'a str, AttributeId>,
    pub(super) effects: BTreeMap<&'a str, EffectId>,
    pub(super) groups: BTreeMap<&'a str, GroupId>,
    pub(super) children: BTreeMap<&'a str, ChildSetId>,
    pub(super) events: BTreeMap<&'a str, EventId>,
    pub(super) guards: BTreeMap<&'a str, NamedGuard>,
    /// States by full path; short ones stand in the map itself, where they are found at once.
    pub(super) states: IndexMap<CompactString, StateId, RandomState>,
    /// Timers by state and name.
    pub(super) timers: BTreeSet<(StateId, &'a str)>,
}

impl Names<'_> {
    /// The state that a name means where it is used among the children of `scope`: the nearest one,
    /// looking outward, whose path below some enclosing state is the name.
    pub(super) fn state(&self, workflow: &Workflow, scope: StateId, name: &str) -> Option<StateId> {
        let mut around = Some(scope);
        while let Some(id) = around {
            let found = if id == StateId::ROOT {
                self.states.get(name)
            } else {
                let path = format!("{}.{name}", workflow.states.at(id).path);
                self.states.get(path.as_str())
            };
            if let Some(&found) = found {
                return Some(found);
            }
            around = workflow.states.at(id).parent;
        }
        None
    }
}
