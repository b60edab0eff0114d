//! One workflow on several engines: ten states, twelve transitions, three of them guarded, and a lap
//! of nine events from `draft` back to `draft`.
//!
//! Each engine takes every order through laps; the figure is for one event. A new way of our own is a
//! file beside the others and a line in [`ENGINES`].

pub(crate) mod flagstate;
mod statig;
mod xstate;

use std::array;

use crate::measure::{PASSES, Time};
use crate::orders::{Order, passing};

/// The events of a lap.
pub(crate) const LAP: [&str; 9] = [
    "submit", "approve", "reserve", "pick", "pack", "ship", "deliver", "invoice", "reopen",
];

/// What measures one engine.
type Measure = fn(&[Order]) -> Time;

/// The engines, the limit first and ours behind it.
const ENGINES: [(&str, Measure); 8] = [
    ("statig 0.4, compiled by rustc", statig::measure),
    ("flagstate, Batch::step", flagstate::batch_step),
    ("flagstate, Batch::step by name", flagstate::batch_named),
    ("flagstate, Batch::run", flagstate::batch_run),
    ("flagstate, Stepper::step, full record", flagstate::in_place),
    ("flagstate, interpret::step, a copy", flagstate::measure),
    ("xstate 5, actor.send()", xstate::send),
    ("xstate 5, transition()", xstate::transition),
];

/// Measures all and prints the table.
pub(crate) fn print() {
    let orders = passing();
    let events = LAP.len();
    println!("Steps: ns for one event; ten states, twelve transitions, {events} events a lap");
    println!(
        "{:<40}{:>9}{:>9}{:>9}{:>9}",
        "", "least", "median", "× statig", "× ours"
    );
    let times = measure_all(&orders);
    let [limit, ours, ..] = times.each_ref().map(Time::least);
    for ((name, _), time) in ENGINES.iter().zip(&times) {
        let (least, median) = (time.least(), time.median());
        if least.is_nan() {
            println!("{name:<40}  not measured: it needs node and npm");
            continue;
        }
        let (limit, ours) = (least / limit, least / ours);
        println!("{name:<40}{least:>9.1}{median:>9.1}{limit:>9.1}{ours:>9.3}");
    }
}

/// Every engine in every pass; a time without rounds where one is not installed.
fn measure_all(orders: &[Order]) -> [Time; ENGINES.len()] {
    let mut all: [Time; ENGINES.len()] = array::from_fn(|_| Time::default());
    for _ in 0..PASSES {
        for ((_, measure), time) in ENGINES.iter().zip(&mut all) {
            *time = time.and(&measure(orders));
        }
    }
    all
}
