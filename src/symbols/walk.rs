//! The names that a document uses.
//!
//! In: a document, of which all declarations are noted. Out: each use at its symbol.

use std::ops::Range;

use super::declare::within;
use super::words::words;
use super::{Kind, Symbols, inner};
use crate::document::{
    Assigned, Automatic, Branch, Deed, Document, Entries, Event, Expires, Expression, Guard,
    GuardedDeed, Initial, Literal, Members, Move, Name, OneOrMany, Or, Paths, Raise, Start, State,
    Target, Timer,
};
use crate::source::Span;

/// Notes all uses.
pub(super) fn walk(symbols: &mut Symbols, document: &Document) {
    let mut walk = Walk {
        symbols,
        document,
        event: None,
    };
    walk.declarations();
    walk.initial(&document.initial);
    walk.states("", &document.states);
    document.always.iter().for_each(|row| walk.automatic(row));
    for entry in &document.transitions {
        walk.event = Some(&entry.name.value);
        walk.event(&entry.value);
    }
    walk.event = None;
    if let Some(sealed) = &document.sealed {
        walk.paths(sealed);
    }
}

struct Walk<'s, 'd> {
    symbols: &'s mut Symbols,
    document: &'d Document,
    /// The event whose values expressions may name.
    event: Option<&'d str>,
}

impl<'d> Walk<'_, 'd> {
    fn declarations(&mut self) {
        let document = self.document;
        for guard in &document.guards {
            self.expression(&guard.value.condition);
        }
        for group in &document.groups {
            match &group.value.members {
                Members::Names(names) => self.sources(names),
                Members::Not(complement) => self.sources(&complement.not),
                Members::Having(values) => self.keys(Kind::Attribute, values),
            }
        }
        for partition in &document.partitions {
            self.all(Kind::Group, &partition.value);
        }
        if let Some(slot) = &document.slot {
            self.all(Kind::Attribute, &slot.by);
            self.all(Kind::Attribute, &slot.rank);
            for required in &slot.required {
                self.keys(Kind::Attribute, &required.value);
            }
        }
        if let Some(mandatory) = &document.mandatory {
            let names = mandatory.undeletable.iter();
            for name in names.chain(&mandatory.undeactivatable) {
                self.state("", name);
            }
        }
        if let Some(defaults) = &document.defaults {
            self.all(Kind::Actor, &defaults.by);
        }
    }

    fn initial(&mut self, initial: &'d Initial) {
        match initial {
            Initial::States(names) => names.iter().for_each(|name| self.state("", name)),
            Initial::Branches(branches) => {
                for branch in branches {
                    self.guards(branch.guard.as_ref());
                    branch.to.iter().for_each(|name| self.state("", name));
                }
            }
        }
    }

    fn states(&mut self, around: &str, states: &'d Entries<State>) {
        for entry in states {
            let path = within(around, &entry.name.value);
            self.of_state((around, &path), &entry.value);
            self.states(&path, &entry.value.states);
            self.states(&path, &entry.value.regions);
        }
    }

    fn of_state(&mut self, (around, path): (&str, &str), state: &'d State) {
        if let Some(model) = &state.like {
            self.state(around, model);
        }
        self.keys(Kind::Attribute, &state.attributes);
        self.keys(Kind::Flag, &state.flags);
        for flag in &state.flags {
            self.setting(Some(&flag.value));
        }
        self.all(Kind::Event, state.done.as_deref());
        if let Some(Expires::Timer(timer)) = &state.expires {
            self.timer(around, timer);
        }
        for timer in &state.timers {
            self.timer(around, &timer.value);
        }
        self.setting(state.at_most.as_deref());
        if let Some(enter) = &state.enter {
            self.all(Kind::Actor, &enter.by);
            self.done(&enter.deed);
            self.sent(&enter.send);
            self.deeds(&enter.branches);
        }
        if let Some(exit) = &state.exit {
            self.done(&exit.deed);
            self.sent(&exit.send);
            self.deeds(&exit.branches);
        }
        if let Some(start) = &state.initial {
            self.start(path, start);
        }
        let successor = state
            .deprecated
            .iter()
            .filter_map(|it| it.successor.as_ref());
        successor.for_each(|name| self.state(around, name));
    }

    fn timer(&mut self, scope: &str, timer: &'d Timer) {
        self.setting(timer.after.as_ref());
        for name in timer.at.iter().chain(&timer.anchor) {
            if let Some(field) = name.value.strip_prefix("order.") {
                self.symbols.used(
                    Kind::Field,
                    field,
                    last(name.span, &name.value, field.len()),
                );
            }
        }
        self.guards(timer.when.as_ref());
        self.guards(timer.guard.as_ref());
        self.target(scope, timer.to.as_ref());
        self.all(Kind::Event, &timer.event);
        self.assigned(&timer.set);
        self.all(Kind::Effect, &timer.effects);
    }

    fn deeds(&mut self, deeds: &'d [GuardedDeed]) {
        for deed in deeds {
            self.guards(deed.guard.as_ref());
            self.done(&deed.deed);
        }
    }

    fn start(&mut self, scope: &str, start: &'d Start) {
        match start {
            Start::Target(target) => self.target(scope, Some(target)),
            Start::Way(way) => {
                self.target(scope, Some(&way.to));
                self.done(&way.deed);
            }
        }
    }

    fn automatic(&mut self, row: &'d Automatic) {
        self.guards(row.guard.as_ref());
        self.way(&row.from, row.to.as_ref(), &row.branches);
        self.done(&row.deed);
    }

    fn event(&mut self, event: &'d Event) {
        self.row(&event.single);
        event.moves.iter().for_each(|row| self.row(row));
    }

    fn row(&mut self, row: &'d Move) {
        self.all(Kind::Actor, &row.by);
        self.guards(row.guard.as_ref());
        self.way(&row.from, row.to.as_ref(), &row.branches);
        self.done(&row.deed);
        self.sent(&row.send);
    }

    /// From where to where: targets are looked up beside the first source.
    fn way(&mut self, from: &OneOrMany<Name>, to: Option<&'d Target>, branches: &'d [Branch]) {
        self.sources(from);
        let scope = self.beside(from);
        self.target(&scope, to);
        self.branches(&scope, branches);
    }

    fn branches(&mut self, scope: &str, branches: &'d [Branch]) {
        for branch in branches {
            self.guards(branch.guard.as_ref());
            self.target(scope, branch.to.as_ref());
            self.done(&branch.deed);
        }
    }

    fn done(&mut self, deed: &'d Deed) {
        self.assigned(&deed.set);
        self.all(Kind::Effect, &deed.effects);
        for raise in &deed.raise {
            match raise {
                Raise::Now(name) => self.name(Kind::Event, name),
                Raise::Event(event) => {
                    self.name(Kind::Event, &event.event);
                    for entry in &event.with {
                        let field = format!("{}.{}", event.event.value, entry.name.value);
                        let span = inner(entry.name.span, entry.name.value.len());
                        self.symbols.used(Kind::Payload, &field, span);
                        self.expression(&entry.value);
                    }
                    self.setting(event.after.as_ref());
                }
            }
        }
        self.all(Kind::Event, &deed.cancel);
    }

    /// What is sent to children: of those that run this very workflow, its own events.
    fn sent(&mut self, sends: &Entries<Name>) {
        for entry in sends {
            self.name(Kind::Children, &entry.name);
            if self.symbols.runs_itself(&entry.name.value) {
                self.name(Kind::Event, &entry.value);
            }
        }
    }

    fn target(&mut self, scope: &str, target: Option<&'d Target>) {
        match target {
            Some(Target::State(name)) => self.state(scope, name),
            Some(Target::Choose(choose)) => self.sources(&choose.choose),
            Some(Target::History(history)) => {
                self.state(scope, &history.history);
                let around = self.resolve(scope, &history.history.value);
                if let Some(start) = &history.default {
                    self.start(&around.unwrap_or_default(), start);
                }
            }
            Some(Target::Several(parts)) => {
                for part in parts {
                    self.target(scope, Some(part));
                }
            }
            None => {}
        }
    }

    fn assigned(&mut self, set: &'d Entries<Assigned>) {
        self.keys(Kind::Field, set);
        let values = set.iter().filter_map(|entry| entry.value.expression());
        values.for_each(|value| self.expression(value));
    }

    /// States and groups by name.
    fn sources(&mut self, names: &OneOrMany<Name>) {
        for name in names {
            match self.resolve("", &name.value) {
                Some(_) => self.state("", name),
                None => self.name(Kind::Group, name),
            }
        }
    }

    /// Where the targets of a row are looked up: beside its first source.
    fn beside(&self, sources: &OneOrMany<Name>) -> String {
        let first = sources.iter().next();
        let path = first.and_then(|name| self.resolve("", &name.value));
        let around = path.as_deref().and_then(|path| path.rsplit_once('.'));
        around.map_or(String::new(), |(around, _)| around.to_owned())
    }

    /// The path that the name of a state means in a scope: the nearest one, looking outward.
    fn resolve(&self, scope: &str, name: &str) -> Option<String> {
        let mut scope = scope;
        loop {
            let path = within(scope, name);
            if self.symbols.get(Kind::State, &path).is_some() {
                return Some(path);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(around, _)| around);
        }
    }

    fn state(&mut self, scope: &str, name: &Name) {
        if let Some(path) = self.resolve(scope, &name.value) {
            self.symbols.of_path(&path, &name.value, name.span);
        }
    }

    fn name(&mut self, kind: Kind, name: &Name) {
        let span = inner(name.span, name.value.len());
        self.symbols.used(kind, &name.value, span);
    }

    fn all<'n>(&mut self, kind: Kind, names: impl IntoIterator<Item = &'n Name>) {
        names.into_iter().for_each(|name| self.name(kind, name));
    }

    fn keys<T>(&mut self, kind: Kind, entries: &Entries<T>) {
        entries
            .iter()
            .for_each(|entry| self.name(kind, &entry.name));
    }

    fn setting(&mut self, value: Option<&Or<Literal>>) {
        if let Some(Or::Setting(name)) = value {
            let whole = format!("settings.{}", name.value);
            let span = last(name.span, &whole, name.value.len());
            self.symbols.used(Kind::Setting, &name.value, span);
        }
    }

    fn guards(&mut self, guards: Option<&'d OneOrMany<Guard>>) {
        for guard in guards.into_iter().flatten() {
            match guard {
                Guard::Written(expression) => self.expression(expression),
                Guard::Inline(guard) => self.expression(&guard.condition),
            }
        }
    }

    fn expression(&mut self, expression: &Expression) {
        if expression.lines.is_none() {
            return;
        }
        for word in words(&expression.text) {
            let place = |at: &Range<usize>| expression.place(at.start, at.end);
            self.symbols.word(&word, self.event, place);
        }
    }

    fn used(&mut self, kind: Kind, path: &str, span: Span) {
        self.symbols.used(kind, path, span);
    }

    /// Names of parts of the file, as `sealed:` has them.
    fn paths(&mut self, paths: &Paths) {
        let Paths::Parts(sections) = paths else {
            return;
        };
        for section in sections {
            let Some(kind) = Kind::of_section(&section.name.value) else {
                continue;
            };
            self.parts(kind, "", &section.value);
        }
    }

    /// Names of a kind within another, and of parts of what they name.
    fn parts(&mut self, kind: Kind, around: &str, paths: &Paths) {
        match paths {
            Paths::Names(names) => {
                for name in names {
                    self.part(kind, around, name);
                }
            }
            Paths::Parts(entries) => {
                for entry in entries {
                    self.part(kind, around, &entry.name);
                    let path = within(around, &entry.name.value);
                    self.within(kind, &path, &entry.value);
                }
            }
        }
    }

    fn part(&mut self, kind: Kind, around: &str, name: &Name) {
        let span = inner(name.span, name.value.len());
        self.used(kind, &within(around, &name.value), span);
    }

    /// Names under the keys of a state or an event.
    fn within(&mut self, kind: Kind, path: &str, paths: &Paths) {
        let Paths::Parts(keys) = paths else {
            return;
        };
        for key in keys {
            let (kind, around) = match (kind, key.name.value.as_str()) {
                (Kind::State, "states" | "regions") => (Kind::State, path),
                (Kind::State, "timers") => (Kind::Timer, path),
                (Kind::State, "flags") => (Kind::Flag, ""),
                (Kind::State, "attributes") => (Kind::Attribute, ""),
                (Kind::Event, "payload") => (Kind::Payload, path),
                _ => continue,
            };
            self.parts(kind, around, &key.value);
        }
    }
}

/// The last characters of a scalar, which has a prefix that is no part of a name.
fn last(span: Span, written: &str, length: usize) -> Span {
    let span = inner(span, written.len());
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    Span {
        start: span.end.saturating_sub(length).max(span.start),
        ..span
    }
}
