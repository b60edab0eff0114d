//! Whether a plan is complete: every order that there may be has a place, an end, and its obligations.
//!
//! In: a resolved [`Plan`], and where orders of both versions can be. Out: a finding for everything that
//! is not decided, with its places in the plan and in both versions.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{PlanFile, TimerAction};
use super::plan::{Move, Plan};
use super::rule::{TARGET_CUT_OFF, UNFIT_TARGET, UNMAPPED_STATE, UNSTATED_END};
use crate::diagnostic::{Diagnostic, Report};
use crate::diff;
use crate::graph::{Anchor, StateId, TimerId};
use crate::interpret::outlook;
use crate::source::Span;
use crate::travel::{Configuration, Stand, Travel};

/// Judges states, flags and timers of a plan.
pub(super) fn check(file: &PlanFile, plan: &Plan<'_>, report: &mut Report) {
    let (holding, before) = diff::holding(plan.old);
    let moved: Vec<(Configuration, Option<Configuration>)> = holding
        .into_iter()
        .map(|active| {
            let target = plan.target(&active);
            (active, target)
        })
        .collect();
    let targets = moved
        .iter()
        .filter_map(|(from, to)| Some(stand(plan, from, to.as_ref()?)));
    let targets: Vec<Stand> = targets.collect();
    let after = Travel::of(plan.new, &targets);
    let mut check = Check {
        file,
        plan,
        before,
        after,
        told: BTreeSet::new(),
        fresh: fresh(plan, &moved),
        backs: BTreeMap::new(),
        report,
    };
    for (active, target) in &moved {
        match target {
            None => check.homeless(active),
            Some(target) => {
                check.whole(active, target);
                check.place(active, target);
                check.end(active, target);
                check.flags(active, target);
                check.timers(active, target);
            }
        }
    }
    // Behind the others: what has no place is told as such.
    for (active, target) in &moved {
        if let Some(target) = target {
            check.back(active, target);
        }
    }
    check.unheard(&moved);
    check.idle_backs();
    check.pasts();
}

/// How orders come to stand: without the timers that the plan drops, or does not decide about.
pub(super) fn stand(plan: &Plan<'_>, active: &[StateId], target: &Configuration) -> Stand {
    let mut running: BTreeSet<TimerId> = BTreeSet::new();
    let mut taken: BTreeSet<TimerId> = BTreeSet::new();
    for timer in outlook::timers_of(plan.old, active) {
        let (action, next) = plan.fate(timer, target);
        taken.extend(next);
        if let (Some(next), Some(TimerAction::Keep | TimerAction::Restart)) = (next, action) {
            running.insert(next);
        }
    }
    let mut stand = Stand::whole(target.clone());
    for timer in outlook::timers_of(plan.new, target) {
        let fresh = plan.fresh.get(&timer).filter(|_| !taken.contains(&timer));
        let begins = fresh.is_some_and(|decision| decision.action != TimerAction::Drop);
        // One that counts from a field begins anew whenever that changes.
        let by_field = matches!(plan.new.timers.at(timer).due.anchor, Anchor::Field(_));
        if !running.contains(&timer) && !begins && !by_field {
            stand.lacking.insert(timer);
        }
    }
    stand
}

/// The new timers that no old one goes on as, for some orders.
fn fresh(plan: &Plan<'_>, moved: &[(Configuration, Option<Configuration>)]) -> BTreeSet<TimerId> {
    let mut found = BTreeSet::new();
    for (active, target) in moved {
        let Some(target) = target else { continue };
        let before = outlook::timers_of(plan.old, active).into_iter();
        let taken: Vec<TimerId> = before.filter_map(|id| plan.fate(id, target).1).collect();
        let after = outlook::timers_of(plan.new, target).into_iter();
        found.extend(after.filter(|id| !taken.contains(id)));
    }
    found
}

pub(super) struct Check<'c, 'w> {
    pub(super) file: &'c PlanFile,
    pub(super) plan: &'c Plan<'w>,
    pub(super) before: Travel,
    pub(super) after: Travel,
    /// What was told already, in words that are the same for the same mistake.
    told: BTreeSet<String>,
    /// The new timers that no old one goes on as, for some orders.
    pub(super) fresh: BTreeSet<TimerId>,
    /// By state whose mapping has a `back`, whether some orders need it.
    pub(super) backs: BTreeMap<StateId, bool>,
    pub(super) report: &'c mut Report,
}

impl Check<'_, '_> {
    /// Raises a finding once.
    pub(super) fn raise(&mut self, words: String, found: impl FnOnce() -> Diagnostic) {
        if self.told.insert(words) {
            self.report.push(found());
        }
    }

    /// Whether it was told that orders in a state have no place.
    pub(super) fn is_unmapped(&self, path: &str) -> bool {
        self.told.contains(&format!("unmapped {path}"))
    }

    /// Where the plan decides about a state: its mapping, else the key that names the old version.
    pub(super) fn span(&self, found: Option<&Move>) -> Span {
        found
            .and_then(|found| found.span)
            .unwrap_or(self.file.from.span)
    }

    pub(super) fn old_span(&self, id: StateId) -> Span {
        self.plan.old.states.at(id).span
    }

    /// An order without a place.
    fn homeless(&mut self, active: &Configuration) {
        let plan = self.plan;
        let mut missing = false;
        for leaf in outlook::leaves(plan.old, active) {
            let state = plan.old.states.at(leaf);
            let mapped = plan.moves.get(&leaf).filter(|found| !found.to.is_empty());
            if mapped.is_some() {
                continue;
            }
            missing = true;
            // A target that is no state is told as such.
            if plan.moves.contains_key(&leaf) {
                continue;
            }
            let (span, path) = (self.file.from.span, &state.path);
            let like = diff::like(plan.old, plan.new, leaf);
            let like = like.map(|id| plan.new.states.at(id).path.clone());
            self.raise(format!("unmapped {path}"), || {
                let message = format!("orders can be in `{path}`, which the new version does not have");
                let found = Diagnostic::new(&UNMAPPED_STATE, span, message)
                    .also(state.span, "orders can be here");
                match like {
                    Some(like) => found.help(format!(
                        "`{like}` is much like it: write `{path}: {like}` under `states` if it is the same"
                    )),
                    None => found.help(format!("write `{path}: NEW_STATE` under `states`")),
                }
            });
        }
        if missing {
            return;
        }
        let status = diff::status(plan.old, active);
        let moves = plan.moves_of(active);
        let span = moves.iter().find_map(|(_, found)| found.span);
        let span = span.unwrap_or(self.file.from.span);
        let to: Vec<&str> = moves
            .iter()
            .flat_map(|(_, found)| &found.to)
            .map(|&id| plan.new.states.at(id).path.as_str())
            .collect();
        let first = moves.first().map(|(leaf, _)| self.old_span(*leaf));
        self.raise(format!("unfit {}", to.join(" + ")), || {
            let message = format!("an order cannot be in `{}` at once", to.join(" + "));
            let found = Diagnostic::new(&UNFIT_TARGET, span, message);
            let found = match first {
                Some(first) => found.also(first, format!("where orders in `{status}` come from")),
                None => found,
            };
            found.help("map the states of all regions to states that can be active together")
        });
    }

    /// Whether states that are not mapped make a whole order of themselves.
    fn whole(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let moves = plan.moves_of(active);
        let written = moves.iter().any(|(_, found)| found.span.is_some());
        if written || diff::image(plan.old, plan.new, active).is_ok() {
            return;
        }
        let (old, new) = (
            diff::status(plan.old, active),
            diff::status(plan.new, target),
        );
        let span = self.file.from.span;
        let place = moves.first().map(|(leaf, _)| self.old_span(*leaf));
        self.raise(format!("incomplete {old}"), || {
            let message = format!("orders in `{old}` would be in `{new}`, where more is active");
            let found = Diagnostic::new(&UNMAPPED_STATE, span, message);
            let found = match place {
                Some(place) => found.also(place, "orders can be here"),
                None => found,
            };
            found.help(format!(
                "say so: {} under `states`",
                plan.whole(&moves, target)
            ))
        });
    }

    /// Whether orders can rest where they come to stand.
    fn place(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let moves = plan.moves_of(active);
        let (leaf, found) = match moves.first() {
            Some((leaf, found)) => (*leaf, *found),
            None => return,
        };
        let same = found.span.is_none();
        for &id in target {
            let state = plan.new.states.at(id);
            let path = &state.path;
            let known = plan.old.state_named(path).map(|id| plan.old.states.at(id));
            // Orders that stood in such a state of the old version may stay there.
            let before = known.filter(|_| same);
            let why = if state.inactive && !before.is_some_and(|before| before.inactive) {
                "is inactive: nothing may enter it"
            } else if state.transient && !before.is_some_and(|before| before.transient) {
                "is passed through: orders should stay for moments only"
            } else {
                continue;
            };
            let (span, from) = (self.span(Some(found)), self.old_span(leaf));
            self.raise(format!("unfit {path}"), || {
                let message = format!("`{path}` {why}");
                Diagnostic::new(&UNFIT_TARGET, span, message)
                    .also(from, "its orders would come to stand there")
                    .also(state.span, "not a place to rest in")
                    .help("map them to a state where orders rest")
            });
        }
        let (before, after) = (Stand::whole(active.clone()), stand(plan, active, target));
        if self.after.rests(&after) == Some(false) && self.before.rests(&before) != Some(false) {
            let (span, from) = (self.span(Some(found)), self.old_span(leaf));
            let status = diff::status(plan.new, target);
            self.raise(format!("restless {status}"), || {
                let message = format!(
                    "orders never rest in `{status}`: an automatic transition always applies"
                );
                Diagnostic::new(&UNFIT_TARGET, span, message)
                    .also(from, "its orders would come to stand there")
                    .help("map them to where that transition leads")
            });
        }
    }

    /// Whether orders can still come to an end, and whether an end comes or goes unsaid.
    fn end(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let moves = plan.moves_of(active);
        let Some(&(leaf, found)) = moves.first() else {
            return;
        };
        let (span, from) = (self.span(Some(found)), self.old_span(leaf));
        let (old, new) = (
            diff::status(plan.old, active),
            diff::status(plan.new, target),
        );
        let place = outlook::leaves(plan.new, target).first().copied();
        let there = place.map(|id| plan.new.states.at(id).span);
        let (before, after) = (Stand::whole(active.clone()), stand(plan, active, target));
        if self.after.ends(&after) == Some(false) && self.before.ends(&before) == Some(true) {
            self.raise(format!("cut off {old}"), || {
                let message =
                    format!("orders in `{old}` can come to an end, and no longer in `{new}`");
                let found =
                    Diagnostic::new(&TARGET_CUT_OFF, span, message).also(from, "they are here");
                let found = match there {
                    Some(there) => found.also(there, "no final state can be reached from here"),
                    None => found,
                };
                found.help("map them to a state from which a final state can be reached")
            });
        }
        let (ended, ends) = (
            outlook::is_end(plan.old, active),
            outlook::is_end(plan.new, target),
        );
        let written = moves.iter().any(|(_, found)| found.span.is_some());
        if ended != ends && !written {
            self.raise(format!("end {old}"), || {
                let message = match ends {
                    true => format!(
                        "orders in `{old}` are under way, and have ended in the new version"
                    ),
                    false => format!(
                        "orders in `{old}` have ended, and are live again in the new version"
                    ),
                };
                let found =
                    Diagnostic::new(&UNSTATED_END, span, message).also(from, "they are here");
                found.help(format!("say so: write `{old}: {new}` under `states`"))
            });
        }
    }
}
