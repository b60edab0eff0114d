//! Which new state a state that is gone may have become: a suggestion by likeness.

use std::collections::BTreeSet;

use crate::graph::{Id, Origin, StateId, Target, Workflow};

/// How alike two states have to be, of one.
const ENOUGH: f64 = 0.55;

/// The new state most like one that is gone, where one is like enough. Names, titles, flags and the
/// states around, before and behind count.
pub(crate) fn like(old: &Workflow, new: &Workflow, gone: StateId) -> Option<StateId> {
    let fresh = new.states.iter().skip(1);
    let fresh = fresh.filter(|(_, state)| old.state_named(&state.path).is_none());
    let scored = fresh.map(|(id, _)| (likeness(old, gone, new, id), id));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
    best.filter(|(score, _)| *score >= ENOUGH).map(|(_, id)| id)
}

fn likeness(old: &Workflow, a: StateId, new: &Workflow, b: StateId) -> f64 {
    let (one, other) = (old.states.at(a), new.states.at(b));
    if one.is_final() != other.is_final() || one.is_atomic() != other.is_atomic() {
        return 0.0;
    }
    let near = |a: &str, b: &str| match a.contains(b) || b.contains(a) {
        true => 1.0_f64,
        false => strsim::jaro_winkler(a, b),
    };
    let name = near(&one.name, &other.name);
    let title = near(
        &one.title.text.to_lowercase(),
        &other.title.text.to_lowercase(),
    );
    let flags = match flags(old, a) == flags(new, b) {
        true => 1.0,
        false => 0.0,
    };
    let around = neighbours(old, a);
    let (before, after) = (around, neighbours(new, b));
    let shared = before.intersection(&after).count();
    let all = before.union(&after).count().max(1);
    // Counts of states are small numbers, which a float holds exactly.
    #[expect(clippy::cast_precision_loss, reason = "counts of states are small")]
    let neighbours = shared as f64 / all as f64;
    0.3 * name + 0.2 * title + 0.2 * flags + 0.3 * neighbours
}

/// The flags of a state by name, as written.
fn flags(workflow: &Workflow, state: StateId) -> BTreeSet<(String, String)> {
    let values = workflow.states.at(state).flags.iter().enumerate();
    let named = values.map(|(index, given)| {
        let flag = workflow.flags.at(crate::graph::FlagId::from_index(index));
        let value = match &given.value {
            Origin::Literal(value) => value.to_string(),
            Origin::Setting(id) => format!("settings.{}", workflow.settings.at(*id).name),
        };
        (flag.name.clone(), value)
    });
    named.collect()
}

/// The states that ways lead to from a state, and from which they lead to it, with the event's name.
fn neighbours(workflow: &Workflow, state: StateId) -> BTreeSet<(bool, String)> {
    let mut found = BTreeSet::new();
    for transition in workflow.transitions.rows() {
        let row = workflow.rows.at(transition.row);
        for branch in &row.branches {
            let Target::State(to) = branch.target else {
                continue;
            };
            if transition.source == state {
                found.insert((false, workflow.states.at(to).path.clone()));
            }
            if to == state {
                found.insert((true, workflow.states.at(transition.source).path.clone()));
            }
        }
    }
    found
}
