//! The tables of initial states, events and automatic transitions.

use super::{Tables, listed, listed_sorted};
use crate::document::{Entries, Name};
use crate::graph::{ActorId, Row, Target, Trigger, Workflow};
use crate::scenario::{Listed, TransitionRow};
use crate::source::Span;

impl Tables<'_> {
    /// Where orders start, in order.
    pub(super) fn initial(&mut self, table: &Listed<Name>) {
        let here: Vec<String> = table.iter().map(|name| name.value.clone()).collect();
        let targets = self
            .workflow
            .initial
            .iter()
            .filter_map(|branch| branch.target);
        let found: Vec<String> = targets
            .map(|id| self.workflow.states.at(id).path.clone())
            .collect();
        let place = table.iter().next().map_or(self.file, |name| name.span);
        self.same(place, "where orders start", &listed(&here), &listed(&found));
    }

    /// Every event with its rows.
    pub(super) fn transitions(&mut self, table: &Entries<Listed<TransitionRow>>) {
        let workflow = self.workflow;
        let events = workflow.events.rows().iter();
        let names: Vec<&str> = events.map(|event| event.name.as_str()).collect();
        self.names("event", table, &names, &[]);
        for entry in table {
            let Some(event) = workflow.event_named(&entry.name.value) else {
                continue;
            };
            let rows = self.rows_of(Trigger::Event(event));
            let what = format!("event `{}`", entry.name);
            self.rows(&what, entry.name.span, &entry.value.0, &rows);
        }
    }

    /// Every automatic transition.
    pub(super) fn always(&mut self, table: &[TransitionRow]) {
        let rows = self.rows_of(Trigger::Always);
        let place = table.first().map_or(self.file, |row| row.span);
        self.rows("automatic transitions", place, table, &rows);
    }

    fn rows_of(&self, trigger: Trigger) -> Vec<Row> {
        let rows = self.workflow.rows.rows().iter();
        rows.filter(|row| row.trigger == trigger).cloned().collect()
    }

    fn rows(&mut self, what: &str, place: Span, here: &[TransitionRow], workflow: &[Row]) {
        let count = |number: usize| match number {
            1 => "1 row".to_owned(),
            number => format!("{number} rows"),
        };
        self.same(place, what, &count(here.len()), &count(workflow.len()));
        if here.len() != workflow.len() {
            return;
        }
        for (index, (here, row)) in here.iter().zip(workflow).enumerate() {
            let what = match workflow.len() {
                1 => what.to_owned(),
                _ => format!("{what}, row {}", index + 1),
            };
            self.row(&what, here, row);
        }
    }

    fn row(&mut self, what: &str, here: &TransitionRow, row: &Row) {
        let workflow = self.workflow;
        let span = here.span;
        let sources = row.transitions.iter();
        let sources = sources.map(|id| workflow.transitions.at(id).source);
        let sources = sources.map(|id| workflow.states.at(id).path.clone());
        let from = here.from.iter().map(|name| name.value.clone());
        self.same(
            span,
            &format!("{what}: from where"),
            &listed(&from.collect::<Vec<_>>()),
            &listed(&sources.collect::<Vec<_>>()),
        );
        let to: Vec<String> = here.to.iter().map(|name| name.value.clone()).collect();
        let branches = row.branches.iter();
        let targets: Vec<String> = branches
            .flat_map(|branch| target_words(workflow, &branch.target))
            .collect();
        self.same(
            span,
            &format!("{what}: to where"),
            &listed(&to),
            &listed(&targets),
        );
        if let Some(by) = &here.by {
            let found = row.by.members.iter();
            let found = found
                .map(|&id| workflow.actors.at(id).name.clone())
                .collect();
            let here = self.actors(by);
            self.same(
                span,
                &format!("{what}: who may"),
                &listed_sorted(here),
                &listed_sorted(found),
            );
        }
        self.row_extras(what, here, row);
    }

    fn row_extras(&mut self, what: &str, here: &TransitionRow, row: &Row) {
        let workflow = self.workflow;
        let span = here.span;
        if let Some(guards) = &here.guard {
            let here: Vec<String> = guards.iter().map(|guard| guard.value.clone()).collect();
            let found = row.conditions.iter();
            let found: Vec<String> = found
                .map(|condition| {
                    condition
                        .name
                        .as_ref()
                        .unwrap_or(&condition.text)
                        .to_string()
                })
                .collect();
            self.same(
                span,
                &format!("{what}: what must hold"),
                &listed(&here),
                &listed(&found),
            );
        }
        if let Some(effects) = &here.effects {
            let here: Vec<String> = effects.iter().map(|name| name.value.clone()).collect();
            let branches = row.branches.iter().flat_map(|branch| &branch.deed.effects);
            let all = row.deed.effects.iter().chain(branches);
            let found: Vec<String> = all
                .map(|&id| workflow.effects.at(id).name.clone())
                .collect();
            self.same(
                span,
                &format!("{what}: the effects"),
                &listed(&here),
                &listed(&found),
            );
        }
        if let Some(inferred) = &here.inferred {
            let words = |inferred: bool| match inferred {
                true => "`inferred`",
                false => "stated by the page",
            };
            let (here, found) = (words(inferred.value), words(row.inferred));
            self.same(inferred.span, &format!("{what}: its source"), here, found);
        }
    }

    /// Actors by name; `any` is every declared one.
    fn actors(&self, by: &Listed<Name>) -> Vec<String> {
        if let [only] = by.0.as_slice()
            && only.value == "any"
        {
            let declared = self.workflow.actors.iter();
            let declared = declared.filter(|(id, _)| *id != ActorId::SYSTEM);
            return declared.map(|(_, actor)| actor.name.clone()).collect();
        }
        by.iter().map(|name| name.value.clone()).collect()
    }
}

/// A target in the words of the table.
pub(super) fn target_words(workflow: &Workflow, target: &Target) -> Vec<String> {
    let path = |id: crate::graph::StateId| workflow.states.at(id).path.clone();
    match target {
        Target::Stay => vec!["stay".to_owned()],
        Target::State(id) => vec![path(*id)],
        Target::Back => vec!["back".to_owned()],
        Target::Choose(states) => states.iter().map(|&id| path(id)).collect(),
        Target::History { state, deep, .. } => match deep {
            false => vec![format!("history of {}", path(*state))],
            true => vec![format!("deep history of {}", path(*state))],
        },
        Target::Several(parts) => vec![
            parts
                .iter()
                .flat_map(|part| target_words(workflow, part))
                .collect::<Vec<_>>()
                .join(" + "),
        ],
        Target::Unresolved => Vec::new(),
    }
}
