//! What may come of a configuration, whatever an order carries: the ways of each trigger, and where a
//! microstep leads.
//!
//! In: active states, a trigger, who acts. Out: for each innermost state the [`Prospect`]s in the order
//! in which a step tries them, and the configuration behind those that are taken together. Guards are
//! not asked here: each prospect says which conditions stand before it.

use super::entry::{Entry, Goal, Pasts, Targets, entry_of, goal, inside};
use super::select::{Move, Moves, without_conflicts};
use super::target::sets;
use crate::graph::{
    ActorId, Branch, Condition, Id, Kind, Row, StateId, Target, TimerId, Transition, Trigger,
    Workflow,
};

/// The most combinations of pasts that are followed where a transition leads to several.
const MOST_TOGETHER: usize = 64;

/// A way that a step may take, if its conditions let it.
#[derive(Debug, Clone)]
pub(crate) struct Prospect<'w> {
    /// What has to hold: of the row, and of the branch.
    pub(crate) hold: Vec<&'w Condition>,
    /// What must not hold as a whole: the branches before.
    pub(crate) before: Vec<Vec<&'w Condition>>,
    /// Where it may lead: several where the caller or the past decides. None where it is closed.
    goals: Vec<Option<Goal>>,
    transition: Transition,
    branch: usize,
}

/// All prospects of one transition: the first branch whose conditions hold is the one that counts.
pub(crate) type Attempted<'w> = Vec<Prospect<'w>>;

/// What is known of the past of orders: all that may have been recorded.
pub(crate) trait Past {
    /// What may have been active within a state when it was left, as lists of all descendants.
    fn within(&self, state: StateId) -> Vec<Vec<StateId>>;
    /// The innermost states that may have been left for a state.
    fn before(&self, state: StateId) -> Vec<Vec<StateId>>;
    /// Whether it is that of one order, so that what was never left has no past.
    fn is_whole(&self) -> bool;
}

/// The configuration that an order starts with at a state, where one of these actors may enter it.
pub(crate) fn begin(workflow: &Workflow, at: StateId, actor: ActorId) -> Option<Vec<StateId>> {
    let goal = goal(workflow, StateId::ROOT, Targets::One(at), false);
    let open = is_open(workflow, &[], Some(&goal), (actor, false));
    open.then(|| entered(workflow, &goal).states.into_iter().collect())
}

/// The configuration of an order that stands in several states at once, what is entered along with
/// them included; `None` where an order cannot.
pub(crate) fn standing(workflow: &Workflow, states: &[StateId]) -> Option<Vec<StateId>> {
    let targets = Targets::Several(states.into());
    let goal = goal(workflow, StateId::ROOT, targets, false);
    let entered: Vec<StateId> = entered(workflow, &goal).states.into_iter().collect();
    is_legal(workflow, &entered).then_some(entered)
}

/// What a goal enters, whose pasts are worked out already. A past that a state's own `initial` names is
/// taken as not known.
fn entered(workflow: &Workflow, goal: &Goal) -> Entry {
    entry_of(workflow, Pasts::none(), goal)
}

/// One state of the whole and of each active compound state, all regions of each active parallel state.
fn is_legal(workflow: &Workflow, active: &[StateId]) -> bool {
    let within = |id: StateId| {
        let inner = workflow.states.at(id).children.iter();
        inner.filter(|id| active.binary_search(id).is_ok()).count()
    };
    within(StateId::ROOT) == 1
        && active.iter().all(|&id| match workflow.states.at(id).kind {
            Kind::Atomic | Kind::Final => true,
            Kind::Compound { .. } => within(id) == 1,
            Kind::Parallel => within(id) == workflow.states.at(id).children.len(),
        })
}

/// The innermost of active states, in document order.
pub(crate) fn leaves(workflow: &Workflow, active: &[StateId]) -> Vec<StateId> {
    let active = active.iter().copied();
    active
        .filter(|&id| workflow.states.at(id).is_atomic())
        .collect()
}

/// The transitions that a leaf tries for a trigger, in order, each with its branches.
pub(crate) fn attempts<'w>(
    workflow: &'w Workflow,
    active: &[StateId],
    leaf: StateId,
    (trigger, actor): (Trigger, ActorId),
    past: &dyn Past,
) -> Vec<Attempted<'w>> {
    let chain = std::iter::once(leaf).chain(workflow.ancestors(leaf));
    let transitions = chain.flat_map(|source| &workflow.states.at(source).outgoing);
    let transitions = transitions.map(|&id| *workflow.transitions.at(id));
    let fitting = transitions.filter(|transition| {
        let row = workflow.rows.at(transition.row);
        row.trigger == trigger && row.by.contains(actor)
    });
    fitting
        .map(|transition| attempt(workflow, active, transition, actor, past))
        .collect()
}

fn attempt<'w>(
    workflow: &'w Workflow,
    active: &[StateId],
    transition: Transition,
    actor: ActorId,
    past: &dyn Past,
) -> Attempted<'w> {
    let row = workflow.rows.at(transition.row);
    let mut before: Vec<Vec<&Condition>> = Vec::new();
    let mut attempted = Vec::new();
    for (index, branch) in row.branches.iter().enumerate() {
        let hold = row.conditions.iter().chain(&branch.conditions).collect();
        let targets = targets(workflow, active, transition.source, &branch.target, past);
        let goals = targets.into_iter().map(|found| {
            found.map(|(targets, restores)| {
                let goal = goal(workflow, transition.source, targets, restores);
                match row.internal {
                    true => goal.kept_within(workflow, transition.source),
                    false => goal,
                }
            })
        });
        let sets = sets(row, branch);
        let open = goals.filter(|goal| is_open(workflow, active, goal.as_ref(), (actor, sets)));
        attempted.push(Prospect {
            hold,
            before: before.clone(),
            goals: open.collect(),
            transition,
            branch: index,
        });
        before.push(branch.conditions.iter().collect());
    }
    attempted
}

/// Where a target may lead; `None` within where nothing is left or entered.
fn targets(
    workflow: &Workflow,
    active: &[StateId],
    source: StateId,
    target: &Target,
    past: &dyn Past,
) -> Vec<Option<(Targets, bool)>> {
    match target {
        Target::Stay => vec![None],
        Target::State(id) => vec![Some((Targets::One(*id), false))],
        Target::Choose(ids) => {
            let each = ids.iter().map(|&id| Some((Targets::One(id), false)));
            each.collect()
        }
        Target::Back => {
            let origins = past.before(source).into_iter();
            origins
                .map(|left| Some((Targets::Several(left.into()), true)))
                .collect()
        }
        Target::History {
            state,
            deep,
            otherwise,
        } => {
            let first = match otherwise {
                Some(start) => Targets::of(workflow.starts.at(*start).first.to_vec()),
                None => by_default(workflow, *state),
            };
            let is_left = past.is_whole() && !past.within(*state).is_empty();
            let left = left(workflow, active, (*state, *deep), past);
            let found = (!is_left).then_some(first).into_iter().chain(left);
            found.map(|targets| Some((targets, true))).collect()
        }
        Target::Several(parts) => {
            let mut found: Vec<(Vec<StateId>, bool)> = vec![(Vec::new(), false)];
            for part in parts {
                let each = targets(workflow, active, source, part, past);
                let each: Vec<(Targets, bool)> = each.into_iter().flatten().collect();
                let longer = found.iter().flat_map(|(known, restores)| {
                    each.iter().map(move |(more, past)| {
                        let states = known.iter().chain(more.as_slice()).copied();
                        (states.collect(), *restores || *past)
                    })
                });
                found = longer.take(MOST_TOGETHER).collect();
            }
            let found = found.into_iter();
            found
                .map(|(states, restores)| Some((Targets::of(states), restores)))
                .collect()
        }
        Target::Unresolved => Vec::new(),
    }
}

/// What a history of a state may stand for where the state was left, before or just now.
fn left(
    workflow: &Workflow,
    active: &[StateId],
    (state, deep): (StateId, bool),
    past: &dyn Past,
) -> Vec<Targets> {
    let wanted = |inner: &StateId| match deep {
        true => workflow.states.at(*inner).is_atomic(),
        false => workflow.states.at(*inner).parent == Some(state),
    };
    let here = active.iter().copied();
    let here: Vec<StateId> = here.filter(|&id| inside(workflow, id, state)).collect();
    let here = (!here.is_empty()).then_some(here);
    let known = past.within(state).into_iter().chain(here);
    known
        .map(|left| Targets::Several(left.into_iter().filter(wanted).collect()))
        .collect()
}

fn by_default(workflow: &Workflow, id: StateId) -> Targets {
    let state = workflow.states.at(id);
    match state.kind {
        Kind::Atomic | Kind::Final => Targets::One(id),
        Kind::Compound { .. } => Targets::of(workflow.first(id).to_vec()),
        Kind::Parallel => Targets::Several(state.children.clone()),
    }
}

/// Whether nothing forbids a way: what it enters is neither switched off nor for others alone, and
/// nothing immutable is left or changed.
fn is_open(
    workflow: &Workflow,
    active: &[StateId],
    goal: Option<&Goal>,
    (actor, sets): (ActorId, bool),
) -> bool {
    let entry = goal.map_or_else(Entry::default, |goal| entered(workflow, goal));
    let is_left = |id: StateId| goal.is_some_and(|goal| inside(workflow, id, goal.domain));
    let state = |id: StateId| workflow.states.at(id);
    let mut left = active.iter().filter(|&&id| is_left(id));
    let mut begun = entry.starts.iter();
    let sets = sets
        || left.any(|&id| state(id).exit.sets().next().is_some())
        || begun.any(|(_, start)| !workflow.starts.at(*start).deed.set.is_empty())
        || entry
            .states
            .iter()
            .any(|&id| state(id).enter.sets().next().is_some());
    let mut frozen = active.iter();
    let frozen = frozen.any(|&id| state(id).immutable && (is_left(id) || sets));
    let forbidden = |id: &StateId| {
        let state = workflow.states.at(*id);
        let by = state.enter.by.as_ref();
        state.inactive || by.is_some_and(|by| !by.contains(actor))
    };
    !frozen && !entry.states.iter().any(forbidden)
}

impl Prospect<'_> {
    /// Whether the way is closed, whatever its guards say.
    pub(crate) fn is_closed(&self) -> bool {
        self.goals.is_empty()
    }

    /// What is taken, as the workflow says it.
    pub(crate) fn taken<'w>(&self, workflow: &'w Workflow) -> (&'w Row, Option<&'w Branch>) {
        let row = workflow.rows.at(self.transition.row);
        (row, row.branches.get(self.branch))
    }

    /// The state that the way leads out of.
    pub(crate) fn source(&self) -> StateId {
        self.transition.source
    }
}

/// What a microstep makes of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Landing {
    /// The active states after it.
    pub(crate) active: Vec<StateId>,
    /// The states that were left, ascending.
    pub(crate) left: Vec<StateId>,
    /// States that were entered and have a way `back`, with the innermost states left for them.
    pub(crate) origins: Vec<(StateId, Vec<StateId>)>,
}

/// Where prospects lead that are taken together; several where the caller or the past decides. At most
/// `most` are told.
pub(crate) fn landings(
    workflow: &Workflow,
    active: &[StateId],
    taken: &[&Prospect<'_>],
    most: usize,
) -> Vec<Landing> {
    let mut choices = vec![Moves::new()];
    for prospect in taken {
        let each = choices.into_iter().flat_map(|chosen| {
            prospect.goals.iter().map(move |goal| {
                let mut chosen = chosen.clone();
                chosen.push(Move {
                    transition: prospect.transition,
                    branch: prospect.branch,
                    goal: goal.clone(),
                });
                chosen
            })
        });
        choices = each.take(most).collect();
    }
    choices
        .into_iter()
        .map(|moves| land(workflow, active, without_conflicts(workflow, moves)))
        .collect()
}

fn land(workflow: &Workflow, active: &[StateId], moves: Moves) -> Landing {
    let goals: Vec<Goal> = moves.into_iter().filter_map(|taken| taken.goal).collect();
    let leaves = |id: StateId| goals.iter().any(|goal| inside(workflow, id, goal.domain));
    let (left, mut after): (Vec<StateId>, Vec<StateId>) =
        active.iter().copied().partition(|&id| leaves(id));
    let mut origins = Vec::new();
    for goal in &goals {
        let came: Vec<StateId> = left
            .iter()
            .copied()
            .filter(|&id| inside(workflow, id, goal.domain))
            .collect();
        for id in entered(workflow, goal).states {
            let from: Vec<StateId> = came
                .iter()
                .copied()
                .filter(|&id| workflow.states.at(id).is_atomic())
                .collect();
            if !from.is_empty() && !came.contains(&id) && workflow.states.at(id).leads_back {
                origins.push((id, from));
            }
            after.push(id);
        }
    }
    after.sort_unstable();
    after.dedup();
    Landing {
        active: after,
        left,
        origins,
    }
}

/// The timers of active states.
pub(crate) fn timers_of(workflow: &Workflow, active: &[StateId]) -> Vec<TimerId> {
    let timers = active.iter().flat_map(|&id| &workflow.states.at(id).timers);
    timers.copied().collect()
}

/// Whether an order with these active states has ended.
pub(crate) fn is_end(workflow: &Workflow, active: &[StateId]) -> bool {
    let mut top = active.iter().map(|&id| workflow.states.at(id));
    top.any(|state| state.is_final() && state.parent == Some(StateId::ROOT))
}

/// Whether what happens within a state has come to its end (SCXML, isInFinalState).
pub(crate) fn has_ended(workflow: &Workflow, active: &[StateId], id: StateId) -> bool {
    let state = workflow.states.at(id);
    let mut children = state.children.iter();
    match state.kind {
        Kind::Compound { .. } => children
            .any(|id| workflow.states.at(*id).is_final() && active.binary_search(id).is_ok()),
        Kind::Parallel => children.all(|&id| has_ended(workflow, active, id)),
        Kind::Atomic | Kind::Final => false,
    }
}

/// The events of a workflow with the actors that any of their rows is for.
pub(crate) fn causes(workflow: &Workflow) -> Vec<(Trigger, ActorId)> {
    let mut found = Vec::new();
    for row in workflow.rows.rows() {
        if let Trigger::Event(_) = row.trigger {
            for &actor in &row.by.members {
                if !found.contains(&(row.trigger, actor)) {
                    found.push((row.trigger, actor));
                }
            }
        }
    }
    found.sort_by_key(|(trigger, actor)| match trigger {
        Trigger::Event(event) => (event.index(), actor.index()),
        _ => (usize::MAX, actor.index()),
    });
    found
}
