//! The interpreter: what happens to an order when something happens.
//!
//! In: a [`Workflow`](crate::graph::Workflow), one site's settings, an [`Instance`](crate::instance::Instance),
//! an [`Event`](crate::instance::Event) and the present. Out: the instance after, the records of what
//! was done, or a refusal with every reason. Nested states, regions and history mean what SCXML's
//! algorithm says (W3C Recommendation of 2015, appendix D). Pure: no clock, no I/O, no randomness;
//! the same input gives the same output. It stores nothing and performs no effect.

mod conditions;
mod entry;
mod target;
mod select;
mod hop;
mod reasons;
mod flags;
mod record;
mod timers;
mod workspace;
mod macrostep;
mod deed;
mod microstep;
mod payload;
mod due;
mod named;
mod overrides;
mod children;
mod create;
mod place;
mod ways;
pub(crate) mod outlook;
mod step;
mod available;
pub mod batch;

pub use available::{Action, Input, Possible, available};
pub use children::{cascade, count_children};
#[cfg(feature = "runtime")]
pub(crate) use children::{check_child, check_counts};
pub use create::{Created, create};

pub use flags::{flag_of, flags};
pub use place::{Standing, place};
pub use step::{Answer, Outcome, Stepped, Stepper, step};
pub(crate) use timers::due_now;
pub(crate) use ways::{Asked, Ways, ways};
