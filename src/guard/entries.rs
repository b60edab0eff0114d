//! Lists of the order for the engine, and what asking one costs.
//!
//! In: an engine. Out: the same with `in`, `all`, `some`, `none`, `count` and `sum` over lists. What
//! is asked of each entry is a value that it is compared with, or a closure: an expression that is
//! evaluated with the entry beside the names of the guard around it. Entries are asked from the first
//! on, and no more of them than decide the answer.

use std::sync::Arc;

use rhai::Scope as Variables;
use rhai::{Dynamic, Engine, EvalAltResult, INT, Identifier};
use rust_decimal::Decimal;

use super::flat::Flat;
use super::values::{Listed, to_dynamic};
use super::{GuardError, engine, frame, functions};
use crate::context::Value;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// The body of a closure, ready to run.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) parameter: Identifier,
    pub(super) flat: Flat,
    /// What each entry takes of the budget.
    pub(super) cost: u32,
    /// Whether it gives decimals.
    pub(super) decimal: bool,
}

/// A closure as a value of the engine: its body and what it sees.
#[derive(Clone)]
pub(super) struct Lambda {
    pub(super) body: Arc<Body>,
    pub(super) outer: Arc<Variables<'static>>,
}

/// Charges for looking for a value among so many entries. Texts of other lengths are told apart at a
/// glance, the others letter by letter.
///
/// # Errors
/// Once the budget is spent.
pub(super) fn charge_search(entries: usize, bytes: usize) -> Result<(), GuardError> {
    frame::charge(entries.saturating_add(entries.saturating_mul(bytes) / 64))
}

/// Charges for reading every entry once.
///
/// # Errors
/// Once the budget is spent.
pub(super) fn charge_walk(entries: usize) -> Result<(), GuardError> {
    frame::charge(entries)
}

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("contains", |list: &mut Listed, item: Dynamic| {
            Ok::<_, Box<EvalAltResult>>(list.equal(&item)? > 0)
        })
        .register_fn("all", |list: &mut Listed, item: Dynamic| {
            Ok::<_, Box<EvalAltResult>>(list.equal(&item)? == list.entries.len())
        })
        .register_fn("some", |list: &mut Listed, item: Dynamic| {
            Ok::<_, Box<EvalAltResult>>(list.equal(&item)? > 0)
        })
        .register_fn("none", |list: &mut Listed, item: Dynamic| {
            Ok::<_, Box<EvalAltResult>>(list.equal(&item)? == 0)
        })
        .register_fn("count", |list: &mut Listed, item: Dynamic| {
            number(list.equal(&item)?)
        })
        .register_fn("count", |list: &mut Listed| number(list.entries.len()))
        .register_fn("sum", |list: &mut Listed| -> Answer<Dynamic> {
            raised(charge_walk(list.entries.len()))?;
            let mut sum = zero(list.decimal);
            for entry in list.entries.iter() {
                sum = plus(&sum, &to_dynamic(entry))?;
            }
            Ok(sum)
        });
    closures(engine);
}

fn closures(engine: &mut Engine) {
    engine
        .register_fn("all", |list: &mut Listed, each: Lambda| {
            Ok::<_, Box<EvalAltResult>>(each.first(list, false)?.is_none())
        })
        .register_fn("some", |list: &mut Listed, each: Lambda| {
            Ok::<_, Box<EvalAltResult>>(each.first(list, true)?.is_some())
        })
        .register_fn("none", |list: &mut Listed, each: Lambda| {
            Ok::<_, Box<EvalAltResult>>(each.first(list, true)?.is_none())
        })
        .register_fn("count", |list: &mut Listed, each: Lambda| -> Answer<INT> {
            let mut count = 0;
            for answer in each.answers(list) {
                count += INT::from(holds(&answer?)?);
            }
            Ok(count)
        })
        .register_fn(
            "sum",
            |list: &mut Listed, each: Lambda| -> Answer<Dynamic> {
                let mut sum = zero(each.body.decimal);
                for answer in each.answers(list) {
                    sum = plus(&sum, &answer?)?;
                }
                Ok(sum)
            },
        );
}

impl Body {
    /// Whether it reads more than the entry.
    pub(super) fn looks_out(&self) -> bool {
        self.flat.has_other_than(&self.parameter)
    }
}

impl Listed {
    /// How many entries equal a value.
    fn equal(&self, item: &Dynamic) -> Answer<usize> {
        let text = item.as_immutable_string_ref();
        let bytes = text.map_or(0, |text| text.as_str().len());
        raised(charge_search(self.entries.len(), bytes))?;
        let equal = |entry: &&Value| functions::same(&to_dynamic(entry), item);
        Ok(self.entries.iter().filter(equal).count())
    }
}

impl Lambda {
    /// What the body says of each entry.
    fn answers<'a>(&'a self, list: &'a Listed) -> impl Iterator<Item = Answer<Dynamic>> + 'a {
        let parameter = &self.body.parameter;
        let mut variables = (*self.outer).clone();
        variables.push_dynamic(parameter.clone(), Dynamic::UNIT);
        list.entries.iter().map(move |entry| {
            raised(frame::spend(self.body.cost))?;
            if let Some(value) = variables.get_mut(parameter) {
                *value = to_dynamic(entry);
            }
            engine::evaluate(&self.body.flat, &mut variables)
        })
    }

    /// The first entry of which the body says this.
    fn first(&self, list: &Listed, wanted: bool) -> Answer<Option<usize>> {
        for (index, answer) in self.answers(list).enumerate() {
            if holds(&answer?)? == wanted {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

fn holds(answer: &Dynamic) -> Answer<bool> {
    raised(answer.as_bool().map_err(|_| GuardError::NotBoolean))
}

fn number(count: usize) -> Answer<INT> {
    raised(INT::try_from(count).map_err(|_| GuardError::Overflow))
}

fn zero(decimal: bool) -> Dynamic {
    match decimal {
        true => Dynamic::from_decimal(Decimal::ZERO),
        false => Dynamic::from_int(0),
    }
}

/// The sum of two numbers, as `+` gives it.
fn plus(a: &Dynamic, b: &Dynamic) -> Answer<Dynamic> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        let sum = a.checked_add(b).ok_or(GuardError::Overflow);
        return raised(sum.map(Dynamic::from_int));
    }
    let sum = match (functions::number(a), functions::number(b)) {
        (Some(a), Some(b)) => a.checked_add(b).ok_or(GuardError::Overflow),
        _ => Err(GuardError::Other("a sum is of numbers".to_owned())),
    };
    raised(sum.map(Dynamic::from_decimal))
}

fn raised<T>(result: Result<T, GuardError>) -> Answer<T> {
    result.map_err(GuardError::raise)
}
