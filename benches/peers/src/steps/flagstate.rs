//! Flagstate: the interpreter with the full record of each step, and orders in columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Instance, Site, StepRecord};
use flagstate::interpret::batch::{Batch, Done, Signals};
use flagstate::interpret::{self, Answer, Stepper, create};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, format_instant};
use serde_json::{Value as Json, json};

use super::LAP;
use crate::measure::{self, Time};
use crate::orders::{NOW, Order};

/// One signal after the other to one order after the other, each with its report.
pub(super) fn batch_step(orders: &[Order]) -> Time {
    in_columns(orders, |batch, signals, now| {
        for order in 0..batch.len() {
            for signal in signals.all() {
                let done = batch.step(order, signal, now);
                debug_assert!(matches!(done, Some(Done::Moved(_))));
                std::hint::black_box(&done);
            }
        }
    })
}

/// The same by the name of the event, which is looked up.
pub(super) fn batch_named(orders: &[Order]) -> Time {
    in_columns(orders, |batch, signals, now| {
        for order in 0..batch.len() {
            // The names come from elsewhere: the compiler must not know which is next.
            for name in std::hint::black_box(&LAP) {
                let signal = signals.get(name).expect("a signal");
                std::hint::black_box(&batch.step(order, signal, now));
            }
        }
    })
}

/// All orders of a list of steps, of which only the tally is told.
pub(super) fn batch_run(orders: &[Order]) -> Time {
    let mut steps = Vec::new();
    for order in 0..u32::try_from(orders.len()).expect("a few") {
        steps.extend((0..9).map(|signal| (order, signal)));
    }
    in_columns(orders, move |batch, signals, now| {
        let tally = batch.run(&steps, signals.all(), now);
        assert_eq!(tally.moved, steps.len());
    })
}

fn in_columns(orders: &[Order], mut lap: impl FnMut(&mut Batch<'_>, &Signals, Instant)) -> Time {
    let workflow = workflow();
    let site = Site::new(&workflow, &BTreeMap::new()).expect("no settings");
    let now = instant(NOW);
    let mut batch = Batch::new(&workflow, &site);
    for order in orders {
        batch.push(&created(&workflow, &site, order, now));
    }
    let events = LAP.map(|name| Event::named(name, Actor::new("clerk")));
    let signals = batch.signals(&events).expect("signals");
    let time = measure::time(orders.len() * LAP.len(), |_| lap(&mut batch, &signals, now));
    let draft = workflow.state_named("draft");
    assert!((0..batch.len()).all(|order| batch.state(order) == draft));
    time
}

pub(crate) fn workflow() -> Arc<Workflow> {
    let text = SourceFile::new("fulfilment.yaml", include_str!("fulfilment.yaml"));
    load(FileId(0), &text).runnable().expect("a workflow")
}

/// Each event upon a copy of the order, in memory of its own.
pub(super) fn measure(orders: &[Order]) -> Time {
    one_by_one(orders, |workflow, site| {
        move |instance: &mut Instance, event: &Event, now| {
            let outcome = interpret::step(workflow, site, instance, event, now);
            accepted(&outcome.answer, &outcome.records);
            *instance = outcome.instance;
        }
    })
}

/// The same in place, in memory that is kept.
pub(super) fn in_place(orders: &[Order]) -> Time {
    one_by_one(orders, |workflow, site| {
        let mut stepper = Stepper::new(workflow, site);
        move |instance: &mut Instance, event: &Event, now| {
            let stepped = stepper.step(instance, event, now);
            accepted(&stepped.answer, stepped.records);
        }
    })
}

/// Orders through a lap one after the other, each event with its whole record.
fn one_by_one<'w, S: FnMut(&mut Instance, &Event, Instant)>(
    orders: &[Order],
    begin: impl FnOnce(&'w Workflow, &'w Site) -> S,
) -> Time {
    // Both live for as long as the process, which ends soon.
    let workflow: &'w Workflow = Box::leak(Box::new(workflow()));
    let site = Site::new(workflow, &BTreeMap::new()).expect("no settings");
    let site: &'w Site = Box::leak(Box::new(site));
    let mut step = begin(workflow, site);
    let events = LAP.map(|name| Event::named(name, Actor::new("clerk")));
    let now = instant(NOW);
    let mut instances: Vec<Instance> = orders
        .iter()
        .map(|order| created(workflow, site, order, now))
        .collect();
    let time = measure::time(instances.len() * LAP.len(), |_| {
        for instance in &mut instances {
            for event in &events {
                step(instance, event, now);
            }
        }
    });
    let laps = instances.iter().all(|one| one.status(workflow) == "draft");
    assert!(laps, "every lap ends where it began");
    time
}

fn accepted(answer: &Answer, records: &[StepRecord]) {
    assert!(matches!(answer, Answer::Accepted), "{answer:?}");
    std::hint::black_box(records);
}

pub(crate) fn created(workflow: &Workflow, site: &Site, order: &Order, now: Instant) -> Instance {
    let money = |cents: i64| json!(format!("{}.{:02}", cents / 100, cents % 100));
    let context: BTreeMap<String, Json> = BTreeMap::from([
        ("total".to_owned(), money(order.total)),
        ("paid".to_owned(), money(order.paid)),
        ("credit_limit".to_owned(), money(order.credit_limit)),
        ("on_hold".to_owned(), json!(order.on_hold)),
        (
            "due_at".to_owned(),
            json!(format_instant(instant(order.due_at))),
        ),
    ]);
    let created = create(workflow, site, &context, &Actor::new("clerk"), now);
    created.expect("a new order").instance
}

pub(crate) fn instant(seconds: i64) -> Instant {
    Instant::from_timestamp(seconds, 0).expect("a time of our days")
}
