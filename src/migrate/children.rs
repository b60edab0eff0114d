//! How the children of an order stand, in the words of the new version.
//!
//! In: the counts of the old version. Out: those of the new one; or why they cannot be had.

use super::apply::Refused;
use super::plan::Plan;
use crate::graph::{Id, Kind, StateId};
use crate::guard::{ChildCounts, StateCounts};
use crate::interpret::outlook;

/// The counts of each set of the new version.
///
/// # Errors
/// One refusal for each set of which they cannot be had.
pub(super) fn moved(
    plan: &Plan<'_>,
    before: &[ChildCounts],
) -> Result<Vec<ChildCounts>, Vec<Refused>> {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for set in plan.new.children.rows() {
        let mut known = plan.old.children.iter();
        let old = known.find(|(_, other)| other.name == set.name);
        let counts = old.and_then(|(id, _)| before.get(id.index()));
        let counts = counts.cloned().unwrap_or_default();
        let moved = match set.is_self {
            true => own(plan, &counts),
            false => match counts.by_state.states().find(|name| !set.has_state(name)) {
                None => Ok(counts.clone()),
                Some(state) => Err(format!("some are in `{state}`, which they no longer have")),
            },
        };
        match moved {
            Ok(counts) => found.push(counts),
            Err(problem) => {
                let set = set.name.clone();
                refused.push(Refused::Children { set, problem });
            }
        }
    }
    for (id, set) in plan.old.children.iter() {
        let mut known = plan.new.children.rows().iter();
        let total = before.get(id.index()).map_or(0, |counts| counts.total);
        if total > 0 && !known.any(|other| other.name == set.name) {
            let problem = format!("there are {total}, and the new version has no such children");
            let set = set.name.clone();
            refused.push(Refused::Children { set, problem });
        }
    }
    match refused.is_empty() {
        true => Ok(found),
        false => Err(refused),
    }
}

/// Children that run this very workflow stand where their states are mapped to. Of those within regions it is not
/// known which state goes with which: they have to stay where they are.
fn own(plan: &Plan<'_>, counts: &ChildCounts) -> Result<ChildCounts, String> {
    let as_it_was = |path: &str| {
        let id = plan.old.state_named(path);
        let moved = id.and_then(|id| plan.counterpart(id));
        moved.is_some_and(|id| plan.new.states.at(id).path == *path)
    };
    if counts.by_state.states().all(as_it_was) {
        return Ok(counts.clone());
    }
    let has_regions = |id: StateId| {
        let top = plan.old.top_of(id);
        let last = plan.old.states.at(top).last;
        let states = plan.old.states.rows().iter();
        let mut within = states
            .skip(top.index())
            .take_while(|state| state.id <= last);
        within.any(|state| state.kind == Kind::Parallel)
    };
    let mut moved = ChildCounts {
        total: counts.total,
        by_state: StateCounts::default(),
    };
    for (path, count) in counts.by_state.iter() {
        let Some(id) = plan.old.state_named(path) else {
            return Err(format!("there is no state `{path}`"));
        };
        if has_regions(id) {
            if !as_it_was(path) {
                return Err(format!(
                    "some are in `{path}` and within regions, and cannot be counted anew: tell their counts"
                ));
            }
            moved.by_state.add(path, count);
            continue;
        }
        if !plan.old.states.at(id).is_atomic() {
            continue;
        }
        let place = plan
            .moves
            .get(&id)
            .and_then(|found| outlook::standing(plan.new, &found.to));
        let Some(place) = place else {
            return Err(format!("`{path}` has no place in the new version"));
        };
        for id in place {
            moved.by_state.add(&plan.new.states.at(id).path, count);
        }
    }
    Ok(moved)
}
