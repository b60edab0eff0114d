//! Flagstate's interpreter, with the full report of each step.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret::{self, Answer, create};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, format_instant};
use serde_json::{Value as Json, json};

use super::LAP;
use crate::measure::{self, Time};
use crate::orders::{NOW, Order};

pub(super) fn measure(orders: &[Order]) -> Time {
    let text = SourceFile::new("fulfilment.yaml", include_str!("fulfilment.yaml"));
    let workflow = load(FileId(0), &text).runnable().expect("a workflow");
    let site = Site::new(&workflow, &BTreeMap::new()).expect("no settings");
    let events = LAP.map(|name| Event::named(name, Actor::new("clerk")));
    let now = instant(NOW);
    let mut instances: Vec<Instance> = orders
        .iter()
        .map(|order| created(&workflow, &site, order, now))
        .collect();
    let time = measure::time(instances.len() * LAP.len(), |_| {
        for instance in &mut instances {
            for event in &events {
                step(&workflow, &site, instance, event, now);
            }
        }
    });
    let laps = instances.iter().all(|one| one.status(&workflow) == "draft");
    assert!(laps, "every lap ends where it began");
    time
}

/// One event, as a host applies it.
fn step(workflow: &Workflow, site: &Site, instance: &mut Instance, event: &Event, now: Instant) {
    let outcome = interpret::step(workflow, site, instance, event, now);
    assert!(
        matches!(outcome.answer, Answer::Accepted),
        "{:?}",
        outcome.answer
    );
    std::hint::black_box(&outcome.records);
    *instance = outcome.instance;
}

fn created(workflow: &Workflow, site: &Site, order: &Order, now: Instant) -> Instance {
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

fn instant(seconds: i64) -> Instant {
    Instant::from_timestamp(seconds, 0).expect("a time of our days")
}
