//! What is known of an order where a row is asked for.
//!
//! In: a row's place in the workflow. Out: the [`Scene`] in which its guards are evaluated, the
//! situation of a new order there, and what an order at rest tells: no automatic transition of its
//! states applies.

use super::demand::Demand;
use super::encode::Who;
use super::moment::{Moment, start, zero};
use super::space::Scene;
use crate::context::Actor;
use crate::graph::{ActorId, Condition, Kind, Row, StateId, Target, Trigger, Workflow};
use crate::guard::{ChildCounts, Guard, Reads};

impl<'w> Scene<'w> {
    /// The start of an order.
    pub(super) fn beginning(workflow: &'w Workflow) -> Self {
        Self {
            workflow,
            source: None,
            event: None,
            actors: workflow.actors.ids().collect(),
            known: None,
        }
    }

    /// A row in one of its sources.
    pub(super) fn of_row(workflow: &'w Workflow, row: &Row, source: StateId) -> Self {
        let event = match row.trigger {
            Trigger::Event(event) => Some(event),
            Trigger::Always | Trigger::Timer(_) => None,
        };
        Self {
            workflow,
            source: Some(source),
            event,
            actors: row.by.members.iter().copied().collect(),
            known: None,
        }
    }

    /// What the workflow does by itself in a state.
    pub(super) fn within(workflow: &'w Workflow, source: StateId) -> Self {
        Self {
            workflow,
            source: Some(source),
            event: None,
            actors: [ActorId::SYSTEM].into_iter().collect(),
            known: None,
        }
    }
}

/// A new order as it would stand in a scene.
pub(super) fn base(scene: &Scene<'_>) -> Moment {
    let workflow = scene.workflow;
    let order = workflow.fields.rows().iter();
    let order = order.map(|field| match (&field.default, field.required) {
        (None, true) => Some(zero(&field.ty)),
        (default, _) => default.clone(),
    });
    let settings = workflow.settings.rows().iter();
    let settings = settings.map(|setting| {
        let bound = setting.min.clone().or_else(|| setting.max.clone());
        let value = setting.default.clone().or(bound);
        value.unwrap_or_else(|| zero(&setting.ty))
    });
    let payload = scene
        .event
        .map(|event| workflow.events.at(event).payload.as_slice());
    let event = payload.unwrap_or_default().iter();
    let event = event.map(|field| (!field.optional).then(|| zero(&field.ty)));
    let role = scene.actors.first().copied().unwrap_or(ActorId::SYSTEM);
    Moment {
        order: order.collect(),
        settings: settings.collect(),
        event: event.collect(),
        actor: Actor::new(workflow.actors.at(role).name.clone()),
        children: vec![ChildCounts::default(); workflow.children.len()],
        now: start(),
        active: match (&scene.known, scene.source) {
            (Some(known), _) => known.clone(),
            (None, Some(source)) => workflow.entered_with(source),
            (None, None) => Vec::new(),
        },
        of: scene.event,
    }
}

/// What holds of an order at rest in a state: that no automatic transition applies which would surely
/// be taken. What depends on the time, on the settings or on the zone may have changed since.
pub(super) fn at_rest(workflow: &Workflow, source: StateId) -> Vec<Demand<'_>> {
    still(workflow, source, is_lasting)
}

/// The same where the settings, and with them the zone, stay as they are.
pub(super) fn at_rest_on_a_site(workflow: &Workflow, source: StateId) -> Vec<Demand<'_>> {
    still(workflow, source, |condition| {
        let guard = condition.guard.as_ref();
        guard.is_some_and(|guard| !guard.reads().now)
    })
}

/// That no automatic transition applies whose conditions are lasting.
fn still(
    workflow: &Workflow,
    source: StateId,
    is_lasting: impl Fn(&Condition) -> bool,
) -> Vec<Demand<'_>> {
    let mut demands = Vec::new();
    let around = || workflow.ancestors(source).chain([source]);
    let is_apart = |id| {
        let state = workflow.states.at(id);
        let parent = state.parent.map(|parent| workflow.states.at(parent).kind);
        state.immutable || parent == Some(Kind::Parallel)
    };
    if around().any(is_apart) {
        return demands;
    }
    for state in around() {
        for &id in &workflow.states.at(state).outgoing {
            let row = workflow.rows.at(workflow.transitions.at(id).row);
            if row.trigger != Trigger::Always || !surely_taken(workflow, row) {
                continue;
            }
            for branch in &row.branches {
                let conditions: Vec<&Condition> =
                    row.conditions.iter().chain(&branch.conditions).collect();
                if conditions.iter().all(|&condition| is_lasting(condition)) {
                    demands.push(Demand {
                        who: Who::System,
                        ..Demand::fail(conditions)
                    });
                }
            }
        }
    }
    demands
}

/// Whether nothing but its guards can keep a row from being taken: no choice of the caller, no past
/// that may be missing, no state that not everybody may enter.
pub(super) fn surely_taken(workflow: &Workflow, row: &Row) -> bool {
    row.branches.iter().all(|branch| match &branch.target {
        Target::Stay => true,
        Target::State(id) => workflow.entered_with(*id).iter().all(|&id| {
            let state = workflow.states.at(id);
            !state.inactive && state.enter.by.is_none()
        }),
        _ => false,
    })
}

/// Whether what a condition says changes by steps of the order alone.
fn is_lasting(condition: &Condition) -> bool {
    let reads: Option<&Reads> = condition.guard.as_ref().map(Guard::reads);
    reads.is_some_and(|reads| !reads.now && !reads.zone && reads.settings.is_empty())
}
