//! Following orders from configuration to configuration.
//!
//! In: a workflow. Out: a [`Travel`] that says what may follow each configuration.

use std::collections::{BTreeSet, VecDeque};

use super::done::Done;
use super::past::{Recorded, Remembered, histories};
use super::taking::{MOST_TOGETHER, Taking, at, attempts, together};
use super::{Cause, MOST, MOST_REMEMBERED, Node, Spot, Stand, Travel};
use crate::analysis::{At, Meeting};
use crate::graph::{ActorId, Condition, StateId, TimerId, Trigger, Workflow};
use crate::interpret::outlook::{self, Attempted, Past};

/// Follows orders, step by step.
pub(super) struct Walk<'w> {
    workflow: &'w Workflow,
    meeting: Meeting<'w>,
    travel: Travel,
    causes: Vec<Cause>,
    done: Done,
    /// The pasts that orders may have, where they are not told apart by theirs.
    recorded: Option<Recorded>,
    histories: BTreeSet<StateId>,
    open: VecDeque<usize>,
}

impl<'w> Walk<'w> {
    /// Follows the orders of a workflow: new ones, and those that stand in `kept`, whose pasts are not known.
    pub(super) fn over(workflow: &'w Workflow, kept: &[Stand]) -> Travel {
        let mut walk = Self::new(workflow, Some(Recorded::default()));
        walk.beginnings();
        for stand in kept {
            if let Some(at) = walk.visit(Spot::at(stand.clone()))
                && let Some(node) = walk.travel.nodes.get_mut(at)
            {
                node.kept = true;
            }
        }
        walk.run();
        let recorded = walk.recorded.map(Recorded::all);
        [walk.travel.left, walk.travel.past] = recorded.unwrap_or_default();
        walk.travel
    }

    /// Follows new orders, each with its past.
    pub(super) fn remembering(workflow: &'w Workflow) -> Travel {
        let mut walk = Self::new(workflow, None);
        walk.beginnings();
        walk.run();
        walk.travel
    }

    fn new(workflow: &'w Workflow, recorded: Option<Recorded>) -> Self {
        Self {
            workflow,
            meeting: Meeting::new(workflow),
            travel: Travel {
                whole: true,
                remembers: recorded.is_none(),
                ..Travel::default()
            },
            causes: outlook::causes(workflow),
            done: Done::of(workflow),
            recorded,
            histories: histories(workflow),
            open: VecDeque::new(),
        }
    }

    /// Notes a configuration, to be followed once.
    fn visit(&mut self, spot: Spot) -> Option<usize> {
        if let Some(&known) = self.travel.at.get(&spot) {
            return Some(known);
        }
        let most = match self.recorded {
            Some(_) => MOST,
            None => MOST_REMEMBERED,
        };
        if self.travel.nodes.len() >= most {
            self.travel.whole = false;
            return None;
        }
        let at = self.travel.nodes.len();
        self.travel.at.insert(spot.clone(), at);
        self.travel.nodes.push(Node {
            spot,
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
                    self.visit(Spot::at(Stand::whole(active)));
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
            let known = self.recorded.as_ref().map(Recorded::len);
            if known.is_none() {
                return;
            }
            for at in 0..self.travel.nodes.len() {
                self.follow(at);
            }
            if self.open.is_empty() && self.recorded.as_ref().map(Recorded::len) == known {
                return;
            }
        }
    }

    /// What an innermost state of an order tries for a cause.
    fn attempts(&self, spot: &Spot, cause: Cause) -> Vec<Vec<Attempted<'w>>> {
        let past: &dyn Past = match &self.recorded {
            Some(recorded) => recorded,
            None => &spot.past,
        };
        attempts(self.workflow, &spot.stand.active, cause, past)
    }

    /// Takes every step out of a configuration.
    fn follow(&mut self, at: usize) {
        let workflow = self.workflow;
        let Some(node) = self.travel.nodes.get(at) else {
            return;
        };
        let (spot, kept, late) = (node.spot.clone(), node.kept, node.late);
        let Stand { active, lacking } = &spot.stand;
        if outlook::is_end(workflow, active) {
            if let Some(node) = self.travel.nodes.get_mut(at) {
                node.rests = true;
            }
            return;
        }
        let forced = self.rests(&spot) == Some(false);
        self.step(at, &spot, (Trigger::Always, ActorId::SYSTEM));
        if let Some(node) = self.travel.nodes.get_mut(at) {
            // Where an order was put, it stands until something happens.
            node.rests |= !forced;
            if forced && !kept {
                return;
            }
        }
        for index in 0..self.causes.len() {
            if let Some(&cause) = self.causes.get(index)
                && (late || self.done.may_come(workflow, active, cause))
            {
                self.step(at, &spot, cause);
            }
        }
        for timer in outlook::timers_of(workflow, active) {
            if !lacking.contains(&timer) && self.armed(active, timer) {
                let cause = (Trigger::Timer(timer), ActorId::SYSTEM);
                self.step(at, &spot, cause);
            }
        }
    }

    /// What has come to its end may be told of behind a step that comes before.
    fn pass_on(&mut self, from: usize, to: usize) {
        let workflow = self.workflow;
        let late = self.travel.nodes.get(from).is_some_and(|node| {
            node.late || self.done.has_ended(workflow, &node.spot.stand.active)
        });
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
    fn rests(&mut self, spot: &Spot) -> Option<bool> {
        let active = &spot.stand.active;
        let mut none = Taking::default();
        let attempts = self.attempts(spot, (Trigger::Always, ActorId::SYSTEM));
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
    fn step(&mut self, from: usize, spot: &Spot, cause: Cause) {
        let workflow = self.workflow;
        let Stand { active, lacking } = &spot.stand;
        let attempts = self.attempts(spot, cause);
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
                let past = match &mut self.recorded {
                    Some(recorded) => {
                        recorded.record(workflow, active, &landing);
                        Remembered::default()
                    }
                    None => spot.past.after(workflow, active, &landing, &self.histories),
                };
                let mut lacking = lacking.clone();
                lacking.retain(|&timer| {
                    let state = workflow.timers.at(timer).state;
                    landing.active.contains(&state) && !landing.left.contains(&state)
                });
                let active = landing.active;
                let stand = Stand { active, lacking };
                if let Some(to) = self.visit(Spot { stand, past })
                    && let Some(node) = self.travel.nodes.get_mut(from)
                {
                    node.next.insert(to);
                    if self.done.may_wait_for(cause) {
                        self.pass_on(from, to);
                    }
                }
            }
        }
    }
}
