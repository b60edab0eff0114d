//! Following orders from configuration to configuration.
//!
//! In: a workflow. Out: a [`Travel`] that says what may follow each configuration, and what leads there for certain.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::sure::{self, Sure};
use super::taking::{MOST_TOGETHER, Taking, together};
use super::{Cause, Certain, MOST, Node, Rest, Stand, Travel};
use crate::analysis::{At, Meeting};
use crate::graph::{ActorId, Condition, StateId, TimerId, Trigger, Workflow};
use crate::interpret::outlook::{self, Attempted, Past};

/// What was active within states that were left, and what was left for states.
#[derive(Default)]
struct Recorded {
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
    recorded: Recorded,
    causes: Vec<Cause>,
    sure: Sure,
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
            recorded: Recorded::default(),
            causes: outlook::causes(workflow),
            sure: Sure::of(workflow),
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
            next: BTreeMap::new(),
            rests: false,
            rest: Rest::Unknown,
            late: false,
            begins: None,
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
                let answer = self.ask(&at, &conditions, &before);
                if answer == Some(false) {
                    continue;
                }
                let asked = conditions.iter().chain(before.iter().flatten());
                let sure = answer.is_some() && sure::can_be_had(asked.copied());
                if let Some(at) = self.visit(Stand::whole(active))
                    && let Some(node) = self.travel.nodes.get_mut(at)
                {
                    let free = conditions.is_empty() && before.is_empty();
                    let begins = sure.then_some(Certain { what: actor, free });
                    node.begins = node
                        .begins
                        .filter(|known| known.free)
                        .or(begins)
                        .or(node.begins);
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
        let tables = [&self.recorded.within, &self.recorded.before];
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
                (node.rests, node.rest) = (true, Rest::Always);
            }
            return;
        }
        let (rests, still) = self.rests(&active);
        let needs = still.iter().flatten().copied();
        let settles = rests == Some(true) && sure::can_be_had(needs);
        let forced = rests == Some(false);
        let always = (Trigger::Always, ActorId::SYSTEM);
        let ways = self.step(
            at,
            (&active, &lacking),
            always,
            (forced || settles).then_some(&[]),
        );
        if forced && ways > 1 {
            self.doubt(at);
        }
        let rest = match rests {
            Some(false) => Rest::Never,
            Some(true) | None if ways == 0 => Rest::Always,
            Some(true) if settles => Rest::Possible,
            Some(true) | None => Rest::Unknown,
        };
        if let Some(node) = self.travel.nodes.get_mut(at) {
            node.rest = rest;
            // Where an order was put, it stands until something happens.
            node.rests |= !forced;
            if forced && !kept {
                return;
            }
        }
        let certain = match rest {
            Rest::Always => Some(&[][..]),
            Rest::Possible => Some(still.as_slice()),
            Rest::Never | Rest::Unknown => None,
        };
        for index in 0..self.causes.len() {
            if let Some(&cause) = self.causes.get(index)
                && (late || self.sure.may_come(workflow, &active, cause))
            {
                self.step(at, (&active, &lacking), cause, certain);
            }
        }
        let timers = outlook::timers_of(workflow, &active);
        for &timer in &timers {
            if !lacking.contains(&timer) && self.armed(&active, timer) {
                let alone = timers.len() == 1 && self.sure.fires(workflow, timer);
                let certain = certain.filter(|_| alone);
                let cause = (Trigger::Timer(timer), ActorId::SYSTEM);
                self.step(at, (&active, &lacking), cause, certain);
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
            .is_some_and(|node| node.late || self.sure.has_ended(workflow, &node.stand.active));
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

    /// Which way is taken from here is not known.
    fn doubt(&mut self, at: usize) {
        let node = self.travel.nodes.get_mut(at);
        for cause in node.into_iter().flat_map(|node| node.next.values_mut()) {
            *cause = None;
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

    /// Whether an order can hold still here: no automatic transition need apply. `None` where that stays open. With
    /// the conditions that decide it.
    fn rests(&mut self, active: &[StateId]) -> (Option<bool>, Vec<Vec<&'w Condition>>) {
        let leaves = outlook::leaves(self.workflow, active);
        let mut none = Taking::default();
        let trigger = (Trigger::Always, ActorId::SYSTEM);
        for &leaf in &leaves {
            let attempts = outlook::attempts(self.workflow, active, leaf, trigger, &self.recorded);
            for attempted in &attempts {
                none.without(attempted);
            }
        }
        let at = At {
            active,
            leaf: leaves.first().copied(),
            event: None,
            actor: ActorId::SYSTEM,
            rested: false,
        };
        let fail = none.fail;
        (self.ask(&at, &[], &fail), fail)
    }

    /// Takes every step that a trigger can cause, and counts them. `certain` says that orders stand so until it comes, as long
    /// as in each of these something does not hold, and that it can come.
    fn step(
        &mut self,
        from: usize,
        (active, lacking): (&[StateId], &BTreeSet<TimerId>),
        (trigger, actor): Cause,
        certain: Option<&[Vec<&'w Condition>]>,
    ) -> usize {
        let workflow = self.workflow;
        let leaves = outlook::leaves(workflow, active);
        let attempts: Vec<Vec<Attempted<'w>>> = leaves
            .iter()
            .map(|&leaf| {
                outlook::attempts(workflow, active, leaf, (trigger, actor), &self.recorded)
            })
            .collect();
        if attempts.iter().all(Vec::is_empty) {
            return 0;
        }
        let (takings, all) = together(&attempts);
        self.travel.whole &= all;
        let at = At {
            active,
            leaf: leaves.first().copied(),
            event: match trigger {
                Trigger::Event(event) => Some(event),
                _ => None,
            },
            actor,
            rested: trigger != Trigger::Always,
        };
        let mut ways = 0;
        for taking in takings {
            if taking.taken.is_empty() {
                continue;
            }
            let answer = self.ask(&at, &taking.hold, &taking.fail);
            if answer == Some(false) {
                continue;
            }
            let certain = certain.filter(|_| answer == Some(true));
            let certain = certain.is_some_and(|still| self.is_certain(&at, &taking, still));
            let free = taking.hold.is_empty() && taking.fail.is_empty() && self.sure.sets_nothing;
            for landing in outlook::landings(workflow, active, &taking.taken, MOST_TOGETHER) {
                ways += 1;
                self.record(active, &landing);
                let certain = certain && sure::is_quiet(workflow, active, &landing);
                let what = (trigger, actor);
                let certain = certain.then_some(Certain { what, free });
                let mut lacking = lacking.clone();
                lacking.retain(|&timer| {
                    let state = workflow.timers.at(timer).state;
                    landing.active.contains(&state) && !landing.left.contains(&state)
                });
                let active = landing.active;
                if let Some(to) = self.visit(Stand { active, lacking })
                    && let Some(node) = self.travel.nodes.get_mut(from)
                {
                    let known = node.next.entry(to).or_default();
                    *known = known.filter(|known| known.free).or(certain).or(*known);
                    if trigger == Trigger::Always {
                        self.pass_on(from, to);
                    }
                }
            }
        }
        ways
    }

    /// Whether an order takes transitions together that can be, and that stands so as long as in each of `still`
    /// something does not hold.
    fn is_certain(
        &mut self,
        at: &At<'_>,
        taking: &Taking<'_, 'w>,
        still: &[Vec<&'w Condition>],
    ) -> bool {
        let asked = taking.hold.iter().chain(taking.fail.iter().flatten());
        let fail = [taking.fail.as_slice(), still].concat();
        sure::can_be_had(asked.copied())
            && self.sure.is_plain(self.workflow, &taking.taken)
            && (still.is_empty() || self.ask(at, &taking.hold, &fail) == Some(true))
    }

    /// Records what was active when states were left.
    fn record(&mut self, active: &[StateId], landing: &outlook::Landing) {
        let workflow = self.workflow;
        for &outer in &landing.left {
            if !workflow.states.at(outer).is_atomic() {
                let inner = active.iter().copied();
                let inner = inner.filter(|&id| id != outer && workflow.within(id, outer));
                let known = self.recorded.within.entry(outer).or_default();
                known.insert(inner.collect());
            }
        }
        for (state, left) in &landing.origins {
            let known = self.recorded.before.entry(*state).or_default();
            known.insert(left.clone());
        }
    }
}
