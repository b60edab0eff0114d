//! The events of a document: those it names, those it sends itself, and those told by whoever imports
//! it.

use super::machine::{Content, Kind, Machine, Sent, State, Transition};

/// Every event, in the order of the document.
#[derive(Debug, Default)]
pub(super) struct Events {
    names: Vec<String>,
    sent: Vec<Sent>,
    /// Events that transitions name in full or that somebody told of: they may come from outside.
    outside: Vec<String>,
    /// Of these, those that somebody told of.
    told: Vec<String>,
}

impl Events {
    pub(super) fn of(machine: &Machine, outside: &[String]) -> Self {
        let mut events = Self::default();
        let mut named: Vec<String> = Vec::new();
        let mut done = Vec::new();
        let mut look_at = |transitions: &[Transition], events: &mut Self| {
            for transition in transitions {
                for word in &transition.events {
                    let plain = word.value.trim_end_matches(".*").trim_end_matches('.');
                    let platform = ["done", "error"].contains(&first(plain));
                    if !plain.contains('*') && !platform {
                        named.push(plain.to_owned());
                    }
                }
                events.sends(&transition.content);
            }
        };
        let mut open: Vec<&State> = machine.states.iter().rev().collect();
        while let Some(state) = open.pop() {
            look_at(&state.transitions, &mut events);
            events.sends(&state.enter);
            events.sends(&state.exit);
            if let Some(start) = &state.initial {
                events.sends(&start.content);
            }
            if state.kind != Kind::Final && !state.states.is_empty() {
                done.push(format!("done.state.{}", state.id));
            }
            open.extend(state.states.iter().rev());
        }
        look_at(&machine.transitions, &mut events);
        for history in &machine.histories {
            if let Some(start) = &history.default {
                events.sends(&start.content);
            }
        }
        let sent: Vec<String> = events.sent.iter().map(|s| s.event.value.clone()).collect();
        for name in named.iter().chain(&sent).chain(outside).chain(&done) {
            if !events.names.contains(name) {
                events.names.push(name.clone());
            }
        }
        named.retain(|name| !sent.contains(name));
        events.outside = named;
        events.told = outside.to_vec();
        events.outside.extend(outside.iter().cloned());
        events
    }

    fn sends(&mut self, content: &[Content]) {
        for part in content {
            match part {
                Content::Raise(sent) => self.sent.push(sent.clone()),
                Content::If(branches) => {
                    for (_, inner) in branches {
                        self.sends(inner);
                    }
                }
                Content::Assign { .. } | Content::Cancel(_) => {}
            }
        }
    }

    pub(super) fn names(&self) -> &Vec<String> {
        &self.names
    }

    pub(super) fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Whether whoever imports the document told which events a pattern stands for.
    pub(super) fn are_told(&self, pattern: &str) -> bool {
        self.told.iter().any(|event| matches(pattern, event))
    }

    pub(super) fn comes_from_outside(&self, event: &str) -> bool {
        self.outside.iter().any(|name| name == event)
    }
}

/// The part of an event's name before the first dot.
pub(super) fn first(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether a word of a transition stands for an event (SCXML, 3.12.1).
pub(super) fn matches(word: &str, event: &str) -> bool {
    if word == "*" {
        return true;
    }
    let word = word.strip_suffix(".*").unwrap_or(word);
    let word = word.strip_suffix('.').unwrap_or(word);
    match event.strip_prefix(word) {
        Some(rest) => rest.is_empty() || rest.starts_with('.'),
        None => false,
    }
}
