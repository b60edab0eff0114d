//! The start of an order.
//!
//! In: its context, who creates it, and when. Out: the order in its first state and the record with
//! sequence 1, or why it cannot start.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::conditions::View;
use super::entry::{Goal, Targets, goal};
use super::macrostep::{Macrostep, Origin, World};
use super::named::find_actor;
use super::payload;
use super::target::vetoes;
use crate::context::{Actor, Cells, CellsView};
use crate::graph::{ActorId, InitialBranch, StateId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::{
    Candidate, Cause, Instance, Judged, Place, Reason, Refusal, Site, StepRecord,
};
use crate::time::{Instant, is_writable};

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
    if !is_writable(&now) {
        let message =
            format!("an order cannot begin at {now}: only the years 0 to 9999 can be written");
        return Err(Refusal::Failed { message });
    }
    let world = World { workflow, site };
    let role = find_actor(workflow, actor)?;
    let values = payload::context(workflow, context);
    let values = values.map_err(|problems| Refusal::Context { problems })?;
    let mut instance = blank(workflow, values, now);
    let mut record = StepRecord::blank();
    let mut step = Macrostep::on(world, (&mut instance, &mut record), now);
    let mut judged = Vec::new();
    let goal = start(&step.view(actor, CellsView::EMPTY), role, &mut judged)?;
    step.record.judged = judged;
    step.enter_all([&goal].into_iter(), 0, actor)?;
    step.rest()?;
    let origin = Origin {
        cause: Cause::Created,
        actor,
        event_id: None,
    };
    step.finish(origin, None);
    Ok(Created { instance, record })
}

/// An order that is nowhere yet.
pub(super) fn blank(workflow: &Workflow, context: Cells, now: Instant) -> Instance {
    Instance {
        context,
        children: vec![ChildCounts::default(); workflow.children.len()],
        updated_at: now,
        ..Instance::nowhere()
    }
}

/// Where the order starts.
fn start(view: &View<'_>, role: ActorId, judged: &mut Vec<Judged>) -> Result<Goal, Refusal> {
    let initial = &view.workflow.initial;
    let mut branches = initial.iter().enumerate();
    let chosen = branches.find(|(index, _)| view.judge(Place::Initial(*index), judged));
    if let Some((_, branch)) = chosen
        && let Some(goal) = goal_of(view.workflow, branch)
        && vetoes(view, Some(role), &goal).is_empty()
    {
        return Ok(goal);
    }
    let tried = chosen.map_or(initial.len(), |(index, _)| index + 1);
    let tried = initial.iter().take(tried);
    Err(Refusal::NoInitial {
        candidates: tried.map(|branch| against(view, role, branch)).collect(),
    })
}

fn goal_of(workflow: &Workflow, branch: &InitialBranch) -> Option<Goal> {
    let states = std::iter::once(branch.target?).chain(branch.along.iter().copied());
    let targets = Targets::of(states.collect());
    Some(goal(workflow, StateId::ROOT, targets, false))
}

/// Why the order does not start at a branch.
fn against(view: &View<'_>, role: ActorId, branch: &InitialBranch) -> Candidate {
    let mut reasons = view.failures(&branch.conditions);
    if reasons.is_empty() {
        let goal = goal_of(view.workflow, branch);
        reasons = goal.map_or_else(
            || vec![Reason::Unresolved],
            |goal| vetoes(view, Some(role), &goal),
        );
    }
    let to = branch.target.iter().chain(&branch.along);
    let to: Vec<String> = to.map(|&to| view.path(to)).collect();
    Candidate {
        from: Vec::new(),
        to: match to.is_empty() {
            true => "an unknown state".to_owned(),
            false => to.join(" + "),
        },
        reasons,
        span: branch.span,
    }
}
