//! Steps a hundred thousand orders of one shop in bulk: `cargo run --release --example batch`.

use std::collections::BTreeMap;
use std::error::Error;

use flagstate::context::Actor;
use flagstate::instance::{Event, Site};
use flagstate::interpret::batch::Batch;
use flagstate::interpret::create;
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::parse_instant;
use serde_json::json;

const SHOP: &str = "
flagstate: 1
workflow: shop
context: { paid: { type: decimal, required: true }, total: { type: decimal, default: 100 } }
actors: [clerk]
initial: booked
states:
  booked: { flags: { contracted: true, counts_revenue: true } }
  closed: { final: true, flags: { contracted: true, counts_revenue: true } }
  cancelled: { final: true }
transitions:
  close: { by: clerk, from: booked, guard: order.paid >= order.total, to: closed }
  cancel: { by: clerk, from: booked, guard: order.paid == 0, to: cancelled }
";

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<(), Box<dyn Error>> {
    let workflow = load(FileId(0), &SourceFile::new("shop.yaml", SHOP))
        .runnable()
        .map_err(|report| format!("{report:#?}"))?;
    let site = Site::new(&workflow, &BTreeMap::new()).map_err(|errors| format!("{errors:?}"))?;
    let (clerk, now) = (Actor::new("clerk"), parse_instant("2026-01-05T09:00:00Z")?);

    let mut batch = Batch::new(&workflow, &site);
    for paid in 0..100_000 {
        let context = BTreeMap::from([("paid".to_owned(), json!(paid % 200))]);
        batch.push(&create(&workflow, &site, &context, &clerk, now)?.instance);
    }
    // An event is prepared once: its name, its actor and its payload are looked up for all orders.
    for name in ["close", "cancel"] {
        let signal = batch.signal(&Event::named(name, clerk.clone()))?;
        let tally = batch.sweep(&signal, now);
        println!("{name}: {} moved, {} refused", tally.moved, tally.refused);
    }
    let order = batch.order(1).ok_or("an order")?;
    println!("order 1 is still {}", order.status(&workflow));
    Ok(())
}
