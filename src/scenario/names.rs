//! What the scenarios of a file name, looked up before anything is run.
//!
//! In: a workflow and a scenario. Out: a finding for each name that the workflow does not have. Where a
//! refusal is expected, what the order would refuse is left to it: an unknown event may well be the
//! point.

use super::document::{Expectations, FlagsExpected, Refused, Scenario};
use super::rule::UNKNOWN_IN_SCENARIO;
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Name;
use crate::graph::{EffectId, Workflow};

/// Looks up the names of one scenario.
pub(super) fn check(workflow: &Workflow, scenario: &Scenario, report: &mut Report) {
    let mut names = Names { workflow, report };
    for entry in &scenario.settings {
        let settings = workflow.settings.rows().iter();
        let known = settings.map(|setting| setting.name.as_str());
        names.known("setting", &entry.name, known);
    }
    if !is_refusal(scenario.refused.as_ref()) {
        names.created(scenario.by.as_ref(), &scenario.context);
    }
    names.expectations(&scenario.created);
    for step in &scenario.steps {
        names.family(&step.stimulus);
        if !is_refusal(step.expect.refused.as_ref()) {
            names.told(&step.stimulus);
        }
        names.expectations(&step.expect);
    }
}

/// Whether a refusal is expected.
fn is_refusal(refused: Option<&Refused>) -> bool {
    match refused {
        None => false,
        Some(Refused::Any(any)) => any.value,
        Some(Refused::Says(_) | Refused::Kind(_)) => true,
    }
}

/// Names, looked up in a workflow.
pub(super) struct Names<'w, 'r> {
    pub(super) workflow: &'w Workflow,
    report: &'r mut Report,
}

impl<'w> Names<'w, '_> {
    /// A name of the workflow.
    pub(super) fn known(&mut self, kind: &str, name: &Name, names: impl Iterator<Item = &'w str>) {
        self.among(&format!("{kind} `{name}` in the workflow"), name, names);
    }

    /// A name of something; `what` says what there is none of.
    pub(super) fn among<'n>(
        &mut self,
        what: &str,
        name: &Name,
        names: impl Iterator<Item = &'n str>,
    ) {
        let names: Vec<&str> = names.collect();
        if !names.contains(&name.value.as_str()) {
            let message = format!("there is no {what}");
            let diagnostic = Diagnostic::new(&UNKNOWN_IN_SCENARIO, name.span, message);
            self.report
                .push(diagnostic.did_you_mean(&name.value, names));
        }
    }

    pub(super) fn state(&mut self, name: &Name) {
        let states = self.workflow.states.rows().iter().skip(1);
        self.known("state", name, states.map(|state| state.path.as_str()));
    }

    pub(super) fn event(&mut self, name: &Name) {
        let events = self.workflow.events.rows().iter();
        self.known("event", name, events.map(|event| event.name.as_str()));
    }

    pub(super) fn actor(&mut self, name: &Name) {
        let actors = self.workflow.actors.rows().iter();
        self.known("actor", name, actors.map(|actor| actor.name.as_str()));
    }

    pub(super) fn field(&mut self, name: &Name) {
        let fields = self.workflow.fields.rows().iter();
        self.known("field", name, fields.map(|field| field.name.as_str()));
    }

    pub(super) fn set(&mut self, name: &Name) {
        let sets = self.workflow.children.rows().iter();
        self.known("set of children", name, sets.map(|set| set.name.as_str()));
    }

    pub(super) fn timer(&mut self, name: &Name) {
        let names = timer_names(self.workflow);
        let what = format!("timer `{name}` in the workflow");
        self.among(&what, name, names.iter().map(String::as_str));
    }

    fn expectations(&mut self, expect: &Expectations) {
        let workflow = self.workflow;
        for name in expect.state.iter().flatten() {
            self.state(name);
        }
        let flags: Vec<&Name> = match &expect.flags {
            None => Vec::new(),
            Some(FlagsExpected::True(names)) => names.iter().collect(),
            Some(FlagsExpected::Values(values)) => values.iter().map(|e| &e.name).collect(),
        };
        for name in flags {
            let flags = workflow.flags.rows().iter().map(|flag| flag.name.as_str());
            self.known("flag", name, flags.chain(["expires"]));
        }
        for name in expect.effects.iter().flatten() {
            let effects = workflow.effects.rows().iter();
            self.known("effect", name, effects.map(|effect| effect.name.as_str()));
        }
        for entry in &expect.fields {
            self.field(&entry.name);
        }
        for entry in expect.sent.iter().flatten() {
            self.set(&entry.name);
        }
        for entry in expect.timers.iter().flat_map(|timers| &timers.0) {
            self.timer(&entry.name);
        }
        for entry in &expect.pending {
            self.event(&entry.name);
        }
        for entry in expect.available.iter().chain(expect.unavailable.iter()) {
            self.actor(&entry.name);
            for name in &entry.value {
                self.event(name);
            }
        }
    }
}

/// `STATE.TIMER` of every timer, in the order of their ids.
pub(super) fn timer_names(workflow: &Workflow) -> Vec<String> {
    let timers = workflow.timers.rows().iter();
    timers
        .map(|timer| format!("{}.{}", workflow.states.at(timer.state).path, timer.name))
        .collect()
}

/// The name of an effect.
pub(super) fn effect_name(workflow: &Workflow, id: EffectId) -> String {
    workflow.effects.at(id).name.clone()
}
