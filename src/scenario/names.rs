//! What the expectations of a file name, looked up before anything is run.
//!
//! In: a workflow and scenarios. Out: a finding for each name that the workflow does not have, and for
//! each stimulus that is unclear. Events and actors of stimuli are left to the order, whose refusal of
//! them may well be what is expected.

use super::document::{Expectations, FlagsExpected, Scenario, Step};
use super::rule::UNKNOWN_IN_SCENARIO;
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Name;
use crate::drive::resolve;
use crate::graph::{EffectId, Workflow};

/// Looks up the names of one scenario.
pub(super) fn check(workflow: &Workflow, scenario: &Scenario) -> Report {
    let mut report = Report::new();
    for Step {
        stimulus, expect, ..
    } in &scenario.steps
    {
        // What it resolves to is needed only when it happens.
        let _ = resolve(stimulus, workflow, &mut report);
        let report = &mut report;
        Names { workflow, report }.expectations(expect);
    }
    report
}

/// Names, looked up in a workflow.
struct Names<'w, 'r> {
    workflow: &'w Workflow,
    report: &'r mut Report,
}

impl<'w> Names<'w, '_> {
    fn known(&mut self, kind: &str, name: &Name, names: impl Iterator<Item = &'w str>) {
        let names: Vec<&str> = names.collect();
        if !names.contains(&name.value.as_str()) {
            let message = format!("there is no {kind} `{name}` in the workflow");
            let diagnostic = Diagnostic::new(&UNKNOWN_IN_SCENARIO, name.span, message);
            self.report
                .push(diagnostic.did_you_mean(&name.value, names));
        }
    }

    fn expectations(&mut self, expect: &Expectations) {
        let workflow = self.workflow;
        for name in expect.state.iter().flatten() {
            let states = workflow.states.rows().iter().skip(1);
            self.known("state", name, states.map(|state| state.path.as_str()));
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
            let fields = workflow.fields.rows().iter();
            self.known(
                "field",
                &entry.name,
                fields.map(|field| field.name.as_str()),
            );
        }
        for entry in expect.sent.iter().flatten() {
            let sets = workflow.children.rows().iter();
            self.known(
                "set of children",
                &entry.name,
                sets.map(|set| set.name.as_str()),
            );
        }
        self.timers(expect);
        self.actions(expect);
    }

    fn timers(&mut self, expect: &Expectations) {
        let names = timer_names(self.workflow);
        for entry in expect.timers.iter().flat_map(|timers| &timers.0) {
            let name = &entry.name;
            if !names.contains(&name.value) {
                let message = format!("there is no timer `{name}` in the workflow");
                let diagnostic = Diagnostic::new(&UNKNOWN_IN_SCENARIO, name.span, message);
                let known = names.iter().map(String::as_str);
                self.report
                    .push(diagnostic.did_you_mean(&name.value, known));
            }
        }
    }

    fn actions(&mut self, expect: &Expectations) {
        let workflow = self.workflow;
        for entry in expect.available.iter().chain(expect.unavailable.iter()) {
            let actors = workflow.actors.rows().iter();
            self.known(
                "actor",
                &entry.name,
                actors.map(|actor| actor.name.as_str()),
            );
            for name in &entry.value {
                let events = workflow.events.rows().iter();
                self.known("event", name, events.map(|event| event.name.as_str()));
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
