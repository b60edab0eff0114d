//! What guards can be: always true, never true, both at once, none of them.
mod circuit;
mod number;
mod text;
mod data;
mod moment;
mod space;
mod encode;
mod arithmetic;
mod calendar;
mod query;
mod scene;
mod probe;
mod ask;
mod possible;
mod witness;
mod findings;
mod gaps;
mod conditions;
mod exclusive;
mod cover;
mod deadlock;
mod change;

pub(crate) use change::{Free, Way, nearest};
pub(crate) use findings::{Branches, Findings, Gap};
pub(crate) use moment::Moment;
pub use witness::{Occurrence, Witness};
