//! Old and new in one picture: what was added, removed and changed.
//!
//! In: both versions. Out: one [`Model`] that holds the states and ways of both, each with its
//! [`Fate`], which the exporters colour: green what is new, red and dashed what is gone, amber what is
//! something else.

use crate::export::Model;
use crate::export::model::{Edge, Fate, Start, State, model};
use crate::graph::Workflow;

/// Draws two versions as one. What both have is shown as in the new version.
pub fn picture(old: &Workflow, new: &Workflow) -> Model {
    let (before, mut both) = (model(old), model(new));
    both.title = match before.version == both.version {
        true => format!("{} (old and new)", both.title),
        false => format!(
            "{} (version {} to {})",
            both.title, before.version, both.version
        ),
    };
    for state in &mut both.states {
        state.fate = match before.state(&state.path) {
            None => Some(Fate::Added),
            Some(known) => (!is_alike(known, state)).then_some(Fate::Changed),
        };
    }
    add_states(&before, &mut both);
    let rest = join(
        &before.edges,
        &mut both.edges,
        (same_way, alike),
        |edge, fate| {
            edge.fate = fate;
        },
    );
    both.edges.extend(rest);
    let starts = join(
        &before.starts,
        &mut both.starts,
        (same_start, alike_start),
        |start, fate| {
            start.fate = fate;
        },
    );
    both.starts.extend(starts);
    both
}

/// Adds the states that are gone, each behind those that it stood behind. One whose surroundings are
/// made otherwise now stands at the top.
fn add_states(before: &Model, both: &mut Model) {
    let mut at = 0;
    for state in &before.states {
        if let Some(known) = both
            .states
            .iter()
            .position(|known| known.path == state.path)
        {
            at = at.max(known + 1);
            continue;
        }
        let mut gone = State {
            fate: Some(Fate::Removed),
            ..state.clone()
        };
        let around = gone.parent.as_deref().and_then(|path| both.state(path));
        if around.is_none_or(|around| !around.has_within()) {
            gone.parent = None;
            gone.region = false;
            gone.initial = false;
        }
        both.states.insert(at, gone);
        at += 1;
    }
}

/// Whether two are the same in some respect.
type Alike<T> = fn(&T, &T) -> bool;

/// Marks what is new or changed, and returns what is gone.
fn join<T: Clone>(
    before: &[T],
    after: &mut [T],
    (same, alike): (Alike<T>, Alike<T>),
    mark: impl Fn(&mut T, Option<Fate>),
) -> Vec<T> {
    let mut taken = vec![false; before.len()];
    for new in after.iter_mut() {
        // What is written alike is the same before what only leads alike.
        let free = |at: &usize| taken.get(*at) == Some(&false);
        let find = |fits: Alike<T>| {
            let mut places = 0..before.len();
            places.find(|at| free(at) && before.get(*at).is_some_and(|old| fits(old, new)))
        };
        let whole = find(alike);
        let found = whole.or_else(|| find(same));
        let fate = match (whole, found) {
            (Some(_), _) => None,
            (None, Some(_)) => Some(Fate::Changed),
            (None, None) => Some(Fate::Added),
        };
        if let Some(taken) = found.and_then(|at| taken.get_mut(at)) {
            *taken = true;
        }
        mark(new, fate);
    }
    let gone = before.iter().zip(taken).filter(|(_, taken)| !taken);
    gone.map(|(old, _)| {
        let mut old = old.clone();
        mark(&mut old, Some(Fate::Removed));
        old
    })
    .collect()
}

/// Whether two states say the same; what they are for is left aside.
fn is_alike(old: &State, new: &State) -> bool {
    let bare = |state: &State| State {
        doc: None,
        fate: None,
        initial: false,
        ..state.clone()
    };
    bare(old) == bare(new)
}

fn same_way(old: &Edge, new: &Edge) -> bool {
    let key = |edge: &Edge| {
        (
            edge.from.clone(),
            edge.to.clone(),
            edge.trigger as u8,
            edge.name.clone(),
        )
    };
    key(old) == key(new) && old.target == new.target
}

fn alike(old: &Edge, new: &Edge) -> bool {
    let bare = |edge: &Edge| Edge {
        row: 0,
        branch: None,
        fate: None,
        title: None,
        advice: None,
        inferred: false,
        ..edge.clone()
    };
    bare(old) == bare(new)
}

fn same_start(old: &Start, new: &Start) -> bool {
    old.to == new.to
}

fn alike_start(old: &Start, new: &Start) -> bool {
    (&old.to, &old.guards) == (&new.to, &new.guards)
}
