//! What was active within states when they were left: what stands for it in the new version.
//!
//! In: a [`Plan`], and what was active. Out: what a way to the history of a state enters in the new version, or why
//! that cannot be had; and a finding for each that a plan has to decide.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Refused;
use super::check::Check;
use super::plan::{PastRule, Plan};
use super::rule::{IDLE_BACK, UNFIT_TARGET};
use crate::diagnostic::Diagnostic;
use crate::diff::status;
use crate::graph::{StateId, Workflow};
use crate::interpret::outlook;
use crate::travel::{Configuration, histories};

/// The state of the new version, and what was active within it.
type Place = (StateId, Configuration);

/// Why what was active has no place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lost {
    /// This state has none.
    Homeless(StateId),
    /// These states come to stand outside of the state that stands for the one that was left.
    Outside(StateId),
    /// The states that stand for these cannot be active together.
    Apart,
    /// Nothing stands for the state that was left, and a way leads to the history of this one.
    Unnamed(StateId),
}

impl Lost {
    fn words(&self, plan: &Plan<'_>, outer: StateId, left: &[StateId]) -> String {
        let old = |id: StateId| plan.old.states.at(id).path.as_str();
        let place = plan.counterpart(outer).unwrap_or(outer);
        match *self {
            Self::Homeless(id) => format!("`{}` has no place in the new version", old(id)),
            Self::Outside(id) => {
                let place = &plan.new.states.at(place).path;
                format!("`{}` comes to stand outside of `{place}`", old(id))
            }
            Self::Apart => format!(
                "what stands for `{}` cannot be active together",
                status(plan.old, left)
            ),
            Self::Unnamed(id) => {
                let new = &plan.new.states.at(id).path;
                format!(
                    "no state stands for `{}`, and a way leads to the history of `{new}`",
                    old(outer)
                )
            }
        }
    }
}

/// What was active within a state, in the new version; nothing where no way there leads to it.
fn recalled(plan: &Plan<'_>, outer: StateId, left: &[StateId]) -> Result<Option<Place>, Lost> {
    let place = plan.counterpart(outer);
    let is_left = |id: &StateId| plan.old.states.at(*id).is_atomic();
    let leaves: Vec<StateId> = left.iter().copied().filter(is_left).collect();
    match place {
        Some(place) if plan.new.states.at(place).is_atomic() => Ok(None),
        Some(place) => match within(plan, place, &leaves) {
            Ok(all) => Ok(Some((place, all))),
            Err(_) if !plan.histories.contains(&place) => Ok(None),
            Err(lost) => Err(lost),
        },
        // Where no way led to its history, none was remembered for any use.
        None if !histories(plan.old).contains(&outer) => Ok(None),
        None => {
            let moves = leaves.iter().filter_map(|leaf| plan.moves.get(leaf));
            let to: Vec<StateId> = moves.flat_map(|found| found.to.iter().copied()).collect();
            let is_around = |id: &&StateId| to.iter().any(|&to| plan.new.within(to, **id));
            let around = plan.histories.iter().rfind(is_around);
            around.map_or(Ok(None), |&id| Err(Lost::Unnamed(id)))
        }
    }
}

/// What stands within a state for innermost states of the old version.
fn within(plan: &Plan<'_>, place: StateId, leaves: &[StateId]) -> Result<Configuration, Lost> {
    let mut to = Vec::new();
    for &leaf in leaves {
        let found = plan.moves.get(&leaf).filter(|found| !found.to.is_empty());
        let found = found.ok_or(Lost::Homeless(leaf))?;
        if !found.to.iter().all(|&id| plan.new.within(id, place)) {
            return Err(Lost::Outside(leaf));
        }
        to.extend(&found.to);
    }
    standing(plan.new, place, to).ok_or(Lost::Apart)
}

/// What is active within a state where some states are.
fn standing(new: &Workflow, place: StateId, mut to: Vec<StateId>) -> Option<Configuration> {
    to.sort_unstable();
    to.dedup();
    let all = outlook::standing(new, &to)?.into_iter();
    Some(
        all.filter(|&id| id != place && new.within(id, place))
            .collect(),
    )
}

/// What a plan says in place of pasts: what is active, or that they are forgotten.
fn said(plan: &Plan<'_>, place: StateId, rule: &PastRule) -> Option<Configuration> {
    let to = rule.to.clone().filter(|to| !to.is_empty())?;
    standing(plan.new, place, to)
}

/// The pasts of an order in the new version.
pub(super) fn moved(
    plan: &Plan<'_>,
    before: &BTreeMap<StateId, Configuration>,
    refused: &mut Vec<Refused>,
) -> BTreeMap<StateId, Configuration> {
    let mut found: BTreeMap<StateId, Configuration> = BTreeMap::new();
    let mut decided: BTreeSet<StateId> = BTreeSet::new();
    for (&outer, left) in before {
        let path = |id: StateId| plan.old.states.at(id).path.clone();
        let mut refuse = |problem: String| {
            let state = path(outer);
            refused.push(Refused::Past { state, problem });
        };
        let rule = plan.pasts.get(&outer);
        match recalled(plan, outer, left) {
            Ok(None) => {}
            Ok(Some((place, all))) => {
                let other = found.get(&place).is_some_and(|other| *other != all);
                let mut rules = before
                    .keys()
                    .filter(|id| plan.counterpart(**id) == Some(place));
                let rule = rules.find_map(|id| plan.pasts.get(id));
                match rule {
                    _ if decided.contains(&place) => {}
                    _ if !other => _ = found.insert(place, all),
                    Some(rule) => {
                        found.remove(&place);
                        decided.insert(place);
                        found.extend(said(plan, place, rule).map(|all| (place, all)));
                    }
                    None if plan.histories.contains(&place) => {
                        refuse(two_pasts(plan, place));
                    }
                    None => {}
                }
            }
            Err(lost) => match (rule, plan.counterpart(outer)) {
                (Some(rule), Some(place)) => {
                    decided.insert(place);
                    found.remove(&place);
                    found.extend(said(plan, place, rule).map(|all| (place, all)));
                }
                _ => refuse(lost.words(plan, outer, left)),
            },
        }
    }
    found
}

fn two_pasts(plan: &Plan<'_>, place: StateId) -> String {
    let place = &plan.new.states.at(place).path;
    format!("`{place}` stands for several states, and something else was active in each")
}

impl Check<'_, '_> {
    /// Whether whatever was active when a state was left can be entered again.
    pub(super) fn pasts(&mut self) {
        let plan = self.plan;
        let mut places: BTreeMap<StateId, BTreeSet<Configuration>> = BTreeMap::new();
        let mut needed: BTreeSet<StateId> = BTreeSet::new();
        for outer in plan.old.states.ids().skip(1) {
            let lefts: Vec<Configuration> = self.before.past_of(outer).cloned().collect();
            let mut lost = None;
            for left in &lefts {
                match recalled(plan, outer, left) {
                    Ok(Some((place, all))) => _ = places.entry(place).or_default().insert(all),
                    Ok(None) => {}
                    Err(why) => lost = lost.or(Some((left, why))),
                }
            }
            let Some((left, why)) = lost else { continue };
            needed.insert(outer);
            if !plan.pasts.contains_key(&outer) || plan.counterpart(outer).is_none() {
                self.lost(outer, left, &why);
            }
        }
        needed.extend(self.doubled(&places));
        for outer in plan.pasts.keys() {
            self.said_of_past(*outer, needed.contains(outer));
        }
    }

    /// What was active has no place.
    fn lost(&mut self, outer: StateId, left: &[StateId], why: &Lost) {
        let plan = self.plan;
        if let Lost::Homeless(id) = why
            && (self.is_unmapped(&plan.old.states.at(*id).path) || plan.moves.contains_key(id))
        {
            return;
        }
        let path = &plan.old.states.at(outer).path;
        let (span, from) = (self.file.from.span, self.old_span(outer));
        let help = match (why, plan.counterpart(outer)) {
            (Lost::Unnamed(id), _) => {
                let new = &plan.new.states.at(*id).path;
                format!(
                    "write `{path}: {new}` under `states`, or `{path}: {{ to: {new}, past: [] }}` where that is forgotten"
                )
            }
            (why, place) => {
                let place = place.map_or(path, |id| &plan.new.states.at(id).path);
                let map = match why {
                    Lost::Homeless(id) => {
                        let id = &plan.old.states.at(*id).path;
                        format!("write `{id}: NEW_STATE` under `states`, or ")
                    }
                    _ => String::new(),
                };
                format!(
                    "{map}say what is entered then: write `{path}: {{ to: {place}, past: STATE }}` under `states`, or \
                     `past: []` where that is forgotten"
                )
            }
        };
        let why = why.words(plan, outer, left);
        self.raise(format!("past {path}"), || {
            let message = format!(
                "orders may go back to what was active in `{path}` when it was left: {why}"
            );
            Diagnostic::new(&UNFIT_TARGET, span, message)
                .also(from, "was left")
                .help(help)
        });
    }

    /// States that one state stands for, of which an order may remember different pasts.
    fn doubled(&mut self, places: &BTreeMap<StateId, BTreeSet<Configuration>>) -> Vec<StateId> {
        let plan = self.plan;
        let mut needed = Vec::new();
        for (&place, pasts) in places {
            let outers = plan.old.states.ids().skip(1);
            let outers: Vec<StateId> = outers
                .filter(|&id| plan.counterpart(id) == Some(place))
                .filter(|&id| self.before.past_of(id).next().is_some())
                .collect();
            let [first, second, ..] = outers.as_slice() else {
                continue;
            };
            if pasts.len() < 2 || !plan.histories.contains(&place) {
                continue;
            }
            needed.extend(&outers);
            if outers.iter().any(|id| plan.pasts.contains_key(id)) {
                continue;
            }
            let path = |id: StateId| &plan.old.states.at(id).path;
            let (first, second) = ((path(*first), *first), (path(*second), *second));
            let new = &plan.new.states.at(place).path;
            let span = self.file.from.span;
            let (one, other) = (self.old_span(first.1), self.old_span(second.1));
            self.raise(format!("pasts {new}"), || {
                let message = format!(
                    "orders may have left `{}` and `{}`, and `{new}` stands for both: which past is entered?",
                    first.0, second.0
                );
                Diagnostic::new(&UNFIT_TARGET, span, message)
                    .also(one, "was left")
                    .also(other, "was left")
                    .help(format!(
                        "say what is entered then: write `{}: {{ to: {new}, past: STATE }}` under `states`, or \
                         `past: []` where that is forgotten",
                        first.0
                    ))
            });
        }
        needed
    }

    /// Whether what a plan says of a past can be entered, and is of use.
    fn said_of_past(&mut self, outer: StateId, needed: bool) {
        let plan = self.plan;
        let Some(rule) = plan.pasts.get(&outer) else {
            return;
        };
        // A state that is none is told as such.
        let Some(to) = &rule.to else { return };
        let old = &plan.old.states.at(outer).path;
        let place = plan.counterpart(outer);
        let place = place.filter(|id| plan.histories.contains(id));
        let path = |id: StateId| plan.new.states.at(id).path.as_str();
        let unfit = place.and_then(|place| {
            let outside = |id: &&StateId| **id == place || !plan.new.within(**id, place);
            let closed = |id: &&StateId| plan.new.states.at(**id).inactive;
            if let Some(&id) = to.iter().find(outside) {
                return Some(format!("`{}` is not within `{}`", path(id), path(place)));
            }
            if let Some(&id) = to.iter().find(closed) {
                return Some(format!("`{}` is inactive: nothing may enter it", path(id)));
            }
            let together: Vec<&str> = to.iter().map(|&id| path(id)).collect();
            (!to.is_empty() && said(plan, place, rule).is_none())
                .then(|| format!("an order cannot be in `{}` at once", together.join(" + ")))
        });
        let (span, from) = (rule.span, self.old_span(outer));
        if let Some(message) = unfit {
            self.raise(format!("past said {old}"), || {
                Diagnostic::new(&UNFIT_TARGET, span, message)
                    .also(from, "was left")
                    .help("name states under `past` that can be active together within it")
            });
        } else if !needed && self.before.whole {
            let message = match place {
                Some(_) => format!(
                    "`past` serves nobody: whatever was active in `{old}` has a place in the new version"
                ),
                None => format!(
                    "`past` serves nobody: no way leads to the history of what stands for `{old}`"
                ),
            };
            self.raise(format!("past idle {old}"), || {
                Diagnostic::new(&IDLE_BACK, span, message)
                    .also(from, "the state")
                    .help("leave `past` out")
            });
        }
    }
}
