//! Events that an order raises within a step, each setting off what raises the next, without end.

use std::collections::{BTreeSet, VecDeque};

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{
    ActorId, Branch, Hook, Kind, Raise, Row, StateId, Target, Transition, Trigger, Workflow,
};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "cycle-of-raised-events",
    level: Level::Error,
    page: include_str!("cycle-of-raised-events.md"),
};

/// So many microsteps are followed. A step with so many is given up.
const MOST: usize = 1_000;

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    // A row that is missing may be the one that ends it.
    if !facts.complete() || facts.workflow.raises().all(|raise| raise.after.is_some()) {
        return;
    }
    let mut told = BTreeSet::new();
    for course in starts(facts) {
        let Some(round) = course.without_end() else {
            continue;
        };
        // An event does the same in the same state, wherever it was raised: one that is told is not told again.
        let passed = round.iter().map(|passed| (passed.raise.event, passed.leaf));
        let passed: Vec<_> = passed.collect();
        if passed.iter().all(|event| !told.contains(event)) {
            report.push(describe(facts, &round));
        }
        told.extend(passed);
    }
}

fn describe(facts: &Facts<'_>, round: &[Passed<'_>]) -> Diagnostic {
    let name = |raise: &Raise| &facts.workflow.events.at(raise.event).name;
    let (span, message, label) = match round.first() {
        Some(first) => (
            first.raise.span,
            format!(
                "the event `{}` in `{}` raises itself without end",
                name(first.raise),
                facts.path(first.leaf)
            ),
            format!("comes in `{}`", facts.path(first.leaf)),
        ),
        None => Default::default(),
    };
    let mut finding = Diagnostic::new(&RULE, span, message).label(label);
    let mut shown = BTreeSet::from([span]);
    for passed in round
        .iter()
        .filter(|passed| shown.insert(passed.raise.span))
        .take(4)
    {
        let text = format!("comes in `{}`", facts.path(passed.leaf));
        finding = finding.also(passed.raise.span, text);
    }
    finding.help("give one of them a guard that the others end, or raise it for later (`after:`)")
}

/// An event as it was raised, and the state that it came in.
#[derive(Clone, Copy)]
struct Passed<'a> {
    raise: &'a Raise,
    leaf: StateId,
}

/// A guard decides.
struct Undecided;

/// An order within a step, followed for as long as nothing but the file decides how it goes on.
struct Course<'f, 'a> {
    facts: &'f Facts<'a>,
    leaf: StateId,
    raised: VecDeque<&'a Raise>,
}

/// The steps of which some order makes the first microstep, as far as that raises events.
fn starts<'f, 'a>(facts: &'f Facts<'a>) -> Vec<Course<'f, 'a>> {
    let workflow = facts.workflow;
    let mut found = Vec::new();
    let mut add = |carried: Option<(StateId, Vec<&'a Raise>)>| {
        if let Some((leaf, raised)) = carried.filter(|(_, raised)| !raised.is_empty()) {
            found.push(Course {
                facts,
                leaf,
                raised: raised.into(),
            });
        }
    };
    // What is done on the way to where orders start comes first, and is not followed.
    let is_plain = workflow.states.at(StateId::ROOT).start.is_none();
    let initial = workflow.initial.iter().filter(|_| is_plain).enumerate();
    for (index, start) in initial {
        let target = start.target.filter(|_| start.along.is_empty());
        if let Some(to) = target.filter(|_| !facts.ways.start(index).is_empty()) {
            add(entered(workflow, StateId::ROOT, to).and_then(|entered| {
                let raised = hooks(workflow, &entered, |state| &state.enter)?;
                Some((*entered.last()?, raised))
            }));
        }
    }
    for &transition in workflow.transitions.rows() {
        let source = transition.source;
        if !workflow.states.at(source).is_atomic() || !facts.reachable.at(source) {
            continue;
        }
        let row = workflow.rows.at(transition.row);
        for (index, branch) in row.branches.iter().enumerate() {
            if !facts.ways.is_never(transition.id, index) {
                let carried = carry(facts, source, transition, (row, branch));
                add(carried.map(|(_, leaf, raised)| (leaf, raised)));
            }
        }
    }
    found
}

impl<'a> Course<'_, 'a> {
    /// The events that go round, where the step never ends; `None` where it does, or nobody knows.
    fn without_end(mut self) -> Option<Vec<Passed<'a>>> {
        let mut passed: Vec<Passed<'a>> = Vec::new();
        for _ in 0..MOST {
            if self.facts.workflow.states.at(self.leaf).is_final() {
                return None;
            }
            let transition = match self.set_off(Trigger::Always).ok()? {
                Some(transition) => transition,
                None => loop {
                    let raise = self.raised.pop_front()?;
                    let leaf = self.leaf;
                    let set_off = self.set_off(Trigger::Event(raise.event)).ok()?;
                    if let Some(transition) = set_off {
                        passed.push(Passed { raise, leaf });
                        break transition;
                    }
                },
            };
            self.take(transition)?;
        }
        let last = passed.last()?;
        let same =
            |other: &Passed<'_>| other.raise.span == last.raise.span && other.leaf == last.leaf;
        let before = passed.iter().rev().skip(1).position(same)?;
        let mut round = passed.split_off(passed.len() - 1 - before);
        round.rotate_right(1);
        Some(round)
    }

    /// What a trigger sets off.
    fn set_off(&self, trigger: Trigger) -> Result<Option<Transition>, Undecided> {
        let workflow = self.facts.workflow;
        for source in std::iter::once(self.leaf).chain(workflow.ancestors(self.leaf)) {
            for &id in workflow.dispatch.transitions(source, trigger) {
                let transition = *workflow.transitions.at(id);
                let row = workflow.rows.at(transition.row);
                if !row.by.contains(ActorId::SYSTEM) {
                    continue;
                }
                let branch = row.branches.first().ok_or(Undecided)?;
                return match row.conditions.is_empty() && branch.conditions.is_empty() {
                    true => Ok(Some(transition)),
                    false => Err(Undecided),
                };
            }
        }
        Ok(None)
    }

    /// Takes the first branch of a transition; `None` where it may be closed, or leads who knows where.
    fn take(&mut self, transition: Transition) -> Option<()> {
        let facts = self.facts;
        let row = facts.workflow.rows.at(transition.row);
        let branch = row.branches.first()?;
        let is_open = facts.ways.branch(transition.id, 0) == Sites::ALL;
        let (entered, leaf, raised) = carry(facts, self.leaf, transition, (row, branch))?;
        let may_enter = |&id: &StateId| {
            let by = facts.workflow.states.at(id).enter.by.as_ref();
            by.is_none_or(|by| by.contains(ActorId::SYSTEM))
        };
        if !is_open || !entered.iter().all(may_enter) {
            return None;
        }
        self.leaf = leaf;
        self.raised.extend(raised);
        Some(())
    }
}

/// What a transition enters, where it ends and what it raises; `None` where the file alone does not tell.
fn carry<'a>(
    facts: &Facts<'a>,
    leaf: StateId,
    transition: Transition,
    (row, branch): (&'a Row, &'a Branch),
) -> Option<(Vec<StateId>, StateId, Vec<&'a Raise>)> {
    let workflow = facts.workflow;
    let is_parallel = |id: StateId| workflow.states.at(id).kind == Kind::Parallel;
    if *facts.immutable.at(leaf) || workflow.ancestors(leaf).any(is_parallel) {
        return None;
    }
    let own = row.deed.raise.iter().chain(&branch.deed.raise);
    let own = own.filter(|raise| raise.after.is_none());
    let to = match branch.target {
        Target::Stay => return Some((Vec::new(), leaf, own.collect())),
        Target::State(to) => to,
        _ => return None,
    };
    let source = transition.source;
    let around = |outer: &StateId| workflow.within(to, *outer) && to != *outer;
    let domain = match row.internal && around(&source) {
        true => source,
        false => workflow
            .ancestors(source)
            .find(around)
            .unwrap_or(StateId::ROOT),
    };
    let inside = |id: &StateId| *id != domain && workflow.within(*id, domain);
    let left = std::iter::once(leaf)
        .chain(workflow.ancestors(leaf))
        .filter(inside);
    let left: Vec<StateId> = left.collect();
    let entered = entered(workflow, domain, to)?;
    let mut raised = hooks(workflow, &left, |state| &state.exit)?;
    raised.extend(own);
    raised.extend(hooks(workflow, &entered, |state| &state.enter)?);
    let last = *entered.last()?;
    Some((entered, last, raised))
}

/// The states that are entered on the way to one and further in, the outermost first.
fn entered(workflow: &Workflow, domain: StateId, to: StateId) -> Option<Vec<StateId>> {
    let ancestors = workflow.ancestors(to).take_while(|&id| id != domain);
    let mut entered: Vec<StateId> = ancestors.collect();
    entered.reverse();
    entered.push(to);
    loop {
        let last = workflow.states.at(*entered.last()?);
        match last.kind {
            Kind::Compound { initial } if last.start.is_none() => entered.push(initial),
            Kind::Atomic => return Some(entered),
            // An end within a state raises its event.
            Kind::Final if last.depth == 1 => return Some(entered),
            _ => return None,
        }
    }
}

/// What hooks raise within the step; `None` where guards decide.
fn hooks<'a>(
    workflow: &'a Workflow,
    states: &[StateId],
    hook: impl Fn(&'a crate::graph::State) -> &'a Hook,
) -> Option<Vec<&'a Raise>> {
    let mut raised = Vec::new();
    for &id in states {
        let hook = hook(workflow.states.at(id));
        let at_once = |raise: &&Raise| raise.after.is_none();
        let mut branches = hook.branches.iter().flat_map(|(_, deed)| &deed.raise);
        if branches.any(|raise| raise.after.is_none()) {
            return None;
        }
        raised.extend(hook.deed.raise.iter().filter(at_once));
    }
    Some(raised)
}
