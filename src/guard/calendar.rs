//! What is calculated with dates, instants and lengths, and the same for the engine.
//!
//! In: values and the tenant's zone. Out: lengths, moved dates and instants, or why there are none;
//! and an engine with `days(n)` and its sisters, `date`, `datetime`, `start_of`, `weekday`, `time_of_day`, comparisons,
//! sums and differences. Time is only what the inputs carry: nothing here reads a clock.

use std::cmp::Ordering;

use rhai::{Engine, EvalAltResult, INT, ImmutableString};

use super::GuardError;
use super::frame;
use super::length::Length;
use crate::time::{self, Date, Duration, Instant, TimeError, Zone};

/// Whether an operator holds for an order.
type Holds = fn(Ordering) -> bool;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// So many calendar days.
pub(super) fn days(n: i64) -> Result<Length, GuardError> {
    let days = i32::try_from(n).map_err(|_| GuardError::Overflow)?;
    Ok(Length::Fixed(Duration::days(days)))
}

/// So many exact units of `factor` seconds.
pub(super) fn seconds(n: i64, factor: i64) -> Result<Length, GuardError> {
    let seconds = n.checked_mul(factor).ok_or(GuardError::Overflow)?;
    Ok(Length::Fixed(Duration::seconds(seconds)))
}

/// The calendar days from one date to another.
pub(super) fn between(from: Date, to: Date) -> Result<Length, GuardError> {
    days((to - from).num_days())
}

/// The sum of two lengths.
pub(super) fn sum(a: Length, b: Length) -> Result<Length, GuardError> {
    a.plus(b).ok_or(GuardError::Overflow)
}

/// One length less another.
pub(super) fn difference(a: Length, b: Length) -> Result<Length, GuardError> {
    sum(a, backwards(b)?)
}

/// A length the other way.
pub(super) fn backwards(length: Length) -> Result<Length, GuardError> {
    length.negated().ok_or(GuardError::Overflow)
}

/// An instant moved by a length.
pub(super) fn shift(at: Instant, length: Length, zone: &Zone) -> Result<Instant, GuardError> {
    Ok(zone.add(at, length.duration())?)
}

/// A date moved by whole days.
pub(super) fn shift_date(date: Date, length: Length) -> Result<Date, GuardError> {
    let duration = length.duration();
    if duration.seconds != 0 {
        return Err(GuardError::PartOfDay);
    }
    Ok(time::shift_date(date, duration.days)?)
}

/// What clocks show at an instant.
pub(super) fn time_of_day(at: Instant, zone: &Zone) -> Result<Length, TimeError> {
    zone.time_of_day(at).map(Length::Fixed)
}

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("days", |n: INT| answer(days(n)))
        .register_fn("hours", |n: INT| answer(seconds(n, 3_600)))
        .register_fn("minutes", |n: INT| answer(seconds(n, 60)))
        .register_fn("seconds", |n: INT| answer(seconds(n, 1)))
        .register_fn("date", |at: Instant| {
            answer(frame::with_zone(|zone| zone.date_of(at)))
        })
        .register_fn("date", |text: ImmutableString| {
            answer(time::parse_date(&text))
        })
        .register_fn("datetime", |text: ImmutableString| {
            answer(time::parse_instant(&text))
        })
        .register_fn("start_of", |date: Date| {
            answer(frame::with_zone(|zone| zone.start_of(date)))
        })
        .register_fn("weekday", time::weekday)
        .register_fn("time_of_day", |at: Instant| {
            answer(frame::with_zone(|zone| time_of_day(at, zone)))
        })
        .register_fn("min", |a: Date, b: Date| a.min(b))
        .register_fn("max", |a: Date, b: Date| a.max(b))
        .register_fn("min", |a: Instant, b: Instant| a.min(b))
        .register_fn("max", |a: Instant, b: Instant| a.max(b));
    comparisons::<Date>(engine, |a, b| Ok(a.cmp(&b)));
    comparisons::<Instant>(engine, |a, b| Ok(a.cmp(&b)));
    comparisons::<Length>(engine, |a, b| {
        Ok(frame::with_zone(|zone| a.compare(b, zone))?)
    });
    sums(engine);
}

fn answer<T, E: Into<GuardError>>(result: Result<T, E>) -> Answer<T> {
    result.map_err(|error| error.into().raise())
}

fn comparisons<T: rhai::Variant + Clone>(
    engine: &mut Engine,
    compare: fn(T, T) -> Result<Ordering, GuardError>,
) {
    let operators: [(&str, Holds); 6] = [
        ("==", Ordering::is_eq),
        ("!=", Ordering::is_ne),
        ("<", Ordering::is_lt),
        ("<=", Ordering::is_le),
        (">", Ordering::is_gt),
        (">=", Ordering::is_ge),
    ];
    for (name, holds) in operators {
        engine.register_fn(name, move |a: T, b: T| -> Answer<bool> {
            answer(compare(a, b)).map(holds)
        });
    }
}

fn sums(engine: &mut Engine) {
    engine
        .register_fn("-", |to: Instant, from: Instant| Length::Between {
            from,
            to,
        })
        .register_fn("+", |at: Instant, length: Length| {
            answer(frame::with_zone(|zone| shift(at, length, zone)))
        })
        .register_fn("-", |at: Instant, length: Length| {
            let length = answer(backwards(length))?;
            answer(frame::with_zone(|zone| shift(at, length, zone)))
        })
        .register_fn("-", |to: Date, from: Date| answer(between(from, to)))
        .register_fn("+", |date: Date, length: Length| {
            answer(shift_date(date, length))
        })
        .register_fn("-", |date: Date, length: Length| {
            answer(backwards(length).and_then(|length| shift_date(date, length)))
        })
        .register_fn("+", |a: Length, b: Length| answer(sum(a, b)))
        .register_fn("-", |a: Length, b: Length| answer(difference(a, b)));
}
