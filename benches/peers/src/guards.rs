//! Five guards, each asked about the same orders by every engine.
//!
//! Each engine has what it needs of every order ready before it is asked: scopes, contexts and values
//! are kept, so that what is measured is the evaluation alone. Each is first compared with the guards
//! written by hand. An engine is a file of its own, whose `measure` gives the time of each guard.

mod cel;
mod flagstate;
mod grain;
mod hand;
mod rhai;
mod zen;

use std::hint::black_box;

use crate::measure::{self, Time, mean};
use crate::orders::{COUNT, Order, orders};

/// The guards, as they are written here.
const GUARDS: [&str; 5] = [
    "order.total <= account.credit_limit && !order.on_hold",
    "order.paid == 0",
    "suborders.all(\"executed\")",
    "actor.role == \"reseller\" && order.channel == \"storefront\"",
    "order.due_at < now",
];

/// The time of each guard.
type Times = [Time; GUARDS.len()];

/// What measures one engine.
type Measure = fn(&[Order]) -> Times;

/// The engines, ours first. New ways of our own come behind it.
const ENGINES: [(&str, Measure); 5] = [
    ("flagstate, Guard::eval", flagstate::measure),
    ("rhai 1.27, flat scope and caches kept", rhai::measure),
    ("rhai 1.27, its bytecode (grain)", grain::measure),
    ("cel 0.15, context kept", cel::measure),
    ("zen-expression 2.1, VM and scope kept", zen::measure),
];

/// Asks one guard about every order, each sweep in another sequence. `ask` takes the order's number.
fn time(guard: usize, orders: &[Order], mut ask: impl FnMut(usize) -> bool) -> Time {
    for (number, order) in orders.iter().enumerate() {
        let expected = hand::answer(guard, order);
        assert_eq!(ask(number), expected, "{}: {order:?}", GUARDS[guard]);
    }
    measure::time(COUNT, |sweep| {
        // An odd stride meets every order once.
        let (stride, start) = (2 * sweep + 1, sweep / 7);
        for step in 0..COUNT {
            black_box(ask((start + stride.wrapping_mul(step)) % COUNT));
        }
    })
}

/// Measures all and prints the table.
pub(crate) fn print() {
    let orders = orders();
    println!("Guards: ns for one evaluation, least of several rounds (mean: least, median)");
    for (number, guard) in GUARDS.iter().enumerate() {
        let holds = orders.iter().filter(|order| hand::answer(number, order));
        println!(
            "  {}: {guard}  (holds for {} of {COUNT})",
            number + 1,
            holds.count()
        );
    }
    println!(
        "{:<40}{:>7}{:>7}{:>7}{:>7}{:>7}{:>9}{:>9}{:>9}{:>9}",
        "", 1, 2, 3, 4, 5, "mean", "median", "× hand", "× ours"
    );
    let hand = hand::measure(&orders);
    let limit = mean(&hand).least;
    let mut ours = None;
    for (name, measure) in ENGINES {
        let times = measure(&orders);
        let ours = *ours.get_or_insert(mean(&times).least);
        row(name, &times, limit, ours);
    }
    row("written by hand", &hand, limit, ours.unwrap_or(limit));
}

fn row(name: &str, times: &Times, limit: f64, ours: f64) {
    let all = mean(times);
    print!("{name:<40}");
    for time in times {
        print!("{:>7.1}", time.least);
    }
    let (hand, ours) = (all.least / limit, all.least / ours);
    println!(
        "{:>9.1}{:>9.1}{hand:>9.1}{ours:>9.2}",
        all.least, all.median
    );
}
