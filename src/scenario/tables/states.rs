//! The table of states.

use std::collections::BTreeMap;

use super::{Tables, listed, listed_sorted, mapped};
use crate::context::Value;
use crate::diagnostic::Diagnostic;
use crate::document::{Entries, Literal, Name};
use crate::drive::rule::MISTYPED_VALUE;
use crate::graph::{
    Amount, Anchor, Expires, FlagId, Id, Inferred, Origin, State, StateId, Target, Timer, Workflow,
};
use crate::scenario::{InferredRow, Marker, StateRow, TitleRow};
use crate::source::{Span, Spanned};
use crate::time::Duration;

impl Tables<'_> {
    /// Every top-level state, and those within that the table names.
    pub(super) fn states(&mut self, table: &Entries<StateRow>) {
        let workflow = self.workflow;
        let names: Vec<&str> = workflow.top_level().map(|s| s.path.as_str()).collect();
        let within = workflow
            .states
            .rows()
            .iter()
            .filter(|state| state.depth > 1);
        let more: Vec<&str> = within.map(|state| state.path.as_str()).collect();
        self.names("state", table, &names, &more);
        for entry in table {
            if let Some(id) = workflow.state_named(&entry.name.value) {
                self.state(workflow.states.at(id), &entry.name, &entry.value);
            }
        }
    }

    fn state(&mut self, state: &State, name: &Name, row: &StateRow) {
        let span = name.span;
        if let Some(title) = &row.title {
            self.title(state, span, title);
        }
        if let Some(attributes) = &row.attributes {
            self.attributes(state, span, attributes);
        }
        if let Some(flags) = &row.flags {
            self.flags(state, span, flags);
        }
        if let Some(timers) = &row.timers {
            self.timers(state, span, timers);
        }
        if let Some(markers) = &row.is {
            let here = markers.iter().map(|marker| word(marker.value).to_owned());
            let found = markers_of(self.workflow, state);
            let what = format!("the markers of `{}`", state.path);
            self.same(
                span,
                &what,
                &listed_sorted(here.collect()),
                &listed_sorted(found),
            );
        }
        if let Some(inferred) = &row.inferred {
            let what = format!("what is inferred of `{}`", state.path);
            let found = inferred_of(&state.inferred);
            self.same(span, &what, &inferred_here(inferred), &found);
        }
        if let Some(groups) = &row.groups {
            let here = groups.iter().map(|name| name.value.clone()).collect();
            let groups = self.workflow.groups.rows().iter();
            let found = groups.filter(|group| group.states.contains(&state.id));
            let found = found.map(|group| group.name.clone()).collect();
            let what = format!("the groups of `{}`", state.path);
            self.same(span, &what, &listed_sorted(here), &listed_sorted(found));
        }
        if let Some(enter) = &row.enter {
            let here = enter.iter().map(|name| name.value.clone()).collect();
            let found = match &state.enter.by {
                None => vec!["any".to_owned()],
                Some(by) => by
                    .members
                    .iter()
                    .map(|&id| self.workflow.actors.at(id).name.clone())
                    .collect(),
            };
            let what = format!("who alone may enter `{}`", state.path);
            self.same(span, &what, &listed_sorted(here), &listed_sorted(found));
        }
    }

    fn title(&mut self, state: &State, span: Span, row: &TitleRow) {
        let here = match row {
            TitleRow::Text(text) => BTreeMap::from([("default".to_owned(), text.value.clone())]),
            TitleRow::By(titles) => {
                let titles = titles.iter();
                titles
                    .map(|entry| (entry.name.value.clone(), entry.value.value.clone()))
                    .collect()
            }
        };
        let mut found: BTreeMap<String, String> = state.title.by.iter().cloned().collect();
        found.insert("default".to_owned(), state.title.text.clone());
        let what = format!("the title of `{}`", state.path);
        self.same(span, &what, &mapped(here), &mapped(found));
    }

    fn attributes(&mut self, state: &State, span: Span, row: &Entries<Literal>) {
        let attributes = self.workflow.attributes.rows();
        let mut here = BTreeMap::new();
        for entry in row {
            let name = entry.name.value.as_str();
            let declared = attributes.iter().find(|attribute| attribute.name == name);
            let value = match declared {
                Some(attribute) => self.value(&entry.value, &attribute.ty),
                None => None,
            };
            let value = value.map_or_else(|| entry.value.text.clone(), |v| v.to_string());
            here.insert(name.to_owned(), value);
        }
        let values = attributes.iter().zip(&state.attributes);
        let found = values
            .filter_map(|(a, value)| Some((a.name.clone(), value.as_ref()?.to_string())))
            .collect();
        let what = format!("the attributes of `{}`", state.path);
        self.same(span, &what, &mapped(here), &mapped(found));
    }

    fn flags(&mut self, state: &State, span: Span, row: &Entries<Literal>) {
        let declared = self.workflow.flags.rows();
        let mut here = BTreeMap::new();
        for entry in row {
            let name = entry.name.value.as_str();
            let literal = &entry.value;
            let flag = declared.iter().find(|flag| flag.name == name);
            let value = match flag {
                Some(flag) if !literal.text.starts_with("settings.") => {
                    self.value(literal, &flag.ty)
                }
                _ => None,
            };
            let default = flag.map(|flag| &flag.default);
            if value.is_none() || value.as_ref() != default {
                let value = value.map_or_else(|| literal.text.clone(), |v| v.to_string());
                here.insert(name.to_owned(), value);
            }
        }
        let found = state.flags.iter().enumerate().filter_map(|(index, given)| {
            let flag = self.workflow.flags.at(FlagId::from_index(index));
            let value = self.origin(&given.value);
            let differs = given.value != Origin::Literal(flag.default.clone());
            differs.then(|| (flag.name.clone(), value))
        });
        let found = found.collect();
        let what = format!("the flags of `{}`", state.path);
        self.same(span, &what, &mapped(here), &mapped(found));
    }

    fn origin(&self, origin: &Origin) -> String {
        match origin {
            Origin::Literal(value) => Value::to_string(value),
            Origin::Setting(id) => format!("settings.{}", self.workflow.settings.at(*id).name),
        }
    }

    fn timers(&mut self, state: &State, span: Span, row: &Entries<Spanned<String>>) {
        let here = row.iter().map(|entry| {
            let text = normal(&entry.value.value);
            (entry.name.value.clone(), text)
        });
        let here: BTreeMap<String, String> = here.collect();
        let timers = state.timers.iter().map(|&id| self.workflow.timers.at(id));
        let mut found: BTreeMap<String, String> = timers
            .map(|timer| (timer.name.clone(), timer_words(self.workflow, timer)))
            .collect();
        if matches!(state.expires, Expires::Never(_)) {
            found.insert("expires".to_owned(), "never".to_owned());
        }
        for entry in row {
            let text = &entry.value.value;
            let known = ["after ", "at ", "never"];
            if !known.iter().any(|start| text.starts_with(start)) {
                let message = format!("`{text}` does not say when a timer is due");
                let help = "write `after 20m -> STATE`, `at order.FIELD -> STATE` or `never`";
                let diagnostic = Diagnostic::new(&MISTYPED_VALUE, entry.value.span, message);
                self.report.push(diagnostic.help(help));
            }
        }
        let what = format!("the timers of `{}`", state.path);
        self.same(span, &what, &mapped(here), &mapped(found));
    }
}

/// One form for the text of a timer: single blanks, durations as they are written shortest.
fn normal(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let duration = word.parse::<Duration>();
        duration.map_or_else(|_| word.to_owned(), |duration| duration.to_string())
    });
    words.collect::<Vec<String>>().join(" ")
}

/// A timer in words: when it is due, and where it leads.
fn timer_words(workflow: &Workflow, timer: &Timer) -> String {
    let after = match timer.due.after {
        Amount::Literal(duration) => duration.to_string(),
        Amount::Setting(id) => format!("settings.{}", workflow.settings.at(id).name),
    };
    let due = match timer.due.anchor {
        Anchor::Entry => format!("after {after}"),
        Anchor::Day => format!("after {after} from day"),
        Anchor::Field(id) => {
            let field = &workflow.fields.at(id).name;
            match timer.due.after {
                Amount::Literal(duration) if duration == Duration::default() => {
                    format!("at order.{field}")
                }
                _ => format!("after {after} from order.{field}"),
            }
        }
    };
    let row = workflow.rows.at(timer.row);
    let targets = row.branches.iter().filter(|b| b.target != Target::Stay);
    let mut ways: Vec<String> = targets
        .flat_map(|branch| super::rows::target_words(workflow, &branch.target))
        .collect();
    ways.extend(
        row.deed
            .raise
            .iter()
            .map(|raise| workflow.events.at(raise.event).name.clone()),
    );
    match ways.is_empty() {
        true => due,
        false => format!("{due} -> {}", ways.join(" or ")),
    }
}

fn markers_of(workflow: &Workflow, state: &State) -> Vec<String> {
    let named = |list: &[(String, Span, Option<StateId>)]| {
        list.iter().any(|(_, _, id)| *id == Some(state.id))
    };
    let markers = [
        (Marker::Final, state.is_final()),
        (Marker::Hidden, state.hidden),
        (Marker::Immutable, state.immutable),
        (Marker::Transient, state.transient),
        (Marker::Inactive, state.inactive),
        (Marker::Deprecated, state.deprecated.is_some()),
        (Marker::Undeletable, named(&workflow.mandatory.undeletable)),
        (
            Marker::Undeactivatable,
            named(&workflow.mandatory.undeactivatable),
        ),
    ];
    let held = markers.into_iter().filter(|(_, held)| *held);
    held.map(|(marker, _)| word(marker).to_owned()).collect()
}

fn word(marker: Marker) -> &'static str {
    match marker {
        Marker::Final => "final",
        Marker::Hidden => "hidden",
        Marker::Immutable => "immutable",
        Marker::Transient => "transient",
        Marker::Inactive => "inactive",
        Marker::Deprecated => "deprecated",
        Marker::Undeletable => "undeletable",
        Marker::Undeactivatable => "undeactivatable",
    }
}

fn inferred_of(inferred: &Inferred) -> String {
    match inferred {
        Inferred::Nothing => listed(&[]),
        Inferred::Whole => "all of it".to_owned(),
        Inferred::Properties(properties) => listed_sorted(properties.clone()),
    }
}

fn inferred_here(row: &InferredRow) -> String {
    match row {
        InferredRow::Whole(whole) if whole.value => "all of it".to_owned(),
        InferredRow::Whole(_) => listed(&[]),
        InferredRow::Properties(names) => {
            listed_sorted(names.iter().map(|name| name.value.clone()).collect())
        }
    }
}
