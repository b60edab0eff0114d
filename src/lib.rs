//! Flagstate is a workflow rules engine for order statuses.
//!
//! A workflow file says which statuses an order may have, what each decides (is stock reserved, does the
//! order expire, does it count as revenue, is there a contract), who may move it, under which guards, and
//! which timers run. This crate reads such files, checks them, draws them, and runs orders through them.
//!
//! ```
//! use std::collections::BTreeMap;
//! use flagstate::context::Actor;
//! use flagstate::instance::{Event, Site};
//! use flagstate::interpret::{self, Answer};
//! use flagstate::load::load;
//! use flagstate::source::{FileId, SourceFile};
//! use flagstate::time::parse_instant;
//!
//! let text = r#"
//! flagstate: 1
//! workflow: shop
//! settings:
//!   cart_lifetime: { type: duration, default: 20m }
//! actors: [customer]
//! initial: in_cart
//! states:
//!   in_cart: { flags: { reserved: true }, expires: { after: settings.cart_lifetime, to: dropped } }
//!   booked: { final: true, flags: { contracted: true, counts_revenue: true } }
//!   dropped: { final: true, enter: { by: system } }
//! transitions:
//!   check_out: { by: customer, from: in_cart, to: booked }
//! "#;
//! // Text to a checked workflow; every finding of every pass is in the report.
//! let workflow = load(FileId(0), &SourceFile::new("shop.yaml", text)).runnable().expect("no errors");
//!
//! // One site's settings, and a new order at nine o'clock.
//! let site = Site::new(&workflow, &BTreeMap::new()).expect("the defaults");
//! let nine = parse_instant("2026-01-05T09:00:00Z")?;
//! let customer = Actor::new("customer");
//! let order = interpret::create(&workflow, &site, &BTreeMap::new(), &customer, nine)?.instance;
//! assert_eq!(order.status(&workflow), "in_cart");
//!
//! // Half an hour later the cart has expired: the timer fires first, and the event is refused.
//! let late = parse_instant("2026-01-05T09:30:00Z")?;
//! let outcome = interpret::step(&workflow, &site, &order, &Event::named("check_out", customer), late);
//! assert_eq!(outcome.instance.status(&workflow), "dropped");
//! let Answer::Refused(refusal) = outcome.answer else { unreachable!("the cart is gone") };
//! assert_eq!(refusal.to_string(), "the order is in `dropped`, not in `in_cart`");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where to go on: [`instance::Stored`] writes an order down and reads it back; [`why`] explains a refusal;
//! [`interpret::flags()`] tells what the states of an order decide; [`interpret::batch`] steps many orders at once;
//! [`load::Library`] reads files that extend others; [`drive`] runs an order and its children on a virtual clock, and plays
//! the witness of a finding; `runtime` (a feature) keeps orders in a store. Times are chrono's: the present is
//! `std::time::SystemTime::now().into()`.
//!
//! The modules stand in the order of their use: each uses only those above it. `ARCHITECTURE.md` tells
//! what each takes and gives, and which invariants hold.

pub mod source;
pub mod time;
pub mod diagnostic;
pub mod context;
pub mod document;
pub mod schema;
pub mod parse;
pub mod tenant;
pub mod symbols;
pub mod import;
pub mod guard;
pub mod graph;
pub mod compile;
pub mod instance;
pub mod interpret;
pub mod analysis;
pub mod travel;
pub mod validate;
pub mod load;
pub mod export;
pub mod diff;
pub mod why;
pub mod drive;
pub mod scenario;
pub mod migrate;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(any(feature = "serve", feature = "restate"))]
pub mod server;
#[cfg(feature = "serve")]
pub mod http;
#[cfg(feature = "restate")]
pub mod restate;
#[cfg(feature = "cli")]
pub mod cli;
