//! Where a scenario file uses the names of its workflow.
//!
//! In: a scenario file, and the names of the workflow. Out: the same names, with their places in the file.
//! What stands in texts that people compare, of refusals and traces, is no name.

use super::document::{Expectations, FlagsExpected, Scenario, ScenarioFile};
use super::table::{StateRow, TransitionRow};
use crate::document::{Entries, Name};
use crate::drive::{By, Stimulus};
use crate::source::Spanned;
use crate::symbols::{Kind, Symbols};

/// Notes the places of all names.
pub fn uses(file: &ScenarioFile, symbols: &mut Symbols) {
    let mut uses = Uses { symbols };
    uses.keys(Kind::Setting, file.settings.iter().flatten());
    for entry in file.states.iter().flat_map(|table| &table.0) {
        uses.name(Kind::State, &entry.name);
        uses.state(&entry.name.value, &entry.value);
    }
    if let Some(slot) = &file.slot {
        uses.all(Kind::Attribute, slot.by.iter().flatten());
        uses.all(Kind::Attribute, &slot.rank);
        for required in slot.required.iter().flatten() {
            uses.keys(Kind::Attribute, required);
        }
        for shared in slot.shared.iter().flatten() {
            uses.all(Kind::State, shared);
        }
    }
    uses.all(Kind::State, file.initial.iter().flatten());
    for entry in file.transitions.iter().flatten() {
        uses.name(Kind::Event, &entry.name);
        entry
            .value
            .iter()
            .for_each(|row| uses.row(row, Some(&entry.name.value)));
    }
    let always = file.always.iter().flatten();
    always.for_each(|row| uses.row(row, None));
    file.scenarios
        .iter()
        .for_each(|scenario| uses.scenario(scenario));
    symbols.settle();
}

struct Uses<'s> {
    symbols: &'s mut Symbols,
}

impl Uses<'_> {
    fn name(&mut self, kind: Kind, name: &Name) {
        self.symbols.note(kind, &name.value, name.span);
    }

    fn all<'n>(&mut self, kind: Kind, names: impl IntoIterator<Item = &'n Name>) {
        names.into_iter().for_each(|name| self.name(kind, name));
    }

    fn keys<'n, T: 'n>(
        &mut self,
        kind: Kind,
        entries: impl IntoIterator<Item = &'n crate::document::Entry<T>>,
    ) {
        let names = entries.into_iter().map(|entry| &entry.name);
        names.for_each(|name| self.name(kind, name));
    }

    fn state(&mut self, path: &str, row: &StateRow) {
        self.keys(Kind::Attribute, row.attributes.iter().flatten());
        self.keys(Kind::Flag, row.flags.iter().flatten());
        for flag in row.flags.iter().flatten() {
            self.text(&flag.value.text, flag.value.span, None);
        }
        for timer in row.timers.iter().flatten() {
            let name = format!("{path}.{}", timer.name.value);
            self.symbols.note(Kind::Timer, &name, timer.name.span);
            self.timer(&timer.value);
        }
        self.all(Kind::Group, row.groups.iter().flatten());
        self.all(Kind::Actor, row.enter.iter().flatten());
    }

    /// `after settings.NAME -> STATE`.
    fn timer(&mut self, text: &Spanned<String>) {
        self.text(&text.value, text.span, None);
        if let Some((_, to)) = text.value.rsplit_once("-> ") {
            self.end(Kind::State, to.trim(), text);
            self.end(Kind::Event, to.trim(), text);
        }
    }

    /// A name at the end of a text.
    fn end(&mut self, kind: Kind, name: &str, text: &Spanned<String>) {
        let before = text.value.len() - name.len();
        self.symbols
            .note_within(kind, name, (&text.value, text.span), before);
    }

    fn row(&mut self, row: &TransitionRow, event: Option<&str>) {
        self.all(Kind::State, &row.from);
        self.all(Kind::Group, &row.from);
        for to in &row.to {
            let name = to.value.strip_prefix("history of ").unwrap_or(&to.value);
            self.end(Kind::State, name, to);
        }
        self.all(Kind::Actor, row.by.iter().flatten());
        for guard in row.guard.iter().flatten() {
            self.text(&guard.value, guard.span, event);
        }
        self.all(Kind::Effect, row.effects.iter().flatten());
    }

    /// The names of an expression.
    fn text(&mut self, text: &str, span: crate::source::Span, event: Option<&str>) {
        self.symbols.note_expression(text, span, event);
    }

    fn scenario(&mut self, scenario: &Scenario) {
        self.keys(Kind::Setting, &scenario.settings);
        self.keys(Kind::Field, &scenario.context);
        self.by(scenario.by.as_ref());
        self.expectations(&scenario.created);
        for step in &scenario.steps {
            self.stimulus(&step.stimulus);
            self.expectations(&step.expect);
        }
    }

    fn by(&mut self, by: Option<&By>) {
        match by {
            Some(By::Role(name)) => self.name(Kind::Actor, name),
            Some(By::Known(known)) => self.name(Kind::Actor, &known.role),
            None => {}
        }
    }

    fn stimulus(&mut self, stimulus: &Stimulus) {
        for name in stimulus.order.iter().chain(&stimulus.create) {
            self.sets(name);
        }
        if let Some(event) = &stimulus.event {
            self.name(Kind::Event, event);
            for entry in &stimulus.payload {
                let path = format!("{}.{}", event.value, entry.name.value);
                self.symbols.note(Kind::Payload, &path, entry.name.span);
            }
        }
        self.by(stimulus.by.as_ref());
        self.by(stimulus.actor.as_ref());
        self.all(Kind::State, &stimulus.target);
        self.keys(Kind::Field, &stimulus.context);
        for set in &stimulus.children {
            self.name(Kind::Children, &set.name);
            let states = set.value.0.iter().filter_map(|child| child.state.as_ref());
            let own = self.symbols.runs_itself(&set.name.value);
            states
                .filter(|_| own)
                .for_each(|name| self.name(Kind::State, name));
        }
        if let Some(intervention) = &stimulus.intervention {
            self.all(Kind::State, &intervention.to);
            let timers = intervention.timer.iter();
            timers.for_each(|name| self.symbols.note_timer(&name.value, name.span));
        }
    }

    /// `SET/NAME`, one or several behind each other.
    fn sets(&mut self, name: &Name) {
        let mut at = 0;
        for (place, part) in name.value.split('/').enumerate() {
            if place % 2 == 0 {
                self.symbols
                    .note_within(Kind::Children, part, (&name.value, name.span), at);
            }
            at += part.len() + 1;
        }
    }

    fn expectations(&mut self, expect: &Expectations) {
        self.all(Kind::State, expect.state.iter().flatten());
        match &expect.flags {
            None => {}
            Some(FlagsExpected::True(names)) => self.all(Kind::Flag, names),
            Some(FlagsExpected::Values(values)) => self.keys(Kind::Flag, values),
        }
        self.all(Kind::Effect, expect.effects.iter().flatten());
        for entry in expect.sent.iter().flatten() {
            self.name(Kind::Children, &entry.name);
            if self.symbols.runs_itself(&entry.name.value) {
                self.all(Kind::Event, &entry.value);
            }
        }
        self.keys(Kind::Field, &expect.fields);
        for entry in expect.timers.iter().flat_map(|timers| &timers.0) {
            let name = &entry.name;
            self.symbols.note_timer(&name.value, name.span);
        }
        self.keys(Kind::Event, &expect.pending);
        self.actors(&expect.available);
        self.actors(&expect.unavailable);
    }

    /// Events by actor.
    fn actors(&mut self, events: &Entries<crate::document::Listed<Name>>) {
        for entry in events {
            self.name(Kind::Actor, &entry.name);
            self.all(Kind::Event, &entry.value);
        }
    }
}
