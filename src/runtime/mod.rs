//! The durable shell: orders that outlive the process.
//!
//! In: workflow files, requests (create, fire, let time pass, ask) and a [`Store`]. Out: answers that
//! were written down before they were given. The steps themselves are `interpret`'s; this module loads,
//! stores, counts versions, remembers answers, fires timers and hands out effects.
//!
//! - [`row`]: what is stored, and the forms of it that are promises;
//! - [`store`]: what a store must do;
//! - [`memory`]: a store without a disk;
//! - `sqlite`: a store in a file (feature `sqlite`).

pub mod row;
pub mod store;
mod micros;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;

pub use memory::Memory;
pub use row::{OrderKey, Parent};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use store::{Store, StoreError};
