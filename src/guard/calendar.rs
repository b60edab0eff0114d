//! Dates, instants and lengths for the engine.
//!
//! In: an engine. Out: the same with `days(n)` and its sisters, `date`, `datetime`, `start_of`,
//! comparisons, sums and differences. Time is only what the inputs carry: nothing here reads a clock.

use std::cmp::Ordering;

use rhai::{Engine, EvalAltResult, INT, ImmutableString};

use super::GuardError;
use super::frame;
use super::length::Length;
use crate::time::{self, Date, Duration, Instant, TimeError};

/// Whether an operator holds for an order.
type Holds = fn(Ordering) -> bool;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("days", |n: INT| -> Answer<Length> {
            let days = i32::try_from(n).map_err(|_| GuardError::Overflow.raise())?;
            Ok(Length::Fixed(Duration::days(days)))
        })
        .register_fn("hours", |n: INT| seconds(n, 3_600))
        .register_fn("minutes", |n: INT| seconds(n, 60))
        .register_fn("seconds", |n: INT| seconds(n, 1))
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
        });
    comparisons::<Date>(engine, |a, b| Ok(a.cmp(&b)));
    comparisons::<Instant>(engine, |a, b| Ok(a.cmp(&b)));
    comparisons::<Length>(engine, Length::compare);
    sums(engine);
}

fn seconds(n: INT, factor: i64) -> Answer<Length> {
    let seconds = n
        .checked_mul(factor)
        .ok_or_else(|| GuardError::Overflow.raise())?;
    Ok(Length::Fixed(Duration::seconds(seconds)))
}

fn answer<T>(result: Result<T, TimeError>) -> Answer<T> {
    result.map_err(|error| GuardError::Time(error).raise())
}

fn comparisons<T: rhai::Variant + Clone>(
    engine: &mut Engine,
    compare: fn(T, T) -> Result<Ordering, TimeError>,
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
        .register_fn("+", |at: Instant, length: Length| shift(at, Some(length)))
        .register_fn("-", |at: Instant, length: Length| {
            shift(at, length.negated())
        })
        .register_fn("-", |to: Date, from: Date| -> Answer<Length> {
            let days = i32::try_from((to - from).num_days());
            let days = days.map_err(|_| GuardError::Overflow.raise())?;
            Ok(Length::Fixed(Duration::days(days)))
        })
        .register_fn("+", |date: Date, length: Length| {
            shift_date(date, Some(length))
        })
        .register_fn("-", |date: Date, length: Length| {
            shift_date(date, length.negated())
        })
        .register_fn("+", |a: Length, b: Length| known(a.plus(b)))
        .register_fn("-", |a: Length, b: Length| {
            known(b.negated().and_then(|b| a.plus(b)))
        });
}

fn known(length: Option<Length>) -> Answer<Length> {
    length.ok_or_else(|| GuardError::Overflow.raise())
}

fn shift(at: Instant, length: Option<Length>) -> Answer<Instant> {
    let duration = known(length)?.duration();
    answer(frame::with_zone(|zone| zone.add(at, duration)))
}

fn shift_date(date: Date, length: Option<Length>) -> Answer<Date> {
    let duration = known(length)?.duration();
    if duration.seconds != 0 {
        return Err(GuardError::PartOfDay.raise());
    }
    answer(time::shift_date(date, duration.days))
}
