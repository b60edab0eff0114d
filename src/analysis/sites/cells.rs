//! The values of a setting, cut into cells that no guard tells apart.
//!
//! In: a setting, and the values with which guards compare it. Out: its [`Cell`]s: each value of its
//! own where there are few (booleans, the words of an enum, a narrow range), else the compared values
//! and the stretches between them, within the declared bounds.

use indexmap::IndexSet;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::context::{Type, Value};
use crate::graph::Setting;
use crate::guard::tree::{Form, Function, Tree};
use crate::time::Duration;

/// How many values are looked at one by one.
const FEW: i128 = 16;

/// The longest duration that can be written, in seconds.
const LONGEST: i128 = 36_525 * DAY;

/// Seconds of a nominal day.
const DAY: i128 = 86_400;

/// The most values at which one setting is cut.
const MOST_CUTS: usize = 24;

/// Values of a setting that are looked at together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// One of them: the default where it is among them, else the one next to it.
    pub(super) value: Value,
    /// Which there are.
    pub(super) extent: Extent,
}

/// Which values a cell has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// One.
    One,
    /// All from one number to another, both included.
    Between(i128, i128),
    /// All texts that have no cell of their own.
    Others,
}

/// The number of a value of an ordered type, in units of its last digit or in seconds; the whole
/// numbers below and above where it lies between two.
pub(super) fn units(value: &Value, ty: &Type) -> Option<(i128, i128)> {
    let number = match (ty, value) {
        (Type::Integer | Type::Decimal { .. }, Value::Integer(number)) => Decimal::from(*number),
        (Type::Integer | Type::Decimal { .. }, Value::Decimal(number)) => *number,
        (Type::Duration, Value::Duration(duration)) => {
            let seconds = duration.nominal_seconds();
            return Some((seconds, seconds));
        }
        _ => return None,
    };
    let scale = scale(ty);
    let scaled = number.checked_mul(Decimal::from(10_i64.checked_pow(scale)?))?;
    Some((scaled.floor().to_i128()?, scaled.ceil().to_i128()?))
}

/// A value that an expression writes out: a constant, or a duration such as `hours(2)`.
pub(super) fn written(tree: &Tree) -> Option<Value> {
    let (function, parts) = match &tree.form {
        Form::Constant(value) => return Some(value.clone()),
        Form::Call(function, parts) => (function, parts),
        _ => return None,
    };
    let Some(Form::Constant(Value::Integer(number))) = parts.first().map(|part| &part.form) else {
        return None;
    };
    let seconds = |each: i64| number.checked_mul(each).map(Duration::seconds);
    let duration = match function {
        Function::Days => Duration::days(i32::try_from(*number).ok()?),
        Function::Hours => seconds(3_600)?,
        Function::Minutes => seconds(60)?,
        Function::Seconds => seconds(1)?,
        _ => return None,
    };
    Some(Value::Duration(duration))
}

/// Digits behind the point.
fn scale(ty: &Type) -> u32 {
    match ty {
        Type::Decimal { scale } => (*scale).into(),
        _ => 0,
    }
}

/// The value of a number of units.
fn value(units: i128, ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Integer => Value::Integer(i64::try_from(units).ok()?),
        Type::Decimal { scale } => {
            let number = Decimal::try_from_i128_with_scale(units, (*scale).into()).ok()?;
            Value::decimal(number, *scale)
        }
        Type::Duration => Value::Duration(Duration {
            days: i32::try_from(units / DAY).ok()?,
            seconds: i64::try_from(units % DAY).ok()?,
        }),
        _ => return None,
    })
}

/// The cells of a setting, in the order of their values, and the number of the one with the default;
/// `None` where guards may ask what cells do not tell (lists, dates, the zone).
pub(super) fn cells(setting: &Setting, compared: &IndexSet<Value>) -> Option<(Vec<Cell>, usize)> {
    let default = setting.default.as_ref()?;
    let one = |value: Value| Cell {
        value,
        extent: Extent::One,
    };
    let cells: Vec<Cell> = match &setting.ty {
        Type::Boolean => [false, true].map(|value| one(Value::Boolean(value))).into(),
        Type::Enum(words) => {
            let words = words.iter();
            words
                .map(|word| one(Value::Text(word.as_str().into())))
                .collect()
        }
        Type::String if setting.name != "timezone" => texts(default, compared),
        Type::Integer | Type::Decimal { .. } | Type::Duration => numbers(setting, compared)?,
        _ => return None,
    };
    let at = cells.iter().position(|cell| match cell.extent {
        Extent::Between(low, high) => {
            units(default, &setting.ty).is_some_and(|(at, _)| low <= at && at <= high)
        }
        _ => cell.value == *default,
    })?;
    Some((cells, at))
}

fn texts(default: &Value, compared: &IndexSet<Value>) -> Vec<Cell> {
    let mut words: Vec<&Value> = compared
        .iter()
        .filter(|value| matches!(value, Value::Text(_)))
        .collect();
    words.truncate(MOST_CUTS);
    let mut cells: Vec<Cell> = words
        .iter()
        .map(|&word| Cell {
            value: word.clone(),
            extent: Extent::One,
        })
        .collect();
    let mut other = match words.contains(&default) {
        true => "other".to_owned(),
        false => default.to_string(),
    };
    while words.iter().any(|word| word.to_string() == other) {
        other.push('_');
    }
    cells.push(Cell {
        value: Value::Text(other.into()),
        extent: Extent::Others,
    });
    cells
}

fn numbers(setting: &Setting, compared: &IndexSet<Value>) -> Option<Vec<Cell>> {
    let ty = &setting.ty;
    let bound = |value: &Option<Value>| value.as_ref().and_then(|value| units(value, ty));
    let (lowest, highest) = match ty {
        Type::Integer => (i64::MIN.into(), i64::MAX.into()),
        Type::Duration => (0, LONGEST),
        _ => (-(1_i128 << 95), 1_i128 << 95),
    };
    let low = bound(&setting.min).map_or(lowest, |(_, low)| low);
    let high = bound(&setting.max).map_or(highest, |(high, _)| high);
    let (default, _) = units(setting.default.as_ref()?, ty)?;
    let mut cuts: Vec<i128> = match high.checked_sub(low)? < FEW {
        true => (low..=high).collect(),
        false => {
            let cuts = compared.iter().filter_map(|value| units(value, ty));
            cuts.flat_map(|(below, above)| [below, above]).collect()
        }
    };
    cuts.sort_unstable();
    cuts.dedup();
    cuts.retain(|cut| (low..=high).contains(cut));
    // Those next to the default matter most to whoever reads about them.
    if cuts.len() > MOST_CUTS {
        cuts.sort_by_key(|cut| cut.abs_diff(default));
        cuts.truncate(MOST_CUTS);
        cuts.sort_unstable();
    }
    let mut ranges = Vec::new();
    let mut next = low;
    for cut in cuts {
        if next < cut {
            ranges.push((next, cut - 1));
        }
        ranges.push((cut, cut));
        next = cut + 1;
    }
    if next <= high {
        ranges.push((next, high));
    }
    let cell = |(low, high): (i128, i128)| {
        let near = default.clamp(low, high);
        let value = match near == default {
            true => setting.default.clone()?,
            false => value(near, ty)?,
        };
        let extent = match low == high && near != default {
            true => Extent::One,
            // The default may be written in another way than its number.
            false => Extent::Between(low, high),
        };
        Some(Cell { value, extent })
    };
    ranges.into_iter().map(cell).collect()
}

impl Cell {
    /// Whether it has one value, as far as comparisons tell.
    pub(super) fn is_single(&self) -> bool {
        match self.extent {
            Extent::One => true,
            Extent::Between(low, high) => low == high,
            Extent::Others => false,
        }
    }

    /// The numbers from which to which it goes; `None` for words.
    pub(super) fn range(&self, ty: &Type) -> Option<(i128, i128)> {
        match self.extent {
            Extent::Between(low, high) => Some((low, high)),
            Extent::One => units(&self.value, ty),
            Extent::Others => None,
        }
    }
}
