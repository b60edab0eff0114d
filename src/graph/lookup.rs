//! States and events in the order of their names, so that a name is found in few looks.
//!
//! In: the compiled states and events. Out: an id for a path or a name.

use super::{Event, EventId, Id, State, StateId, Table};

/// States by their paths, events by their names.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    states: Box<[StateId]>,
    events: Box<[EventId]>,
}

impl Lookup {
    /// The names of a workflow.
    pub fn new(states: &Table<StateId, State>, events: &Table<EventId, Event>) -> Self {
        Self {
            states: in_order(states, |state| &state.path),
            events: in_order(events, |event| &event.name),
        }
    }

    /// The state of a path.
    pub(super) fn state(&self, states: &Table<StateId, State>, path: &str) -> Option<StateId> {
        let found = find(&self.states, path, |id| &states.at(id).path)?;
        Some(found).filter(|id| *id != StateId::ROOT)
    }

    /// The event of a name.
    pub(super) fn event(&self, events: &Table<EventId, Event>, name: &str) -> Option<EventId> {
        find(&self.events, name, |id| &events.at(id).name)
    }
}

/// The ids of a table by name; of one name, the first comes first.
fn in_order<I: Id + Copy, T>(table: &Table<I, T>, name: impl Fn(&T) -> &str) -> Box<[I]> {
    let mut ids: Vec<I> = table.ids().collect();
    ids.sort_by(|&a, &b| name(table.at(a)).cmp(name(table.at(b))));
    ids.into()
}

/// So many are looked through one after the other: most names differ by their lengths already.
const FEW: usize = 16;

fn find<'t, I: Copy>(ids: &[I], wanted: &str, name: impl Fn(I) -> &'t str) -> Option<I> {
    if ids.len() <= FEW {
        return ids.iter().copied().find(|&id| name(id) == wanted);
    }
    let place = ids.partition_point(|&id| name(id) < wanted);
    let found = ids.get(place).copied();
    found.filter(|&id| name(id) == wanted)
}
