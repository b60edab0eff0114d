//! Text, numbers, lists, children and states for the engine.
//!
//! In: an engine. Out: the same with `len`, `contains`, `starts_with`, `ends_with`, `min`, `max`,
//! `abs`, `round`, `between`, `in` over lists, ranges and fields, the child counts and `in_state`. Operators on
//! whole numbers, decimals, texts and booleans are Rhai's own, which check for overflow.

use std::cmp::Ordering;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, INT, Identifier, ImmutableString};
use rust_decimal::{Decimal, RoundingStrategy};

use super::counts::ChildCounts;
use super::length::Length;
use super::{GuardError, frame};
use crate::time::{Date, Instant};

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// One set of children as a value of the engine.
#[derive(Debug, Clone)]
pub(super) struct ChildSet(pub(super) Arc<ChildCounts>);

impl ChildSet {
    fn in_state(&self, state: &str) -> u32 {
        self.0.by_state.get(state)
    }
}

/// `order`, `settings`, `event` or `actor` by itself as a value of the engine: which of the fields that it
/// is asked for are set. What they are stands in variables of their own.
#[derive(Debug, Clone)]
pub(super) struct Fields(Arc<[Identifier]>);

impl Fields {
    /// The fields that are set.
    pub(super) fn new(set: impl IntoIterator<Item = Identifier>) -> Self {
        Self(set.into_iter().collect())
    }
}

pub(super) fn register(engine: &mut Engine) {
    texts(engine);
    numbers(engine);
    membership(engine);
    children(engine);
    engine.register_fn("between", between);
    engine.register_fn("in_state", |name: ImmutableString| frame::in_state(&name));
}

/// How many characters a text has.
pub(super) fn length(text: &str) -> Result<i64, GuardError> {
    frame::charge(text.len())?;
    i64::try_from(text.chars().count()).map_err(|_| GuardError::Overflow)
}

/// Whether a text contains another.
pub(super) fn contains(text: &str, part: &str) -> Result<bool, GuardError> {
    frame::charge(text.len().saturating_add(part.len()))?;
    Ok(text.contains(part))
}

/// A number with so many digits behind the point, halves away from zero.
pub(super) fn round(n: Decimal, digits: i64) -> Result<Decimal, GuardError> {
    let digits = u32::try_from(digits).map_err(|_| GuardError::Overflow)?;
    Ok(n.round_dp_with_strategy(digits.min(28), RoundingStrategy::MidpointAwayFromZero))
}

fn raised<T>(result: Result<T, GuardError>) -> Answer<T> {
    result.map_err(GuardError::raise)
}

fn texts(engine: &mut Engine) {
    engine
        .register_fn("len", |text: &mut ImmutableString| -> Answer<INT> {
            raised(length(text))
        })
        .register_fn(
            "contains",
            |text: &mut ImmutableString, part: ImmutableString| -> Answer<bool> {
                raised(contains(text, &part))
            },
        )
        .register_fn(
            "starts_with",
            |text: &mut ImmutableString, part: ImmutableString| text.starts_with(part.as_str()),
        )
        .register_fn(
            "ends_with",
            |text: &mut ImmutableString, part: ImmutableString| text.ends_with(part.as_str()),
        );
}

fn numbers(engine: &mut Engine) {
    engine
        .register_fn("abs", |n: INT| -> Answer<INT> {
            raised(n.checked_abs().ok_or(GuardError::Overflow))
        })
        .register_fn("abs", |n: Decimal| n.abs())
        .register_fn("-", |n: Decimal| -n)
        .register_fn("round", |n: INT, _: INT| n)
        .register_fn("round", |n: Decimal, digits: INT| -> Answer<Decimal> {
            raised(round(n, digits))
        })
        .register_fn("min", |a: INT, b: INT| a.min(b))
        .register_fn("max", |a: INT, b: INT| a.max(b))
        .register_fn("min", |a: Decimal, b: Decimal| a.min(b))
        .register_fn("max", |a: Decimal, b: Decimal| a.max(b))
        .register_fn("min", |a: INT, b: Decimal| b.min(a.into()))
        .register_fn("max", |a: INT, b: Decimal| b.max(a.into()))
        .register_fn("min", |a: Decimal, b: INT| a.min(b.into()))
        .register_fn("max", |a: Decimal, b: INT| a.max(b.into()));
}

/// `x in y` is a call of `contains(y, x)`.
fn membership(engine: &mut Engine) {
    engine
        .register_fn("contains", |list: &mut Array, item: Dynamic| {
            list.iter().any(|each| same(each, &item))
        })
        .register_fn("contains", |fields: &mut Fields, name: ImmutableString| {
            fields.0.iter().any(|set| *set == name.as_str())
        })
        .register_fn("contains", |range: &mut Range<INT>, n: INT| {
            range.contains(&n)
        })
        .register_fn("contains", |range: &mut RangeInclusive<INT>, n: INT| {
            range.contains(&n)
        })
        .register_fn("contains", |range: &mut Range<INT>, n: Decimal| {
            n >= Decimal::from(range.start) && n < Decimal::from(range.end)
        })
        .register_fn("contains", |range: &mut RangeInclusive<INT>, n: Decimal| {
            n >= Decimal::from(*range.start()) && n <= Decimal::from(*range.end())
        });
}

/// What `==` says: numbers by value whatever their kind, anything else only with its own kind.
pub(super) fn same(a: &Dynamic, b: &Dynamic) -> bool {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a == b;
    }
    if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        return *a == *b;
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return a == b;
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Date>(), b.read_lock::<Date>()) {
        return *a == *b;
    }
    match (a.read_lock::<Instant>(), b.read_lock::<Instant>()) {
        (Some(a), Some(b)) => *a == *b,
        _ => false,
    }
}

/// A number as a decimal.
pub(super) fn number(value: &Dynamic) -> Option<Decimal> {
    value
        .as_int()
        .map(Decimal::from)
        .or_else(|_| value.as_decimal())
        .ok()
}

/// Whether a value lies between two others, or is one of them. The upper one is looked at only where
/// the lower one does not decide.
#[expect(clippy::needless_pass_by_value, reason = "Rhai hands arguments over")]
fn between(value: Dynamic, low: Dynamic, high: Dynamic) -> Answer<bool> {
    Ok(compare(&value, &low)?.is_ge() && compare(&value, &high)?.is_le())
}

fn compare(a: &Dynamic, b: &Dynamic) -> Answer<Ordering> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Date>(), b.read_lock::<Date>()) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Instant>(), b.read_lock::<Instant>()) {
        return Ok(a.cmp(&b));
    }
    raised(match (a.read_lock::<Length>(), b.read_lock::<Length>()) {
        (Some(a), Some(b)) => {
            frame::with_zone(|zone| a.compare(*b, zone)).map_err(GuardError::Time)
        }
        _ => Err(GuardError::Other("these have no order".to_owned())),
    })
}

fn children(engine: &mut Engine) {
    engine
        .register_fn("all", |set: &mut ChildSet, state: ImmutableString| {
            set.in_state(&state) == set.0.total
        })
        .register_fn("some", |set: &mut ChildSet, state: ImmutableString| {
            set.in_state(&state) > 0
        })
        .register_fn("none", |set: &mut ChildSet, state: ImmutableString| {
            set.in_state(&state) == 0
        })
        .register_fn("count", |set: &mut ChildSet, state: ImmutableString| {
            INT::from(set.in_state(&state))
        })
        .register_fn("count", |set: &mut ChildSet| INT::from(set.0.total));
}
