//! What of a workflow was run.
//!
//! In: the entries of families. Out: for each kind of thing that a workflow can do, how much of it
//! happened, and what did not. Coverages of one workflow are merged across scenarios and files.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::names::timer_names;
use super::refusals::here;
use crate::drive::{Entry, Place};
use crate::graph::{Id, State, StateId, Target, Trigger, Workflow};
use crate::instance::{Cause, Reason, Refusal, StepRecord};
use crate::source::Span;

/// A kind of thing that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An initial branch was taken.
    Initial,
    /// A state was entered.
    States,
    /// A transition was taken: a row from one of its sources, by one of its branches.
    Transitions,
    /// A timer fired.
    Timers,
    /// A guard held, and did not hold.
    Guards,
    /// An order was refused: by a guard with words of its own, for the actor, on entering, as immutable.
    Refusals,
    /// A flag took another value than its default.
    Flags,
}

impl Kind {
    /// The kind in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial branches",
            Self::States => "states",
            Self::Transitions => "transitions",
            Self::Timers => "timers",
            Self::Guards => "guards",
            Self::Refusals => "refusals",
            Self::Flags => "flags",
        }
    }
}

/// Something that can happen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// What it is, in words.
    pub label: String,
    /// Where it stands in the workflow; `None` for what is built in.
    #[serde(skip)]
    pub span: Option<Span>,
    /// How often it happened.
    pub times: u64,
}

/// What of a workflow happened, by kind and in document order.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    items: BTreeMap<Kind, Vec<Item>>,
    /// Where in `items` each thing is counted.
    places: BTreeMap<Key, (Kind, usize)>,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Initial(usize),
    State(StateId),
    Transition(usize, usize),
    Timer(usize),
    Guard(Place, usize, bool),
    Words(String),
    WrongActor(String),
    Enter(String),
    Immutable(String),
    Flag(String),
}

impl Coverage {
    /// All that can happen, nothing of which did.
    pub fn of(workflow: &Workflow) -> Self {
        let mut coverage = Self {
            items: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        coverage.list_states(workflow);
        coverage.list_transitions(workflow);
        coverage.list_guards(workflow);
        coverage.list_refusals(workflow);
        coverage
    }

    /// The kinds with their items.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, &[Item])> {
        self.items
            .iter()
            .map(|(kind, items)| (*kind, items.as_slice()))
    }

    /// How many things happened, and how many there are.
    pub fn counted(&self) -> (usize, usize) {
        let items = || self.items.values().flatten();
        let covered = items().filter(|item| item.times > 0);
        (covered.count(), items().count())
    }

    /// The share of things that happened, in percent rounded down; 100 where there is nothing.
    pub fn percent(&self) -> usize {
        let (covered, total) = self.counted();
        (covered * 100).checked_div(total).unwrap_or(100)
    }

    /// Adds what happened elsewhere; both must be of the same workflow.
    pub fn merge(&mut self, other: &Self) {
        for (kind, items) in &mut self.items {
            let others = other.items.get(kind).into_iter().flatten();
            for (item, other) in items.iter_mut().zip(others) {
                item.times += other.times;
            }
        }
    }

    /// Counts what happened in a family.
    pub fn observe(&mut self, workflow: &Workflow, entries: &[Entry]) {
        for entry in entries {
            for judged in &entry.judged {
                self.count(&Key::Guard(judged.place, judged.index, judged.held));
            }
            if let Some(record) = entry.record() {
                self.step(workflow, entry, record);
            }
            if let Some(refusal) = entry.refusal() {
                self.refusal(entry, refusal);
            }
        }
    }

    /// The coverage as plain text: a line for each kind, and what did not happen below.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (kind, items) in &self.items {
            let covered = items.iter().filter(|item| item.times > 0).count();
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{:<17} {covered}/{}", kind.as_str(), items.len());
            for item in items.iter().filter(|item| item.times == 0) {
                let _ = writeln!(out, "  not: {}", item.label);
            }
        }
        let ((covered, total), percent) = (self.counted(), self.percent());
        let _ = writeln!(out, "{:<17} {covered}/{total} ({percent} %)", "all");
        out
    }

    fn add(&mut self, kind: Kind, key: Key, label: String, span: Option<Span>) {
        if self.places.contains_key(&key) {
            return;
        }
        let items = self.items.entry(kind).or_default();
        self.places.insert(key, (kind, items.len()));
        items.push(Item {
            label,
            span,
            times: 0,
        });
    }

    fn count(&mut self, key: &Key) {
        let Some((kind, index)) = self.places.get(key) else {
            return;
        };
        let items = self.items.get_mut(kind);
        if let Some(item) = items.and_then(|items| items.get_mut(*index)) {
            item.times += 1;
        }
    }

    fn list_states(&mut self, workflow: &Workflow) {
        for (index, branch) in workflow.initial.iter().enumerate() {
            let to = branch.target.map_or("", |id| &workflow.states.at(id).path);
            let label = format!("start in {to}");
            self.add(Kind::Initial, Key::Initial(index), label, Some(branch.span));
        }
        for (id, state) in workflow
            .states
            .iter()
            .skip(1)
            .filter(|(_, state)| !state.inactive)
        {
            let label = state.path.clone();
            self.add(Kind::States, Key::State(id), label, Some(state.span));
        }
        for (id, flag) in workflow.flags.iter() {
            let used = workflow.states.rows().iter().any(|state| {
                let given = state.flags.get(id.index());
                given.is_some_and(|given| given.span.is_some())
            });
            if used || !id.is_built_in() {
                let label = flag.name.clone();
                self.add(Kind::Flags, Key::Flag(label.clone()), label, flag.span);
            }
        }
    }

    fn list_transitions(&mut self, workflow: &Workflow) {
        for (id, transition) in workflow.transitions.iter() {
            let row = workflow.rows.at(transition.row);
            let trigger = match row.trigger {
                Trigger::Event(event) => workflow.events.at(event).name.as_str(),
                Trigger::Always => "always",
                Trigger::Timer(_) => continue,
            };
            let from = &workflow.states.at(transition.source).path;
            for (index, branch) in row.branches.iter().enumerate() {
                let to = match &branch.target {
                    Target::State(state) => workflow.states.at(*state).path.clone(),
                    Target::Stay => "(stays)".to_owned(),
                    Target::Choose(_) => "(the caller's choice)".to_owned(),
                    Target::Back => "(back)".to_owned(),
                    Target::History { .. } | Target::Unresolved => "(history)".to_owned(),
                };
                let label = format!("{trigger}: {from} -> {to}");
                let key = Key::Transition(id.index(), index);
                self.add(Kind::Transitions, key, label, Some(branch.span));
            }
        }
        let timers = workflow.timers.rows().iter();
        for (index, (label, timer)) in timer_names(workflow).into_iter().zip(timers).enumerate() {
            self.add(Kind::Timers, Key::Timer(index), label, Some(timer.span));
        }
    }

    fn list_guards(&mut self, workflow: &Workflow) {
        for place in Place::all(workflow) {
            for (index, condition) in place.conditions(workflow).iter().enumerate() {
                let guard = condition.name.as_ref().unwrap_or(&condition.text);
                for held in [true, false] {
                    let label = format!("{guard} is {held} ({})", whose(workflow, place));
                    let key = Key::Guard(place, index, held);
                    self.add(Kind::Guards, key, label, Some(condition.span));
                }
            }
        }
    }

    fn list_refusals(&mut self, workflow: &Workflow) {
        for row in workflow.rows.rows() {
            let Trigger::Event(event) = row.trigger else {
                continue;
            };
            let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
            for condition in row.conditions.iter().chain(branches) {
                if let Some(words) = &condition.refusal {
                    let label = format!("says \"{words}\"");
                    let key = Key::Words(words.clone());
                    self.add(Kind::Refusals, key, label, Some(condition.span));
                }
            }
            if row.by.members.len() < workflow.actors.len() {
                let event = workflow.events.at(event);
                let label = format!("{} by somebody else", event.name);
                let key = Key::WrongActor(event.name.clone());
                self.add(Kind::Refusals, key, label, Some(event.span));
            }
        }
        for state in workflow.states.rows() {
            if barred(workflow, state) {
                let label = format!("{} entered by somebody else", state.path);
                let key = Key::Enter(state.path.clone());
                self.add(Kind::Refusals, key, label, Some(state.span));
            }
            if state.immutable && state.depth == 1 {
                let label = format!("{} is immutable", state.path);
                let key = Key::Immutable(state.path.clone());
                self.add(Kind::Refusals, key, label, Some(state.span));
            }
        }
    }

    fn step(&mut self, workflow: &Workflow, entry: &Entry, record: &StepRecord) {
        if record.cause == Cause::Created
            && let Some(index) = initial_of(workflow, entry)
        {
            self.count(&Key::Initial(index));
        }
        for &state in &record.entered {
            self.count(&Key::State(state));
        }
        for taken in &record.taken {
            self.count(&Key::Transition(taken.transition.index(), taken.branch));
        }
        if let Cause::Timer { timer, .. } = record.cause {
            self.count(&Key::Timer(timer.index()));
        }
        for change in &record.flags {
            if let Some(id) = change.flag {
                let flag = workflow.flags.at(id);
                if flag.default != change.to {
                    self.count(&Key::Flag(flag.name.clone()));
                }
            }
        }
    }

    fn refusal(&mut self, entry: &Entry, refusal: &Refusal) {
        if let Refusal::Immutable { state } = refusal {
            self.count(&Key::Immutable(state.clone()));
        }
        for reason in here(refusal)
            .into_iter()
            .flat_map(|candidate| &candidate.reasons)
        {
            match reason {
                Reason::Guard(failure) => {
                    if let Some(words) = &failure.refusal {
                        self.count(&Key::Words(words.clone()));
                    }
                }
                Reason::WrongActor { .. } => {
                    if let crate::drive::Happened::Refused { what, .. } = &entry.happened {
                        self.count(&Key::WrongActor(what.clone()));
                    }
                }
                Reason::MayNotEnter { state, .. } => self.count(&Key::Enter(state.clone())),
                _ => {}
            }
        }
    }
}

/// Whether somebody may ask for a state that others alone may enter.
fn barred(workflow: &Workflow, state: &State) -> bool {
    let Some(by) = &state.enter.by else {
        return false;
    };
    let leads = |target: &Target| match target {
        Target::State(id) => *id == state.id,
        Target::Choose(states) => states.contains(&state.id),
        _ => false,
    };
    let mut rows = workflow.rows.rows().iter();
    rows.any(|row| {
        matches!(row.trigger, Trigger::Event(_))
            && row.by.members.iter().any(|actor| !by.contains(*actor))
            && row.branches.iter().any(|branch| leads(&branch.target))
    })
}

/// Which initial branch a new order took: the first whose conditions held.
fn initial_of(workflow: &Workflow, entry: &Entry) -> Option<usize> {
    (0..workflow.initial.len()).find(|&index| {
        let at = Place::Initial(index);
        let mut judged = entry.judged.iter().filter(|judged| judged.place == at);
        judged.all(|judged| judged.held)
    })
}

/// Where a condition stands, in words.
fn whose(workflow: &Workflow, place: Place) -> String {
    let row = match place {
        Place::Initial(index) => return format!("initial branch {}", index + 1),
        Place::When(timer) => {
            let names = timer_names(workflow);
            return names.get(timer.index()).cloned().unwrap_or_default();
        }
        Place::Row(row, branch) => (workflow.rows.at(row), branch),
    };
    let (row, branch) = row;
    let trigger = match row.trigger {
        Trigger::Event(event) => workflow.events.at(event).name.clone(),
        Trigger::Always => "always".to_owned(),
        Trigger::Timer(timer) => {
            let names = timer_names(workflow);
            names.get(timer.index()).cloned().unwrap_or_default()
        }
    };
    let sources = row.transitions.iter();
    let sources = sources.map(|&id| workflow.transitions.at(id).source);
    let sources: Vec<&str> = sources
        .map(|id| workflow.states.at(id).path.as_str())
        .collect();
    let branch = branch.map_or(String::new(), |index| format!(", branch {}", index + 1));
    format!("{trigger} from {}{branch}", sources.join(", "))
}
