//! A plan whose names are resolved: what becomes of each state, timer and field of the old version.

use std::collections::{BTreeMap, BTreeSet};

use super::children::ChildMove;
use super::document::TimerAction;
use crate::context::Value;
use crate::diff::runs_alike;
use crate::graph::{
    ChildSetId, EffectId, EventId, FieldId, FlagId, Kind, StateId, TimerId, Workflow,
};
use crate::instance::{timer_at, timer_path};
use crate::interpret::outlook;
use crate::source::Span;
use crate::travel::Configuration;

/// A plan for two versions. One that [`check`](super::check) found no error in refuses no order that the
/// old version can have made, but for what only the order's site or past can tell.
#[derive(Debug, Clone)]
pub struct Plan<'w> {
    /// The version that orders come from.
    pub old: &'w Workflow,
    /// The version that they come to.
    pub new: &'w Workflow,
    /// By innermost old state, where its orders come to stand.
    pub(super) moves: BTreeMap<StateId, Move>,
    /// By old state with others within, the new state that stands for it.
    pub(super) outer: BTreeMap<StateId, StateId>,
    /// By old state, what the plan says in place of a past of it that has no place.
    pub(super) pasts: BTreeMap<StateId, PastRule>,
    /// The new states whose pasts are entered somewhere.
    pub(super) histories: BTreeSet<StateId>,
    /// By old timer.
    pub(super) timers: BTreeMap<TimerId, Decision>,
    /// By new timer, where no old one goes on as it.
    pub(super) fresh: BTreeMap<TimerId, Decision>,
    /// By old event, what the plan says becomes of one that waits for its time, and where it says so.
    pub(super) events: BTreeMap<EventId, (Fate, Span)>,
    /// By old set of children, what the plan says of it.
    pub(super) children: BTreeMap<ChildSetId, ChildMove>,
    /// One for each new field.
    pub(super) fields: Vec<FieldMove>,
}

/// Where the orders of an innermost state come to stand.
#[derive(Debug, Clone)]
pub(super) struct Move {
    /// The new states.
    pub(super) to: Vec<StateId>,
    /// Flags that are kept, of the old version.
    pub(super) keep: BTreeSet<FlagId>,
    /// Flags that are let go, of the old version.
    pub(super) release: BTreeSet<FlagId>,
    /// What is asked when a flag is let go, of the new version; `None` where nothing is said.
    pub(super) effects: Option<Vec<EffectId>>,
    /// Where a way back takes those that bring no state to go back to, of the new version.
    pub(super) back: Option<Vec<StateId>>,
    /// The mapping in the plan; `None` where the new version has the same state.
    pub(super) span: Option<Span>,
}

/// What a plan says in place of a past.
#[derive(Debug, Clone)]
pub(super) struct PastRule {
    /// New states; none for what is entered where there is no past. `None` where one of them is unknown.
    pub(super) to: Option<Vec<StateId>>,
    /// The mapping that says so.
    pub(super) span: Span,
}

/// Why orders cannot go back to what they left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Astray {
    /// No one state of the new version stands for this old one.
    Lost(StateId),
    /// It would be where they are.
    Round,
    /// It would be this final state, and they did not come from one.
    Ended(StateId),
}

/// What becomes of a timer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decision {
    pub(super) action: TimerAction,
    /// The new timer that goes on for it.
    pub(super) target: Option<TimerId>,
    pub(super) span: Span,
}

/// What becomes of an event that waits for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It comes as this event of the new version.
    As(EventId),
    /// It does not come.
    Drop,
    /// The new version has no event of its name.
    Gone,
    /// The plan names an event that the new version does not have.
    Unknown,
}

/// Where the value of a new field comes from.
#[derive(Debug, Clone)]
pub(super) struct FieldMove {
    pub(super) to: FieldId,
    pub(super) from: Option<FieldId>,
    /// Old values as text, with the new ones; `None` for one that cannot be read, which is an error of the plan.
    pub(super) values: Vec<(String, Option<Value>)>,
    pub(super) default: Option<Value>,
}

impl Plan<'_> {
    /// The configuration that orders come to stand in; `None` where a state has no mapping, or the
    /// mapped states cannot all be active.
    pub(super) fn target(&self, active: &[StateId]) -> Option<Configuration> {
        let leaves = outlook::leaves(self.old, active);
        let mut to = Vec::new();
        for leaf in leaves {
            let found = self.moves.get(&leaf)?;
            if found.to.is_empty() {
                return None;
            }
            to.extend(&found.to);
        }
        to.sort_unstable();
        to.dedup();
        outlook::standing(self.new, &to)
    }

    /// The moves of the innermost states of a configuration.
    pub(super) fn moves_of(&self, active: &[StateId]) -> Vec<(StateId, &Move)> {
        let leaves = outlook::leaves(self.old, active).into_iter();
        leaves
            .filter_map(|leaf| Some((leaf, self.moves.get(&leaf)?)))
            .collect()
    }

    /// The line of a plan that brings orders to all that is active in a configuration: what no other innermost state
    /// comes to goes with the first.
    pub(super) fn whole(&self, moves: &[(StateId, &Move)], target: &[StateId]) -> String {
        let Some(((first, own), others)) = moves.split_first() else {
            return String::new();
        };
        let of_others: Vec<StateId> = others
            .iter()
            .flat_map(|(_, found)| found.to.clone())
            .collect();
        let mut to: Vec<StateId> = own.to.clone();
        let leaves = outlook::leaves(self.new, target).into_iter();
        to.extend(leaves.filter(|&leaf| {
            let known = own.to.iter().chain(&of_others);
            !known.copied().any(|id| self.new.within(leaf, id))
        }));
        let to: Vec<&str> = to
            .iter()
            .map(|&id| self.new.states.at(id).path.as_str())
            .collect();
        format!(
            "write `{}: [{}]`",
            self.old.states.at(*first).path,
            to.join(", ")
        )
    }

    /// The new state for an old one that need not be active: its mapping where that is one state.
    pub(super) fn counterpart(&self, id: StateId) -> Option<StateId> {
        let mapped = self.moves.get(&id).map(|found| found.to.as_slice());
        match mapped {
            Some([only]) => Some(*only),
            Some(_) => None,
            None => self.outer.get(&id).copied(),
        }
    }

    /// What orders that left some states go back to in the new version, from a state of it: the states that stand for
    /// those, where each has one and none is the state itself or an end.
    pub(super) fn origin(&self, place: StateId, left: &[StateId]) -> Result<Vec<StateId>, Astray> {
        let moved = left
            .iter()
            .map(|&id| self.counterpart(id).ok_or(Astray::Lost(id)));
        let mut moved = moved.collect::<Result<Vec<StateId>, Astray>>()?;
        if moved.iter().any(|&id| self.new.within(id, place)) {
            return Err(Astray::Round);
        }
        let is_final =
            |workflow: &Workflow, id: &StateId| workflow.states.at(*id).kind == Kind::Final;
        if let Some(&end) = moved.iter().find(|id| is_final(self.new, id))
            && !left.iter().any(|id| is_final(self.old, id))
        {
            return Err(Astray::Ended(end));
        }
        moved.sort_unstable();
        moved.dedup();
        Ok(moved)
    }

    /// Where the plan says that orders go back to which bring no state to go back to.
    pub(super) fn back(&self, active: &[StateId]) -> Option<&[StateId]> {
        let moves = self.moves_of(active).into_iter();
        moves
            .filter_map(|(_, found)| found.back.as_deref())
            .find(|back| !back.is_empty())
    }

    /// The new timer that goes on for an old one where orders come to stand: the one that the plan
    /// names, else the one of the same name in the state that stands for the old one.
    pub(super) fn successor(&self, timer: TimerId, target: &[StateId]) -> Option<TimerId> {
        let decided = self.timers.get(&timer).and_then(|decision| decision.target);
        let active = |id: &TimerId| target.contains(&self.new.timers.at(*id).state);
        if let Some(named) = decided {
            return Some(named).filter(active);
        }
        let old = self.old.timers.at(timer);
        let state = self.old.states.at(old.state);
        let same = self.new.state_named(&state.path);
        let mapped = self.moves.get(&old.state).map(|found| found.to.as_slice());
        let mapped = mapped.unwrap_or_default().iter().copied();
        let outer = self.outer.get(&old.state).copied();
        let mut places = same.into_iter().chain(mapped).chain(outer);
        places.find_map(|place| {
            let mut timers = self.new.states.at(place).timers.iter().copied();
            timers.find(|id| self.new.timers.at(*id).name == old.name && active(id))
        })
    }

    /// Whether an old timer goes on somewhere, without being named.
    pub(super) fn runs_somewhere(&self, timer: TimerId) -> bool {
        let everywhere: Vec<StateId> = self.new.states.ids().collect();
        self.successor(timer, &everywhere).is_some()
    }

    /// What becomes of an old event that waits for its time: what the plan says, else it comes as the new
    /// event of the same name.
    pub(super) fn event(&self, event: EventId) -> Fate {
        let decided = self.events.get(&event).map(|(fate, _)| *fate);
        decided.unwrap_or_else(|| self.same_event(event))
    }

    /// The new event of the same name.
    pub(super) fn same_event(&self, event: EventId) -> Fate {
        let same = self.new.event_named(&self.old.events.at(event).name);
        same.map_or(Fate::Gone, Fate::As)
    }

    /// What becomes of an old timer where orders come to stand, and the new one that goes on for it. One that goes on
    /// just as it was need not be decided about; where it is not decided about by its own name, what is said of the one
    /// that goes on holds.
    pub(super) fn fate(
        &self,
        timer: TimerId,
        target: &[StateId],
    ) -> (Option<TimerAction>, Option<TimerId>) {
        let next = self.successor(timer, target);
        if let Some(decision) = self.timers.get(&timer) {
            // What goes on where it still runs ends where it does not.
            let ends = next.is_none() && decision.target.is_none();
            if ends && decision.action != TimerAction::Drop && self.runs_somewhere(timer) {
                return (Some(TimerAction::Drop), None);
            }
            // Of one that is dropped nothing goes on: what is said of the new one by its own name holds for itself.
            let own = |next: &TimerId| self.said_of_new(*next).is_some();
            let next = next.filter(|next| decision.action != TimerAction::Drop || !own(next));
            return (Some(decision.action), next);
        }
        let said = next.and_then(|next| self.said_of_new(next));
        let alike = |next: &TimerId| runs_alike((self.old, timer), (self.new, *next));
        let kept = || next.filter(alike).map(|_| TimerAction::Keep);
        (said.map(|decision| decision.action).or_else(kept), next)
    }

    /// What a plan says of a timer by a name that the old version does not have.
    fn said_of_new(&self, timer: TimerId) -> Option<Decision> {
        let said = self.fresh.get(&timer).copied();
        said.filter(|_| timer_at(self.old, &timer_path(self.new, timer)).is_none())
    }

    /// What a plan says of the timer that goes on for an old one by its own name, where that is not what it says of
    /// the old one.
    pub(super) fn contradiction(&self, timer: TimerId, next: TimerId) -> Option<Decision> {
        let said = self.timers.get(&timer)?;
        let other = self.said_of_new(next)?;
        (other.action != said.action).then_some(other)
    }
}
