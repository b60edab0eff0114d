//! The names that a document declares.

use super::{About, Kind, Symbols};
use crate::document::{Declared, Document, Entries, Name, State};
use crate::source::Spanned;

/// Notes all of them, section by section.
pub(super) fn declare(symbols: &mut Symbols, document: &Document) {
    symbols.listed(Kind::Setting, &document.settings, |it| {
        (None, text(it.doc.as_ref()))
    });
    symbols.listed(Kind::Field, &document.context, |it| {
        (None, text(it.doc.as_ref()))
    });
    symbols.declared(Kind::Actor, &document.actors);
    symbols.listed(Kind::Flag, &document.flags, |it| {
        (None, text(it.doc.as_ref()))
    });
    symbols.listed(Kind::Attribute, &document.attributes, |it| {
        (None, text(it.doc.as_ref()))
    });
    symbols.listed(Kind::Guard, &document.guards, |it| {
        (None, text(it.doc.as_ref()))
    });
    symbols.declared(Kind::Effect, &document.effects);
    symbols.listed(Kind::Group, &document.groups, |it| {
        (None, text(it.doc.as_ref()))
    });
    symbols.listed(Kind::Children, &document.children, |it| {
        (Some(it.span), text(it.doc.as_ref()))
    });
    for set in &document.children {
        let runs = set.value.workflow.as_ref().map(|name| name.value.as_str());
        if runs == Some("self") {
            symbols.own.insert(set.name.value.clone());
        }
    }
    symbols.states("", &document.states);
    for event in &document.transitions {
        let (name, it) = (&event.name, &event.value);
        let about = (Some(it.span), text(it.doc.as_ref()));
        symbols.declare(Kind::Event, name.value.clone(), name, about);
        for field in &it.payload {
            let path = format!("{}.{}", name.value, field.name.value);
            let about = (None, text(field.value.doc.as_ref()));
            symbols.declare(Kind::Payload, path, &field.name, about);
        }
    }
}

impl Symbols {
    fn listed<T>(&mut self, kind: Kind, entries: &Entries<T>, about: fn(&T) -> About<'_>) {
        for entry in entries {
            let name: &Name = &entry.name;
            self.declare(kind, name.value.clone(), name, about(&entry.value));
        }
    }

    fn declared(&mut self, kind: Kind, Declared(names): &Declared) {
        self.listed(kind, names, |it| (None, text(it.doc.as_ref())));
    }

    fn states(&mut self, around: &str, states: &Entries<State>) {
        for entry in states {
            let (name, state) = (&entry.name, &entry.value);
            let path = within(around, &name.value);
            let about = (Some(state.span), text(state.doc.as_deref()));
            self.declare(Kind::State, path.clone(), name, about);
            for timer in &state.timers {
                let path = within(&path, &timer.name.value);
                let about = (Some(timer.value.span), text(timer.value.doc.as_ref()));
                self.declare(Kind::Timer, path, &timer.name, about);
            }
            self.states(&path, &state.states);
            self.states(&path, &state.regions);
        }
    }
}

/// The path of a name within another.
pub(super) fn within(around: &str, name: &str) -> String {
    match around {
        "" => name.to_owned(),
        around => format!("{around}.{name}"),
    }
}

fn text(doc: Option<&Spanned<String>>) -> Option<&str> {
    doc.map(|doc| doc.value.as_str())
}
