//! Where a transition leads, and which states that enters (SCXML, getTransitionDomain,
//! getEffectiveTargetStates and computeEntrySet).
//!
//! In: a source and targets. Out: a [`Goal`], and an [`Entry`]: the states to enter in document order
//! (the targets, what is entered within them by default, the states around them up to the domain, and
//! the other regions of parallel states), with what is done on the way to the first of them.

use smallvec::SmallVec;
use thin_vec::ThinVec;

use crate::graph::{Kind, StartId, StateId, Target, Workflow};
use crate::instance::Instance;

/// Where a transition leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goal {
    pub(super) targets: Targets,
    /// The state within which states are left and entered; it stays active itself (SCXML,
    /// getTransitionDomain).
    pub(super) domain: StateId,
    /// Whether it leads to the order's past, so that timers are restored.
    pub(super) restores: bool,
    /// The targets as written where a past is among them: it is looked up again once states are left.
    pub(super) pasts: ThinVec<Target>,
}

/// The states that a transition names once everything is resolved; nearly always one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Targets {
    One(StateId),
    Several(ThinVec<StateId>),
}

impl Targets {
    pub(super) fn as_slice(&self) -> &[StateId] {
        match self {
            Self::One(state) => std::slice::from_ref(state),
            Self::Several(states) => states,
        }
    }

    pub(super) fn of(states: Vec<StateId>) -> Self {
        match states.as_slice() {
            [one] => Self::One(*one),
            _ => Self::Several(states.into()),
        }
    }
}

/// The goal of leaving `source` for `targets`.
pub(super) fn goal(workflow: &Workflow, source: StateId, targets: Targets, restores: bool) -> Goal {
    let around_all = |outer: StateId| {
        let mut targets = targets.as_slice().iter();
        targets.all(|&target| inside(workflow, target, outer))
    };
    let compound = |id: &StateId| matches!(workflow.states.at(*id).kind, Kind::Compound { .. });
    let mut outers = workflow.ancestors(source).filter(compound);
    let domain = outers.find(|&outer| around_all(outer));
    Goal {
        domain: domain.unwrap_or(StateId::ROOT),
        targets,
        restores,
        pasts: ThinVec::new(),
    }
}

impl Goal {
    /// The one state that is entered, where that can be seen at once.
    pub(super) fn lone(&self, workflow: &Workflow) -> Option<StateId> {
        let (Targets::One(target), true) = (&self.targets, self.pasts.is_empty()) else {
            return None;
        };
        let state = workflow.states.at(*target);
        (state.is_atomic() && state.parent == Some(self.domain)).then_some(*target)
    }

    /// The goal of a transition that keeps its source, where that has states within and all targets
    /// are among them.
    pub(super) fn kept_within(mut self, workflow: &Workflow, source: StateId) -> Self {
        let mut targets = self.targets.as_slice().iter();
        let all = targets.all(|&target| inside(workflow, target, source));
        if all && matches!(workflow.states.at(source).kind, Kind::Compound { .. }) {
            self.domain = source;
        }
        self
    }
}

/// What an order remembers of a state.
#[derive(Clone, Copy)]
pub(super) struct Pasts<'a> {
    /// `None` where nothing is remembered.
    instance: Option<&'a Instance>,
    /// Where states are about to be left, their past is what is active in them now (SCXML records
    /// histories before it enters states).
    leaving: Option<StateId>,
}

impl<'a> Pasts<'a> {
    /// What was recorded.
    pub(super) fn recorded(instance: &'a Instance) -> Self {
        Self {
            instance: Some(instance),
            leaving: None,
        }
    }

    /// Nothing: every state is entered as if it were never left.
    pub(super) fn none() -> Self {
        Self {
            instance: None,
            leaving: None,
        }
    }

    /// What will have been recorded once a goal's states are left.
    pub(super) fn before(instance: &'a Instance, goal: &Goal) -> Self {
        Self {
            instance: Some(instance),
            leaving: Some(goal.domain),
        }
    }

    /// What a history of a state stands for; `None` where it never was left.
    fn of(&self, workflow: &Workflow, state: StateId, deep: bool) -> Option<Vec<StateId>> {
        let wanted = |&inner: &StateId| match deep {
            true => workflow.states.at(inner).is_atomic(),
            false => workflow.states.at(inner).parent == Some(state),
        };
        let instance = self.instance?;
        let left = self.leaving;
        if left.is_some_and(|outer| inside(workflow, state, outer)) && instance.is_active(state) {
            let active = instance.configuration.iter().copied();
            let within = active.filter(|&id| inside(workflow, id, state));
            return Some(within.filter(wanted).collect());
        }
        let left = instance.past.get(&state)?;
        Some(left.iter().copied().filter(wanted).collect())
    }
}

/// The states that targets stand for (SCXML, getEffectiveTargetStates).
pub(super) fn effective(workflow: &Workflow, pasts: Pasts<'_>, target: &Target) -> Vec<StateId> {
    let mut found = Vec::new();
    for part in target.parts() {
        match part {
            Target::State(state) => found.push(*state),
            Target::History {
                state,
                deep,
                otherwise,
            } => match (pasts.of(workflow, *state, *deep), otherwise) {
                (Some(left), _) => found.extend(left),
                (None, Some(start)) => {
                    let target = &workflow.starts.at(*start).target;
                    found.extend(effective(workflow, pasts, target));
                }
                (None, None) => found.extend(without_past(workflow, pasts, *state)),
            },
            _ => {}
        }
    }
    found
}

/// What is entered within a state that was never left.
fn without_past(workflow: &Workflow, pasts: Pasts<'_>, id: StateId) -> Vec<StateId> {
    let state = workflow.states.at(id);
    match (state.kind, state.start) {
        (Kind::Atomic | Kind::Final, _) => vec![id],
        (Kind::Compound { .. }, Some(start)) => {
            effective(workflow, pasts, &workflow.starts.at(start).target)
        }
        (Kind::Compound { initial }, None) => vec![initial],
        (Kind::Parallel, _) => state.children.to_vec(),
    }
}

/// A few states: those of one step are most often one or two.
pub(super) type Few = SmallVec<[StateId; 4]>;

/// What a goal enters.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The states, in document order.
    pub(super) states: Few,
    /// What is done once a state is entered, on the way to the first states within.
    pub(super) starts: Vec<(StateId, StartId)>,
}

impl Entry {
    fn add(&mut self, state: StateId) {
        if let Err(place) = self.states.binary_search(&state) {
            self.states.insert(place, state);
        }
    }
}

/// The states that a goal enters.
pub(super) fn entry_of(workflow: &Workflow, pasts: Pasts<'_>, goal: &Goal) -> Entry {
    let mut entering = Entering {
        workflow,
        pasts,
        entry: Entry::default(),
    };
    if goal.pasts.is_empty() {
        let targets = goal.targets.as_slice();
        for &target in targets {
            entering.descend(target);
        }
        for &target in targets {
            entering.ascend(target, goal.domain);
        }
    } else {
        goal.pasts.iter().for_each(|part| entering.aim(part));
        for part in &goal.pasts {
            for target in effective(workflow, pasts, part) {
                entering.ascend(target, goal.domain);
            }
        }
    }
    entering.entry
}

struct Entering<'a> {
    workflow: &'a Workflow,
    pasts: Pasts<'a>,
    entry: Entry,
}

impl Entering<'_> {
    /// Adds a target and what is entered within it (SCXML, addDescendantStatesToEnter).
    fn aim(&mut self, target: &Target) {
        match target {
            Target::State(state) => self.descend(*state),
            Target::History {
                state,
                deep,
                otherwise,
            } => match (self.pasts.of(self.workflow, *state, *deep), otherwise) {
                (Some(left), _) => {
                    for &inner in &left {
                        self.descend(inner);
                    }
                    for &inner in &left {
                        self.ascend(inner, *state);
                    }
                }
                (None, Some(start)) => self.start(*state, *start),
                (None, None) => self.begin(*state),
            },
            Target::Several(parts) => parts.iter().for_each(|part| self.aim(part)),
            _ => {}
        }
    }

    /// Adds what is entered within a state by default, but not the state itself, which may be active.
    fn begin(&mut self, id: StateId) {
        let state = self.workflow.states.at(id);
        match (state.kind, state.start) {
            (Kind::Atomic | Kind::Final, _) => self.descend(id),
            (Kind::Parallel, _) => state.children.iter().for_each(|&child| self.descend(child)),
            (Kind::Compound { .. }, Some(start)) => self.start(id, start),
            (Kind::Compound { initial }, None) => self.descend(initial),
        }
    }

    /// Adds a state and what is entered within it by default.
    fn descend(&mut self, id: StateId) {
        self.entry.add(id);
        let state = self.workflow.states.at(id);
        match (state.kind, state.start) {
            (Kind::Atomic | Kind::Final, _) => {}
            (Kind::Parallel, _) => self.complete(id),
            (Kind::Compound { .. }, Some(start)) => self.start(id, start),
            (Kind::Compound { initial }, None) => self.descend(initial),
        }
    }

    /// Adds what is entered first within a state.
    fn start(&mut self, within: StateId, id: StartId) {
        self.entry.starts.push((within, id));
        let target = &self.workflow.starts.at(id).target;
        self.aim(target);
        for inner in effective(self.workflow, self.pasts, target) {
            self.ascend(inner, within);
        }
    }

    /// Adds the states around one, up to another (SCXML, addAncestorStatesToEnter).
    fn ascend(&mut self, inner: StateId, outermost: StateId) {
        let workflow = self.workflow;
        let outers = workflow.ancestors(inner);
        for outer in outers.take_while(|&outer| outer != outermost) {
            self.entry.add(outer);
            if workflow.states.at(outer).kind == Kind::Parallel {
                self.complete(outer);
            }
        }
    }

    /// Adds the regions of a parallel state of which nothing is entered yet.
    fn complete(&mut self, parallel: StateId) {
        for &region in &self.workflow.states.at(parallel).children {
            let last = self.workflow.states.at(region).last;
            let next = self.entry.states.partition_point(|&state| state < region);
            if self
                .entry
                .states
                .get(next)
                .is_none_or(|&state| state > last)
            {
                self.descend(region);
            }
        }
    }
}

/// Whether a state lies strictly within another.
pub(super) fn inside(workflow: &Workflow, inner: StateId, outer: StateId) -> bool {
    inner != outer && workflow.within(inner, outer)
}
