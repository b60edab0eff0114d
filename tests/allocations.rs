//! Steps of orders in columns and in memory that is kept, and guards over packed words, allocate nothing. A test binary of its own,
//! because counting takes the place of the process's allocator.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that finds nothing where something must be has failed"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use allocation_counter::measure;
use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::guard::{Inputs, Runs};
use flagstate::instance::{Event, EventKind, Instance, Site};
use flagstate::interpret::batch::{Batch, Done, Signal};
use flagstate::interpret::{Answer, Stepper, create};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, parse_instant};
use serde_json::{Value as Json, json};

const SHOP: &str = r#"
flagstate: 1
workflow: shop
settings:
  limit: { type: decimal, default: "500.00" }
  strict: { type: boolean, default: true }
context:
  paid: { type: integer, default: 0 }
  total: { type: decimal, default: "120.50" }
  channel: { type: enum, values: [web, shop, phone], default: web }
  on_hold: { type: boolean, default: false }
  due_on: { type: date, default: "2026-03-05" }
  due_at: { type: datetime, default: "2026-03-05T09:00:00Z" }
  grace: { type: duration, default: 2d }
  missing: { type: integer }
  amounts: { type: list, of: integer, default: [1, 2, 3] }
  tags: { type: list, of: string, default: [fragile, heavy] }
actors: [clerk, robot]
flags: { mood: { type: enum, values: [calm, busy], default: calm } }
effects: [ring]
children: { parcels: { states: [sent, lost] } }
initial: open
states:
  open: { flags: { reserved: true, mood: busy }, expires: never }
  billed:
  packed: { enter: { effects: [ring] } }
  sent: { final: true }
transitions:
  bill:
    by: clerk
    from: open
    guard: order.total <= settings.limit && !order.on_hold
    to: billed
    set: { paid: order.paid + 1 }
  pack:
    by: [clerk, robot]
    from: billed
    payload: { weight: { type: decimal } }
    branches:
      - { guard: event.weight > order.total, to: open }
      - { guard: 'order.channel in ["web", "phone"] && now < order.due_at', to: packed }
      - { to: billed }
  unpack: { by: clerk, from: packed, to: open, effects: [ring] }
  send: { by: clerk, from: packed, guard: order.paid > 100, to: sent }
"#;

/// Every form that packed words answer, true and false.
const GUARDS: [&str; 27] = [
    "order.paid == 0",
    "order.paid in 1..=3",
    "order.total <= settings.limit && !order.on_hold",
    "order.total > 119.999",
    "order.total * 2 + 1 < settings.limit",
    "order.channel == \"web\"",
    "order.channel in [\"shop\", \"phone\"]",
    "order.on_hold || settings.strict",
    "order.due_on <= date(now)",
    "order.due_at < now",
    "now - order.due_at > days(3)",
    "now >= order.due_at + hours(36)",
    "order.grace > minutes(30)",
    "\"missing\" in order",
    "order.missing == 3",
    "order.paid / (order.paid - order.paid) == 1",
    "actor.role == \"clerk\"",
    "parcels.all(\"sent\")",
    "parcels.count(\"lost\") * 2 > parcels.count()",
    "in_state(\"billed\")",
    "between(order.paid, 0, 9)",
    "between(order.total, order.paid, settings.limit)",
    "order.paid + 1 in order.amounts && \"heavy\" in order.tags",
    "order.amounts.all(|a| a > order.paid && a <= settings.limit)",
    "order.tags.count(|t| t == \"heavy\" || t.starts_with(\"f\")) == 2",
    "order.amounts.sum() + order.amounts.sum(|a| a * 1.5) > 9",
    "order.tags.none(\"light\") && order.amounts.some(|a| a in order.amounts)",
];

fn shop(guards: &[&str]) -> std::sync::Arc<Workflow> {
    let mut text = SHOP.to_owned();
    for (index, guard) in guards.iter().enumerate() {
        let row = json!({ "by": "clerk", "from": "billed", "guard": guard, "to": "open" });
        writeln!(text, "  g{index}: {row}").unwrap();
    }
    let loaded = load(FileId(0), &SourceFile::new("shop.yaml", text));
    let report = format!("{:#?}", loaded.report);
    loaded.runnable().unwrap_or_else(|_| panic!("{report}"))
}

fn order(workflow: &Workflow, site: &Site, now: Instant) -> Instance {
    let clerk = Actor::new("clerk");
    let created = create(workflow, site, &BTreeMap::new(), &clerk, now);
    created.unwrap().instance
}

fn event(name: &str, payload: &[(&str, Json)]) -> Event {
    let payload = payload
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Event {
        id: None,
        actor: Actor::new("clerk"),
        kind: EventKind::Named {
            name: name.to_owned(),
            payload: payload.collect(),
            target: None,
        },
    }
}

#[test]
fn steps_in_columns_allocate_nothing() {
    let workflow = shop(&[]);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let now = parse_instant("2026-03-01T09:00:00Z").unwrap();
    let order = order(&workflow, &site, now);
    let mut batch = Batch::new(&workflow, &site);
    for _ in 0..100 {
        batch.push(&order);
    }
    let heavy = json!("999.00");
    let events = [
        event("bill", &[]),
        event("pack", &[("weight", json!("1.50"))]),
        event("send", &[]),
        event("unpack", &[]),
        event("bill", &[]),
        event("pack", &[("weight", heavy)]),
    ];
    let signals: Vec<Signal> = events.iter().map(|e| batch.signal(e).unwrap()).collect();
    let mut steps = Vec::new();
    for signal in 0..6 {
        steps.extend((0..100).map(|order| (order, signal)));
    }
    // The first lap makes room for the values that are set.
    let warm = batch.run(&steps, &signals, now);
    assert_eq!((warm.moved, warm.refused), (500, 100));
    let mut tally = warm;
    let counted = measure(|| {
        tally = batch.run(&steps, &signals, now);
        for signal in &signals {
            batch.sweep(signal, now);
        }
        for signal in &signals {
            let done = batch.step(7, signal, now);
            assert!(matches!(done, Some(Done::Moved(_) | Done::Refused)));
        }
    });
    assert_eq!(tally, warm);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

/// Steps that change data and flags, ask for effects, and arm and cancel a timer; and two that are hops.
const CART: &str = r"
flagstate: 1
workflow: cart
context:
  visits: { type: integer, default: 0 }
  paid: { type: decimal, default: 0 }
actors: [customer]
defaults: { by: customer }
effects: [greet, forget]
initial: open
states:
  open: { expires: { after: 1h, to: lapsed }, enter: { effects: [greet] } }
  away: { expires: never, flags: { reserved: true }, exit: { effects: [forget] } }
  shelved: { expires: never, flags: { reserved: true } }
  boxed:
  lapsed: { final: true }
transitions:
  shelve: { from: away, to: shelved }
  box: { from: shelved, to: boxed, guard: order.paid < 3 }
  unbox: { from: boxed, to: shelved }
  take: { from: shelved, to: away }
  leave: { from: open, to: away, guard: order.paid < 3, set: { visits: order.visits + 1 } }
  return: { from: away, to: open }
";

#[test]
fn steps_in_kept_memory_allocate_nothing() {
    let file = SourceFile::new("cart.yaml", CART);
    let loaded = load(FileId(0), &file);
    let report = format!("{:#?}", loaded.report);
    let workflow = loaded.runnable().unwrap_or_else(|_| panic!("{report}"));
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let now = parse_instant("2026-03-01T09:00:00Z").unwrap();
    let customer = || Actor::new("customer");
    let created = create(&workflow, &site, &BTreeMap::new(), &customer(), now);
    let mut order = created.unwrap().instance;
    let lap = ["leave", "shelve", "box", "unbox", "take", "return"];
    let events = lap.map(|name| Event::named(name, customer()));
    let mut stepper = Stepper::new(&workflow, &site);
    let (mut told, mut armed) = (0, 0);
    let transitions = workflow.transitions.rows().iter();
    let hops = transitions.filter_map(|transition| transition.hop);
    assert_eq!(hops.count(), 2);
    let mut lap = || {
        for event in &events {
            let stepped = stepper.step(&mut order, event, now);
            assert_eq!(stepped.answer, Answer::Accepted);
            for record in stepped.records {
                told += record.flags.len() + record.context.len() + record.effects.len();
                armed += record.armed.len() + record.cancelled.len();
            }
        }
    };
    // The first laps make room.
    lap();
    lap();
    let counted = measure(lap);
    assert_eq!((told, armed), (3 * 10, 3 * 2));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn guards_over_packed_words_allocate_nothing() {
    let workflow = shop(&GUARDS);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let now = parse_instant("2026-03-09T09:00:00Z").unwrap();
    let order = order(&workflow, &site, now);
    let (actor, payload) = (Actor::new("clerk"), flagstate::context::Cells::default());
    let inputs = Inputs {
        order: order.context.view(),
        settings: site.cells(),
        event: payload.view(),
        actor: &actor,
        role: None,
        children: &order.children,
        now: now.into(),
        zone: &site.zone,
        in_state: &|name| name == "open",
    };
    for (index, source) in GUARDS.iter().enumerate() {
        let event = workflow.event_named(&format!("g{index}")).unwrap();
        let trigger = flagstate::graph::Trigger::Event(event);
        let row = workflow
            .rows
            .rows()
            .iter()
            .find(|row| row.trigger == trigger);
        let guard = row
            .and_then(|row| row.conditions[0].guard.as_ref())
            .unwrap();
        assert!(matches!(guard.runs(), Runs::Lowered { .. }), "{source}");
        let mut answer = guard.holds(&inputs);
        let counted = measure(|| answer = guard.holds(&inputs));
        assert_eq!(
            answer,
            guard.eval_in_engine(&inputs) == Ok(true),
            "{source}"
        );
        assert_eq!(counted.count_total, 0, "{source}: {counted:?}");
    }
}
