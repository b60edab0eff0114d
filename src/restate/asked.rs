//! What is asked of an order, as JSON.
//!
//! In: the text of a call. Out: a request of the runtime, or what is wrong with the text.

use std::collections::BTreeMap;

use restate_sdk::prelude::TerminalError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::context::Actor;
use crate::instance::{Event, EventKind};
use crate::parse::{Once, inexact, too_long};
use crate::runtime::{Create, Fire, OrderKey, Parent, Request};
use crate::server::{Action, Moment};

/// What is asked of an order, as one object hands it to another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Of which order of the tenant.
    pub(super) order: String,
    pub(super) verb: Verb,
    pub(super) text: String,
}

/// What kind of thing is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verb {
    Create,
    Fire,
    Change,
    Override,
    Tick,
    Migrate,
    Get,
    Available,
    Why,
    Journal,
}

/// A new order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    workflow: String,
    #[serde(default)]
    parent: Option<Above>,
    #[serde(default)]
    context: BTreeMap<String, Json>,
    actor: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    at: Option<Moment>,
}

/// The order that a new one belongs to, and as which of its sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Above {
    order: String,
    set: String,
}

/// An event of the workflow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Happened {
    event: String,
    actor: String,
    #[serde(default)]
    payload: BTreeMap<String, Json>,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    expected: Option<u64>,
    #[serde(default)]
    at: Option<Moment>,
}

/// Data that changed outside.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    changes: BTreeMap<String, Json>,
    actor: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    expected: Option<u64>,
    #[serde(default)]
    at: Option<Moment>,
}

/// An operator's intervention.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Intervention {
    reason: String,
    action: Action,
    actor: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    expected: Option<u64>,
    #[serde(default)]
    at: Option<Moment>,
}

/// Orders that come to another version of their workflow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    /// The text of the migration file.
    pub(super) plan: String,
    actor: String,
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Who would act.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    actor: String,
}

/// Which steps.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Steps {
    /// Those behind this one.
    #[serde(default)]
    pub(super) after: u64,
    /// At most so many.
    #[serde(default)]
    pub(super) limit: Option<u64>,
}

impl Asked {
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        let value = serde_json::from_str(&self.text);
        let value = value.and_then(|value| serde_json::from_str::<Once>(&self.text).map(|_| value));
        let value = value.map_err(|error| format!("the body: {error}"))?;
        match inexact(self.text.as_bytes()) {
            Some(number) => Err(format!("the body: {}", too_long(number))),
            None => Ok(value),
        }
    }

    /// The request of the runtime; the error is a sentence.
    pub(super) fn request(&self, tenant: &str) -> Result<Request, String> {
        let key = OrderKey::new(tenant, self.order.clone());
        Ok(match self.verb {
            Verb::Create => {
                let new: New = self.read()?;
                let parent = new.parent.map(|above| Parent {
                    order: above.order,
                    set: above.set,
                });
                Request::Create(Create {
                    parent,
                    context: new.context,
                    event_id: new.id,
                    at: new.at.map(|at| at.0),
                    ..Create::new(tenant, new.workflow, key.order, Actor::written(&new.actor))
                })
            }
            Verb::Fire => Request::Fire(self.happened(key)?),
            Verb::Change => {
                let new: Changed = self.read()?;
                let kind = EventKind::ContextChanged {
                    changes: new.changes,
                };
                Request::Fire(fire(
                    key,
                    (&new.actor, kind, new.id),
                    (new.expected, new.at),
                ))
            }
            Verb::Override => {
                let new: Intervention = self.read()?;
                let action = new.action.into();
                let reason = new.reason;
                let kind = EventKind::Override { reason, action };
                Request::Fire(fire(
                    key,
                    (&new.actor, kind, new.id),
                    (new.expected, new.at),
                ))
            }
            Verb::Tick => Request::Tick(key),
            other => return Err(format!("`{other:?}` moves no order")),
        })
    }

    fn happened(&self, key: OrderKey) -> Result<Fire, String> {
        let new: Happened = self.read()?;
        let kind = EventKind::Named {
            name: new.event,
            payload: new.payload,
            target: new.target,
        };
        Ok(fire(
            key,
            (&new.actor, kind, new.id),
            (new.expected, new.at),
        ))
    }

    /// The event that may be refused.
    pub(super) fn doubt(&self) -> Result<Event, String> {
        Ok(self.happened(OrderKey::new("", ""))?.event)
    }

    /// Who would act.
    pub(super) fn actor(&self) -> Result<Actor, String> {
        let who: Who = self.read()?;
        Ok(Actor::written(&who.actor))
    }

    /// Which steps; all where nothing is said.
    pub(super) fn steps(&self) -> Result<Steps, String> {
        match self.text.trim().is_empty() {
            true => Ok(Steps::default()),
            false => self.read(),
        }
    }

    /// What brings orders to another version, and who does.
    pub(super) fn migration(&self) -> Result<(Move, Actor), String> {
        let told: Move = self.read()?;
        let actor = Actor::written(&told.actor);
        Ok((told, actor))
    }
}

/// A call that can never be answered otherwise.
pub(super) fn wrong(problem: String) -> TerminalError {
    TerminalError::new_with_code(400, problem)
}

fn fire(
    key: OrderKey,
    (actor, kind, id): (&str, EventKind, Option<String>),
    (expected, at): (Option<u64>, Option<Moment>),
) -> Fire {
    Fire {
        key,
        event: Event {
            id,
            actor: Actor::written(actor),
            kind,
        },
        expected,
        at: at.map(|at| at.0),
    }
}
