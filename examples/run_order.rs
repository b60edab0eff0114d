//! An order through a shipped workflow, step by step: `cargo run --example run_order`.
#![expect(clippy::print_stdout, reason = "an example speaks to its reader")]

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::{Event, Site};
use flagstate::interpret::{self, Answer};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::parse_instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = include_str!("../workflows/sharefox.yaml");
    let loaded = load(FileId(0), &SourceFile::new("sharefox.yaml", text));
    let workflow = loaded
        .runnable()
        .map_err(|report| format!("{} findings", report.len()))?;
    let site = Site::new(&workflow, &BTreeMap::new()).map_err(|errors| format!("{errors:?}"))?;

    let start = parse_instant("2026-01-05T09:00:00Z")?;
    let context = BTreeMap::from([("origin".to_owned(), "online".into())]);
    let customer = Actor::new("customer");
    let mut order = interpret::create(&workflow, &site, &context, &customer, start)?.instance;
    println!("created: {}", order.status(&workflow));

    for (time, event, actor) in [
        ("2026-01-05T09:10:00Z", "check_out", "customer"),
        ("2026-01-06T12:00:00Z", "close", "customer"),
        ("2026-01-06T12:00:00Z", "close", "manager"),
    ] {
        let event_of = Event::named(event, Actor::new(actor));
        let outcome = interpret::step(&workflow, &site, &order, &event_of, parse_instant(time)?);
        order = outcome.instance;
        match outcome.answer {
            Answer::Refused(refusal) => println!("{event} by {actor}: refused: {refusal}"),
            Answer::Accepted | Answer::Repeated => {
                println!("{event} by {actor}: {}", order.status(&workflow));
            }
        }
    }
    Ok(())
}
