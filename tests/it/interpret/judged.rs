//! What a record says of the guards that its step asked.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::graph::{Trigger, Workflow};
use flagstate::instance::{Event, EventKind, Instance, Judged, Place, Site, StepRecord};
use flagstate::interpret::{Answer, create, step};
use serde_json::{Value as Json, json};

/// An order under way.
struct Order {
    workflow: Workflow,
    site: Site,
    instance: Instance,
}

impl Order {
    /// A new order, and what was asked for it.
    fn new(context: &[(&str, Json)]) -> (Self, Vec<String>) {
        Self::of(
            include_str!("../../cases/drive/judged/workflow.yaml"),
            context,
        )
    }

    fn of(text: &str, context: &[(&str, Json)]) -> (Self, Vec<String>) {
        let workflow = super::workflow(text);
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        let now = super::at("2026-03-01T09:00:00Z");
        let clerk = Actor::new("clerk");
        let created = create(&workflow, &site, &values(context), &clerk, now).unwrap();
        let said = said(&workflow, &created.record);
        let instance = created.instance;
        let order = Self {
            workflow,
            site,
            instance,
        };
        (order, said)
    }

    /// What was asked in each step that an event at a time leads to.
    fn tell(&mut self, event: &Event, at: &str) -> Vec<Vec<String>> {
        let now = super::at(at);
        let outcome = step(&self.workflow, &self.site, &self.instance, event, now);
        assert_eq!(outcome.answer, Answer::Accepted);
        self.instance = outcome.instance;
        let records = outcome.records.iter();
        records.map(|record| said(&self.workflow, record)).collect()
    }

    fn status(&self) -> String {
        self.instance.status(&self.workflow)
    }
}

fn values(pairs: &[(&str, Json)]) -> BTreeMap<String, Json> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn weigh(weight: i64) -> Event {
    Event {
        id: None,
        actor: Actor::new("clerk"),
        kind: EventKind::Named {
            name: "weigh".to_owned(),
            payload: values(&[("weight", json!(weight))]),
            target: None,
        },
    }
}

fn change(name: &str, value: Json) -> Event {
    Event {
        id: None,
        actor: Actor::system(),
        kind: EventKind::ContextChanged {
            changes: values(&[(name, value)]),
        },
    }
}

fn said(workflow: &Workflow, record: &StepRecord) -> Vec<String> {
    let judged = record.judged.iter();
    judged.map(|judged| in_words(workflow, judged)).collect()
}

/// A judgement with its place; in brackets where it is about what may follow.
fn in_words(workflow: &Workflow, judged: &Judged) -> String {
    let place = match judged.place {
        Place::Initial(index) => format!("initial {index}"),
        Place::When(timer) => format!("when {}", workflow.timers.at(timer).name),
        Place::Enter(state, at) => format!("enter {} {at}", workflow.states.at(state).path),
        Place::Exit(state, at) => format!("exit {} {at}", workflow.states.at(state).path),
        Place::Row(row, branch) => {
            let row = workflow.rows.at(row);
            let trigger = match row.trigger {
                Trigger::Event(event) => workflow.events.at(event).name.clone(),
                Trigger::Timer(timer) => workflow.timers.at(timer).name.clone(),
                Trigger::Always => "always".to_owned(),
            };
            branch.map_or(trigger.clone(), |branch| format!("{trigger} {branch}"))
        }
    };
    let condition = judged.condition(workflow).expect("a condition");
    let guard = condition.name.as_ref().unwrap_or(&condition.text);
    let error = judged.error.iter().map(|error| format!(", {error}"));
    let error: String = error.collect();
    let words = format!("{place}: {guard} {}{error}", judged.held);
    match judged.decided {
        true => words,
        false => format!("({words})"),
    }
}

#[test]
fn initial_branches_are_asked_up_to_the_one_that_holds() {
    let (order, said) = Order::new(&[]);
    assert_eq!(order.status(), "open");
    assert_eq!(
        said,
        [
            "initial 0: order.origin == \"manual\" false, `order.origin` is not set",
            "initial 1: order.urgent false",
            "(when hurry: order.urgent false)",
        ]
    );
    let (order, said) = Order::new(&[("urgent", json!(true)), ("origin", json!("web"))]);
    assert_eq!(order.status(), "packed");
    assert_eq!(
        said,
        [
            "initial 0: order.origin == \"manual\" false",
            "initial 1: order.urgent true",
            "initial 1: order.origin == \"web\" true",
        ]
    );
    let (order, said) = Order::new(&[("origin", json!("manual"))]);
    assert_eq!(order.status(), "draft");
    assert_eq!(said, ["initial 0: order.origin == \"manual\" true"]);
}

#[test]
fn guards_said_what_they_did_before_the_step_went_on_to_change_what_they_read() {
    let (mut order, _) = Order::new(&[]);
    let said = order.tell(&weigh(15), "2026-03-01T09:10:00Z");
    assert_eq!(order.status(), "large");
    assert_eq!(
        said,
        [[
            "weigh: event.weight >= 0 true",
            "always: some true",
            "always: little false",
            "always 0: some true",
            "always 0: order.weight > 100 false",
            "always 1: some true",
            "(always: order.urgent false)",
        ]]
    );
    let said = order.tell(&weigh(5), "2026-03-01T09:20:00Z");
    assert_eq!(order.status(), "small");
    assert_eq!(
        said,
        [[
            "weigh: event.weight >= 0 true",
            "always: some true",
            "always: little true",
            "(always: order.urgent false)",
        ]]
    );
    let said = order.tell(&change("urgent", json!(true)), "2026-03-01T09:30:00Z");
    assert_eq!(order.status(), "packed");
    assert_eq!(said, [["always: order.urgent true"]]);
}

#[test]
fn automatic_transitions_that_hold_still_are_told_as_what_may_follow() {
    let (mut order, _) = Order::new(&[]);
    let said = order.tell(&weigh(0), "2026-03-01T09:10:00Z");
    assert_eq!(order.status(), "weighed");
    assert_eq!(
        said,
        [[
            "weigh: event.weight >= 0 true",
            "(always: some false)",
            "(always 0: some false)",
            "(always 1: some false)",
        ]]
    );
}

#[test]
fn a_timer_is_asked_when_due_of_the_order_as_earlier_timers_left_it() {
    let (mut order, _) = Order::new(&[("weight", json!(8))]);
    let said = order.tell(&Event::tick(), "2026-03-01T12:00:00Z");
    assert_eq!(
        said,
        [vec![], vec!["then: some true", "then: little false"]]
    );
}

#[test]
fn a_timer_that_is_armed_late_is_told_as_what_may_follow() {
    let (mut order, _) = Order::new(&[]);
    let said = order.tell(&change("urgent", json!(true)), "2026-03-01T09:10:00Z");
    assert_eq!(said, [["(when hurry: order.urgent true)"]]);
    let said = order.tell(&change("weight", json!(1)), "2026-03-01T09:20:00Z");
    assert_eq!(said, [[""; 0]], "nothing that it reads has changed");
}

#[test]
fn a_timer_that_fails_tells_what_let_it_through_and_nothing_of_what_was_dropped() {
    let text = "
flagstate: 1
workflow: failing
actors: [clerk]
context: { share: { type: integer, default: 4 }, parts: { type: integer, default: 0 } }
initial: open
states:
  open: { timers: { call: { after: 1h, guard: order.share > 3, to: split } } }
  split:
  done: { final: true }
always:
  - { from: split, guard: order.share > 2, set: { share: order.share / order.parts }, to: done }
transitions:
  close: { by: clerk, from: [open, split], to: done }
";
    let (mut order, _) = Order::of(text, &[]);
    let said = order.tell(&Event::tick(), "2026-03-01T10:00:00Z");
    assert_eq!(order.status(), "open");
    assert_eq!(said, [["call: order.share > 3 true"]]);
    let (mut order, _) = Order::of(text, &[("parts", json!(2))]);
    let said = order.tell(&Event::tick(), "2026-03-01T10:00:00Z");
    assert_eq!(order.status(), "done");
    assert_eq!(
        said,
        [["call: order.share > 3 true", "always: order.share > 2 true"]]
    );
}
