#![doc = include_str!("LANGUAGE.md")]

pub mod rules;
mod error;
mod frame;
mod length;
mod calendar;
mod functions;
mod values;
mod entries;
mod engine;
mod place;
mod symbols;
mod closures;
mod flat;
mod scan;
mod habits;
mod hints;
pub(crate) mod kind;
pub(crate) mod tree;
mod reads;
mod names;
mod inputs;
mod check;
mod operators;
mod calls;
mod lists;
mod missing;
mod eval;
mod code;
mod bound;
mod lower;
mod counts;
mod present;
mod script;
mod program;
mod explain;
mod failing;
mod compile;

pub use crate::context::MAX_LIST;
pub(crate) use bound::{Around, Bound, TOGETHER};
#[cfg(feature = "cli")]
pub(crate) use calls::{CHILD_METHODS, FUNCTIONS};
pub use compile::{
    compile_condition, compile_formula, compile_formula_after, compile_guard, is_reserved,
};
pub use counts::{ChildCounts, StateCounts};
pub use error::{GuardError, Limit};
pub use explain::Part;
pub use inputs::Inputs;
#[cfg(feature = "cli")]
pub(crate) use kind::{OF_LIST, OF_TEXT};
pub use missing::Known;
pub use present::Present;
pub use program::{Formula, Guard, Runs};
pub use reads::Reads;
pub use rules::RULES;

/// The most bytes that the source of a guard may have.
pub const MAX_SOURCE: usize = 4096;

/// The deepest that brackets, operators and calls may nest.
pub const MAX_DEPTH: usize = 32;

/// The most findings about one expression: what is wrong in hundreds of places is one mistake.
const MAX_FINDINGS: usize = 50;

/// The most operations that one evaluation may take; long texts count one for every 16 bytes read.
pub const MAX_OPERATIONS: u32 = 10_000;

/// The most bytes that a text may have inside a guard: [`MAX_TEXT`](crate::context::MAX_TEXT)
/// characters of four bytes, so that every text an order may carry can be read.
pub const MAX_TEXT_BYTES: usize = 4 * crate::context::MAX_TEXT;
