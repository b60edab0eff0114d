//! One workflow on several engines: ten states, twelve transitions, three of them guarded, and a lap
//! of nine events from `draft` back to `draft`.
//!
//! Each engine takes every order through laps; the figure is for one event. A new way of our own is a
//! file beside the others and a line in [`ENGINES`].

mod flagstate;
mod statig;
mod xstate;

use crate::measure::Time;
use crate::orders::{Order, passing};

/// The events of a lap.
const LAP: [&str; 9] = [
    "submit", "approve", "reserve", "pick", "pack", "ship", "deliver", "invoice", "reopen",
];

/// What measures one engine; `None` where it is not installed.
type Measure = fn(&[Order]) -> Option<Time>;

/// The engines, the limit first and ours behind it.
const ENGINES: [(&str, Measure); 4] = [
    ("statig 0.4, compiled by rustc", statig::measure),
    ("flagstate, interpret::step", flagstate::measure),
    ("xstate 5, actor.send()", xstate::send),
    ("xstate 5, transition()", xstate::transition),
];

/// Measures all and prints the table.
pub(crate) fn print() {
    let orders = passing();
    println!(
        "Steps: ns for one event, ten states, twelve transitions, {} events a lap",
        LAP.len()
    );
    println!(
        "{:<40}{:>9}{:>9}{:>9}{:>9}",
        "", "least", "median", "× statig", "× ours"
    );
    let times = ENGINES.map(|(name, measure)| (name, measure(&orders)));
    let [(_, Some(limit)), (_, Some(ours)), ..] = times else {
        panic!("what is written in Rust is always there");
    };
    for (name, time) in times {
        match time {
            Some(Time { least, median }) => println!(
                "{name:<40}{least:>9.1}{median:>9.1}{:>9.1}{:>9.3}",
                least / limit.least,
                least / ours.least
            ),
            None => println!("{name:<40}  not measured: it needs node, npm and the registry"),
        }
    }
}
