//! The virtual clock: an order and its children, moved by what a script or a scenario says.

mod written;

pub use written::{By, Child, Children, Given, Intervention, Known, Stimulus};
