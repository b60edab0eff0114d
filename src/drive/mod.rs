//! The virtual clock: an order and its children, moved by what a script or a scenario says.
//!
//! In: a [`Workflow`](crate::graph::Workflow), a [`Site`](crate::instance::Site), and what happens.
//! Out: [`Family`], whose [`Entry`]s tell all that happened in order, and their [`trace`] as a table
//! that people review. Pure: time passes only as told, and nothing outside is asked to do anything.

mod entry;
mod family;
mod input;
mod members;
mod play;
mod reading;
mod refused;
mod resolve;
pub mod rule;
mod script;
pub mod trace;
mod witness;
mod written;

pub use entry::{Entry, Happened};
pub use family::{Family, Verdict};
pub use input::{Action, DriveError, Input, OrderName, When};
pub use members::counted;
pub use play::{impossible, play};
pub use resolve::{actor_of, context_of, given_of, plain_of, resolve, values_of, when_of};
pub use rule::RULES;
pub use script::script;
pub use witness::{given, replay, stand};
pub use written::{By, Child, Children, Given, Intervention, Known, Stimulus};
