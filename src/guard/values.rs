//! Values of the order as values of the engine, and back.
//!
//! In: a [`Value`], or what an expression gave together with the type it is for. Out: the other.
//! Whole numbers become decimals where a decimal is declared, also within a list; nothing else changes
//! its type.

use std::sync::Arc;

use rhai::{Dynamic, ImmutableString};

use super::GuardError;
use super::length::Length;
use crate::context::{BESIDE, CellsView, Type, UNSET, Value, unpack};
use crate::time::{Date, Instant};

/// A list of the order. To the engine it is one value: its limits are for what an expression makes.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) entries: Arc<[Value]>,
    /// Whether its entries are decimals, so that their sum is one.
    pub(super) decimal: bool,
}

/// A value as the engine calculates with it.
pub(super) fn to_dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Boolean(value) => Dynamic::from_bool(*value),
        Value::Integer(value) => Dynamic::from_int(*value),
        Value::Decimal(value) => Dynamic::from_decimal(*value),
        Value::Text(value) => Dynamic::from(ImmutableString::from(&**value)),
        Value::Date(value) => Dynamic::from(*value),
        Value::Datetime(value) => Dynamic::from(*value),
        Value::Duration(value) => Dynamic::from(Length::Fixed(*value)),
        Value::List(entries) => Dynamic::from(Listed {
            entries: Arc::clone(entries),
            decimal: matches!(**entries, [Value::Decimal(_), ..]),
        }),
    }
}

/// The value of a field; `None` where it is not set.
pub(super) fn field(cells: CellsView<'_>, slot: usize) -> Option<Dynamic> {
    let ty = cells.ty(slot);
    match (cells.word(slot), ty) {
        (UNSET, _) => None,
        (BESIDE, ty) => Some(match (cells.beside(slot)?, ty) {
            // It is of a type also where it has no entries.
            (Value::List(entries), Some(Type::List(of))) => Dynamic::from(Listed {
                entries: Arc::clone(entries),
                decimal: matches!(**of, Type::Decimal { .. }),
            }),
            (value, _) => to_dynamic(value),
        }),
        (word, Some(Type::Enum(words))) => {
            let word = words.get(usize::try_from(word).ok()?)?;
            Some(word.as_str().into())
        }
        (word, ty) => unpack(ty?, word).map(|value| to_dynamic(&value)),
    }
}

/// What an expression gave, as a value of the declared type.
///
/// # Errors
/// [`GuardError::Unfit`] when it is not of that type, has more digits, or is too long.
pub(super) fn from_dynamic(found: &Dynamic, ty: &Type) -> Result<Value, GuardError> {
    let plain = plain(found).ok_or_else(|| unfit(&found.to_string(), ty))?;
    fit(plain, ty)
}

/// A value as one of the declared type.
///
/// # Errors
/// [`GuardError::Unfit`] when it is not of that type, has more digits, or is too long.
pub(super) fn fit(plain: Value, ty: &Type) -> Result<Value, GuardError> {
    let value = fitted(plain, ty);
    if ty.admits(&value) {
        return Ok(value);
    }
    Err(unfit(&value.to_string(), ty))
}

/// A value in the form that the type asks for, where it has one.
fn fitted(plain: Value, ty: &Type) -> Value {
    match (ty, plain) {
        (Type::Decimal { scale }, Value::Integer(number)) => Value::decimal(number.into(), *scale),
        (Type::Decimal { scale }, Value::Decimal(number)) => Value::decimal(number, *scale),
        (Type::List(of), Value::List(entries)) => {
            let entries = entries.iter().map(|entry| fitted(entry.clone(), of));
            Value::List(entries.collect())
        }
        (_, plain) => plain,
    }
}

fn unfit(found: &str, ty: &Type) -> GuardError {
    let start: String = found.chars().take(60).collect();
    let expected = match ty {
        Type::Date | Type::Datetime => format!("{ty} of a year of four digits"),
        Type::Duration => format!("{ty} between `0s` and a hundred years"),
        _ => ty.to_string(),
    };
    GuardError::Unfit {
        found: start,
        expected,
    }
}

fn plain(found: &Dynamic) -> Option<Value> {
    if let Ok(value) = found.as_bool() {
        return Some(Value::Boolean(value));
    }
    if let Ok(value) = found.as_int() {
        return Some(Value::Integer(value));
    }
    if let Ok(value) = found.as_decimal() {
        return Some(Value::Decimal(value));
    }
    if let Ok(text) = found.as_immutable_string_ref() {
        return Some(Value::Text(text.as_str().into()));
    }
    if let Some(date) = found.read_lock::<Date>() {
        return Some(Value::Date(*date));
    }
    if let Some(at) = found.read_lock::<Instant>() {
        return Some(Value::Datetime(*at));
    }
    if let Some(list) = found.read_lock::<Listed>() {
        return Some(Value::List(Arc::clone(&list.entries)));
    }
    let length = found.read_lock::<Length>()?;
    Some(Value::Duration(length.duration()))
}
