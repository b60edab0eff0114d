//! A step by a transition that is known to be a hop is what it is where nothing is known of it.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::graph::{Trigger, Workflow};
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret::{Outcome, Stepper, create, step};
use flagstate::time::Instant;

/// The same workflow, of which no transition is known to be a hop, and no state to be quiet.
pub(super) fn unknown(workflow: &Workflow) -> Workflow {
    let mut workflow = workflow.clone();
    for id in workflow.states.ids() {
        workflow.states.at_mut(id).quiet = false;
    }
    for id in workflow.transitions.ids() {
        workflow.transitions.at_mut(id).hop = None;
    }
    workflow
}

/// Steps an order where nothing is known of hops.
pub(super) fn agrees(
    (unknown, site): (&Workflow, &Site),
    before: &Instance,
    event: &Event,
    now: Instant,
    outcome: &Outcome,
) {
    assert_eq!(step(unknown, site, before, event, now), *outcome);
}

const SHOP: &str = "flagstate: 1
workflow: shop
actors: [clerk, robot]
defaults: { by: clerk }
context: { paid: { type: integer, default: 1 } }
flags: { mood: { type: enum, values: [calm, busy], default: calm } }
effects: [ring]
initial: open
states:
  open:
  billed: { flags: { reserved: true, mood: busy } }
  locked: { immutable: true }
  shut: { inactive: true }
  manned: { enter: { by: robot } }
  loud: { enter: { effects: [ring] } }
  timed: { expires: { after: 1h, to: open } }
  passed:
  nested: { states: { inner: } }
  closed: { final: true }
always: [{ from: passed, guard: order.paid > 3, to: open }]
transitions:
  bill: { from: open, guard: order.paid > 0, to: billed }
  rebill: { from: open, guard: order.paid > 3, to: billed }
  wait: { from: open, to: open }
  refresh: { from: open, to: open, repeat: accept }
  serve: { by: robot, from: open, to: billed }
  lock: { from: open, to: locked }
  unlock: { from: locked, to: open }
  switch: { from: open, to: shut }
  enter: { from: open, to: manned }
  ring: { from: open, to: loud }
  ask: { from: open, to: billed, effects: [ring] }
  count: { from: open, to: billed, set: { paid: order.paid + 1 } }
  stay: { from: open, set: { paid: order.paid + 1 } }
  defer: { from: open, to: timed }
  pass: { from: open, to: passed }
  nest: { from: open, to: nested }
  choose: { from: open, to: { choose: [billed, locked] } }
  branch: { from: open, branches: [{ guard: order.paid > 3, to: billed }, { to: locked }] }
  close: { from: open, to: closed }
";

/// The events of transitions that are hops, and what each does from the first state on.
pub(super) fn known() {
    let workflow = super::super::workflow(SHOP);
    let transitions = workflow.transitions.rows().iter();
    let hops = transitions.filter(|transition| transition.hop.is_some());
    let events = hops.filter_map(
        |transition| match workflow.rows.at(transition.row).trigger {
            Trigger::Event(event) => Some(workflow.events.at(event).name.as_str()),
            Trigger::Always | Trigger::Timer(_) => None,
        },
    );
    let events: Vec<&str> = events.collect();
    let expected = ["bill", "rebill", "wait", "refresh", "serve", "lock"];
    assert_eq!(events, expected);
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let unknown = unknown(&workflow);
    let now = super::super::at("2026-03-01T09:00:00Z");
    let clerk = Actor::new("clerk");
    let created = create(&workflow, &site, &BTreeMap::new(), &clerk, now).expect("an order");
    let order = created.instance;
    let mut stepper = Stepper::new(&workflow, &site);
    for event in workflow.events.rows() {
        for role in ["clerk", "robot"] {
            let event = Event::named(&event.name, Actor::new(role));
            let outcome = step(&workflow, &site, &order, &event, now);
            agrees((&unknown, &site), &order, &event, now, &outcome);
            let mut stepped = order.clone();
            let told = stepper.step(&mut stepped, &event, now);
            assert_eq!(
                (&told.answer, told.records),
                (&outcome.answer, &outcome.records[..])
            );
            assert_eq!(stepped, outcome.instance);
        }
    }
}
