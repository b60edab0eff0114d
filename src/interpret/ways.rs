//! The ways of an event that are open but for their guards.
//!
//! In: an order and an event. Out: the rows and branches that would be taken if their guards held: the
//! order is in the right state, the actor may, the target exists and may be entered.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::conditions::View;
use super::named::{find_actor, find_event};
use super::payload;
use super::reasons::{active_sources, unreachable};
use super::select::Attempt;
use super::target::sets;
use crate::context::{Actor, Cells};
use crate::graph::{EventId, RowId, Trigger, Workflow};
use crate::instance::{Instance, Refusal, Site};
use crate::time::Instant;

/// An event as it is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) name: &'a str,
    pub(crate) payload: &'a BTreeMap<String, Json>,
    pub(crate) target: Option<&'a str>,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Instant,
}

/// The ways of an event.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) event: EventId,
    /// What the event brings.
    pub(crate) payload: Cells,
    /// Rows and branches, in document order.
    pub(crate) open: Vec<(RowId, usize)>,
}

/// The ways of an event that are open but for their guards.
///
/// # Errors
/// When the event, the actor or the payload is not one of the workflow.
pub(crate) fn ways(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    asked: &Asked<'_>,
) -> Result<Ways, Refusal> {
    let event = find_event(workflow, asked.name)?;
    let role = find_actor(workflow, asked.actor)?;
    let payload = payload::payload(workflow.events.at(event), asked.payload);
    let payload = payload.map_err(|problems| Refusal::Payload { problems })?;
    let attempt = Attempt {
        view: &View {
            workflow,
            site,
            instance,
            actor: asked.actor,
            event: payload.view(),
            now: asked.now.max(instance.updated_at),
        },
        trigger: Trigger::Event(event),
        role: Some(role),
        named: asked.target,
    };
    let mut open = Vec::new();
    for (id, row) in workflow.rows.iter() {
        if row.trigger != attempt.trigger || !row.by.contains(role) {
            continue;
        }
        for (index, branch) in row.branches.iter().enumerate() {
            let free = active_sources(&attempt, row).any(|source| {
                unreachable(
                    &attempt,
                    source,
                    (&branch.target, row.internal),
                    sets(row, branch),
                )
                .is_empty()
            });
            if free {
                open.push((id, index));
            }
        }
    }
    Ok(Ways {
        event,
        payload,
        open,
    })
}
