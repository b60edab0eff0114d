//! A million orders of the ten-state workflow in columns: events in random order, sorted by order, and one
//! event swept over all; beside the same on an array of plain Rust structs, written by hand.

use std::collections::BTreeMap;
use std::hint::black_box;

use flagstate::context::Actor;
use flagstate::instance::{Event, Site};
use flagstate::interpret::batch::{Batch, Signal};

use crate::measure::{self, Time};
use crate::orders::{NOW, Order, passing};
use crate::steps::LAP;
use crate::steps::flagstate::{created, instant, workflow};

/// How many orders there are.
const ORDERS: u32 = 1_000_000;

/// Measures all and prints the table.
pub(crate) fn print() {
    let orders = passing();
    println!("Batches: ns for one step; {ORDERS} orders, each event of a lap once for each order");
    println!("{:<52}{:>9}{:>9}", "", "least", "median");
    let (random, sorted) = (steps(true), steps(false));
    let rows: [(&str, Time); 6] = [
        ("written by hand, random order", by_hand(&orders, &random)),
        (
            "flagstate, Batch::run, random order",
            batch(&orders, &random),
        ),
        (
            "written by hand, sorted by order",
            by_hand(&orders, &sorted),
        ),
        (
            "flagstate, Batch::run, sorted by order",
            batch(&orders, &sorted),
        ),
        (
            "written by hand, one event over all",
            by_hand(&orders, &swept()),
        ),
        (
            "flagstate, Batch::sweep, one event over all",
            sweep(&orders),
        ),
    ];
    for (name, time) in rows {
        println!("{name:<52}{:>9.1}{:>9.1}", time.least(), time.median());
    }
}

/// A lap of every order; in random order, the orders of each event are shuffled.
fn steps(random: bool) -> Vec<(u32, u16)> {
    let events = u16::try_from(LAP.len()).expect("nine");
    if !random {
        return (0..ORDERS)
            .flat_map(|order| (0..events).map(move |event| (order, event)))
            .collect();
    }
    // A stride that has no divisor in common with the number of orders meets each once.
    let mixed = |order: u32| u64::from(order) * 617_647 % u64::from(ORDERS);
    let orders = (0..ORDERS).map(|order| u32::try_from(mixed(order)).expect("below"));
    let orders: Vec<u32> = orders.collect();
    (0..events)
        .flat_map(|event| orders.iter().map(move |order| (*order, event)))
        .collect()
}

/// Each event of a lap for all orders, one after the other.
fn swept() -> Vec<(u32, u16)> {
    let events = u16::try_from(LAP.len()).expect("nine");
    (0..events)
        .flat_map(|event| (0..ORDERS).map(move |order| (order, event)))
        .collect()
}

fn filled<'w>(
    orders: &[Order],
    workflow: &'w flagstate::graph::Workflow,
    site: &'w Site,
) -> (Batch<'w>, [Signal; 9]) {
    let now = instant(NOW);
    let mut batch = Batch::new(workflow, site);
    let made: Vec<_> = orders
        .iter()
        .map(|order| created(workflow, site, order, now))
        .collect();
    for order in 0..ORDERS as usize {
        batch.push(&made[order % made.len()]);
    }
    let events = LAP.map(|name| Event::named(name, Actor::new("clerk")));
    let signals = events.map(|event| batch.signal(&event).expect("a signal"));
    (batch, signals)
}

fn batch(orders: &[Order], steps: &[(u32, u16)]) -> Time {
    let workflow = workflow();
    let site = Site::new(&workflow, &BTreeMap::new()).expect("no settings");
    let (mut batch, signals) = filled(orders, &workflow, &site);
    let now = instant(NOW);
    measure::time(steps.len(), |_| {
        let tally = batch.run(steps, &signals, now);
        assert_eq!(tally.moved, steps.len());
    })
}

fn sweep(orders: &[Order]) -> Time {
    let workflow = workflow();
    let site = Site::new(&workflow, &BTreeMap::new()).expect("no settings");
    let (mut batch, signals) = filled(orders, &workflow, &site);
    let now = instant(NOW);
    measure::time(ORDERS as usize * LAP.len(), |_| {
        for signal in &signals {
            assert_eq!(batch.sweep(signal, now).moved, ORDERS as usize);
        }
    })
}

/// What a step needs of an order, as a program for this workflow alone would hold it.
#[derive(Clone, Copy)]
struct Plain {
    updated_at: i64,
    entered_at: i64,
    sequence: u32,
    state: u16,
    on_hold: bool,
    total: i64,
    paid: i64,
    credit_limit: i64,
    due_at: i64,
}

fn by_hand(orders: &[Order], steps: &[(u32, u16)]) -> Time {
    let plain = |order: &Order| Plain {
        updated_at: 0,
        entered_at: 0,
        sequence: 1,
        state: 0,
        on_hold: order.on_hold,
        total: order.total,
        paid: order.paid,
        credit_limit: order.credit_limit,
        due_at: order.due_at,
    };
    let all = (0..ORDERS as usize).map(|order| plain(&orders[order % orders.len()]));
    let mut all: Vec<Plain> = all.collect();
    measure::time(steps.len(), |_| {
        let mut moved = 0;
        for &(order, event) in steps {
            moved += usize::from(step(&mut all[order as usize], event, black_box(NOW)));
        }
        assert_eq!(moved, steps.len());
    })
}

fn step(order: &mut Plain, event: u16, now: i64) -> bool {
    let to = match (order.state, event) {
        (1, 1) if order.total <= order.credit_limit && !order.on_hold => 2,
        (5, 5) if order.paid >= order.total => 6,
        (7, 7) if now < order.due_at => 8,
        (1, 1) | (5, 5) | (7, 7) => return false,
        (8, 8) => 0,
        (state, event) if state == event => state + 1,
        _ => return false,
    };
    order.state = to;
    order.updated_at = now;
    order.entered_at = now;
    order.sequence += 1;
    true
}
