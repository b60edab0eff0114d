//! The smallest change that lets an order take one of several ways.
//!
//! In: how an order stands, the ways that are open but for their guards, and what may change. Out: the
//! moment nearest to the given one in which a way can be taken: the fewest values differ, and each, in
//! the order of their declaration, by as little as can be. It has to be confirmed by a step.

use std::collections::BTreeSet;

use batsat::Lit;

use super::circuit::Found;
use super::encode::{Moving, Who, name_of};
use super::moment::Moment;
use super::query::{MOST_OF_ONE, Query};
use super::space::{Name, Scene};
use crate::graph::{Condition, EventId, StateId, Trigger, Workflow};
use crate::guard::tree::Home;

/// A way that is open but for its guards.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way<'w> {
    /// What has to hold.
    pub(crate) held: Vec<&'w Condition>,
    /// What comes before it in the same row: each is not to hold.
    pub(crate) before: Vec<Vec<&'w Condition>>,
}

impl<'w> Way<'w> {
    /// All that is asked on it.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &'w Condition> {
        self.held
            .iter()
            .chain(self.before.iter().flatten())
            .copied()
    }

    /// Whether its guards let the actor of a moment through.
    pub(crate) fn is_open(&self, workflow: &Workflow, moment: &Moment) -> bool {
        let holds = |conditions: &[&Condition]| {
            moment.holds(workflow, &moment.actor, conditions.iter().copied())
        };
        holds(&self.held) && !self.before.iter().any(|before| holds(before))
    }
}

/// What may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Free {
    /// One field of the order's context.
    Field(usize),
    /// The order's context.
    Context,
    /// What the event brings.
    Event,
    /// What the event brings, and the context.
    Payload,
    /// The settings, what the event brings, and the context.
    Settings,
    /// The id of who acts, and all of the above.
    Actor,
    /// The time alone, which only passes.
    Time,
    /// The same, until no way can be taken any more.
    TimeOut,
}

/// What a search came to.
#[derive(Debug, Clone)]
pub(crate) enum Nearest {
    /// It is proved that there is no such moment.
    Never,
    /// There may be one. What is not calculated exactly is `unsolved`, in its words.
    Perhaps {
        moment: Option<Box<Moment>>,
        /// Whether it is known to be the nearest, where it is one.
        sure: bool,
        unsolved: BTreeSet<String>,
    },
}

impl Free {
    /// Whether the fields of a home may change.
    pub(crate) fn frees(self, home: Home) -> bool {
        match self {
            Self::Field(slot) => self.contains(&name_of(home, slot)),
            _ => self.contains(&name_of(home, 0)),
        }
    }

    /// Whether no other field changes from one moment to another than may.
    pub(crate) fn reaches(self, before: &Moment, after: &Moment) -> bool {
        let Self::Field(free) = self else {
            return true;
        };
        let mut both = before.order.iter().zip(&after.order).enumerate();
        both.all(|(slot, (from, to))| slot == free || from == to)
    }

    /// Whether only time passes.
    fn passes(self) -> bool {
        matches!(self, Self::Time | Self::TimeOut)
    }

    /// What alone may change.
    fn alone(self) -> Option<Moving> {
        match self {
            Self::Field(slot) => Some(Moving::Field(slot)),
            Self::Time | Self::TimeOut => Some(Moving::Time),
            Self::Context | Self::Event | Self::Payload | Self::Settings | Self::Actor => None,
        }
    }

    fn contains(self, name: &Name) -> bool {
        match name {
            Name::Order(slot) => match self {
                Self::Field(free) => *slot == free,
                _ => !self.passes() && self != Self::Event,
            },
            Name::Event(_) => matches!(
                self,
                Self::Event | Self::Payload | Self::Settings | Self::Actor
            ),
            Name::Settings(_) => matches!(self, Self::Settings | Self::Actor),
            Name::ActorId => self == Self::Actor,
            Name::Now => self.passes(),
            _ => false,
        }
    }
}

/// The nearest moment in which one of the ways can be taken, while the order stays where it is; or in which none can
/// ([`Free::TimeOut`]).
/// `source` is an innermost active state.
pub(crate) fn nearest<'w>(
    workflow: &'w Workflow,
    moment: &Moment,
    (source, event): (StateId, Option<EventId>),
    ways: &[Way<'w>],
    free: Free,
) -> Nearest {
    let scene = Scene {
        workflow,
        source: Some(source),
        event,
        actors: workflow.actors.ids().collect(),
        known: Some(moment.active.clone()),
    };
    let rest = automatic(workflow, &moment.active);
    let of_ways = ways.iter().flat_map(Way::conditions);
    let conditions = of_ways.chain(rest.iter().flatten().copied());
    let mut query = Query::new(scene, moment.clone(), conditions);
    query.encoder.still = free.alone().map(|alone| (moment.clone(), alone));
    let mut taken = Vec::new();
    for way in ways {
        let held = query.encoder.holds(way.held.iter().copied(), Who::Actor);
        let mut parts = vec![held];
        for before in &way.before {
            parts.push(!query.encoder.holds(before.iter().copied(), Who::Actor));
        }
        taken.push(query.encoder.space.circuit.all(parts));
    }
    let any = query.encoder.space.circuit.any(taken);
    query.require(any.apply_sign(free != Free::TimeOut));
    // An order that does something by itself is not asked whether its ways are closed.
    for conditions in rest.into_iter().filter(|_| free != Free::TimeOut) {
        let applies = query.encoder.holds(conditions, Who::System);
        query.require(!applies);
    }
    query.leave_children();
    query.most = MOST_OF_ONE;
    let free = hold_still(&mut query, moment, free);
    let moment = match query.search() {
        Found::Nothing => return Nearest::Never,
        Found::GaveUp => {
            let clocks = query.encoder.drifts.values();
            let clocks = clocks.map(|drift| drift.words.clone());
            query.encoder.unsolved.extend(clocks);
            None
        }
        Found::Model => {
            query.fewest(&free);
            query.shrink();
            query.moment().map(Box::new)
        }
    };
    Nearest::Perhaps {
        moment,
        sure: !query.gave_up,
        unsolved: query.encoder.unsolved,
    }
}

/// What the workflow would do by itself: the conditions of each automatic way out of the active states.
fn automatic<'w>(workflow: &'w Workflow, active: &[StateId]) -> Vec<Vec<&'w Condition>> {
    let outgoing = active
        .iter()
        .flat_map(|&id| &workflow.states.at(id).outgoing);
    let rows = outgoing.map(|&id| workflow.rows.at(workflow.transitions.at(id).row));
    let rows = rows.filter(|row| row.trigger == Trigger::Always);
    rows.flat_map(|row| {
        let branches = row.branches.iter();
        branches.map(move |branch| row.conditions.iter().chain(&branch.conditions).collect())
    })
    .collect()
}

/// Keeps everything as it is but for what may change; which of those values differ. No order moves since its site is
/// somewhere else: the zone stays.
fn hold_still(query: &mut Query<'_>, moment: &Moment, free: Free) -> Vec<Lit> {
    let mut differ = Vec::new();
    for name in query.names() {
        if name == Name::Utc {
            let workflow = query.encoder.space.scene.workflow;
            let is_utc = moment.zone(workflow) == crate::time::Zone::default();
            let utc = query.encoder.space.utc();
            query.require(utc.apply_sign(is_utc));
            let here = query.here();
            query.require(here);
            continue;
        }
        let Some(near) = query.near(&name) else {
            continue;
        };
        if name == Name::Now {
            query.require(near.above);
        }
        match free.contains(&name) {
            true => differ.push(!near.same),
            false => query.require(near.same),
        }
    }
    differ
}
