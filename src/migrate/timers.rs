//! Timers: whether it is decided what becomes of each, old and new.
//!
//! In: where orders were and where they come to stand. Out: a finding for each timer of which nothing is said, or one
//! thing and another.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Check;
use super::document::TimerAction;
use super::plan::{FieldMove, Plan};
use super::rule::UNDECIDED_TIMER;
use crate::diagnostic::Diagnostic;
use crate::diff;
use crate::graph::{Anchor, TimerId};
use crate::instance::timer_path;
use crate::interpret::outlook;
use crate::source::Span;
use crate::travel::Configuration;

impl Check<'_, '_> {
    /// Whether one thing is said of a timer, and another of the one that goes on for it.
    fn contradicted(&mut self, timer: TimerId, next: TimerId) {
        let plan = self.plan;
        // What is said of the new one by its own name may be meant for orders that bring no timer.
        let other = plan.contradiction(timer, next);
        let Some(other) = other.filter(|_| !self.fresh.contains(&next)) else {
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
    pub(super) fn timers(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let mut taken: BTreeSet<TimerId> = BTreeSet::new();
        let mut going: BTreeMap<TimerId, TimerId> = BTreeMap::new();
        for timer in outlook::timers_of(plan.old, active) {
            let (decided, next) = plan.fate(timer, target);
            taken.extend(next);
            let goes_on = matches!(decided, Some(TimerAction::Keep | TimerAction::Restart));
            let other = next
                .filter(|_| goes_on)
                .and_then(|next| going.insert(next, timer));
            if let (Some(other), Some(next)) = (other, next) {
                self.merged((other, timer), next);
            }
            let name = timer_path(plan.old, timer);
            let place = plan.old.timers.at(timer).span;
            let span = plan.timers.get(&timer).map(|decision| decision.span);
            if let Some(next) = next {
                self.contradicted(timer, next);
            }
            if let (Some(TimerAction::Keep | TimerAction::Restart), Some(next)) = (decided, next) {
                self.uncounted((&name, next), span, place);
            }
            let Some((message, help)) = undecided(plan, (timer, &name), (decided, next)) else {
                continue;
            };
            let span = span.unwrap_or(self.file.from.span);
            self.raise(format!("timer {name}"), || {
                Diagnostic::new(&UNDECIDED_TIMER, span, message)
                    .also(place, "may be running")
                    .help(help)
            });
        }
        self.new_timers(active, target, &taken);
    }

    /// Whether a timer that goes on counts from a field that orders bring no value of.
    fn uncounted(&mut self, (name, next): (&str, TimerId), said: Option<Span>, place: Span) {
        let plan = self.plan;
        let Anchor::Field(id) = plan.new.timers.at(next).due.anchor else {
            return;
        };
        let field = plan.new.fields.at(id);
        let mut moves = plan.fields.iter();
        let is_empty = |moved: &FieldMove| moved.from.is_none() && moved.default.is_none();
        let is_empty = moves.any(|moved| moved.to == id && is_empty(moved));
        if !is_empty || field.default.is_some() {
            return;
        }
        let span = said.unwrap_or(self.file.from.span);
        let counts = plan.new.timers.at(next).span;
        self.raise(format!("uncounted {name}"), || {
            let message = format!(
                "`{name}` cannot go on: it counts from `{}`, which orders come without",
                field.name
            );
            Diagnostic::new(&UNDECIDED_TIMER, span, message)
                .also(place, "may be running")
                .also(counts, "goes on as this")
                .help(format!(
                    "give `{}` a value under `context`, or write `{name}: drop` under `timers`",
                    field.name
                ))
        });
    }

    /// Whether it is decided what becomes of timers that no old one goes on as.
    fn new_timers(
        &mut self,
        active: &Configuration,
        target: &Configuration,
        taken: &BTreeSet<TimerId>,
    ) {
        let plan = self.plan;
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

    /// Two timers of the same orders that would go on as one.
    fn merged(&mut self, (one, other): (TimerId, TimerId), next: TimerId) {
        let plan = self.plan;
        let (a, b) = (timer_path(plan.old, one), timer_path(plan.old, other));
        let next = timer_path(plan.new, next);
        let said = plan.timers.get(&other).or_else(|| plan.timers.get(&one));
        let span = said.map_or(self.file.from.span, |said| said.span);
        let places = (plan.old.timers.at(one).span, plan.old.timers.at(other).span);
        self.raise(format!("merged {a} {b}"), || {
            let message = format!("`{next}` goes on for `{a}` and for `{b}` of the same orders");
            Diagnostic::new(&UNDECIDED_TIMER, span, message)
                .also(places.0, "may be running")
                .also(places.1, "may be running along with it")
                .help(format!(
                    "write `{a}: drop` or `{b}: drop`: then it goes on for the other one"
                ))
        });
    }
}

/// What has not been decided of a timer, and what to write; `None` where it is decided.
fn undecided(
    plan: &Plan<'_>,
    (timer, name): (TimerId, &str),
    (decided, next): (Option<TimerAction>, Option<TimerId>),
) -> Option<(String, String)> {
    Some(match (decided, next) {
        (Some(TimerAction::Drop), _) | (Some(_), Some(_)) => return None,
        (Some(_), None) => (
            format!("`{name}` cannot go on: there is no such timer where its orders come to stand"),
            format!("write `{name}: drop`, or name the timer: `{name}: {{ keep: STATE.TIMER }}`"),
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
        (None, None) if plan.runs_somewhere(timer) => (
            format!("`{name}` is gone where some of its orders come to stand"),
            format!(
                "write `{name}: keep` or `restart` under `timers`, and it goes on where it runs and ends for the others; `drop` ends it for all"
            ),
        ),
        (None, None) => (
            format!("`{name}` is gone where its orders come to stand"),
            format!(
                "write `{name}: drop` under `timers`, or name the timer that goes on: `{name}: {{ keep: STATE.TIMER }}`"
            ),
        ),
    })
}
