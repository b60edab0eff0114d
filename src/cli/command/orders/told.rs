//! What is told of an answer.

use std::fmt::Write as _;

use crate::cli::terminal::{harmless, on_one_line};
use crate::cli::{CliError, Exit, Terminal, json};
use crate::runtime::{Answer, OrderKey, Receipt, Reply};

use super::Format;

/// What is done about an order that cannot go on.
pub(super) const RESUME: &str =
    "mend what is wrong, and let it go on with `flagstate orders resume`";

/// Tells a reply, and how the program ends.
pub(super) fn reply(
    key: &OrderKey,
    reply: &Reply,
    format: Format,
    terminal: &mut Terminal,
) -> Exit {
    let exit = match &reply.answer {
        Answer::Accepted(_) | Answer::Repeated(_) => Exit::Clean,
        Answer::UnknownWorkflow | Answer::Invalid { .. } => Exit::World,
        _ => Exit::Findings,
    };
    if format == Format::Json {
        let mut told = serde_json::to_value(&reply.answer).unwrap_or_default();
        if let Some(told) = told.as_object_mut() {
            told.insert("duplicate".to_owned(), reply.duplicate.into());
        }
        terminal.line(&json(&told));
        return exit;
    }
    let text = said(key, reply);
    match (exit, &reply.answer) {
        (Exit::Clean, _) => terminal.line(&harmless(&text)),
        (_, Answer::Stuck { .. }) => terminal.mistake(&CliError::new(text).help(RESUME)),
        _ => terminal.mistake(&CliError::new(text)),
    }
    exit
}

/// A reply in words.
fn said(key: &OrderKey, reply: &Reply) -> String {
    let again = if reply.duplicate {
        " (answered before)"
    } else {
        ""
    };
    let order = &key.order;
    match &reply.answer {
        Answer::Accepted(receipt) => format!("{}{again}", stands(order, receipt)),
        Answer::Repeated(receipt) => {
            format!("{}, as it was already{again}", stands(order, receipt))
        }
        Answer::Refused {
            message, receipt, ..
        } => {
            let stands = receipt.as_ref().map(|receipt| stands(order, receipt));
            let stands = stands.map_or(String::new(), |stands| format!("\n{stands}"));
            let message = on_one_line(message);
            format!("refused: {message}{again}{stands}")
        }
        Answer::Behind(receipt) => format!(
            "too much was due before it, and not all of that has happened yet: ask again, or run \
             `flagstate orders tick` first\n{}",
            stands(order, receipt)
        ),
        Answer::Conflict { expected, found } => {
            format!("`{order}` has version {found}, and not {expected}")
        }
        Answer::UnknownOrder => super::no_order(key),
        Answer::UnknownWorkflow => {
            let whose = super::for_whom(Some(&key.tenant));
            format!("no such workflow is deployed{whose}")
        }
        Answer::Exists { version } => {
            format!("there is an order `{order}` already, of version {version}")
        }
        Answer::Erased => {
            "answered before; the answer went with the order's personal values, and nothing was done now"
                .to_owned()
        }
        Answer::IdUsed => {
            "the id (`--id`) was used for something else before: nothing was done; what is new takes an id of its own"
                .to_owned()
        }
        Answer::Stuck { reason } => {
            let reason = on_one_line(reason);
            format!("`{order}` cannot go on: {reason}")
        }
        Answer::Invalid { message } => message.clone(),
    }
}

fn stands(order: &str, receipt: &Receipt) -> String {
    let flags = receipt
        .flags
        .iter()
        .filter(|(_, value)| **value != serde_json::Value::Bool(false));
    let flags: Vec<String> = flags
        .map(|(name, value)| match value {
            serde_json::Value::Bool(true) => name.clone(),
            value => format!("{name}={value}"),
        })
        .collect();
    let mut text = format!(
        "`{order}` is in `{}` (version {} of the order)",
        receipt.status, receipt.version
    );
    if !flags.is_empty() {
        let _ = write!(text, ": {}", flags.join(", "));
    }
    if let Some(due) = &receipt.next_due {
        let _ = write!(text, "; the next timer is due at {due}");
    }
    if let Some(at) = &receipt.counted_at {
        let _ = write!(
            text,
            "; it counts as of {at}, since the order made a step then"
        );
    }
    text
}
