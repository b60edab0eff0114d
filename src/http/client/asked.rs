//! Requests as they are sent.
//!
//! In: requests and events of the runtime. Out: paths, headers and bodies.

use serde_json::{Map, Value as Json, json};

use super::ClientError;
use crate::context::Actor;
use crate::instance::{Event, EventKind, Override};
use crate::runtime::Request;
use crate::time::format_instant;

/// The path, the body, the id and the expected version of a request.
pub(super) type Sent<'a> = (String, Json, Option<&'a str>, Option<u64>);

pub(super) fn sent(request: &Request) -> Result<Sent<'_>, ClientError> {
    match request {
        Request::Create(create) => {
            let mut body = Map::new();
            body.insert("order".to_owned(), create.key.order.as_str().into());
            body.insert("workflow".to_owned(), create.workflow.as_str().into());
            body.insert("actor".to_owned(), written(&create.actor).into());
            body.insert("context".to_owned(), json!(create.context));
            if let Some(parent) = &create.parent {
                let parent = json!({ "order": parent.order, "set": parent.set });
                body.insert("parent".to_owned(), parent);
            }
            if let Some(at) = create.at {
                body.insert("at".to_owned(), format_instant(at).into());
            }
            let id = create.event_id.as_deref();
            Ok(("/v1/orders".to_owned(), body.into(), id, None))
        }
        Request::Fire(fire) => {
            let (below, mut body) = match &fire.event.kind {
                EventKind::ContextChanged { changes } => {
                    let actor = written(&fire.event.actor);
                    ("/changes", json!({ "changes": changes, "actor": actor }))
                }
                EventKind::Override { .. } => ("/overrides", happened(&fire.event)?),
                _ => ("/events", happened(&fire.event)?),
            };
            if let (Some(at), Some(body)) = (fire.at, body.as_object_mut()) {
                body.insert("at".to_owned(), format_instant(at).into());
            }
            let path = path_of(&fire.key.order, below);
            Ok((path, body, fire.event.id.as_deref(), fire.expected))
        }
        Request::Import(_) | Request::Tick(_) => Err(ClientError::NotOffered),
    }
}

pub(super) fn happened(event: &Event) -> Result<Json, ClientError> {
    let actor = written(&event.actor);
    Ok(match &event.kind {
        EventKind::Named {
            name,
            payload,
            target,
        } => json!({ "event": name, "actor": actor, "payload": payload, "target": target }),
        EventKind::Override { reason, action } => {
            let action = match action {
                Override::ForceState { to } => json!({ "force_state": { "to": to } }),
                Override::MoveTimer { timer, due } => {
                    json!({ "move_timer": { "timer": timer, "due": format_instant(*due) } })
                }
                Override::Erase => json!({ "erase": {} }),
            };
            json!({ "reason": reason, "actor": actor, "action": action })
        }
        _ => return Err(ClientError::NotOffered),
    })
}

/// The path of what is below an order.
pub(super) fn path_of(order: &str, below: &str) -> String {
    format!("{}{below}", crate::http::orders::path_of(order))
}

/// An actor as `ROLE` or `ROLE:ID`.
pub(super) fn written(actor: &Actor) -> String {
    match &actor.id {
        Some(id) => format!("{}:{id}", actor.role),
        None => actor.role.clone(),
    }
}
