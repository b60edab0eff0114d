//! An order read back from its line: every name found again, every number and time looked at.
//!
//! In: a [`Stored`] and the workflow that it was made under. Out: the [`Instance`], and a sentence for everything that
//! does not fit.

use std::collections::{BTreeMap, BTreeSet};

use litemap::LiteMap;
use serde_json::{Map, Value as Json};

use super::stored::{
    FORMAT, Stored, StoredEvent, StoredSuspended, StoredTimer, timer_at, timer_path,
};
use super::{Instance, PendingEvent, RunningTimer, SuspendedTimer};
use crate::context::Cells;
use crate::diagnostic::{closest, meant};
use crate::graph::{Id, Kind, StateId, TimerId, Workflow};
use crate::guard::ChildCounts;
use crate::time::{Instant, parse_instant};

/// No order has made more steps, nor armed more timers: what JSON's readers keep exactly.
const MOST: u64 = (1 << 53) - 1;

/// Reads an order, with what does not fit.
pub(super) fn read(workflow: &Workflow, stored: &Stored) -> (Option<Instance>, Vec<String>) {
    let mut reading = Reading {
        workflow,
        problems: Vec::new(),
    };
    let instance = reading.instance(stored);
    (instance, reading.problems)
}

struct Reading<'w> {
    workflow: &'w Workflow,
    problems: Vec<String>,
}

impl Reading<'_> {
    fn problem<T>(&mut self, problem: impl Into<String>) -> Option<T> {
        self.problems.push(problem.into());
        None
    }

    fn instance(&mut self, stored: &Stored) -> Option<Instance> {
        let workflow = self.workflow;
        if stored.instance != FORMAT {
            let found = stored.instance;
            return self.problem(format!(
                "the form `{found}` of orders is not read: it is {FORMAT}"
            ));
        }
        if (stored.workflow.as_str(), stored.version) != (workflow.name.as_str(), workflow.version)
        {
            let (name, version) = (&stored.workflow, stored.version);
            let is = format!("`{}` version {}", workflow.name, workflow.version);
            return self.problem(format!(
                "it is an order of `{name}` version {version}, not of {is}"
            ));
        }
        self.numbers(stored);
        let configuration = self.configuration(&stored.states)?;
        let updated_at = self.instant("updated_at", &stored.updated_at)?;
        let mut entered_at: LiteMap<StateId, Instant> =
            configuration.iter().map(|&id| (id, updated_at)).collect();
        for (path, at) in &stored.entered_at {
            let (id, at) = (
                self.state(path),
                self.instant(&format!("entered_at of {path}"), at),
            );
            match id.filter(|id| configuration.contains(id)).zip(at) {
                Some((id, at)) => _ = entered_at.insert(id, at),
                None if id.is_some() => {
                    self.problem::<()>(format!("`entered_at` names `{path}`, which is not active"));
                }
                None => {}
            }
        }
        let mut instance = Instance {
            sequence: stored.sequence,
            context: self.context(&stored.context),
            children: self.children(&stored.children),
            entered_at,
            timers: LiteMap::new(),
            spent: stored
                .spent
                .iter()
                .filter_map(|path| self.timer(path))
                .collect(),
            suspended: self.suspended(&stored.suspended),
            past: self.lists(&stored.past),
            origins: self.lists(&stored.origins),
            pending: Vec::new(),
            generations: stored.generations,
            updated_at,
            configuration,
        };
        self.timers(&mut instance, &stored.timers);
        self.pending(&mut instance, &stored.pending);
        Some(instance)
    }

    /// Numbers that only count up leave room for those that follow, and none stands for two things.
    fn numbers(&mut self, stored: &Stored) {
        let timers = stored.timers.values().map(|timer| timer.generation);
        let pending = stored.pending.iter().map(|pending| pending.generation);
        let generations: Vec<u64> = timers.chain(pending).flatten().collect();
        let largest = generations.iter().copied().max().unwrap_or_default();
        for (what, number) in [
            ("sequence", stored.sequence),
            ("generations", stored.generations),
            ("generation", largest),
        ] {
            if number > MOST {
                self.problem::<()>(format!("`{what}`: {number} is more than {MOST}"));
            }
        }
        let mut known = BTreeSet::new();
        for number in generations {
            if !known.insert(number) {
                self.problem::<()>(format!("`generation`: {number} stands for two"));
            }
        }
    }

    /// The innermost states with those around them: one of the whole and of each compound state, all
    /// regions of each parallel one.
    fn configuration(&mut self, paths: &[String]) -> Option<Vec<StateId>> {
        let workflow = self.workflow;
        let mut active = Vec::new();
        if paths.is_empty() {
            return self.problem("`states` names no state");
        }
        for path in paths {
            let id = self.state(path)?;
            if active.contains(&id) {
                return self.problem(format!("`states` names `{path}` twice"));
            }
            if !workflow.states.at(id).is_atomic() {
                return self.problem(format!("`{path}` has states within: name the innermost"));
            }
            active.push(id);
            active.extend(workflow.ancestors(id));
        }
        active.sort_unstable();
        active.dedup();
        let within = |id: StateId| {
            let inner = workflow.states.at(id).children.iter();
            inner.filter(|id| active.contains(id)).count()
        };
        let complete = within(StateId::ROOT) == 1
            && active.iter().all(|&id| match workflow.states.at(id).kind {
                Kind::Atomic | Kind::Final => true,
                Kind::Compound { .. } => within(id) == 1,
                Kind::Parallel => within(id) == workflow.states.at(id).children.len(),
            });
        match complete {
            true => Some(active),
            false => self.problem(format!(
                "an order cannot be in `{}` at once",
                paths.join(" + ")
            )),
        }
    }

    fn state(&mut self, path: &str) -> Option<StateId> {
        let workflow = self.workflow;
        if let Some(id) = workflow.state_named(path) {
            return Some(id);
        }
        let states = workflow.states.rows().iter().skip(1);
        let like = closest(path, states.map(|state| state.path.as_str()));
        self.problem(format!("there is no state `{path}`{}", meant(like)))
    }

    fn timer(&mut self, path: &str) -> Option<TimerId> {
        let workflow = self.workflow;
        if let Some(id) = timer_at(workflow, path) {
            return Some(id);
        }
        let known: Vec<String> = workflow
            .timers
            .ids()
            .map(|id| timer_path(workflow, id))
            .collect();
        let like = closest(path, known.iter().map(String::as_str));
        self.problem(format!("there is no timer `{path}`{}", meant(like)))
    }

    fn instant(&mut self, what: &str, text: &str) -> Option<Instant> {
        match parse_instant(text) {
            Ok(at) => Some(at),
            Err(error) => self.problem(format!("`{what}`: {error}")),
        }
    }

    fn context(&mut self, given: &Map<String, Json>) -> Cells {
        let workflow = self.workflow;
        for name in given.keys() {
            let known = || {
                workflow
                    .fields
                    .rows()
                    .iter()
                    .map(|field| field.name.as_str())
            };
            if !known().any(|known| known == name) {
                let hint = meant(closest(name, known()));
                self.problem::<()>(format!("there is no field `{name}`{hint}"));
            }
        }
        let mut cells = Cells::new(&workflow.layout);
        for (id, field) in workflow.fields.iter() {
            let plain = given.get(&field.name).filter(|plain| !plain.is_null());
            let value = match plain.map(|plain| field.ty.read_field(plain, field.personal)) {
                Some(Ok(value)) => Some(value),
                Some(Err(error)) => self.problem(format!("`{}`: {error}", field.name)),
                None if field.required => self.problem(format!("`{}` is missing", field.name)),
                None => field.default.clone(),
            };
            cells.set(id.index(), value);
        }
        cells
    }

    fn children(&mut self, given: &BTreeMap<String, ChildCounts>) -> Vec<ChildCounts> {
        let workflow = self.workflow;
        for (name, counts) in given {
            let set = workflow
                .children
                .rows()
                .iter()
                .find(|set| set.name == *name);
            match set {
                None => self.problem::<()>(format!("there is no set of children `{name}`")),
                Some(set) => {
                    let states = counts.by_state.states();
                    let unknown: Vec<&str> = states.filter(|state| !set.has_state(state)).collect();
                    match unknown.is_empty() {
                        true => Some(()),
                        false => {
                            let unknown = unknown.join("`, `");
                            self.problem(format!("children of `{name}` have no state `{unknown}`"))
                        }
                    }
                }
            };
        }
        let sets = workflow.children.rows().iter();
        sets.map(|set| given.get(&set.name).cloned().unwrap_or_default())
            .collect()
    }

    fn timers(&mut self, instance: &mut Instance, given: &BTreeMap<String, StoredTimer>) {
        let known = given.values().filter_map(|timer| timer.generation);
        let next = known.max().map_or(0, |last| last.saturating_add(1));
        instance.generations = instance.generations.max(next);
        for (path, timer) in given {
            let (id, due) = (
                self.timer(path),
                self.instant(&format!("due of {path}"), &timer.due),
            );
            let Some((id, due)) = id.zip(due) else {
                continue;
            };
            if !instance.is_active(self.workflow.timers.at(id).state) {
                self.problem::<()>(format!(
                    "the timer `{path}` runs, and its state is not active"
                ));
                continue;
            }
            let generation = timer.generation.unwrap_or_else(|| {
                instance.generations += 1;
                instance.generations - 1
            });
            instance.timers.insert(id, RunningTimer { due, generation });
        }
    }

    fn pending(&mut self, instance: &mut Instance, given: &[StoredEvent]) {
        let known = given.iter().filter_map(|pending| pending.generation);
        let next = known.max().map_or(0, |last| last.saturating_add(1));
        instance.generations = instance.generations.max(next);
        for pending in given {
            let due = self.instant(&format!("due of {}", pending.event), &pending.due);
            let Some(id) = self.workflow.event_named(&pending.event) else {
                self.problem::<()>(format!("there is no event `{}`", pending.event));
                continue;
            };
            let event = self.workflow.events.at(id);
            let mut payload = Cells::new(&event.layout);
            for (name, value) in &pending.payload {
                let slot = event.payload.iter().position(|field| field.name == *name);
                let Some((slot, field)) = slot.and_then(|at| Some((at, event.payload.get(at)?)))
                else {
                    self.problem::<()>(format!("`{}` knows no `{name}`", pending.event));
                    continue;
                };
                match field.ty.read_field(value, field.personal) {
                    Ok(value) => payload.set(slot, Some(value)),
                    Err(error) => self.problem(format!("`{name}`: {error}")).unwrap_or(()),
                }
            }
            for field in &event.payload {
                if !field.optional && !pending.payload.contains_key(&field.name) {
                    let name = &field.name;
                    self.problem::<()>(format!(
                        "`{}` brings no `{name}`, which is required",
                        event.name
                    ));
                }
            }
            let generation = pending.generation.unwrap_or_else(|| {
                instance.generations += 1;
                instance.generations - 1
            });
            if let Some(due) = due {
                instance.pending.push(PendingEvent {
                    event: id,
                    payload,
                    due,
                    generation,
                });
            }
        }
    }

    fn suspended(
        &mut self,
        given: &BTreeMap<String, StoredSuspended>,
    ) -> BTreeMap<TimerId, SuspendedTimer> {
        let mut found = BTreeMap::new();
        for (path, timer) in given {
            let id = self.timer(path);
            let due = self.instant(&format!("due of {path}"), &timer.due);
            let left_at = self.instant(&format!("left_at of {path}"), &timer.left_at);
            if let (Some(id), Some(due), Some(left_at)) = (id, due, left_at) {
                found.insert(id, SuspendedTimer { due, left_at });
            }
        }
        found
    }

    fn lists(&mut self, given: &BTreeMap<String, Vec<String>>) -> BTreeMap<StateId, Vec<StateId>> {
        let mut found = BTreeMap::new();
        for (path, inner) in given {
            let inner: Vec<StateId> = inner.iter().filter_map(|path| self.state(path)).collect();
            if let Some(id) = self.state(path) {
                found.insert(id, inner);
            }
        }
        found
    }
}
