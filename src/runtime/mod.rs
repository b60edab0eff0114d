//! The durable shell: orders that outlive the process.
//!
//! In: workflow files, requests (create, fire, let time pass, ask) and a [`Store`]. Out: answers that
//! were written down before they were given. The steps themselves are `interpret`'s; this module loads,
//! stores, counts versions, remembers answers, fires timers and hands out effects.
//!
//! - [`row`]: what is stored, and the forms of it that are promises;
//! - [`journal`]: the hash-chained record of every step, its verification and its replay;
//! - [`store`]: what a store must do; [`memory`], `sqlite` and `postgres` do it;
//! - [`engine`]: requests to answers, in groups that are committed at once, on one thread and pure but
//!   for its store: time is an argument;
//!   A checked migration brings live orders to another deployment ([`Engine::migrate`]);
//! - [`handle`]: the same for many callers: a thread that groups what arrives meanwhile, and its timers.
//!
//! ```
//! use std::collections::BTreeMap;
//! use flagstate::context::Actor;
//! use flagstate::instance::Event;
//! use flagstate::runtime::{Answer, Create, Deploy, Engine, Fire, Memory, Request};
//! use flagstate::time::parse_instant;
//!
//! let text = "
//! flagstate: 1
//! workflow: shop
//! actors: [customer]
//! initial: in_cart
//! states:
//!   in_cart: { flags: { reserved: true }, expires: { after: 20m, to: dropped } }
//!   booked: { final: true, flags: { contracted: true } }
//!   dropped: { final: true, enter: { by: system } }
//! transitions: { check_out: { by: customer, from: in_cart, to: booked } }
//! ";
//! let nine = parse_instant("2026-01-05T09:00:00Z")?;
//! let mut engine = Engine::new(Memory::default());
//! engine.deploy(&Deploy::file("acme", "shop.yaml", text), nine)?;
//! let create = Create::new("acme", "shop", "o1", Actor::new("customer"));
//! let mut event = Event::named("check_out", Actor::new("customer"));
//! event.id = Some("click-7".to_owned());
//! let fire = Fire::new("acme", "o1", event);
//! let requests = vec![Request::Create(create), Request::Fire(fire.clone()), Request::Fire(fire)];
//! let replies = engine.handle(&requests, nine)?;
//! assert!(matches!(&replies[1].answer, Answer::Accepted(receipt) if receipt.status == "booked"));
//! // The same event again changes nothing, and gets the first answer.
//! assert_eq!(replies[2].answer, replies[1].answer);
//! assert!(replies[2].duplicate);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod row;
pub mod store;
pub mod journal;
mod micros;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod columns;
mod judge;
pub mod memory;
mod deployment;
mod request;
mod view;
mod failures;
mod working;
pub mod engine;
pub mod handle;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "postgres")]
pub mod postgres;

pub use deployment::{Compiled, Deploy, DeployError};
pub use engine::{
    Backoff, Engine, EngineError, Fired, Migration, MigrationReport, Outlived, OutlivedPage,
    Tampered, Verified,
};
pub use failures::Failure;
pub use handle::{Clock, Runtime, RuntimeError, SystemClock};
pub use memory::Memory;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
pub use request::{Answer, Create, Fire, Import, Receipt, Reply, Request};
pub use row::{OrderKey, Parent};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use store::{Store, StoreError};
pub use view::{OrderPage, OrderView, Query};
