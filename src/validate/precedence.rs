//! Which rows stand in the way of later ones: of two rows for one event, the earlier that applies is taken.
//!
//! In: a workflow. Out: [`Overlap`]s. Guards are compared by their text; that two different texts
//! mean the same is not found here.

use std::collections::BTreeMap;

use indexmap::IndexSet;

use crate::graph::{ActorId, Condition, EventId, Row, RowId, Table, Target, Trigger, Workflow};

/// A row that an earlier one stands in the way of.
pub(crate) struct Overlap {
    /// The later row.
    pub(crate) row: RowId,
    /// The first of the rows before it that does.
    pub(crate) earlier: RowId,
    /// How far it does.
    pub(crate) extent: Extent,
}

/// How far a row is kept from being taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// From none of its sources, for none of its actors, can it be taken.
    Whole,
    /// For a source and an actor, an earlier row asks the same guards.
    SameGuards,
}

/// What is known of one row while the states are gone through.
#[derive(Default, Clone)]
struct Found {
    taken_before: Option<RowId>,
    same_guards: Option<RowId>,
    free: bool,
}

/// The rows of events and automatic transitions that earlier ones stand in the way of, in document order.
pub(crate) fn overlaps(workflow: &Workflow) -> Vec<Overlap> {
    let mut keys: IndexSet<Vec<&str>> = IndexSet::new();
    let mut found: Table<RowId, Found> = Table::default();
    let mut key_of: Table<RowId, usize> = Table::default();
    let (unguarded, _) = keys.insert_full(Vec::new());
    for row in workflow.rows.rows() {
        found.push(Found::default());
        key_of.push(match row.conditions.as_slice() {
            [] => unguarded,
            conditions => keys.insert_full(guard_texts(conditions)).0,
        });
    }
    for state in workflow.states.rows() {
        let mut before: BTreeMap<(Contest, usize, ActorId), RowId> = BTreeMap::new();
        for &id in &state.outgoing {
            let row_id = workflow.transitions.at(id).row;
            let row = workflow.rows.at(row_id);
            let Some(contest) = Contest::of(row.trigger) else {
                continue;
            };
            let key = *key_of.at(row_id);
            let known = found.at_mut(row_id);
            if workflow.dispatch.transitions(state.id, row.trigger).len() == 1 {
                known.free |= !row.by.members.is_empty();
                continue;
            }
            let takes = always_applies(workflow, row);
            for &actor in &row.by.members {
                let free = before.get(&(contest, unguarded, actor));
                let same = before.get(&(contest, key, actor));
                known.free |= free.or(same).is_none();
                known.taken_before = known.taken_before.or(free.or(same).copied());
                if free.is_none() {
                    known.same_guards = known.same_guards.or(same.copied());
                }
                if takes {
                    before.entry((contest, key, actor)).or_insert(row_id);
                }
            }
        }
    }
    let overlap = |(row, found): (RowId, &Found)| {
        let whole = found.taken_before.filter(|_| !found.free);
        let (earlier, extent) = match whole {
            Some(earlier) => (earlier, Extent::Whole),
            None => (found.same_guards?, Extent::SameGuards),
        };
        (earlier != row).then_some(Overlap {
            row,
            earlier,
            extent,
        })
    };
    found.iter().filter_map(overlap).collect()
}

/// The texts of the guards that must hold, in an order of their own.
pub(crate) fn guard_texts<'c>(conditions: impl IntoIterator<Item = &'c Condition>) -> Vec<&'c str> {
    let mut texts: Vec<&str> = conditions.into_iter().map(|c| c.text.trim()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// What rows compete for; every timer stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Contest {
    Event(EventId),
    Always,
}

impl Contest {
    fn of(trigger: Trigger) -> Option<Self> {
        match trigger {
            Trigger::Event(event) => Some(Self::Event(event)),
            Trigger::Always => Some(Self::Always),
            Trigger::Timer(_) => None,
        }
    }
}

/// Whether nothing but its guards can keep a row from being taken: no choice of the caller, no past
/// that may be missing, no state that not everybody may enter.
fn always_applies(workflow: &Workflow, row: &Row) -> bool {
    let ends = row.branches.iter().any(|b| b.conditions.is_empty());
    let free = |id: crate::graph::StateId| {
        let state = workflow.states.at(id);
        !state.inactive && state.enter.by.is_none()
    };
    let enters = |target: &Target| match target {
        Target::Stay | Target::History { .. } => true,
        Target::Several(parts) => parts.iter().all(|part| match part {
            Target::State(id) => free(*id),
            _ => true,
        }),
        Target::State(id) => free(*id),
        Target::Back | Target::Choose(_) | Target::Unresolved => false,
    };
    ends && row.branches.iter().all(|branch| enters(&branch.target))
}
