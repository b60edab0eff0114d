//! The tables of settings and of slots.

use std::collections::BTreeMap;

use super::{Tables, listed};
use crate::context::Value;
use crate::document::{Entries, Literal};
use crate::graph::{AttributeId, Id, Setting, State};
use crate::scenario::{SettingRow, SlotTable};
use crate::source::Span;

impl Tables<'_> {
    /// Every setting with its default and bounds.
    pub(super) fn settings(&mut self, table: &Entries<SettingRow>) {
        let declared: Vec<&Setting> = self.workflow.settings.rows().iter().collect();
        let own = |setting: &&&Setting| setting.span.is_some();
        let names: Vec<&str> = declared
            .iter()
            .filter(own)
            .map(|s| s.name.as_str())
            .collect();
        let built_in = declared.iter().filter(|setting| setting.span.is_none());
        let more: Vec<&str> = built_in.map(|setting| setting.name.as_str()).collect();
        self.names("setting", table, &names, &more);
        for entry in table {
            let name = entry.name.value.as_str();
            let Some(setting) = declared.iter().find(|setting| setting.name == name) else {
                continue;
            };
            let row = &entry.value;
            let values = [
                ("default", &row.default, &setting.default),
                ("min", &row.min, &setting.min),
                ("max", &row.max, &setting.max),
            ];
            for (what, here, workflow) in values {
                self.bound(setting, what, here.as_ref(), workflow.as_ref());
            }
        }
    }

    fn bound(
        &mut self,
        setting: &Setting,
        what: &str,
        here: Option<&Literal>,
        workflow: Option<&Value>,
    ) {
        let Some(literal) = here else {
            return;
        };
        let here = match literal.text.as_str() {
            "none" => None,
            _ => match self.value(literal, &setting.ty) {
                Some(value) => Some(value),
                None => return,
            },
        };
        let shown = |value: Option<&Value>| value.map_or("none".to_owned(), |v| format!("`{v}`"));
        let what = format!("the {what} of setting `{}`", setting.name);
        self.same(literal.span, &what, &shown(here.as_ref()), &shown(workflow));
    }

    /// Which attributes make a slot, and which states share one.
    pub(super) fn slot(&mut self, table: &SlotTable) {
        let workflow = self.workflow;
        let name = |id: &AttributeId| workflow.attributes.at(*id).name.clone();
        let slot = workflow.slot.as_ref();
        if let Some(by) = &table.by {
            let here: Vec<String> = by.iter().map(|name| name.value.clone()).collect();
            let found: Vec<String> =
                slot.map_or_else(Vec::new, |slot| slot.by.iter().map(name).collect());
            let place = by.iter().next().map_or(self.file, |name| name.span);
            self.same(
                place,
                "the attributes of a slot",
                &listed(&here),
                &listed(&found),
            );
        }
        if let Some(rank) = &table.rank {
            let found = slot.and_then(|slot| slot.rank).map(|id| name(&id));
            let found: Vec<String> = found.into_iter().collect();
            let here = [rank.value.clone()];
            self.same(
                rank.span,
                "the rank within a slot",
                &listed(&here),
                &listed(&found),
            );
        }
        self.required(table);
        self.shared(table);
    }

    fn required(&mut self, table: &SlotTable) {
        let Some(required) = &table.required else {
            return;
        };
        let workflow = self.workflow;
        let slot = workflow.slot.as_ref();
        let mut here: Vec<String> = required.iter().map(combination).collect();
        let found = slot.map_or(&[][..], |slot| &slot.required);
        let mut found: Vec<String> = found
            .iter()
            .map(|(values, _)| {
                let by = slot.map_or(&[][..], |slot| &slot.by).iter().zip(values);
                let pairs = by.map(|(id, value)| (name_of(workflow, *id), value.to_string()));
                joined(pairs.collect())
            })
            .collect();
        here.sort();
        found.sort();
        let place = first_place(required.first()).unwrap_or(self.file);
        self.same(place, "the required slots", &listed(&here), &listed(&found));
    }

    fn shared(&mut self, table: &SlotTable) {
        let Some(shared) = &table.shared else {
            return;
        };
        let row = |names: Vec<String>| names.join(" > ");
        let mut here: Vec<String> = shared
            .iter()
            .map(|names| row(names.iter().map(|name| name.value.clone()).collect()))
            .collect();
        let mut found: Vec<String> = self.slots().into_iter().map(row).collect();
        here.sort();
        found.sort();
        let first = shared.first().and_then(|names| names.iter().next());
        let place = first.map_or(self.file, |name| name.span);
        self.same(place, "the shared slots", &listed(&here), &listed(&found));
    }

    /// The names of the states of each slot that several states share, by rank.
    fn slots(&self) -> Vec<Vec<String>> {
        let Some(slot) = &self.workflow.slot else {
            return Vec::new();
        };
        let value = |state: &State, id: AttributeId| {
            let found = state.attributes.get(id.index());
            found.and_then(Option::as_ref).cloned()
        };
        let mut slots: BTreeMap<String, Vec<(Option<i64>, String)>> = BTreeMap::new();
        for state in self.workflow.top_level() {
            let values: Vec<String> = slot
                .by
                .iter()
                .filter_map(|&id| Some(value(state, id)?.to_string()))
                .collect();
            let rank = match slot.rank.and_then(|id| value(state, id)) {
                Some(Value::Integer(rank)) => Some(rank),
                _ => None,
            };
            if values.len() == slot.by.len() {
                let states = slots.entry(values.join(" + ")).or_default();
                states.push((rank, state.name.clone()));
            }
        }
        let shared = slots.into_values().filter(|states| states.len() > 1);
        shared
            .map(|mut states| {
                states.sort();
                states.into_iter().map(|(_, name)| name).collect()
            })
            .collect()
    }
}

fn name_of(workflow: &crate::graph::Workflow, id: AttributeId) -> String {
    workflow.attributes.at(id).name.clone()
}

fn combination(written: &Entries<Literal>) -> String {
    let pairs = written.iter();
    joined(
        pairs
            .map(|entry| (entry.name.value.clone(), entry.value.text.clone()))
            .collect(),
    )
}

fn joined(mut pairs: Vec<(String, String)>) -> String {
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(k, v)| format!("{k} {v}")).collect();
    pairs.join(" + ")
}

fn first_place(entries: Option<&Entries<Literal>>) -> Option<Span> {
    Some(entries?.iter().next()?.name.span)
}
