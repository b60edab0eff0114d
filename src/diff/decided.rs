//! About which changes a plan has to say something: without that, some order would not be brought over.
//!
//! In: where orders of the old version can be. Out: the changes marked that touch them, and a change for what no other
//! tells. What a plan asks is said in `migrate`; `tests/it/migrate/decided.rs` holds both to each other.

use std::collections::BTreeSet;

use super::change::{Change, Class, Kind};
use super::pair::Pair;
use super::strands::{Held, status};
use super::timers::runs_alike;
use super::waiting::{misfit, surplus, waiting};
use super::{OBLIGATIONS, given, may_lose};
use crate::graph::{Kind as Made, StateId, TimerId};
use crate::instance::timer_path;
use crate::interpret::outlook;
use crate::travel::{Stand, histories};

/// Marks what a plan has to decide.
pub(super) fn mark(pair: &mut Pair<'_>, held: &Held) {
    for (active, stand) in &held.moved {
        timers(pair, active, &stand.active);
        states(pair, active, &stand.active);
        flags(pair, active, &stand.active);
        restless(pair, held, (active, stand));
        backs(pair, held, &stand.active);
    }
    events(pair);
    pasts(pair, held);
}

/// Marks the changes of some kinds about something.
fn decide(pair: &mut Pair<'_>, about: &str, is_it: impl Fn(&Change) -> bool) {
    let changes = pair.changes.iter_mut();
    let found = changes.filter(|change| change.about == about && is_it(change));
    found.for_each(Change::decide);
}

/// Tells what no other change does, once.
fn tell(pair: &mut Pair<'_>, kind: Kind, (old, new): (StateId, Option<StateId>), message: String) {
    if pair.changes.iter().any(|change| change.message == message) {
        return;
    }
    let (state, new) = (
        pair.old.states.at(old),
        new.map(|id| pair.new.states.at(id).span),
    );
    let change = Change::new((kind, Class::NeedsMapping), &state.path, message);
    pair.push(change.at(state.span, new));
}

/// Timers that are gone, run otherwise or are new where orders are.
fn timers(pair: &mut Pair<'_>, active: &[StateId], image: &[StateId]) {
    let (old, new) = (pair.old, pair.new);
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut taken: BTreeSet<TimerId> = BTreeSet::new();
    for timer in outlook::timers_of(old, active) {
        let name = &old.timers.at(timer).name;
        let state = &old.states.at(old.timers.at(timer).state).path;
        let place = new.state_named(state).filter(|id| image.contains(id));
        let mut timers = place.iter().flat_map(|&id| &new.states.at(id).timers);
        let next = timers.find(|&&id| new.timers.at(id).name == *name);
        taken.extend(next);
        if !next.is_some_and(|&next| runs_alike((old, timer), (new, next))) {
            asked.insert(timer_path(old, timer));
        }
    }
    let fresh = outlook::timers_of(new, image).into_iter();
    let fresh = fresh.filter(|id| !taken.contains(id));
    asked.extend(fresh.map(|id| timer_path(new, id)));
    for timer in asked {
        let kinds = [
            Kind::TimerAdded,
            Kind::TimerRemoved,
            Kind::TimerShortened,
            Kind::TimerLengthened,
            Kind::TimerChanged,
        ];
        decide(pair, &timer, |change| kinds.contains(&change.kind));
    }
}

/// States that are switched off where orders are, and those in which they end or are live again.
fn states(pair: &mut Pair<'_>, active: &[StateId], image: &[StateId]) {
    let (old, new) = (pair.old, pair.new);
    for &id in image {
        decide(pair, &new.states.at(id).path, |change| {
            change.kind == Kind::StateSwitchedOff
        });
    }
    if outlook::is_end(old, active) != outlook::is_end(new, image) {
        for leaf in outlook::leaves(old, active) {
            decide(pair, &old.states.at(leaf).path, |change| {
                [Kind::StateEnds, Kind::StateReopens].contains(&change.kind)
            });
        }
    }
}

/// Obligations that orders lose.
fn flags(pair: &mut Pair<'_>, active: &[StateId], image: &[StateId]) {
    let (old, new) = (pair.old, pair.new);
    for flag in OBLIGATIONS {
        let (before, after) = (given(old, active, flag), given(new, image, flag));
        if !may_lose(&before, &after) {
            continue;
        }
        let name = format!("`{}`", old.flags.at(flag).name);
        for leaf in outlook::leaves(old, active) {
            let kinds = [
                Kind::FlagLost,
                Kind::FlagBySetting,
                Kind::FlagFixed,
                Kind::FlagChanged,
                // By default it may be gained, and be lost where a site chose it.
                Kind::FlagGained,
            ];
            decide(pair, &old.states.at(leaf).path, |change| {
                kinds.contains(&change.kind) && change.message.contains(&name)
            });
        }
    }
}

/// Where orders rested, and never do.
fn restless(pair: &mut Pair<'_>, held: &Held, (active, stand): (&[StateId], &Stand)) {
    let before = held.before.rests(&Stand::whole(active.to_vec()));
    if held.after.rests(stand) != Some(false) || before == Some(false) {
        return;
    }
    let Some(&leaf) = outlook::leaves(pair.old, active).first() else {
        return;
    };
    let message = format!(
        "orders no longer rest in `{}`: an automatic transition always applies",
        status(pair.old, active)
    );
    let there = pair.new.state_named(&pair.old.states.at(leaf).path);
    tell(pair, Kind::StateRestless, (leaf, there), message);
}

/// Where orders would go back nowhere, or to what is no more.
fn backs(pair: &mut Pair<'_>, held: &Held, image: &[StateId]) {
    let (old, new) = (pair.old, pair.new);
    let places = image.iter().filter(|&&id| new.states.at(id).leads_back);
    for &place in places {
        let path = &new.states.at(place).path;
        let Some(before) = old.state_named(path) else {
            continue;
        };
        if !old.states.at(before).leads_back {
            let message = format!(
                "a way `to: back` leads from `{path}`, and orders that are there bring no state to go back to"
            );
            tell(pair, Kind::StateLeadsBack, (before, Some(place)), message);
            continue;
        }
        let mut lost = held.before.left_for(before).flatten();
        let lost = lost.find_map(|&id| {
            let state = old.states.at(id);
            match new.state_named(&state.path).map(|id| new.states.at(id)) {
                Some(there) if !there.is_atomic() => Some((id, "has states within")),
                Some(there) if there.kind == Made::Final && state.kind != Made::Final => {
                    Some((id, "is final"))
                }
                Some(_) => None,
                None => Some((id, "is gone")),
            }
        });
        if let Some((lost, why)) = lost {
            let left = &old.states.at(lost).path;
            let message = format!("orders in `{path}` may go back to `{left}`, which {why}");
            tell(pair, Kind::StateLeadsBack, (before, Some(place)), message);
        }
    }
}

/// Events that may wait, and cannot come as they are.
fn events(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    for id in waiting(old).into_keys() {
        let event = old.events.at(id);
        let after = new.event_named(&event.name);
        let surplus = || surplus(event, new.events.at(after?));
        if misfit((old, id), (new, after)).or_else(surplus).is_none() {
            continue;
        }
        let kinds = [
            Kind::EventRemoved,
            Kind::PayloadRemoved,
            Kind::PayloadRequired,
            Kind::PayloadRetyped,
            Kind::WordRemoved,
            Kind::RightLost,
            Kind::TransitionRemoved,
        ];
        decide(pair, &event.name, |change| kinds.contains(&change.kind));
    }
}

/// What was active in states that were left, and cannot be entered again.
fn pasts(pair: &mut Pair<'_>, held: &Held) {
    let (old, new) = (pair.old, pair.new);
    let is_held = |id: StateId| held.before.resting().any(|active| active.contains(&id));
    let histories = histories(new);
    for outer in old.states.rows().iter().skip(1) {
        let Some(place) = new
            .state_named(&outer.path)
            .filter(|id| histories.contains(id))
        else {
            continue;
        };
        for left in held.before.past_of(outer.id) {
            let leaves: Vec<StateId> = left
                .iter()
                .copied()
                .filter(|&id| old.states.at(id).is_atomic())
                .collect();
            let there = |id: &StateId| {
                let there = new.state_named(&old.states.at(*id).path);
                there.filter(|&id| new.states.at(id).is_atomic())
            };
            let gone = leaves.iter().copied().find(|id| there(id).is_none());
            let all: Option<Vec<StateId>> = leaves.iter().map(there).collect();
            let stands = all.is_some_and(|all| outlook::standing(new, &all).is_some());
            // Where orders can be in what is gone, they are stranded.
            if stands || gone.is_some_and(is_held) {
                continue;
            }
            let path = &outer.path;
            let message = match gone {
                Some(gone) => format!(
                    "orders may go back to what was active in `{path}` when it was left, and `{}` is gone",
                    old.states.at(gone).path
                ),
                None => format!(
                    "orders may go back to what was active in `{path}` when it was left, and that is active together no longer"
                ),
            };
            tell(pair, Kind::PastLost, (outer.id, Some(place)), message);
        }
    }
}
