//! What a request is about, and whether it may be looked at.
//!
//! In: a request. Out: its order, id and time; a digest of what is asked; what is wrong with it.

use crate::context::Actor;
use crate::runtime::journal::{CauseForm, digest};
use crate::runtime::request::Request;
use crate::runtime::row::OrderKey;
use crate::time::{Instant, format_instant, is_writable};

/// The longest name of an order, a tenant or an event's id, in bytes.
const LONGEST: usize = 200;

/// The order of a request, the id of what is asked, and when it happened.
pub(super) fn head(request: &Request) -> (&OrderKey, Option<&str>, Option<Instant>) {
    let at = match request {
        Request::Create(create) => create.at,
        Request::Fire(fire) => fire.at,
        Request::Import(_) | Request::Tick(_) => None,
    };
    (request.key(), request.event_id(), at)
}

/// A digest of what is asked, by which a repetition is told from another use of its id.
pub(super) fn fingerprint(request: &Request) -> String {
    let (actor, cause, more) = match request {
        Request::Create(create) => {
            let parent = create.parent.as_ref().map(|at| (&at.order, &at.set));
            let cause = CauseForm::Created {
                context: create.context.clone(),
                parent: None,
            };
            let more = format!("{:?}", (&create.workflow, &parent));
            (&create.actor, cause, more)
        }
        Request::Fire(fire) => {
            let cause = CauseForm::told(&fire.event.kind);
            (&fire.event.actor, cause, String::new())
        }
        // Neither has an id that could come again.
        Request::Import(_) | Request::Tick(_) => return String::new(),
    };
    let cause = serde_json::to_string(&cause).unwrap_or_default();
    let id = actor.id.as_deref().unwrap_or_default();
    digest([actor.role.as_str(), id, &cause, &more])
}

/// Whether the present can be written, and read again.
pub(in crate::runtime::engine) fn check_now(now: Instant) -> Result<(), String> {
    match is_writable(&now) {
        true => Ok(()),
        false => Err(format!(
            "the clock says {now}, and only the years 0 to 9999 can be written"
        )),
    }
}

pub(super) fn check(request: &Request, now: Instant) -> Result<(), String> {
    check_now(now)?;
    let (key, id, at) = head(request);
    check_name("the tenant", &key.tenant)?;
    check_name("the order", &key.order)?;
    if let Some(id) = id {
        check_text("the event", id)?;
    }
    check_actor(request)?;
    match at.filter(|at| *at > now) {
        Some(at) => Err(format!(
            "it happens at {}, which is in the future",
            format_instant(at)
        )),
        None => Ok(()),
    }
}

/// Whether an id that the host gives may be stored; the error is a sentence. Ids of tenants and orders
/// are parts of those of effects, and so may not have a `/`.
pub(in crate::runtime::engine) fn check_name(what: &str, name: &str) -> Result<(), String> {
    check_text(what, name)?;
    if name.contains('/') {
        return Err(format!("the id of {what} has a `/` in it"));
    }
    match name {
        // Clients take these out of an address.
        "." | ".." => Err(format!(
            "the id of {what} is `{name}`, which stands for a place"
        )),
        name if name.trim().is_empty() => Err(format!("the id of {what} is blank")),
        _ => Ok(()),
    }
}

fn check_text(what: &str, id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err(format!("the id of {what} is empty"));
    }
    if id.len() > LONGEST {
        return Err(format!("the id of {what} has more than {LONGEST} bytes"));
    }
    match id
        .chars()
        .any(|letter| letter.is_control() || turns(letter))
    {
        true => Err(format!("the id of {what} has a control character in it")),
        false => Ok(()),
    }
}

/// Whether a character changes the direction of those around it, so that an id reads like another.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Who does it, as it stands in the journal.
fn check_actor(request: &Request) -> Result<(), String> {
    let actor = match request {
        Request::Create(create) => &create.actor,
        Request::Fire(fire) => &fire.event.actor,
        Request::Import(import) => &import.actor,
        Request::Tick(_) => return Ok(()),
    };
    check_who(actor)
}

/// Whether an actor is somebody whom the journal can name.
pub(in crate::runtime::engine) fn check_who(actor: &Actor) -> Result<(), String> {
    let role = &actor.role;
    if role.trim().is_empty() {
        return Err("the actor has no role".to_owned());
    }
    if role.len() > LONGEST {
        return Err(format!(
            "the role of the actor has more than {LONGEST} bytes"
        ));
    }
    if role
        .chars()
        .any(|letter| letter.is_control() || turns(letter))
    {
        return Err("the role of the actor has a control character in it".to_owned());
    }
    match &actor.id {
        Some(id) => check_text("the actor", id),
        None => Ok(()),
    }
}
