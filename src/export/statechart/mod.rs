//! A workflow as a statechart of another format: SCXML, and XState's configuration.
//!
//! In: a compiled [`Workflow`]. Out: text, and a finding for whatever the format has no words for. Both
//! formats have one [`Edge`] for each source, branch and chosen target, in document order.

mod ecma;
mod scxml;
mod xstate;

pub use scxml::scxml;
pub use xstate::xstate;

use std::collections::BTreeSet;

use super::rules::LOST_IN_EXPORT;
use crate::context::Value;
use crate::diagnostic::{Diagnostic, Report};
use crate::graph::{
    Amount, Anchor, Assign, Branch, Condition, Delay, EffectId, EventId, Id, Kind, Raise, Row,
    StartId, StateId, Target, Timer, Trigger, Workflow,
};
use crate::source::Span;
use crate::time::Duration;

/// One way out of a state.
struct Edge<'w> {
    row: &'w Row,
    branch: &'w Branch,
    /// The target; a state where the caller chooses it.
    target: Target,
    /// Whether the caller has to name it.
    chosen: bool,
}

impl<'w> Edge<'w> {
    fn conditions(&self) -> impl Iterator<Item = &'w Condition> + use<'w> {
        self.row.conditions.iter().chain(&self.branch.conditions)
    }

    fn sets(&self) -> impl Iterator<Item = &'w Assign> + use<'w> {
        self.row.deed.set.iter().chain(&self.branch.deed.set)
    }

    fn raises(&self) -> impl Iterator<Item = &'w Raise> + use<'w> {
        self.row.deed.raise.iter().chain(&self.branch.deed.raise)
    }

    fn effects(&self) -> impl Iterator<Item = EffectId> + use<'w> {
        self.row
            .deed
            .effects
            .iter()
            .chain(&self.branch.deed.effects)
            .copied()
    }

    fn cancels(&self) -> impl Iterator<Item = EventId> + use<'w> {
        self.row
            .deed
            .cancel
            .iter()
            .chain(&self.branch.deed.cancel)
            .copied()
    }
}

/// What is written, and what is lost.
struct Writer<'w> {
    workflow: &'w Workflow,
    /// Every past that something leads to.
    pasts: Vec<Past>,
    report: Report,
}

impl<'w> Writer<'w> {
    fn new(workflow: &'w Workflow) -> Self {
        let mut writer = Self {
            workflow,
            pasts: pasts(workflow),
            report: Report::new(),
        };
        writer.what_no_statechart_has();
        writer
    }

    /// Notes something that the format has no words for.
    fn lost(&mut self, span: Span, what: impl std::fmt::Display) {
        let message = format!("{what} is lost");
        self.report
            .push(Diagnostic::new(&LOST_IN_EXPORT, span, message));
    }

    fn what_no_statechart_has(&mut self) {
        let workflow = self.workflow;
        for state in workflow.states.rows().iter().skip(1) {
            if state.immutable {
                let what = format!("that `{}` is immutable", state.path);
                self.lost(state.span, what);
            }
            for send in state.enter.deed.send.iter().chain(&state.exit.deed.send) {
                self.lost(send.span, "what is sent to children");
            }
        }
        for row in workflow.rows.rows() {
            for send in &row.deed.send {
                self.lost(send.span, "what is sent to children");
            }
        }
    }

    /// The ways out of a state for a trigger, in document order.
    fn edges(&mut self, state: StateId, wanted: impl Fn(Trigger) -> bool) -> Vec<Edge<'w>> {
        let workflow = self.workflow;
        let mut found = Vec::new();
        for &id in &workflow.states.at(state).outgoing {
            let row = workflow.rows.at(workflow.transitions.at(id).row);
            if !wanted(row.trigger) {
                continue;
            }
            for branch in &row.branches {
                let mut add = |target: Target, chosen: bool| {
                    found.push(Edge {
                        row,
                        branch,
                        target,
                        chosen,
                    });
                };
                match &branch.target {
                    Target::Back => self.lost(branch.target_span, "the way `back`"),
                    Target::Choose(states) => {
                        for &state in states {
                            add(Target::State(state), true);
                        }
                    }
                    target => add(target.clone(), false),
                }
            }
        }
        found.retain(|edge| self.is_open(edge));
        found
    }

    /// Whether an edge leads to states that may be entered by somebody who may take it.
    fn is_open(&mut self, edge: &Edge<'_>) -> bool {
        let workflow = self.workflow;
        let mut states = Vec::new();
        for part in edge.target.parts() {
            if let Target::State(state) | Target::History { state, .. } = part {
                states.extend(workflow.entered_with(*state));
            }
        }
        let entered: BTreeSet<StateId> = states.into_iter().collect();
        let closed = |&id: &StateId| {
            let state = workflow.states.at(id);
            let barred = state.enter.by.as_ref().is_some_and(|by| {
                let mut members = edge.row.by.members.iter();
                !members.any(|&actor| by.contains(actor))
            });
            state.inactive || barred
        };
        !entered.iter().any(closed)
    }

    /// The actors who may take an edge, into its target too.
    fn actors(&self, edge: &Edge<'_>) -> Vec<String> {
        let workflow = self.workflow;
        let mut members = edge.row.by.members.clone();
        for part in edge.target.parts() {
            if let Target::State(state) = part {
                for id in workflow.entered_with(*state) {
                    if let Some(by) = &workflow.states.at(id).enter.by {
                        members.retain(|&actor| by.contains(actor));
                    }
                }
            }
        }
        let names = members.iter();
        names
            .map(|&id| workflow.actors.at(id).name.clone())
            .collect()
    }

    /// When a timer is due after its state was entered, in milliseconds; `None` where that depends on
    /// more than the entry.
    fn after(&mut self, timer: &Timer) -> Option<i64> {
        if timer.due.anchor != Anchor::Entry || !timer.when.is_empty() {
            let what = format!("when the timer `{}` is due", timer.name);
            self.lost(timer.span, what);
            return None;
        }
        let delay = Delay {
            after: timer.due.after,
            millis: 0,
        };
        self.delay(delay, timer.span)
    }

    /// A delay in milliseconds; that of a setting is its default.
    fn delay(&mut self, delay: Delay, span: Span) -> Option<i64> {
        let duration = match delay.after {
            Amount::Literal(duration) => duration,
            Amount::Setting(id) => match self.workflow.settings.at(id).default {
                Some(Value::Duration(duration)) => duration,
                _ => Duration::default(),
            },
        };
        if duration.days != 0 {
            self.lost(span, "that a day is a day of the calendar, not 24 hours,");
        }
        let seconds = i64::try_from(duration.nominal_seconds()).ok()?;
        seconds.checked_mul(1_000)?.checked_add(delay.millis.into())
    }

    /// The events that the end of a state raises, for those who wait for one of them.
    fn ends_with(&self, event: EventId) -> Vec<StateId> {
        let states = self.workflow.states.iter();
        let ending = states.filter(|(_, state)| state.done == Some(event));
        ending.map(|(id, _)| id).collect()
    }

    /// The pasts of a state.
    fn pasts_of(&self, state: StateId) -> Vec<Past> {
        let pasts = self.pasts.iter().copied();
        pasts.filter(|past| past.0 == state).collect()
    }

    /// The id of a state: its path, with `-` where that has a point.
    fn id(&self, state: StateId) -> String {
        self.workflow.states.at(state).path.replace('.', "-")
    }

    /// The id of a past, which no state can have.
    fn past_id(&self, past: Past) -> String {
        let (state, deep, otherwise) = past;
        let depth = if deep { "Deep" } else { "Past" };
        let number = otherwise.map_or(String::new(), |start| start.index().to_string());
        format!("{}-{depth}{number}", self.id(state))
    }

    /// The ids that a target is made of.
    fn target_ids(&self, target: &Target) -> Vec<String> {
        let parts = target.parts().iter().filter_map(|part| match part {
            Target::State(state) => Some(self.id(*state)),
            Target::History {
                state,
                deep,
                otherwise,
            } => Some(self.past_id((*state, *deep, *otherwise))),
            _ => None,
        });
        parts.collect()
    }

    /// The ids that stand for a state without a past: where it begins. A state that begins with its own
    /// past has none here either, so that what stands for that is meant.
    fn ids_without_past(&self, past: Past) -> Vec<String> {
        let workflow = self.workflow;
        let (state, _, otherwise) = past;
        let definition = workflow.states.at(state);
        let ids = |states: &[StateId]| states.iter().map(|&id| self.id(id)).collect();
        match otherwise.or(definition.start) {
            Some(start) => {
                let start = workflow.starts.at(start);
                let own = |part: &Target| matches!(part, Target::History { state: of, .. } if *of == state);
                match start.target.parts().iter().any(own) {
                    true => ids(&start.first),
                    false => self.target_ids(&start.target),
                }
            }
            None if definition.kind == Kind::Parallel => ids(&definition.children),
            None => ids(workflow.first(state)),
        }
    }

    /// Whether the order starts in one top-level state, whatever holds.
    fn plain_start(&self) -> Option<StateId> {
        match self.workflow.initial.as_slice() {
            [only] if only.conditions.is_empty() && only.along.is_empty() => {
                let state = only.target?;
                (self.workflow.states.at(state).depth == 1).then_some(state)
            }
            _ => None,
        }
    }
}

/// A state, how much of its past is entered, and what stands for it where there is none.
type Past = (StateId, bool, Option<StartId>);

/// Every past that something leads to.
fn pasts(workflow: &Workflow) -> Vec<Past> {
    let rows = workflow.rows.rows().iter();
    let of_rows = rows.flat_map(|row| row.branches.iter().map(|branch| &branch.target));
    let of_starts = workflow.starts.rows().iter().map(|start| &start.target);
    let mut found = Vec::new();
    for part in of_rows.chain(of_starts).flat_map(Target::parts) {
        if let Target::History {
            state,
            deep,
            otherwise,
        } = part
        {
            let past = (*state, *deep, *otherwise);
            if !found.contains(&past) {
                found.push(past);
            }
        }
    }
    found
}
