//! What is wrong with scenarios before a workflow is asked.
//!
//! In: a scenario file. Out: a finding for each scenario that has the name of an earlier one, and for
//! each that expects nothing.

use std::collections::BTreeMap;

use super::document::{Expectations, Scenario, ScenarioFile, Step};
use super::rule::{DUPLICATE_SCENARIO, IDLE_SCENARIO};
use crate::diagnostic::{Diagnostic, Report};
use crate::drive::Stimulus;
use crate::source::Span;

/// Two scenarios of one name cannot be told apart, in a report as little as in a golden trace.
/// The findings in the order of the scenarios, none for each that has a name of its own.
pub(super) fn named_twice(file: &ScenarioFile) -> Vec<Report> {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let repeated = file.scenarios.iter().map(|scenario| {
        let name = &scenario.name;
        let mut report = Report::new();
        let Some(&earlier) = first.get(name.value.as_str()) else {
            first.insert(&name.value, name.span);
            return report;
        };
        let message = format!("there already is a scenario `{name}`");
        let diagnostic = Diagnostic::new(&DUPLICATE_SCENARIO, name.span, message);
        report.push(diagnostic.also(earlier, "the first one"));
        report
    });
    repeated.collect()
}

/// A scenario that expects nothing passes whatever the workflow does.
pub(super) fn idle(file: &ScenarioFile, scenario: &Scenario, report: &mut Report) {
    let golden = scenario.golden.as_ref().or(file.golden.as_ref());
    let is_golden = golden.is_some_and(|golden| golden.value);
    let is_told = scenario.refused.is_some() || scenario.created != Expectations::default();
    if is_golden || is_told || !scenario.steps.iter().all(expects_nothing) {
        return;
    }
    let message = format!("the scenario `{}` expects nothing", scenario.name);
    let diagnostic = Diagnostic::new(&IDLE_SCENARIO, scenario.name.span, message);
    let help = "say what holds after a step, for example `steps: [{ state: STATE }]`";
    report.push(diagnostic.help(help));
}

/// Whether at most time passes, and nothing is expected then. Whatever else happens is at least
/// expected to be accepted.
fn expects_nothing(step: &Step) -> bool {
    let passing = Stimulus {
        wait: step.stimulus.wait.clone(),
        at: step.stimulus.at.clone(),
        after: step.stimulus.after.clone(),
        order: step.stimulus.order.clone(),
        span: step.stimulus.span,
        ..Stimulus::default()
    };
    step.expect == Expectations::default() && step.stimulus == passing
}
