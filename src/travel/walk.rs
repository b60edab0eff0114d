//! Following orders from configuration to configuration.
//!
//! In: a workflow. Out: a [`Travel`] that says what may follow each configuration.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::done::Done;
use super::taking::{MOST_TOGETHER, Taking, at, attempts, together};
use super::{Cause, MOST, Node, Stand, Travel};
use crate::analysis::{At, Meeting};
use crate::graph::{ActorId, Condition, StateId, TimerId, Trigger, Workflow};
use crate::interpret::outlook::{self, Past};

/// What was active within states that were left, and what was left for states.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorded {
    within: BTreeMap<StateId, BTreeSet<Vec<StateId>>>,
    before: BTreeMap<StateId, BTreeSet<Vec<StateId>>>,
}

impl Past for Recorded {
    fn within(&self, state: StateId) -> Vec<Vec<StateId>> {
        let known = self.within.get(&state).into_iter().flatten();
        known.cloned().collect()
    }

    fn before(&self, state: StateId) -> Vec<Vec<StateId>> {
        let known = self.before.get(&state).into_iter().flatten();
        known.cloned().collect()
    }
}

/// Follows orders, step by step.
pub(super) struct Walk<'w> {
    workflow: &'w Workflow,
    meeting: Meeting<'w>,
    travel: Travel,
    causes: Vec<Cause>,
    done: Done,
    open: VecDeque<usize>,
}

impl<'w> Walk<'w> {
    /// Follows the orders of a workflow: new ones, and those that stand in `kept`.
    pub(super) fn over(workflow: &'w Workflow, kept: &[Stand]) -> Travel {
        let mut walk = Self {
            workflow,
            meeting: Meeting::new(workflow),
            travel: Travel {
                whole: true,
                ..Travel::default()
            },
            causes: outlook::causes(workflow),
            done: Done::of(workflow),
            open: VecDeque::new(),
        };
        walk.beginnings();
        for stand in kept {
            if let Some(at) = walk.visit(stand.clone())
                && let Some(node) = walk.travel.nodes.get_mut(at)
            {
                node.kept = true;
            }
        }
        walk.run();
        walk.travel
    }

    /// Notes a configuration, to be followed once.
    fn visit(&mut self, stand: Stand) -> Option<usize> {
        if let Some(&known) = self.travel.at.get(&stand) {
            return Some(known);
        }
        if self.travel.nodes.len() >= MOST {
            self.travel.whole = false;
            return None;
        }
        let at = self.travel.nodes.len();
        self.travel.at.insert(stand.clone(), at);
        self.travel.nodes.push(Node {
            stand,
            next: BTreeSet::new(),
            rests: false,
            late: false,
            kept: false,
            ends: false,
        });
        self.open.push_back(at);
        Some(at)
    }

    /// Where new orders start.
    fn beginnings(&mut self) {
        let workflow = self.workflow;
        let mut before: Vec<Vec<&Condition>> = Vec::new();
        for branch in &workflow.initial {
            let conditions: Vec<&Condition> = branch.conditions.iter().collect();
            for actor in workflow.actors.ids() {
                let start = branch
                    .target
                    .and_then(|to| outlook::begin(workflow, to, actor));
                let Some(active) = start else { continue };
                let at = At {
                    active: &[],
                    leaf: None,
                    event: None,
                    actor,
                    rested: false,
                };
                if self.can(&at, &conditions, &before) {
                    self.visit(Stand::whole(active));
                }
            }
            before.push(conditions);
        }
    }

    /// Asks the analysis, and counts what stays open.
    fn ask(
        &mut self,
        at: &At<'_>,
        hold: &[&'w Condition],
        fail: &[Vec<&'w Condition>],
    ) -> Option<bool> {
        let answer = self.meeting.can(at, hold, fail);
        self.travel.open += usize::from(answer.is_none());
        answer
    }

    /// Asks the analysis; what stays open counts as possible.
    fn can(&mut self, at: &At<'_>, hold: &[&'w Condition], fail: &[Vec<&'w Condition>]) -> bool {
        self.ask(at, hold, fail).unwrap_or(true)
    }

    fn run(&mut self) {
        loop {
            while let Some(at) = self.open.pop_front() {
                self.follow(at);
            }
            // What was recorded later may be entered again from earlier on.
            let known = self.recorded();
            for at in 0..self.travel.nodes.len() {
                self.follow(at);
            }
            if self.open.is_empty() && self.recorded() == known {
                return;
            }
        }
    }

    fn recorded(&self) -> usize {
        let tables = [&self.travel.recorded.within, &self.travel.recorded.before];
        tables
            .iter()
            .flat_map(|table| table.values())
            .map(BTreeSet::len)
            .sum()
    }

    /// Takes every step out of a configuration.
    fn follow(&mut self, at: usize) {
        let workflow = self.workflow;
        let Some(node) = self.travel.nodes.get(at) else {
            return;
        };
        let (Stand { active, lacking }, kept) = (node.stand.clone(), node.kept);
        let late = node.late;
        if outlook::is_end(workflow, &active) {
            if let Some(node) = self.travel.nodes.get_mut(at) {
                node.rests = true;
            }
            return;
        }
        let forced = self.rests(&active) == Some(false);
        self.step(at, (&active, &lacking), (Trigger::Always, ActorId::SYSTEM));
        if let Some(node) = self.travel.nodes.get_mut(at) {
            // Where an order was put, it stands until something happens.
            node.rests |= !forced;
            if forced && !kept {
                return;
            }
        }
        for index in 0..self.causes.len() {
            if let Some(&cause) = self.causes.get(index)
                && (late || self.done.may_come(workflow, &active, cause))
            {
                self.step(at, (&active, &lacking), cause);
            }
        }
        for timer in outlook::timers_of(workflow, &active) {
            if !lacking.contains(&timer) && self.armed(&active, timer) {
                let cause = (Trigger::Timer(timer), ActorId::SYSTEM);
                self.step(at, (&active, &lacking), cause);
            }
        }
    }

    /// What has come to its end before an automatic transition may be told of behind it.
    fn pass_on(&mut self, from: usize, to: usize) {
        let workflow = self.workflow;
        let late = self
            .travel
            .nodes
            .get(from)
            .is_some_and(|node| node.late || self.done.has_ended(workflow, &node.stand.active));
        if let Some(node) = self
            .travel
            .nodes
            .get_mut(to)
            .filter(|node| late && !node.late)
        {
            node.late = true;
            self.open.push_back(to);
        }
    }

    /// Whether a timer can run here. What armed it may have changed by the time it is due.
    fn armed(&mut self, active: &[StateId], timer: TimerId) -> bool {
        let when: Vec<&Condition> = self.workflow.timers.at(timer).when.iter().collect();
        let leaf = outlook::leaves(self.workflow, active).first().copied();
        let at = At {
            active,
            leaf,
            event: None,
            actor: ActorId::SYSTEM,
            rested: false,
        };
        self.can(&at, &when, &[])
    }

    /// Whether an order can hold still here: no automatic transition need apply. `None` where that stays open.
    fn rests(&mut self, active: &[StateId]) -> Option<bool> {
        let trigger = (Trigger::Always, ActorId::SYSTEM);
        let attempts = attempts(self.workflow, active, trigger, &self.travel.recorded);
        let mut none = Taking::default();
        for attempted in attempts.iter().flatten() {
            none.without(attempted);
        }
        let at = At {
            active,
            leaf: outlook::leaves(self.workflow, active).first().copied(),
            event: None,
            actor: ActorId::SYSTEM,
            rested: false,
        };
        self.ask(&at, &[], &none.fail)
    }

    /// Takes every step that a trigger can cause.
    fn step(
        &mut self,
        from: usize,
        (active, lacking): (&[StateId], &BTreeSet<TimerId>),
        cause: Cause,
    ) {
        let workflow = self.workflow;
        let attempts = attempts(workflow, active, cause, &self.travel.recorded);
        if attempts.iter().all(Vec::is_empty) {
            return;
        }
        let (takings, all) = together(&attempts);
        self.travel.whole &= all;
        let at = at(workflow, active, cause);
        for taking in takings {
            if taking.taken.is_empty() || !self.can(&at, &taking.hold, &taking.fail) {
                continue;
            }
            for landing in outlook::landings(workflow, active, &taking.taken, MOST_TOGETHER) {
                self.record(active, &landing);
                let mut lacking = lacking.clone();
                lacking.retain(|&timer| {
                    let state = workflow.timers.at(timer).state;
                    landing.active.contains(&state) && !landing.left.contains(&state)
                });
                let active = landing.active;
                if let Some(to) = self.visit(Stand { active, lacking })
                    && let Some(node) = self.travel.nodes.get_mut(from)
                {
                    node.next.insert(to);
                    if cause.0 == Trigger::Always {
                        self.pass_on(from, to);
                    }
                }
            }
        }
    }

    /// Records what was active when states were left.
    fn record(&mut self, active: &[StateId], landing: &outlook::Landing) {
        let workflow = self.workflow;
        for &outer in &landing.left {
            if !workflow.states.at(outer).is_atomic() {
                let inner = active.iter().copied();
                let inner = inner.filter(|&id| id != outer && workflow.within(id, outer));
                let known = self.travel.recorded.within.entry(outer).or_default();
                known.insert(inner.collect());
            }
        }
        for (state, left) in &landing.origins {
            let known = self.travel.recorded.before.entry(*state).or_default();
            known.insert(left.clone());
        }
    }
}
