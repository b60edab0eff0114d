//! What is done on the way, in words.

use std::fmt::Write as _;

use crate::graph::{Amount, Assign, EffectId, Raise, Send, Workflow};

/// The names of effects.
pub(super) fn effects(workflow: &Workflow, effects: &[EffectId]) -> Vec<String> {
    let effects = effects.iter();
    effects
        .map(|&id| workflow.effects.at(id).name.clone())
        .collect()
}

/// What is sent to children, in words.
pub(super) fn sends(workflow: &Workflow, sends: &[Send]) -> Vec<String> {
    let sends = sends.iter();
    sends
        .map(|send| {
            format!(
                "{}: {}",
                workflow.children.at(send.children).name,
                send.event
            )
        })
        .collect()
}

/// A change of the context in words.
pub(super) fn assign_words(workflow: &Workflow, assign: &Assign) -> String {
    let value = assign.source();
    format!("{}: {value}", workflow.fields.at(assign.field).name)
}

/// A raised event in words, with its values and its delay.
pub(super) fn raised_words(workflow: &Workflow, raise: &Raise) -> String {
    let event = workflow.events.at(raise.event);
    let mut words = event.name.clone();
    for (slot, formula) in &raise.with {
        let name = event.payload.get(*slot).map_or("", |field| &field.name);
        let value = formula.as_ref().map_or("", |formula| formula.source());
        let _ = write!(words, " {name}: {value}");
    }
    if let Some(delay) = raise.after {
        let after = match delay.after {
            Amount::Literal(duration) => duration.to_string(),
            Amount::Setting(id) => format!("settings.{}", workflow.settings.at(id).name),
        };
        let _ = write!(words, " after {after}");
        if delay.millis > 0 {
            let _ = write!(words, " and {} ms", delay.millis);
        }
    }
    words
}
