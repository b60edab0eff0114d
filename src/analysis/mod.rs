//! What guards can be: always true, never true, both at once, none of them.
//!
//! In: a compiled [`Workflow`](crate::graph::Workflow). Out: findings, each proved by a SAT solver or
//! confirmed by the evaluator, with a [`Witness`]; and, for `why`, the nearest situation in which an
//! event is accepted. Guards become gates over bounded whole numbers (`encode`); a `query` asks for
//! the smallest answer; the files that `analyse` names each ask one kind of question. Nothing here judges
//! how bad a finding is, and nothing takes a step.

mod circuit;
mod number;
mod text;
mod data;
mod moment;
mod space;
mod children;
mod encode;
mod lists;
mod arithmetic;
mod product;
mod quotient;
mod ordering;
mod patterns;
mod entries;
mod calendar;
mod clocks;
mod query;
mod demand;
mod scene;
mod probe;
mod memo;
mod ask;
mod budget;
mod possible;
mod ageing;
mod due;
mod witness;
mod findings;
mod gaps;
mod conditions;
mod exclusive;
mod counters;
mod cover;
mod ways_out;
mod deadlock;
mod circles;
mod analyse;
mod change;
mod guess;
mod sites;
mod meet;
mod relation;

pub(crate) use analyse::{analyse, is_sound};
pub(crate) use change::{Free, Nearest, Way, nearest};
pub(crate) use circles::LONGEST;
pub(crate) use findings::{Branches, Circle, Findings, Finer, Gap};
pub(crate) use guess::guesses;
pub(crate) use meet::{At, Meeting};
pub(crate) use memo::Memo;
pub(crate) use moment::Moment;
pub(crate) use relation::{Relation, relation};
pub(crate) use sites::{Combination, Grid, Sites, Ways};
pub(crate) use witness::timer_name;
pub use witness::{Happening, Occurrence, Witness};
