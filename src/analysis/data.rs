//! Values of the language as numbers.
//!
//! In: typed values. Out: their encoding, comparisons and distances as gates, and the way back. A
//! decimal is a whole number of its last digit, a date a day, an instant a nanosecond, a text a code.

use batsat::Lit;
use rust_decimal::Decimal;

use super::circuit::Circuit;
use super::number::Number;
use super::text::Texts;
use crate::context::{Type, Value};
use crate::time::{self, Duration};

/// The largest mantissa of a decimal.
pub(super) const MANTISSA: i128 = (1 << 96) - 1;

/// Seconds of a nominal day.
pub(super) const DAY: i128 = 86_400;

/// Nanoseconds of a second.
pub(super) const NANO: i128 = 1_000_000_000;

/// The number of the first day of 1970.
const EPOCH: i128 = 719_163;

/// The longest part of a duration that can be written, in days.
const MOST_DAYS: i128 = 36_525;

/// A value that has no error.
#[derive(Debug, Clone)]
pub(super) enum Data {
    Truth(Lit),
    /// A number in units of so many digits behind the point.
    Number(Number, u32),
    /// A text by its code.
    Text(Number),
    /// A date by its day.
    Date(Number),
    /// An instant by its nanosecond.
    Datetime(Number),
    /// A duration.
    Length {
        days: Number,
        seconds: Number,
    },
    /// The stretch between two instants.
    Stretch {
        from: Number,
        to: Number,
    },
    /// A value of which nothing is known.
    Lost,
}

/// How many days a date lies after the first of 1970.
pub(super) fn day_of(date: time::Date) -> i128 {
    i128::from(time::day_number(date)) - EPOCH
}

/// The date so many days after the first of 1970; `None` outside the calendar.
pub(super) fn date_of(day: i128) -> Option<time::Date> {
    time::day(i64::try_from(day + EPOCH).ok()?)
}

/// Ten to a power; `None` beyond what is calculated with.
pub(super) fn power(digits: u32) -> Option<i128> {
    10_i128.checked_pow(digits).filter(|_| digits <= 28)
}

/// A list, as far as it is known.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// How many entries it has.
    pub(super) count: Number,
    /// Whether they can be added up, and what that gives; `None` where nobody asks.
    pub(super) sum: Option<(Lit, Data)>,
    /// The type of an entry.
    pub(super) of: Type,
}

impl Circuit {
    /// The encoding of a known value.
    pub(super) fn data(&self, value: &Value, texts: &Texts) -> Data {
        match value {
            Value::Boolean(value) => Data::Truth(self.constant(*value)),
            Value::Integer(value) => Data::Number(self.number((*value).into()), 0),
            Value::Decimal(value) => Data::Number(self.number(value.mantissa()), value.scale()),
            Value::Text(text) => match texts.code(text) {
                Some(code) => Data::Text(self.number(code)),
                None => Data::Lost,
            },
            Value::Date(date) => Data::Date(self.number(day_of(*date))),
            Value::Datetime(at) => Data::Datetime(self.number(time::all_nanoseconds(*at))),
            Value::List(_) => Data::Lost,
            Value::Duration(duration) => Data::Length {
                days: self.number(duration.days.into()),
                seconds: self.number(duration.seconds.into()),
            },
        }
    }

    /// Any value of a type.
    pub(super) fn any_of(&mut self, ty: &Type, texts: &Texts) -> Data {
        match ty {
            Type::Boolean => Data::Truth(self.fresh()),
            Type::Integer => Data::Number(self.unknown(i64::MIN.into(), i64::MAX.into()), 0),
            Type::Decimal { scale } => {
                let scale = u32::from(*scale);
                let units = (scale <= 7).then(|| self.any_decimal(scale)).flatten();
                units.map_or(Data::Lost, |units| Data::Number(units, scale))
            }
            Type::String => {
                let (low, high) = texts.bounds();
                Data::Text(self.unknown(low, high))
            }
            Type::Enum(words) => {
                let (low, high) = texts.bounds();
                let code = self.unknown(low, high);
                let codes: Vec<i128> = words.iter().filter_map(|word| texts.code(word)).collect();
                let mut ways = Vec::new();
                for word in codes {
                    let word = self.number(word);
                    ways.push(self.same(&code, &word));
                }
                if !ways.is_empty() {
                    self.clause(&ways);
                }
                Data::Text(code)
            }
            Type::Date => Data::Date(self.unknown(-719_528, 2_932_896)),
            Type::Datetime => {
                let (low, high) = (-719_528 * DAY * NANO, 2_932_897 * DAY * NANO - 1);
                Data::Datetime(self.unknown(low, high))
            }
            Type::List(_) => Data::Lost,
            Type::Duration => Data::Length {
                days: self.unknown(0, MOST_DAYS),
                seconds: self.unknown(0, MOST_DAYS * DAY),
            },
        }
    }

    /// Any decimal of at most so many digits behind the point, in units of the last of them. One that 96
    /// bits do not hold in these units has fewer digits, so that its last ones are zeros.
    fn any_decimal(&mut self, scale: u32) -> Option<Number> {
        let mantissa = self.unknown(-MANTISSA, MANTISSA);
        let size = self.size(&mantissa)?;
        let small = self.within(&size, 0, MANTISSA / 10);
        let mut units = mantissa.clone();
        let mut longer = mantissa;
        let mut may_be_longer = self.yes();
        for _ in 0..scale {
            longer = self.times(&longer, 10)?;
            let chosen = self.fresh();
            // Each size has one form: a longer one only where the shorter would not do.
            self.clause(&[!chosen, may_be_longer]);
            self.clause(&[!chosen, !small]);
            units = self.either(chosen, &longer, &units);
            may_be_longer = chosen;
        }
        Some(units)
    }

    /// Two numbers in units of the same digit.
    pub(super) fn aligned(
        &mut self,
        (a, a_scale): (&Number, u32),
        (b, b_scale): (&Number, u32),
    ) -> Option<(Number, Number, u32)> {
        let scale = a_scale.max(b_scale);
        let a = self.times(a, power(scale - a_scale)?)?;
        let b = self.times(b, power(scale - b_scale)?)?;
        Some((a, b, scale))
    }

    /// Two values of like kinds, neither a stretch, as numbers that compare as they do; `None` where
    /// that is not known.
    pub(super) fn comparable(&mut self, a: &Data, b: &Data) -> Option<(Number, Number)> {
        match (a, b) {
            (Data::Number(a, x), Data::Number(b, y)) => {
                let (a, b, _) = self.aligned((a, *x), (b, *y))?;
                Some((a, b))
            }
            (Data::Text(a), Data::Text(b))
            | (Data::Date(a), Data::Date(b))
            | (Data::Datetime(a), Data::Datetime(b)) => Some((a.clone(), b.clone())),
            (Data::Length { .. }, Data::Length { .. }) => {
                Some((self.nominal(a)?, self.nominal(b)?))
            }
            _ => None,
        }
    }

    /// The seconds of a duration where a day has 24 hours.
    pub(super) fn nominal(&mut self, length: &Data) -> Option<Number> {
        let Data::Length { days, seconds } = length else {
            return None;
        };
        let days = self.times(days, DAY)?;
        self.sum(&days, seconds)
    }

    /// Whether two values of like kinds are the very same.
    pub(super) fn identical(&mut self, a: &Data, b: &Data) -> Lit {
        match (a, b) {
            (Data::Truth(a), Data::Truth(b)) => !self.xor(*a, *b),
            (
                Data::Length { days, seconds },
                Data::Length {
                    days: other_days,
                    seconds: other_seconds,
                },
            ) => {
                let days = self.same(days, other_days);
                let seconds = self.same(seconds, other_seconds);
                self.and(days, seconds)
            }
            _ => match self.comparable(a, b) {
                Some((a, b)) => self.same(&a, &b),
                None => self.no(),
            },
        }
    }

    /// How far two values of like kinds lie apart, in units of the first; `None` where there is no such thing.
    pub(super) fn distance(&mut self, a: &Data, b: &Data) -> Option<Number> {
        if let (Data::Truth(a), Data::Truth(b)) = (a, b) {
            let unlike = self.xor(*a, *b);
            let (one, zero) = (self.number(1), self.number(0));
            return Some(self.either(unlike, &one, &zero));
        }
        let (a, b) = self.comparable(a, b)?;
        let difference = self.difference(&a, &b)?;
        self.size(&difference)
    }

    /// The value in the model that was found last; `None` where no value of the type is like it.
    pub(super) fn value_of(&self, data: &Data, ty: &Type, texts: &Texts) -> Option<Value> {
        let value = match data {
            Data::Truth(value) => Value::Boolean(self.holds(*value)),
            Data::Number(number, 0) if *ty == Type::Integer => {
                Value::Integer(i64::try_from(self.value(number)).ok()?)
            }
            Data::Number(number, scale) => decimal(self.value(number), *scale)?,
            Data::Text(code) => Value::Text(texts.text(self.value(code))),
            Data::Date(day) => Value::Date(date_of(self.value(day))?),
            Data::Datetime(at) => Value::Datetime(time::at_all_nanoseconds(self.value(at))?),
            Data::Length { days, seconds } => Value::Duration(Duration {
                days: i32::try_from(self.value(days)).ok()?,
                seconds: i64::try_from(self.value(seconds)).ok()?,
            }),
            Data::Stretch { .. } | Data::Lost => return None,
        };
        ty.admits(&value).then_some(value)
    }
}

/// A number of units as a decimal of a scale; one that is too large in its last digits has fewer.
fn decimal(mut units: i128, scale: u32) -> Option<Value> {
    let mut digits = scale;
    while units.abs() > MANTISSA && digits > 0 && units % 10 == 0 {
        units /= 10;
        digits -= 1;
    }
    let number = Decimal::try_from_i128_with_scale(units, digits).ok()?;
    Some(Value::decimal(number, u8::try_from(scale).ok()?))
}
