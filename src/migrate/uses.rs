//! Where a migration file uses the names of both versions.
//!
//! In: a migration file, and the names of each version. Out: the same names, with their places in the file. Names
//! that neither version has are passed over here.

use super::document::{EventRule, Mapping, PlanFile};
use crate::document::Name;
use crate::symbols::{Kind, Symbols};

/// Notes the places of all names.
pub fn uses(file: &PlanFile, old: &mut Symbols, new: &mut Symbols) {
    for entry in &file.states.0 {
        note(old, Kind::State, &entry.name);
        let Mapping {
            to,
            keep,
            release,
            effects,
            back,
            past,
            ..
        } = &entry.value;
        all(new, Kind::State, &to.0);
        all(new, Kind::State, back.iter().flat_map(|back| &back.0));
        all(new, Kind::State, past.iter().flatten());
        all(old, Kind::Flag, keep);
        all(old, Kind::Flag, release);
        all(new, Kind::Effect, effects.iter().flatten());
    }
    for entry in &file.timers.0 {
        let Name { value, span } = &entry.name;
        match is_of(old, value) || !is_of(new, value) {
            true => old.note_timer(value, *span),
            false => new.note_timer(value, *span),
        }
        if let Some(target) = &entry.value.target {
            new.note_timer(&target.value, target.span);
        }
    }
    for entry in &file.events {
        note(old, Kind::Event, &entry.name);
        if let EventRule::As(name) = &entry.value {
            note(new, Kind::Event, name);
        }
    }
    for entry in &file.children {
        note(old, Kind::Children, &entry.name);
        all(new, Kind::Children, &entry.value.to);
    }
    for entry in &file.context {
        note(new, Kind::Field, &entry.name);
        all(old, Kind::Field, &entry.value.from);
    }
    all(old, Kind::Field, &file.drop);
    old.settle();
    new.settle();
}

/// Whether a version has a timer, `STATE.TIMER`; `expires` is one of any state.
fn is_of(version: &Symbols, path: &str) -> bool {
    match path.rsplit_once('.') {
        Some((state, "expires")) => version.get(Kind::State, state).is_some(),
        _ => version.get(Kind::Timer, path).is_some(),
    }
}

fn note(symbols: &mut Symbols, kind: Kind, name: &Name) {
    symbols.note(kind, &name.value, name.span);
}

fn all<'n>(symbols: &mut Symbols, kind: Kind, names: impl IntoIterator<Item = &'n Name>) {
    names.into_iter().for_each(|name| note(symbols, kind, name));
}
