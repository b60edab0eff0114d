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

use std::array;
use std::hint::black_box;

use crate::measure::{self, PASSES, Time, mean};
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

/// The engines, the limit first and ours behind it. A new way of our own is a file beside the others
/// and a line here.
const ENGINES: [(&str, Measure); 8] = [
    ("written by hand in Rust", hand::measure),
    ("flagstate, Guard::holds", flagstate::lowered),
    ("flagstate, Guard::eval", flagstate::eval),
    ("flagstate, in the hardened engine", flagstate::engine),
    ("rhai 1.27, flat scope and caches kept", rhai::measure),
    ("rhai 1.27, the same as bytecode (grain)", grain::measure),
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
    println!("Guards: ns for one evaluation, the least of several rounds");
    for (number, guard) in GUARDS.iter().enumerate() {
        let holds = orders.iter().filter(|order| hand::answer(number, order));
        let (number, holds) = (number + 1, holds.count());
        println!("  {number}: {guard}  (holds for {holds} of {COUNT})");
    }
    println!(
        "{:<40}{:>7}{:>7}{:>7}{:>7}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "", 1, 2, 3, 4, 5, "mean", "but 3", "median", "× hand", "× ours"
    );
    let times = measure_all(&orders);
    let [limit, ours, ..] = times.each_ref().map(|times| mean(times, Time::least));
    for ((name, _), times) in ENGINES.iter().zip(&times) {
        row(name, times, limit, ours);
    }
    let (parsed, checked) = (rhai::compiling(), flagstate::compiling());
    let (parsed, checked) = (parsed.least(), checked.least());
    println!(
        "Compiling a guard: {parsed:.0} ns by Rhai alone; {checked:.0} ns checked and lowered, {:.1} times as long",
        checked / parsed
    );
}

/// Every engine in every pass.
fn measure_all(orders: &[Order]) -> [Times; ENGINES.len()] {
    let mut all: [Times; ENGINES.len()] = array::from_fn(|_| Times::default());
    for _ in 0..PASSES {
        for ((_, measure), times) in ENGINES.iter().zip(&mut all) {
            let pass = measure(orders);
            *times = array::from_fn(|guard| times[guard].and(&pass[guard]));
        }
    }
    all
}

fn row(name: &str, times: &Times, limit: f64, ours: f64) {
    print!("{name:<40}");
    for time in times {
        print!("{:>7.1}", time.least());
    }
    let least = mean(times, Time::least);
    // The third guard is a closure elsewhere and a count of ours.
    let [first, second, _, fourth, fifth] = times;
    let but_third = mean([first, second, fourth, fifth], Time::least);
    let median = mean(times, Time::median);
    let (hand, ours) = (least / limit, least / ours);
    println!("{least:>8.1}{but_third:>8.1}{median:>8.1}{hand:>8.1}{ours:>8.3}");
}
