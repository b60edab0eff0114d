//! The children of an order, by set.

use indexmap::IndexMap;

use super::{Children, DriveError, OrderName};
use crate::diagnostic::closest;
use crate::document::Entry;
use crate::graph::{ChildSet, ChildSetId, Id, StateId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::Instance;

/// The children of one set, in the order they came.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Members {
    /// They run this very workflow.
    Own(IndexMap<String, Instance>),
    /// Another system runs them: the state each of them is in.
    Foreign(IndexMap<String, String>),
}

impl Members {
    /// The empty sets of a workflow, by id.
    pub(super) fn of(workflow: &Workflow) -> Vec<Self> {
        let sets = workflow.children.rows().iter();
        sets.map(|set| match set.is_self {
            true => Self::Own(IndexMap::new()),
            false => Self::Foreign(IndexMap::new()),
        })
        .collect()
    }

    /// How the children stand.
    pub(super) fn counts(&self, workflow: &Workflow) -> ChildCounts {
        let mut counts = ChildCounts::default();
        let mut count = |state: &str| {
            counts.by_state.add(state, 1);
        };
        let total = match self {
            Self::Own(orders) => {
                let active = orders.values().flat_map(|order| &order.configuration);
                active
                    .filter(|&&id| id != StateId::ROOT)
                    .for_each(|&id| count(&workflow.states.at(id).path));
                orders.len()
            }
            Self::Foreign(states) => {
                states.values().for_each(|state| count(state));
                states.len()
            }
        };
        counts.total = u32::try_from(total).unwrap_or(u32::MAX);
        counts
    }
}

/// How the children of a set stand, each in a state that is written beside its name. One that runs this very
/// workflow stands in the states around its own too.
pub fn counted(workflow: &Workflow, set: &Entry<Children>) -> ChildCounts {
    let mut sets = workflow.children.rows().iter();
    let is_self = sets.any(|known| known.name == set.name.value && known.is_self);
    let children = &set.value.0;
    let mut counts = ChildCounts {
        total: u32::try_from(children.len()).unwrap_or(u32::MAX),
        ..ChildCounts::default()
    };
    for state in children.iter().filter_map(|child| child.state.as_ref()) {
        counts.by_state.add(&state.value, 1);
        let own = workflow.state_named(&state.value).filter(|_| is_self);
        let around = own.into_iter().flat_map(|own| workflow.ancestors(own));
        for id in around.filter(|&id| id != StateId::ROOT) {
            counts.by_state.add(&workflow.states.at(id).path, 1);
        }
    }
    counts
}

/// The set of a name.
pub(super) fn set_named<'w>(
    workflow: &'w Workflow,
    name: &str,
) -> Result<(ChildSetId, &'w ChildSet), DriveError> {
    let found = workflow.children.iter().find(|(_, set)| set.name == name);
    found.ok_or_else(|| {
        let known = workflow.children.rows().iter().map(|set| set.name.as_str());
        DriveError::UnknownSet {
            name: name.to_owned(),
            did_you_mean: closest(name, known).map(str::to_owned),
        }
    })
}

/// The order of a name among the sets.
pub(super) fn order<'m>(
    workflow: &Workflow,
    members: &'m [Members],
    name: &OrderName,
) -> Option<&'m Instance> {
    let OrderName::Child { set, name } = name else {
        return None;
    };
    let (id, _) = set_named(workflow, set).ok()?;
    match members.get(id.index())? {
        Members::Own(orders) => orders.get(name),
        Members::Foreign(_) => None,
    }
}

/// Checks that children of a set have a state.
pub(super) fn check_state(set: &ChildSet, state: &str) -> Result<(), DriveError> {
    if set.has_state(state) {
        return Ok(());
    }
    let known = set.states.iter().map(String::as_str);
    Err(DriveError::UnknownState {
        set: set.name.clone(),
        state: state.to_owned(),
        did_you_mean: closest(state, known).map(str::to_owned),
    })
}
