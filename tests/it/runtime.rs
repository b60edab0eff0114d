//! The durable shell.

mod stores;
