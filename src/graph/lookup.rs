//! States, events and actors in the order of their names, so that a name is found in few looks.
//!
//! In: the compiled states, events and actors. Out: an id for a path or a name.

use super::{Actor, ActorId, Event, EventId, Id, State, StateId, Table};
use crate::context::Beginning;

/// States by their paths, events and actors by their names.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    states: Names<StateId>,
    events: Names<EventId>,
    actors: Names<ActorId>,
}

/// Ids in the order of their names, each with how its name begins; of one name, the first comes first.
type Names<I> = Box<[(Beginning, I)]>;

impl Lookup {
    /// The names of a workflow.
    pub fn new(
        states: &Table<StateId, State>,
        events: &Table<EventId, Event>,
        actors: &Table<ActorId, Actor>,
    ) -> Self {
        Self {
            states: in_order(states, |state| &state.path),
            events: in_order(events, |event| &event.name),
            actors: in_order(actors, |actor| &actor.name),
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

    /// The actor of a name.
    pub(super) fn actor(&self, actors: &Table<ActorId, Actor>, name: &str) -> Option<ActorId> {
        find(&self.actors, name, |id| &actors.at(id).name)
    }
}

fn in_order<I: Id, T>(table: &Table<I, T>, name: impl Fn(&T) -> &str) -> Names<I> {
    let named = table.iter().map(|(id, row)| (Beginning::of(name(row)), id));
    let mut names: Vec<(Beginning, I)> = named.collect();
    names.sort_by(|&(_, a), &(_, b)| name(table.at(a)).cmp(name(table.at(b))));
    names.into()
}

/// So many are looked through one after the other: most names differ by how they begin already.
const FEW: usize = 16;

fn find<'t, I: Copy>(
    names: &[(Beginning, I)],
    wanted: &str,
    name: impl Fn(I) -> &'t str,
) -> Option<I> {
    let begins = Beginning::of(wanted);
    let is_wanted =
        |&&(known, id): &&(Beginning, I)| known == begins && Beginning::same(name(id), wanted);
    let found = match names.len() <= FEW {
        true => names.iter().find(is_wanted),
        false => {
            let before = |&(known, id): &(Beginning, I)| (known, name(id)) < (begins, wanted);
            let place = names.partition_point(before);
            names.get(place).filter(is_wanted)
        }
    };
    found.map(|&(_, id)| id)
}
