//! One order brought to the new version.
//!
//! In: a [`Plan`] without errors, the settings of the order's site in both versions, the order, and
//! when. Out: the order as it stands then, with what became of its flags and timers, or every reason why
//! it cannot be brought over. No automatic transition is taken and no effect requested on entering: the
//! order has not moved, its workflow has.

use std::collections::{BTreeMap, BTreeSet};

use litemap::LiteMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::children::{self, Counts};
use super::context;
use super::document::TimerAction;
use super::events;
use super::past;
use super::plan::{Astray, Decision, Plan};
use crate::context::{Cells, Value};
use crate::diff;
use crate::document::Restore;
use crate::graph::{FlagId, StateId, TimerId};
use crate::guard::ChildCounts;
use crate::instance::{Instance, PendingEvent, RunningTimer, Site, timer_path};
use crate::interpret::{self, outlook};
use crate::time::Instant;

/// The settings of the order's site, bound in each version.
#[derive(Debug, Clone, Copy)]
pub struct Sites<'a> {
    /// In the old version.
    pub old: &'a Site,
    /// In the new version.
    pub new: &'a Site,
}

/// An order that was brought over.
#[derive(Debug, Clone, PartialEq)]
pub struct Migrated {
    /// As it stands in the new version.
    pub instance: Instance,
    /// Where it was, as [`Instance::status`] says.
    pub from: String,
    /// Where it is.
    pub to: String,
    /// The flags of the old version whose value is another now.
    pub flags: Vec<FlagMove>,
    /// What became of the timers that ran, by their old names, and of new ones that run now.
    pub timers: Vec<(String, TimerFate)>,
    /// What became of the events that waited for their time, by their old names.
    pub events: Vec<(String, EventFate)>,
    /// What is asked of the outside, because flags were let go: effects of the new version.
    pub effects: Vec<String>,
}

/// A flag whose value is another in the new version.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagMove {
    /// Its name.
    pub flag: String,
    /// Before.
    pub before: Value,
    /// After; `None` where the new version has no such flag.
    pub after: Option<Value>,
}

/// What became of a timer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TimerFate {
    /// It is due when it was due.
    Kept,
    /// It began anew.
    Restarted,
    /// It runs no longer.
    Dropped,
    /// It is new, and runs.
    Started,
}

impl TimerFate {
    /// `kept`, `restarted`, `dropped` or `started`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Restarted => "restarted",
            Self::Dropped => "dropped",
            Self::Started => "started",
        }
    }
}

/// What became of an event that waited for its time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventFate {
    /// It comes when it would have come.
    Kept,
    /// It does not come.
    Dropped,
}

impl EventFate {
    /// `kept` or `dropped`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Dropped => "dropped",
        }
    }
}

/// Why an order is not brought over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A state it is in has no mapping.
    #[error("`{state}` has no place in the new version")]
    Homeless {
        /// The state.
        state: String,
    },
    /// The mapped states cannot all be active.
    #[error("an order in `{status}` would be in states that cannot be active together")]
    Impossible {
        /// Where it is.
        status: String,
    },
    /// It would lose a flag that the plan does not let go, or says it keeps.
    #[error("it would lose `{flag}`, {}", if *.kept { "which the plan says it keeps" } else { "which the plan does not let go" })]
    Loses {
        /// The flag.
        flag: String,
        /// Whether the plan says that it is kept.
        kept: bool,
    },
    /// A value does not fit.
    #[error("`{field}`: {problem}")]
    Value {
        /// The new field.
        field: String,
        /// Why.
        problem: String,
    },
    /// A state that it may go back to has no mapping.
    #[error("it may go back to `{state}`, which has no place in the new version")]
    Origin {
        /// The state.
        state: String,
    },
    /// It would go back to where it is.
    #[error("it came from `{state}`, and would go back to where it is")]
    Circle {
        /// The state that it came from.
        state: String,
    },
    /// It would go back into an end.
    #[error("it came from `{state}`, and would go back into the final state `{end}`")]
    Ended {
        /// The state that it came from.
        state: String,
        /// The final state.
        end: String,
    },
    /// What was active within a state has no place in the new version.
    #[error(
        "what was active in `{state}` when it was left has no place in the new version: {problem}"
    )]
    Past {
        /// The state that was left.
        state: String,
        /// Why.
        problem: String,
    },
    /// An event that was raised for later cannot come in the new version.
    #[error("`{event}` was raised for later: {problem}")]
    Pending {
        /// The event.
        event: String,
        /// Why.
        problem: String,
    },
    /// Its children cannot be counted in the new version.
    #[error("children of `{set}`: {problem}")]
    Children {
        /// The set.
        set: String,
        /// Why.
        problem: String,
    },
}

/// Brings an order over. It must have been made under the old version, and the plan must have no error.
///
/// # Errors
/// Every reason why it cannot be brought over.
pub fn apply(
    plan: &Plan<'_>,
    sites: Sites<'_>,
    instance: &Instance,
    now: Instant,
) -> Result<Migrated, Vec<Refused>> {
    apply_counted(plan, sites, (instance, &Counts::new()), now)
}

/// The same, where it is known how children of some sets stand once they are brought over themselves.
///
/// # Errors
/// Every reason why it cannot be brought over.
pub(crate) fn apply_counted(
    plan: &Plan<'_>,
    sites: Sites<'_>,
    (instance, counts): (&Instance, &Counts),
    now: Instant,
) -> Result<Migrated, Vec<Refused>> {
    let mut move_ = Moving {
        plan,
        sites,
        before: instance,
        counts,
        now,
        refused: Vec::new(),
        timers: Vec::new(),
        events: Vec::new(),
    };
    let moved = move_.instance();
    let (flags, effects) = match &moved {
        Some(after) => move_.flags(after),
        None => (Vec::new(), Vec::new()),
    };
    match (moved, move_.refused.is_empty()) {
        (Some(after), true) => Ok(Migrated {
            from: instance.status(plan.old),
            to: after.status(plan.new),
            instance: after,
            flags,
            timers: move_.timers,
            events: move_.events,
            effects,
        }),
        _ => Err(move_.refused),
    }
}

struct Moving<'a, 'w> {
    plan: &'a Plan<'w>,
    sites: Sites<'a>,
    before: &'a Instance,
    counts: &'a Counts,
    now: Instant,
    refused: Vec<Refused>,
    timers: Vec<(String, TimerFate)>,
    events: Vec<(String, EventFate)>,
}

impl Moving<'_, '_> {
    fn instance(&mut self) -> Option<Instance> {
        let plan = self.plan;
        let before = self.before;
        let values = context::moved(plan, &before.context);
        let values = values.unwrap_or_else(|refused| {
            self.refused.extend(refused);
            Cells::new(&plan.new.layout)
        });
        let children = children::moved(plan, &before.children, self.counts);
        let children = children.unwrap_or_else(|refused| {
            self.refused.extend(refused);
            vec![ChildCounts::default(); plan.new.children.len()]
        });
        let target = self.target()?;
        let mut after = Instance {
            sequence: before.sequence,
            entered_at: self.entered(&target),
            pending: self.pending(&target),
            configuration: target,
            context: values,
            children,
            timers: LiteMap::new(),
            spent: BTreeSet::new(),
            suspended: BTreeMap::new(),
            past: past::moved(plan, &before.past, &mut self.refused),
            origins: BTreeMap::new(),
            generations: before.generations,
            updated_at: before.updated_at,
        };
        after.origins = self.origins(&after);
        self.suspended(&mut after);
        let taken = self.old_timers(&mut after);
        self.new_timers(&mut after, &taken);
        Some(after)
    }

    /// Events that were raised for later.
    fn pending(&mut self, target: &[StateId]) -> Vec<PendingEvent> {
        let ends = outlook::is_end(self.plan.new, target);
        let moved = events::moved(self.plan, &self.before.pending, ends);
        self.refused.extend(moved.refused);
        self.events = moved.fates;
        moved.pending
    }

    fn target(&mut self) -> Option<Vec<StateId>> {
        let plan = self.plan;
        let leaves = outlook::leaves(plan.old, &self.before.configuration);
        let homeless = leaves.iter().filter(|leaf| !plan.moves.contains_key(leaf));
        let homeless: Vec<Refused> = homeless
            .map(|&leaf| Refused::Homeless {
                state: plan.old.states.at(leaf).path.clone(),
            })
            .collect();
        let target = plan.target(&self.before.configuration);
        if target.is_none() && homeless.is_empty() {
            let status = diff::status(plan.old, &self.before.configuration);
            self.refused.push(Refused::Impossible { status });
        }
        self.refused.extend(homeless);
        target
    }

    /// When each state was entered: when the state was that it stands for; what is active along with it
    /// is entered now.
    fn entered(&self, target: &[StateId]) -> LiteMap<StateId, Instant> {
        let (plan, before) = (self.plan, self.before);
        let at = |id: StateId| before.entered_at.get(&id).copied();
        let moves = plan.moves_of(&before.configuration);
        let each = target.iter().map(|&id| {
            let mapped = moves.iter().find(|(_, found)| found.to.contains(&id));
            let mapped = mapped.and_then(|(leaf, _)| at(*leaf));
            let path = &plan.new.states.at(id).path;
            let same = || plan.old.state_named(path).and_then(at);
            let outer = || {
                let mut outer = plan.outer.iter();
                outer.find_map(|(&old, &new)| (new == id).then(|| at(old))?)
            };
            let within = || {
                let inner = moves
                    .iter()
                    .filter(|(_, found)| found.to.iter().any(|&to| plan.new.within(to, id)));
                inner.filter_map(|(leaf, _)| at(*leaf)).min()
            };
            let entered = mapped.or_else(same).or_else(outer).or_else(within);
            (id, entered.unwrap_or(self.now))
        });
        each.collect()
    }

    /// What was left for states with a way back: what stands for that in the new version, else what the plan says. An
    /// order that stands in such a state must be able to go back.
    fn origins(&mut self, after: &Instance) -> BTreeMap<StateId, Vec<StateId>> {
        let plan = self.plan;
        let mut found = BTreeMap::new();
        let mut astray: BTreeMap<StateId, Option<Refused>> = BTreeMap::new();
        let places = after.configuration.iter().copied();
        let places = places.filter(|&id| plan.new.states.at(id).leads_back);
        astray.extend(places.map(|place| (place, None)));
        for (&state, left) in &self.before.origins {
            // What was left for a state is told anew where it is entered again.
            let place = plan.counterpart(state);
            let place = place.filter(|_| self.before.is_active(state));
            let Some(place) = place.filter(|id| astray.contains_key(id)) else {
                continue;
            };
            match plan.origin(place, left) {
                Ok(moved) => {
                    astray.remove(&place);
                    found.insert(place, moved);
                }
                Err(why) => _ = astray.insert(place, Some(self.went_astray(why, left))),
            }
        }
        for (place, why) in astray {
            match plan.back(&self.before.configuration) {
                Some(back) => _ = found.insert(place, back.to_vec()),
                // One that has nothing to go back to had nothing before: a complete plan says where others go.
                None => self.refused.extend(why),
            }
        }
        found
    }

    fn went_astray(&self, why: Astray, left: &[StateId]) -> Refused {
        let path = |id: StateId| self.plan.old.states.at(id).path.clone();
        match why {
            Astray::Lost(lost) => Refused::Origin { state: path(lost) },
            Astray::Round => Refused::Circle {
                state: left.first().map_or_else(String::new, |&id| path(id)),
            },
            Astray::Ended(end) => Refused::Ended {
                state: left.first().map_or_else(String::new, |&id| path(id)),
                end: self.plan.new.states.at(end).path.clone(),
            },
        }
    }

    /// Timers of states that were left, where they may go on when those are entered again.
    fn suspended(&self, after: &mut Instance) {
        let plan = self.plan;
        for (&timer, suspended) in &self.before.suspended {
            let old = plan.old.timers.at(timer);
            let decision = plan.timers.get(&timer);
            if decision.is_some_and(|decision| decision.action != TimerAction::Keep) {
                continue;
            }
            let named = decision.and_then(|decision| decision.target);
            let next = named.or_else(|| {
                let place = plan.counterpart(old.state)?;
                let mut timers = plan.new.states.at(place).timers.iter().copied();
                timers.find(|&id| plan.new.timers.at(id).name == old.name)
            });
            let next = next.filter(|&id| {
                let timer = plan.new.timers.at(id);
                timer.restore != Restore::Restart && !after.is_active(timer.state)
            });
            if let Some(next) = next {
                after.suspended.insert(next, *suspended);
            }
        }
    }

    /// Timers of the states that the order was in; returns the new ones that go on for them.
    fn old_timers(&mut self, after: &mut Instance) -> BTreeSet<TimerId> {
        let plan = self.plan;
        let mut taken = BTreeSet::new();
        let all = outlook::timers_of(plan.old, &self.before.configuration);
        let going = all.iter().filter_map(|&timer| {
            let (action, next) = plan.fate(timer, &after.configuration);
            next.filter(|_| action != Some(TimerAction::Drop))
        });
        let going: BTreeSet<TimerId> = going.collect();
        for timer in all {
            let (action, next) = plan.fate(timer, &after.configuration);
            let running = self.before.timers.get(&timer).copied();
            let spent = self.before.spent.contains(&timer);
            let fate = match (action, next) {
                (Some(TimerAction::Keep), Some(next)) => {
                    if let Some(running) = running {
                        after.timers.insert(next, running);
                        TimerFate::Kept
                    } else if spent {
                        after.spent.insert(next);
                        TimerFate::Kept
                    } else if self.arm(after, next, None) {
                        // What kept the old one from running does not keep the new one.
                        TimerFate::Started
                    } else {
                        TimerFate::Kept
                    }
                }
                (Some(TimerAction::Restart), Some(next)) => match self.begin(after, next) {
                    true => TimerFate::Restarted,
                    false => TimerFate::Dropped,
                },
                (_, next) => {
                    // Where another one goes on as it, it runs.
                    after
                        .spent
                        .extend(next.filter(|next| !going.contains(next)));
                    TimerFate::Dropped
                }
            };
            taken.extend(next);
            let path = match (fate, next) {
                (TimerFate::Started, Some(next)) => timer_path(plan.new, next),
                _ => timer_path(plan.old, timer),
            };
            if running.is_some() || matches!(fate, TimerFate::Restarted | TimerFate::Started) {
                self.timers.push((path, fate));
            }
        }
        taken
    }

    /// Timers that no old one goes on as.
    fn new_timers(&mut self, after: &mut Instance, taken: &BTreeSet<TimerId>) {
        let plan = self.plan;
        for timer in outlook::timers_of(plan.new, &after.configuration) {
            if taken.contains(&timer) {
                continue;
            }
            let decision: Option<&Decision> = plan.fresh.get(&timer);
            let started = match decision.map(|decision| decision.action) {
                Some(TimerAction::Restart) => self.begin(after, timer),
                Some(TimerAction::Keep) => self.arm(after, timer, None),
                Some(TimerAction::Drop) | None => {
                    after.spent.insert(timer);
                    false
                }
            };
            if started {
                self.timers
                    .push((timer_path(plan.new, timer), TimerFate::Started));
            }
        }
    }

    /// Begins a timer anew, as if its state were entered now; whether it runs.
    fn begin(&self, after: &mut Instance, timer: TimerId) -> bool {
        self.arm(after, timer, Some(self.now))
    }

    /// Arms a timer that counts from when its state was entered, or from another instant.
    fn arm(&self, after: &mut Instance, timer: TimerId, entered: Option<Instant>) -> bool {
        let new = self.plan.new;
        let mut standing = after.clone();
        if let Some(entered) = entered {
            standing
                .entered_at
                .insert(new.timers.at(timer).state, entered);
        }
        let due = interpret::due_now(new, self.sites.new, &standing, timer, self.now);
        if let Some(due) = due {
            let generation = after.generations;
            after.generations += 1;
            after.timers.insert(timer, RunningTimer { due, generation });
        }
        due.is_some()
    }

    /// What became of the flags, and what is asked because some were let go.
    fn flags(&mut self, after: &Instance) -> (Vec<FlagMove>, Vec<String>) {
        let plan = self.plan;
        let before = interpret::flags(plan.old, self.sites.old, self.before);
        let now = interpret::flags(plan.new, self.sites.new, after);
        let moves = plan.moves_of(&self.before.configuration);
        let (mut changes, mut effects) = (Vec::new(), Vec::new());
        for (flag, was) in before {
            let Some(flag) = flag else { continue };
            let name = &plan.old.flags.at(flag).name;
            let is = now.iter().find_map(|(other, value)| {
                let other = plan.new.flags.at((*other)?);
                (other.name == *name).then(|| value.clone())
            });
            if is.as_ref() == Some(&was) {
                continue;
            }
            let lost = was == Value::Boolean(true);
            if lost {
                effects.extend(self.let_go(flag, &moves));
            }
            changes.push(FlagMove {
                flag: name.clone(),
                before: was,
                after: is,
            });
        }
        effects.dedup();
        (changes, effects)
    }

    /// What is asked because a flag was let go; a refusal where the plan does not let it go.
    fn let_go(&mut self, flag: FlagId, moves: &[(StateId, &super::plan::Move)]) -> Vec<String> {
        let plan = self.plan;
        let kept = moves.iter().any(|(_, found)| found.keep.contains(&flag));
        let released = moves
            .iter()
            .find(|(_, found)| found.release.contains(&flag));
        if let Some((_, found)) = released {
            let effects = found.effects.iter().flatten();
            return effects
                .map(|&id| plan.new.effects.at(id).name.clone())
                .collect();
        }
        if kept || diff::OBLIGATIONS.contains(&flag) {
            let flag = plan.old.flags.at(flag).name.clone();
            self.refused.push(Refused::Loses { flag, kept });
        }
        Vec::new()
    }
}
