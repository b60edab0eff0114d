//! Why a guard or a value gave no answer.
//!
//! In: what Rhai and our own functions raise. Out: a [`GuardError`] whose text goes into a refusal.
//! Whoever asked decides what follows; for a guard that is always a denial.

use rhai::{Dynamic, EvalAltResult, Position};

use super::{MAX_LIST, MAX_OPERATIONS, MAX_TEXT_BYTES};
use crate::time::TimeError;

/// Why an evaluation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// A field that the expression reads has no value; the name is as written, `order.x`.
    #[error("`{0}` is not set")]
    Missing(String),
    /// A number outside what 64 bits or a decimal's 28 digits hold.
    #[error("the numbers are too large to calculate with")]
    Overflow,
    /// A division or a remainder by zero.
    #[error("it divides by zero")]
    DivisionByZero,
    /// A limit of the sandbox.
    #[error("it exceeds a limit: {0}")]
    Limit(Limit),
    /// The result is neither `true` nor `false`.
    #[error("the result is neither `true` nor `false`")]
    NotBoolean,
    /// A time outside the calendar, or a date moved by less than a day.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A date was to be moved by hours, minutes or seconds.
    #[error("a date moves by whole days only")]
    PartOfDay,
    /// The result does not fit the field that it is for.
    #[error("the result `{found}` does not fit: {expected} is expected")]
    Unfit {
        /// The result, as text.
        found: String,
        /// The type that was declared.
        expected: String,
    },
    /// Anything else that the evaluator said.
    #[error("it cannot be evaluated: {0}")]
    Other(String),
}

/// A limit of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Steps of the evaluation.
    #[error("at most {MAX_OPERATIONS} operations")]
    Operations,
    /// Bytes of one text.
    #[error("at most {MAX_TEXT_BYTES} bytes in a text")]
    Text,
    /// Entries of one list.
    #[error("at most {MAX_LIST} entries in a list")]
    List,
    /// Nesting.
    #[error("the nesting is too deep")]
    Depth,
}

impl GuardError {
    /// Wraps it so that it passes through Rhai and comes out as itself.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "Rhai's functions return their errors boxed"
    )]
    pub(super) fn raise(self) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(
            Dynamic::from(self),
            Position::NONE,
        ))
    }
}

/// Translates what Rhai raised.
pub(super) fn translate(error: EvalAltResult) -> GuardError {
    match error {
        EvalAltResult::ErrorArithmetic(text, _) if text.contains("by zero") => {
            zero_or_overflow(&text)
        }
        EvalAltResult::ErrorArithmetic(..) => GuardError::Overflow,
        EvalAltResult::ErrorTerminated(..) | EvalAltResult::ErrorTooManyOperations(_) => {
            GuardError::Limit(Limit::Operations)
        }
        EvalAltResult::ErrorDataTooLarge(what, _) if what.contains("string") => {
            GuardError::Limit(Limit::Text)
        }
        EvalAltResult::ErrorDataTooLarge(..) => GuardError::Limit(Limit::List),
        EvalAltResult::ErrorStackOverflow(_) => GuardError::Limit(Limit::Depth),
        EvalAltResult::ErrorRuntime(value, at) => match value.try_cast_result::<GuardError>() {
            Ok(error) => error,
            Err(other) => GuardError::Other(plain(&EvalAltResult::ErrorRuntime(other, at))),
        },
        other => GuardError::Other(plain(&other)),
    }
}

/// Rhai says `Modulo division by zero or overflow: x % y` for both.
fn zero_or_overflow(text: &str) -> GuardError {
    let divisor = text.rsplit(['/', '%']).next().unwrap_or_default().trim();
    match divisor.parse::<rust_decimal::Decimal>() {
        Ok(number) if !number.is_zero() => GuardError::Overflow,
        _ => GuardError::DivisionByZero,
    }
}

/// Rhai's own words, in our form: lower case, without the position inside the expression.
fn plain(error: &EvalAltResult) -> String {
    let text = error.to_string();
    let text = text.split(" (line ").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}
