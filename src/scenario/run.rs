//! Running a scenario file.
//!
//! In: a workflow that has no errors, and a scenario file. Out: [`ScenarioReport`]. A scenario ends at
//! its first step that is not as expected; the others run all the same.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;

use super::document::{Expectations, Scenario, ScenarioFile};
use super::expect::Told;
use super::rule::UNMET_EXPECTATION;
use super::{Coverage, names, stories, tables};
use crate::context::Actor;
use crate::diagnostic::{Diagnostic, Report};
use crate::document::{Entries, Literal};
use crate::drive::rule::MISTYPED_VALUE;
use crate::drive::{
    Action, Family, Input, OrderName, Verdict, When, actor_of, context_of, impossible, plain_of,
    resolve, trace,
};
use crate::graph::Workflow;
use crate::instance::{SettingError, Site};
use crate::source::Span;
use crate::time::{Instant, parse_instant};

/// When orders are created where a scenario says nothing: a Monday.
const START: &str = "2026-01-05T09:00:00Z";

/// What became of a scenario file.
#[derive(Debug, Clone)]
pub struct ScenarioReport {
    /// Where the tables differ from the workflow.
    pub tables: Report,
    /// The scenarios in order.
    pub scenarios: Vec<ScenarioResult>,
    /// What of the workflow they ran.
    pub coverage: Coverage,
    /// The traces of the golden scenarios, to be compared with `NAME.trace`; `None` where there are
    /// none.
    pub golden: Option<Golden>,
}

/// The traces of the golden scenarios.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    /// The text of the file.
    pub text: String,
    /// What asked for it first.
    pub span: Span,
}

/// What became of a scenario.
#[derive(Debug, Clone)]
pub struct ScenarioResult {
    /// Its name.
    pub name: String,
    /// Its name in the file.
    pub span: Span,
    /// Why it failed; empty where it passed.
    pub report: Report,
    /// The number of the step that failed, from 1; 0 where creating the order did.
    pub failed_at: Option<usize>,
    /// What happened up to the end or to the step that failed.
    pub trace: Vec<trace::Row>,
}

impl ScenarioResult {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.report.is_empty()
    }
}

impl ScenarioReport {
    /// Every finding, by place.
    pub fn report(&self) -> Report {
        let mut report = self.tables.clone();
        for scenario in &self.scenarios {
            report.extend(scenario.report.clone());
        }
        report.sort();
        report
    }

    /// Whether everything was as expected, golden traces aside.
    pub fn passed(&self) -> bool {
        self.tables.is_empty() && self.scenarios.iter().all(ScenarioResult::passed)
    }
}

/// Runs every scenario of a file and compares its tables. Neither the workflow nor the file may have
/// errors: what is broken does not behave as anybody expects.
pub fn run(workflow: &Workflow, file: &ScenarioFile) -> ScenarioReport {
    let mut coverage = Coverage::of(workflow);
    let repeated = file.scenarios.iter().zip(stories::named_twice(file));
    let results = repeated
        .map(|(scenario, repeated)| one(workflow, (file, scenario), repeated, &mut coverage));
    let scenarios: Vec<ScenarioResult> = results.collect();
    ScenarioReport {
        tables: tables::compare(workflow, file),
        golden: golden(file, &scenarios),
        scenarios,
        coverage,
    }
}

fn one(
    workflow: &Workflow,
    (file, scenario): (&ScenarioFile, &Scenario),
    mut report: Report,
    coverage: &mut Coverage,
) -> ScenarioResult {
    let prepared = prepare(workflow, file, scenario, &mut report);
    let mut result = ScenarioResult {
        name: scenario.name.value.clone(),
        span: scenario.name.span,
        report,
        failed_at: None,
        trace: Vec::new(),
    };
    let Some((site, start)) = prepared.filter(|_| result.report.is_empty()) else {
        return result;
    };
    let mut family = Family::new(workflow, &site, start);
    result.failed_at = story(&mut family, scenario, &mut result.report);
    coverage.observe(workflow, family.entries());
    result.trace = trace::rows(workflow, family.entries());
    result
}

/// What a scenario runs with, and everything that is wrong with it before it runs.
pub(super) fn prepare(
    workflow: &Workflow,
    file: &ScenarioFile,
    scenario: &Scenario,
    report: &mut Report,
) -> Option<(Site, Instant)> {
    stories::idle(file, scenario, report);
    names::check(workflow, scenario, report);
    for step in &scenario.steps {
        // What it resolves to is needed only when it happens.
        let _ = resolve(&step.stimulus, workflow, report);
    }
    let site = site(workflow, &scenario.settings, scenario.name.span, report);
    let start = start(scenario, report);
    site.zip(start)
}

/// Plays a scenario; the number of the step that failed.
fn story(family: &mut Family<'_>, scenario: &Scenario, report: &mut Report) -> Option<usize> {
    if !create(family, scenario, report) {
        return (!report.is_empty()).then_some(0);
    }
    for (index, step) in scenario.steps.iter().enumerate() {
        let input = resolve(&step.stimulus, family.workflow(), report)?;
        let before = family.entries().len();
        match family.apply(&input) {
            Err(error) => report.push(impossible(&step.stimulus, &error)),
            Ok(verdict) => {
                let told = Told {
                    order: &input.order,
                    verdict: &verdict,
                    entries: family.entries().get(before..).unwrap_or_default(),
                    span: place(step),
                    family,
                };
                told.compare(&step.expect, report);
            }
        }
        if !report.is_empty() {
            return Some(index + 1);
        }
    }
    None
}

/// The words that stand for a step: its event, else all of it.
fn place(step: &super::Step) -> Span {
    let stimulus = &step.stimulus;
    let event = stimulus.event.as_ref().map(|event| event.span);
    let create = stimulus.create.as_ref().map(|create| create.span);
    event.or(create).unwrap_or(step.span)
}

/// Creates the order; whether there is one now.
fn create(family: &mut Family<'_>, scenario: &Scenario, report: &mut Report) -> bool {
    let input = Input {
        order: OrderName::Root,
        when: When::Now,
        actor: scenario.by.as_ref().map_or_else(Actor::system, actor_of),
        id: None,
        action: Action::Create(context_of(family.workflow(), &scenario.context)),
    };
    let verdict = match family.apply(&input) {
        Ok(verdict) => verdict,
        Err(error) => {
            let span = scenario.name.span;
            report.push(Diagnostic::new(&UNMET_EXPECTATION, span, error.to_string()));
            return false;
        }
    };
    let told = Told {
        family,
        order: &OrderName::Root,
        verdict: &verdict,
        entries: family.entries(),
        span: scenario.name.span,
    };
    told.answer(scenario.refused.as_ref(), report);
    let refused = matches!(verdict, Verdict::Refused(_));
    if report.is_empty() && (!refused || scenario.created != Expectations::default()) {
        told.compare(&scenario.created, report);
    }
    if refused
        && report.is_empty()
        && let Some(step) = scenario.steps.first()
    {
        let message = "a step of an order that was never created";
        report.push(Diagnostic::new(&UNMET_EXPECTATION, step.span, message));
    }
    !refused && report.is_empty()
}

fn start(scenario: &Scenario, report: &mut Report) -> Option<Instant> {
    let text = scenario.at.as_ref().map_or(START, |at| &at.text);
    match parse_instant(text) {
        Ok(start) => Some(start),
        Err(error) => {
            let span = scenario
                .at
                .as_ref()
                .map_or(scenario.name.span, |at| at.span);
            report.push(Diagnostic::new(&MISTYPED_VALUE, span, error.to_string()));
            None
        }
    }
}

fn site(
    workflow: &Workflow,
    settings: &Entries<Literal>,
    span: Span,
    report: &mut Report,
) -> Option<Site> {
    let declared = workflow.settings.rows();
    let given: BTreeMap<String, Json> = settings
        .iter()
        .map(|entry| {
            let setting = declared
                .iter()
                .find(|setting| setting.name == entry.name.value);
            let value = plain_of(&entry.value, setting.map(|setting| &setting.ty));
            (entry.name.value.clone(), value)
        })
        .collect();
    let errors = match Site::new(workflow, &given) {
        Ok(site) => return Some(site),
        Err(errors) => errors,
    };
    for error in errors {
        let (SettingError::Value { name, .. }
        | SettingError::Bound { name, .. }
        | SettingError::Missing { name }) = &error
        else {
            // Unknown names are reported with all others.
            continue;
        };
        let mut entries = settings.iter();
        let place = entries.find(|entry| entry.name.value == *name);
        let place = place.map_or(span, |entry| entry.name.span);
        report.push(Diagnostic::new(&MISTYPED_VALUE, place, error.to_string()));
    }
    None
}

/// The traces of the golden scenarios, each under its name.
fn golden(file: &ScenarioFile, results: &[ScenarioResult]) -> Option<Golden> {
    let whole = file.golden.as_ref().filter(|golden| golden.value);
    let mut text = String::new();
    let mut span = whole.map(|golden| golden.span);
    for (scenario, result) in file.scenarios.iter().zip(results) {
        let own = scenario.golden.as_ref();
        let wanted = own.map_or(whole.is_some(), |golden| golden.value);
        if wanted {
            span = span.or(own.map(|golden| golden.span));
            let gap = if text.is_empty() { "" } else { "\n" };
            let trace = trace::text(&result.trace);
            // Writing to a string cannot fail.
            let _ = write!(text, "{gap}# {}\n{trace}", result.name);
        }
    }
    Some(Golden { text, span: span? })
}
