//! Everything that a workflow can do, listed once so that it can be counted.

use super::{Coverage, Key, Kind};
use crate::graph::{Id, State, Target, Trigger, Workflow};
use crate::instance::Place;
use crate::scenario::names::timer_names;

impl Coverage {
    pub(super) fn list_states(&mut self, workflow: &Workflow) {
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

    pub(super) fn list_transitions(&mut self, workflow: &Workflow) {
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
                    Target::Several(_) => "(several)".to_owned(),
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

    pub(super) fn list_guards(&mut self, workflow: &Workflow) {
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

    pub(super) fn list_refusals(&mut self, workflow: &Workflow) {
        for row in workflow.rows.rows() {
            let Trigger::Event(event) = row.trigger else {
                continue;
            };
            let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
            for condition in row.conditions.iter().chain(branches) {
                if let Some(words) = &condition.refusal {
                    let label = format!("says \"{words}\"");
                    let key = Key::Words(words.to_string());
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
}

/// Whether somebody may ask for a state that others alone may enter.
fn barred(workflow: &Workflow, state: &State) -> bool {
    let Some(by) = &state.enter.by else {
        return false;
    };
    let leads = |target: &Target| match target {
        Target::State(id) => *id == state.id,
        Target::Choose(states) => states.contains(&state.id),
        Target::Several(parts) => parts.contains(&Target::State(state.id)),
        _ => false,
    };
    let mut rows = workflow.rows.rows().iter();
    rows.any(|row| {
        matches!(row.trigger, Trigger::Event(_))
            && row.by.members.iter().any(|actor| !by.contains(*actor))
            && row.branches.iter().any(|branch| leads(&branch.target))
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
        Place::Enter(state, index) => {
            let path = &workflow.states.at(state).path;
            return format!("entering {path}, branch {}", index + 1);
        }
        Place::Exit(state, index) => {
            let path = &workflow.states.at(state).path;
            return format!("leaving {path}, branch {}", index + 1);
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
    let sources = sources.map(|id| workflow.transitions.at(id).source);
    let sources: Vec<&str> = sources
        .map(|id| workflow.states.at(id).path.as_str())
        .collect();
    let branch = branch.map_or(String::new(), |index| format!(", branch {}", index + 1));
    format!("{trigger} from {}{branch}", sources.join(", "))
}
