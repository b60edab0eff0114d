//! The start of an order.
//!
//! In: its context, who creates it, and when. Out: the order in its first state and the record with
//! sequence 1, or why it cannot start.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::conditions::View;
use super::entry::{Goal, Targets, entry_of, goal};
use super::macrostep::{Macrostep, Origin, World};
use super::named::find_actor;
use super::payload;
use super::target::vetoes;
use crate::context::{Actor, Value};
use crate::graph::{ActorId, StateId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::{Candidate, Cause, Instance, Reason, Refusal, Site, StepRecord};
use crate::time::Instant;

/// A new order.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// The order.
    pub instance: Instance,
    /// Its first record.
    pub record: StepRecord,
}

/// Creates an order: the first initial branch whose conditions hold, then automatic transitions.
/// Fields that are not given have their defaults. A new order has no children.
///
/// # Errors
/// When the actor or a field is unknown, a value does not fit, no branch holds, or the actor may not
/// enter where the order would start.
pub fn create(
    workflow: &Workflow,
    site: &Site,
    context: &BTreeMap<String, Json>,
    actor: &Actor,
    now: Instant,
) -> Result<Created, Refusal> {
    let world = World { workflow, site };
    let role = find_actor(workflow, actor)?;
    let values = payload::context(&workflow.fields, context);
    let values = values.map_err(|problems| Refusal::Context { problems })?;
    let mut step = Macrostep::on(world, blank(workflow, values, now), now);
    let goal = start(&step.view(actor, &[]), role)?;
    for state in entry_of(workflow, &goal) {
        step.enter(state, false, &[]);
    }
    step.rest()?;
    let origin = Origin {
        cause: Cause::Created,
        actor,
        event_id: None,
    };
    let (instance, record) = step.finish(origin, None);
    Ok(Created { instance, record })
}

/// An order that is nowhere yet.
fn blank(workflow: &Workflow, context: Vec<Option<Value>>, now: Instant) -> Instance {
    Instance {
        sequence: 0,
        configuration: Vec::new(),
        context,
        children: vec![ChildCounts::default(); workflow.children.len()],
        entered_at: BTreeMap::new(),
        timers: BTreeMap::new(),
        spent: BTreeSet::new(),
        suspended: BTreeMap::new(),
        past: BTreeMap::new(),
        origins: BTreeMap::new(),
        generations: 0,
        updated_at: now,
    }
}

/// Where the order starts.
fn start(view: &View<'_>, role: ActorId) -> Result<Goal, Refusal> {
    let mut candidates = Vec::new();
    for branch in &view.workflow.initial {
        let mut reasons = view.failures(&branch.conditions);
        let holds = reasons.is_empty();
        if let (true, Some(target)) = (holds, branch.target) {
            let goal = goal(view.workflow, StateId::ROOT, Targets::One(target), false);
            reasons = vetoes(view, Some(role), &goal);
            if reasons.is_empty() {
                return Ok(goal);
            }
        } else if holds {
            reasons.push(Reason::Unresolved);
        }
        let to = branch
            .target
            .map_or_else(|| "an unknown state".to_owned(), |to| view.path(to));
        candidates.push(Candidate {
            from: Vec::new(),
            to,
            reasons,
            span: branch.span,
        });
        if holds {
            break;
        }
    }
    Err(Refusal::NoInitial { candidates })
}
