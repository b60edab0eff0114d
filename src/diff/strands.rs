//! Which orders the new version would strand, were each kept where it is.
//!
//! In: both versions. Out: every configuration in which orders of the old version rest and which has no
//! place or no end in the new one, and a change for each state that causes it. A state that had no way
//! to an end before is not stranded by the change.

use std::collections::BTreeSet;

use super::change::{Change, Class, Difference, Kind, Stranded, Why};
use super::pair::{Pair, names};
use super::renamed;
use crate::graph::{Anchor, StateId, TimerId, Workflow};
use crate::instance::{timer_at, timer_path};
use crate::interpret::outlook;
use crate::travel::{Configuration, Stand, Travel};

/// How many configurations are told as changes of their own.
const SHOWN: usize = 12;

/// The configurations in which a workflow's orders can be: those that new orders rest in, and those of
/// states that keep orders of earlier days (switched off, or deprecated). With the travel that found them.
pub fn holding(workflow: &Workflow) -> (Vec<Configuration>, Travel) {
    let kept = workflow.states.rows().iter().skip(1);
    let kept = kept.filter(|state| state.inactive || state.deprecated.is_some());
    let mut kept: Vec<Configuration> = kept
        .filter_map(|state| outlook::standing(workflow, &[state.id]))
        .collect();
    let stands: Vec<Stand> = kept.iter().cloned().map(Stand::whole).collect();
    let travel = Travel::of(workflow, &stands);
    let mut all: Vec<Configuration> = travel.resting().cloned().collect();
    kept.retain(|active| !all.contains(active));
    all.append(&mut kept);
    all.sort();
    all.dedup();
    (all, travel)
}

/// The states of the new version at the same paths, with all that is active along with them.
///
/// # Errors
/// Why an order cannot stand there.
pub fn image(old: &Workflow, new: &Workflow, active: &[StateId]) -> Result<Configuration, Why> {
    let leaves = outlook::leaves(old, active);
    let there = leaves
        .iter()
        .map(|&id| new.state_named(&old.states.at(id).path));
    let there: Option<Vec<StateId>> = there.collect();
    let there = there.ok_or(Why::Gone)?;
    let atomic = there.iter().all(|&id| new.states.at(id).is_atomic());
    let standing = outlook::standing(new, &there).ok_or(Why::Incomplete)?;
    // What would have to be entered along with them was never decided for these orders.
    match atomic && outlook::leaves(new, &standing).len() == there.len() {
        true => Ok(standing),
        false => Err(Why::Incomplete),
    }
}

/// How an order stands that was kept where it is: timers that are new do not run for it.
fn kept(old: &Workflow, new: &Workflow, image: &Configuration) -> Stand {
    let mut stand = Stand::whole(image.clone());
    let fresh = outlook::timers_of(new, image).into_iter();
    stand.lacking = fresh
        .filter(|&timer| timer_at(old, &timer_path(new, timer)).is_none() && !waits(new, timer))
        .collect();
    stand
}

/// Whether a timer may begin to run although its state is not entered: when a field changes that it
/// counts from, or when what has to hold does.
fn waits(workflow: &Workflow, timer: TimerId) -> bool {
    let timer = workflow.timers.at(timer);
    matches!(timer.due.anchor, Anchor::Field(_)) || !timer.when.is_empty()
}

/// Where an order with these active states is, for people.
pub fn status(workflow: &Workflow, active: &[StateId]) -> String {
    let leaves = outlook::leaves(workflow, active);
    let paths: Vec<&str> = leaves
        .iter()
        .map(|&id| workflow.states.at(id).path.as_str())
        .collect();
    paths.join(" + ")
}

/// Finds what is stranded, and tells the states that are gone or cut off.
pub(super) fn compare(pair: &mut Pair<'_>) -> (Difference, Held) {
    let (old, new) = (pair.old, pair.new);
    let (holding, before) = holding(old);
    let images: Vec<(&Configuration, Result<Configuration, Why>)> = holding
        .iter()
        .map(|active| (active, image(old, new, active)))
        .collect();
    let there: Vec<Stand> = images
        .iter()
        .filter_map(|(_, image)| Some(kept(old, new, image.as_ref().ok()?)))
        .collect();
    let after = Travel::of(new, &there);
    let mut found = Difference {
        whole: before.whole && after.whole,
        open: before.open + after.open,
        ..Difference::default()
    };
    let mut cut_off: Vec<&Configuration> = Vec::new();
    for (active, image) in &images {
        let why = match image {
            Err(why) => Some(*why),
            Ok(image) => {
                let ended = before.ends(&Stand::whole((*active).clone())) == Some(true);
                let lost = after.ends(&kept(old, new, image)) == Some(false);
                (ended && lost).then_some(Why::CutOff)
            }
        };
        if let Some(why) = why {
            if why == Why::CutOff {
                cut_off.push(active);
            }
            let status = status(old, active);
            found.stranded.push(Stranded { status, why });
        }
    }
    gone(pair, &holding);
    incomplete(pair, &images);
    cut(pair, &cut_off);
    let moved = images.iter().filter_map(|(active, image)| {
        let image = image.as_ref().ok()?;
        Some(((*active).clone(), kept(old, new, image)))
    });
    let moved = moved.collect();
    let held = Held {
        moved,
        before,
        after,
    };
    (found, held)
}

/// Where orders of the old version can be, and where they would stand were each kept where it is.
pub(super) struct Held {
    pub(super) moved: Vec<(Configuration, Stand)>,
    pub(super) before: Travel,
    pub(super) after: Travel,
}

/// Tells the states that are gone.
fn gone(pair: &mut Pair<'_>, holding: &[Configuration]) {
    let (old, new) = (pair.old, pair.new);
    let held: BTreeSet<StateId> = holding.iter().flatten().copied().collect();
    for state in old.states.rows().iter().skip(1) {
        if new.state_named(&state.path).is_some() {
            continue;
        }
        let path = &state.path;
        let (class, message) = match held.contains(&state.id) {
            true => (
                Class::StrandsOrders,
                format!("`{path}` is gone, and orders can be there"),
            ),
            false => (
                Class::Safe,
                format!("`{path}` is gone; no order can be there"),
            ),
        };
        let change = Change::new((Kind::StateRemoved, class), path, message).at(state.span, None);
        pair.push(match renamed::like(old, new, state.id) {
            Some(like) => {
                let like = &new.states.at(like).path;
                change.hint(format!(
                    "`{like}` is much like it: map `{path}` to it if it is the same"
                ))
            }
            None => change,
        });
    }
}

/// Tells where the states of an order are all there, and do not make one.
fn incomplete(pair: &mut Pair<'_>, images: &[(&Configuration, Result<Configuration, Why>)]) {
    let incomplete = images
        .iter()
        .filter(|(_, image)| *image == Err(Why::Incomplete));
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (active, _) in incomplete {
        let status = status(pair.old, active);
        let Some(&leaf) = outlook::leaves(pair.old, active).first() else {
            continue;
        };
        if told.len() == SHOWN || !told.insert(status.clone()) {
            continue;
        }
        let place = pair.old.states.at(leaf);
        let there = pair.new.state_named(&place.path);
        let there = there.map(|id| pair.new.states.at(id).span);
        let message = format!(
            "orders in `{status}` are not complete: other states are active along with that"
        );
        let change = Change::new(
            (Kind::StateReshaped, Class::StrandsOrders),
            &place.path,
            message,
        );
        pair.push(change.at(place.span, there));
    }
}

/// Tells from where no end can be reached any longer.
fn cut(pair: &mut Pair<'_>, cut_off: &[&Configuration]) {
    for active in cut_off.iter().take(SHOWN) {
        let status = status(pair.old, active);
        let Some(&leaf) = outlook::leaves(pair.old, active).first() else {
            continue;
        };
        let state = pair.old.states.at(leaf);
        let there = pair
            .new
            .state_named(&state.path)
            .map(|id| pair.new.states.at(id));
        let message = format!("orders in `{status}` can no longer come to an end");
        let change = Change::new((Kind::StateCutOff, Class::StrandsOrders), &status, message);
        let locked = there.is_some_and(|state| state.immutable && !state.is_final());
        let change = change.at(state.span, there.map(|state| state.span));
        pair.push(match locked {
            true => change.hint("it is immutable, so that nothing leads out"),
            false => change,
        });
    }
    if cut_off.len() > SHOWN {
        let more = cut_off
            .iter()
            .skip(SHOWN)
            .map(|active| status(pair.old, active));
        let message = format!("nor can orders in {}", names(more));
        let what = (Kind::StateCutOff, Class::StrandsOrders);
        pair.push(Change::new(what, "states", message));
    }
}
