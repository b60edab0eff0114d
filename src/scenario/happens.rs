//! What the steps of a scenario name, looked up before anything is run.
//!
//! In: a stimulus. Out: a finding for each event, actor, field, set of children, state and timer that
//! the workflow does not have.

use super::names::Names;
use crate::document::{Entries, Name};
use crate::drive::{By, Given, Stimulus};

impl Names<'_, '_> {
    /// What the creation of an order names.
    pub(super) fn created(&mut self, by: Option<&By>, context: &Entries<Given>) {
        match by {
            None => {}
            Some(By::Role(role)) => self.actor(role),
            Some(By::Known(known)) => self.actor(&known.role),
        }
        for entry in context {
            self.field(&entry.name);
        }
    }

    /// The children that a stimulus names: no order can refuse what does not reach it.
    pub(super) fn family(&mut self, stimulus: &Stimulus) {
        for order in [&stimulus.order, &stimulus.create].into_iter().flatten() {
            if let Some((set, _)) = order.value.split_once('/') {
                self.set_of(set, order);
            }
        }
        let workflow = self.workflow;
        for entry in &stimulus.children {
            self.set(&entry.name);
            let mut sets = workflow.children.rows().iter();
            let Some(set) = sets.find(|set| set.name == entry.name.value) else {
                continue;
            };
            for state in entry
                .value
                .0
                .iter()
                .filter_map(|child| child.state.as_ref())
            {
                let what = format!("state `{state}` of `{}` in the workflow", set.name);
                self.among(&what, state, set.states.iter().map(String::as_str));
            }
        }
    }

    /// The set within `SET/NAME`.
    fn set_of(&mut self, set: &str, order: &Name) {
        let workflow = self.workflow;
        let sets = workflow.children.rows().iter().map(|set| set.name.as_str());
        if sets.clone().any(|known| known == set) {
            return;
        }
        let child = order.value.strip_prefix(set).unwrap_or_default();
        let whole: Vec<String> = sets.map(|set| format!("{set}{child}")).collect();
        let what = format!("set of children `{set}` in the workflow");
        self.among(&what, order, whole.iter().map(String::as_str));
    }

    /// What an order is told.
    pub(super) fn told(&mut self, stimulus: &Stimulus) {
        let workflow = self.workflow;
        let by = stimulus.by.as_ref().or(stimulus.actor.as_ref());
        self.created(by, &stimulus.context);
        if let Some(event) = &stimulus.event {
            self.event(event);
            let id = workflow.event_named(&event.value);
            let declared = id.map(|id| &workflow.events.at(id).payload);
            for (fields, entry) in declared
                .into_iter()
                .flat_map(|fields| stimulus.payload.iter().map(move |entry| (fields, entry)))
            {
                let what = format!("field `{}` in the payload of `{event}`", entry.name);
                let known = fields.iter().map(|field| field.name.as_str());
                self.among(&what, &entry.name, known);
            }
        }
        if let Some(target) = &stimulus.target {
            self.state(target);
        }
        if let Some(intervention) = &stimulus.intervention {
            if let Some(to) = &intervention.to {
                self.state(to);
            }
            if let Some(timer) = &intervention.timer {
                self.timer(timer);
            }
        }
    }
}
