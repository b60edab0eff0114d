//! The durable shell: orders that outlive the process.
//!
//! In: workflow files, requests (create, fire, let time pass, ask) and a [`Store`]. Out: answers that
//! were written down before they were given. The steps themselves are `interpret`'s; this module loads,
//! stores, counts versions, remembers answers, fires timers and hands out effects.
//!
//! - [`row`]: what is stored, and the forms of it that are promises;
//! - [`store`]: what a store must do;
//! - [`memory`]: a store without a disk.

pub mod row;
pub mod store;
mod micros;
pub mod memory;

pub use memory::Memory;
pub use row::{OrderKey, Parent};
pub use store::{Store, StoreError};
