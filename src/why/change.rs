//! The smallest change that would let an event through.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use super::{asked, moment, name_of};
use crate::analysis::{Free, Moment, Way, nearest};
use crate::context::{Actor, Value};
use crate::graph::Workflow;
use crate::instance::{Event, EventKind, Instance, Site};
use crate::interpret::{self, Answer};
use crate::time::Instant;

/// A value that would have to be another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// What it is; `None` where it is not set.
    pub from: Option<Value>,
    /// What it would have to be; `None` where it may not be set.
    pub to: Option<Value>,
}

/// What would have to be different.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Change {
    /// Fields of the context.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Changed>,
    /// Values that the event brings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<Changed>,
    /// Settings of the site.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Changed>,
    /// Who would have to act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// The smallest change after which the event is accepted, as a step shows.
pub(super) fn smallest(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    event: &Event,
    now: Instant,
) -> Option<Change> {
    for free in [Free::Context, Free::Payload, Free::Settings] {
        let found = attempt(workflow, site, instance, (event, now), free);
        if let Some(change) = found {
            return Some(change);
        }
    }
    let others = workflow.actors.rows().iter();
    let others = others.filter(|actor| actor.name != event.actor.role);
    others
        .filter_map(|actor| {
            let event = Event {
                actor: Actor {
                    role: actor.name.clone(),
                    id: event.actor.id.clone(),
                },
                ..event.clone()
            };
            let found = attempt(workflow, site, instance, (&event, now), Free::Context);
            found.map(|change| Change {
                actor: Some(actor.name.clone()),
                ..change
            })
        })
        .min_by_key(|change| change.context.len())
}

fn attempt(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    (event, now): (&Event, Instant),
    free: Free,
) -> Option<Change> {
    let asked = asked(event, now)?;
    let ways = interpret::ways(workflow, site, instance, &asked).ok()?;
    let payload = (ways.event, ways.payload.iter().collect());
    let before = moment(workflow, site, instance, &asked, payload);
    let open: Vec<Way<'_>> = ways
        .open
        .iter()
        .map(|&(row, branch)| {
            let row = workflow.rows.at(row);
            let chosen = row.branches.get(branch);
            let own = chosen.iter().flat_map(|branch| &branch.conditions);
            let earlier = row.branches.iter().take(branch);
            Way {
                held: row.conditions.iter().chain(own).collect(),
                before: earlier
                    .map(|branch| branch.conditions.iter().collect())
                    .collect(),
            }
        })
        .collect();
    if open.is_empty() {
        return None;
    }
    let source = instance.leaves(workflow).next()?;
    let after = nearest(workflow, &before, (source, Some(ways.event)), &open, free)?;
    let change = difference(workflow, ways.event, &before, &after);
    works(workflow, site, instance, (event, now), &change).then_some(change)
}

fn difference(
    workflow: &Workflow,
    event: crate::graph::EventId,
    before: &Moment,
    after: &Moment,
) -> Change {
    let changed = |before: &[Option<Value>], after: &[Option<Value>]| -> Vec<(usize, Changed)> {
        let pairs = before.iter().zip(after).enumerate();
        pairs
            .filter(|(_, (from, to))| from != to)
            .map(|(slot, (from, to))| {
                let changed = Changed {
                    name: String::new(),
                    from: from.clone(),
                    to: to.clone(),
                };
                (slot, changed)
            })
            .collect()
    };
    let name = |found: Vec<(usize, Changed)>, name: &dyn Fn(usize) -> String| {
        let named = found.into_iter().map(|(slot, changed)| Changed {
            name: name(slot),
            ..changed
        });
        named.collect()
    };
    let some =
        |values: &[Value]| -> Vec<Option<Value>> { values.iter().cloned().map(Some).collect() };
    let payload = &workflow.events.at(event).payload;
    Change {
        context: name(changed(&before.order, &after.order), &|slot| {
            name_of(&workflow.fields, slot, |field| &field.name)
        }),
        payload: name(changed(&before.event, &after.event), &|slot| {
            payload
                .get(slot)
                .map_or(String::new(), |field| field.name.clone())
        }),
        settings: name(
            changed(&some(&before.settings), &some(&after.settings)),
            &|slot| name_of(&workflow.settings, slot, |setting| &setting.name),
        ),
        actor: None,
    }
}

/// Whether an order that was changed so accepts the event.
fn works(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    (event, now): (&Event, Instant),
    change: &Change,
) -> bool {
    let plain = |changed: &Changed| {
        let value = changed.to.as_ref().map_or(Json::Null, Value::to_json);
        (changed.name.clone(), value)
    };
    let settings = workflow
        .settings
        .iter()
        .filter_map(|(id, setting)| Some((setting.name.clone(), site.setting(id)?.to_json())));
    let settings: BTreeMap<String, Json> =
        settings.chain(change.settings.iter().map(plain)).collect();
    let Ok(site) = Site::new(workflow, &settings) else {
        return false;
    };
    let mut order = instance.clone();
    if !change.context.is_empty() {
        let told = Event {
            id: None,
            actor: Actor::system(),
            kind: EventKind::ContextChanged {
                changes: change.context.iter().map(plain).collect(),
            },
        };
        let outcome = interpret::step(workflow, &site, &order, &told, now);
        if outcome.answer != Answer::Accepted {
            return false;
        }
        order = outcome.instance;
    }
    let mut event = event.clone();
    if let EventKind::Named { payload, .. } = &mut event.kind {
        payload.extend(change.payload.iter().map(plain));
    }
    let outcome = interpret::step(workflow, &site, &order, &event, now);
    outcome.answer == Answer::Accepted
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "`{}` from {from} to {to}", self.name),
            (None, Some(to)) => write!(f, "`{}` to {to}", self.name),
            (_, None) => write!(f, "`{}` to nothing", self.name),
        }
    }
}

impl fmt::Display for Change {
    /// One line: what has to change, in the order in which it is looked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.context.iter().map(ToString::to_string).collect();
        parts.extend(
            self.payload
                .iter()
                .map(|changed| format!("the event's {changed}")),
        );
        parts.extend(
            self.settings
                .iter()
                .map(|changed| format!("the setting {changed}")),
        );
        parts.extend(
            self.actor
                .iter()
                .map(|actor| format!("the actor to `{actor}`")),
        );
        f.write_str(&parts.join(", "))
    }
}
