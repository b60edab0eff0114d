//! Whether a plan is complete: every order that there may be has a place, an end, and its obligations.
//!
//! In: a resolved [`Plan`], and where orders of both versions can be. Out: a finding for everything that
//! is not decided, with its places in the plan and in both versions.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{PlanFile, TimerAction};
use super::plan::{Move, Plan};
use super::rule::{TARGET_CUT_OFF, UNDECIDED_TIMER, UNFIT_TARGET, UNMAPPED_STATE, UNSTATED_END};
use crate::diagnostic::{Diagnostic, Report};
use crate::diff;
use crate::graph::{Anchor, StateId, TimerId};
use crate::instance::timer_path;
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
    check.idle_backs();
    check.pasts();
}

/// How orders come to stand: without the timers that the plan drops, or does not decide about.
fn stand(plan: &Plan<'_>, active: &[StateId], target: &Configuration) -> Stand {
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

pub(super) struct Check<'c, 'w> {
    pub(super) file: &'c PlanFile,
    pub(super) plan: &'c Plan<'w>,
    pub(super) before: Travel,
    after: Travel,
    /// What was told already, in words that are the same for the same mistake.
    told: BTreeSet<String>,
    /// By state whose mapping has a `back`, whether some orders need it.
    pub(super) backs: BTreeMap<StateId, bool>,
    report: &'c mut Report,
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

    /// Whether one thing is said of a timer, and another of the one that goes on for it.
    fn contradicted(&mut self, timer: TimerId, next: TimerId) {
        let plan = self.plan;
        let Some(other) = plan.contradiction(timer, next) else {
            return;
        };
        let (name, next) = (timer_path(plan.old, timer), timer_path(plan.new, next));
        let said = plan.timers.get(&timer).map_or(other.span, |said| said.span);
        self.raise(format!("contradiction {name} {next}"), || {
            let message = format!("`{next}` goes on for `{name}`, and of both something else is said");
            Diagnostic::new(&UNDECIDED_TIMER, other.span, message)
                .also(said, "what is said of the old one")
                .help(format!("leave one of them out, or write `{name}: drop`: then `{next}` is a timer of its own"))
        });
    }

    /// Whether it is decided what becomes of each timer.
    fn timers(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let mut taken: BTreeSet<TimerId> = BTreeSet::new();
        for timer in outlook::timers_of(plan.old, active) {
            let (decided, next) = plan.fate(timer, target);
            taken.extend(next);
            let name = timer_path(plan.old, timer);
            let place = plan.old.timers.at(timer).span;
            let span = plan.timers.get(&timer).map(|decision| decision.span);
            if let Some(next) = next {
                self.contradicted(timer, next);
            }
            let (message, help) = match (decided, next) {
                (Some(TimerAction::Drop), _) | (Some(_), Some(_)) => continue,
                (Some(_), None) => (
                    format!(
                        "`{name}` cannot go on: there is no such timer where its orders come to stand"
                    ),
                    format!(
                        "write `{name}: drop`, or name the timer: `{name}: {{ keep: STATE.TIMER }}`"
                    ),
                ),
                (None, Some(next)) => {
                    let next = timer_path(plan.new, next);
                    let message = match next == name {
                        true => format!("`{name}` runs otherwise in the new version"),
                        false => format!("`{name}` goes on as `{next}`, which runs otherwise"),
                    };
                    let help = format!("write `{name}: keep`, `restart` or `drop` under `timers`");
                    (message, help)
                }
                (None, None) => (
                    format!("`{name}` is gone where its orders come to stand"),
                    format!(
                        "write `{name}: drop` under `timers`, or name the timer that goes on: `{name}: {{ keep: STATE.TIMER }}`"
                    ),
                ),
            };
            let span = span.unwrap_or(self.file.from.span);
            self.raise(format!("timer {name}"), || {
                Diagnostic::new(&UNDECIDED_TIMER, span, message)
                    .also(place, "may be running")
                    .help(help)
            });
        }
        for timer in outlook::timers_of(plan.new, target) {
            if taken.contains(&timer) || plan.fresh.contains_key(&timer) {
                continue;
            }
            let name = timer_path(plan.new, timer);
            let place = plan.new.timers.at(timer).span;
            let span = self.file.to.span;
            let old = diff::status(plan.old, active);
            self.raise(format!("fresh {name}"), || {
                let message = format!("`{name}` is new to orders that come from `{old}`");
                Diagnostic::new(&UNDECIDED_TIMER, span, message)
                    .also(place, "does it run for them?")
                    .help(format!("write `{name}: restart`, `keep` (as if it had run since) or `drop` under `timers`"))
            });
        }
    }
}
