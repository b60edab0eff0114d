//! The meaning of an expression, computed from its typed form without the engine.
//!
//! In: a [`Tree`] and [`Inputs`]. Out: its value, or why there is none. Numbers, dates, times and
//! booleans cost no allocation and no look-up by name. INVARIANT: what it answers, errors included, is
//! what the hardened engine answers for the same source; parts are evaluated in the engine's order
//! (a method's arguments before what it is called on). A property test compares the two.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::inputs::Inputs;
use super::kind::Kind;
use super::length::Length;
use super::names::Names;
use super::tree::{
    Arithmetic, Ask, Comparison, Each, Entries, Form, Function, Home, Question, Tree,
};
use super::{GuardError, Limit, MAX_TEXT_BYTES, calendar, entries, frame, functions};
use crate::context::{BESIDE, Type, UNSET, Value, unpack};
use crate::time::{self, Date, Instant};

/// What names stand for.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    inputs: &'a Inputs<'a>,
    /// The entry that a closure is asked about.
    entry: Option<&'a Value>,
}

impl<'a> Env<'a> {
    /// What stands outside of closures.
    pub(super) fn new(inputs: &'a Inputs<'a>) -> Self {
        let entry = None;
        Self { inputs, entry }
    }
}

/// A value under way.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Val<'a> {
    Boolean(bool),
    Integer(i64),
    Decimal(Decimal),
    Text(Cow<'a, str>),
    Date(Date),
    Datetime(Instant),
    Length(Length),
    List(&'a Arc<[Value]>),
}

/// Why there is no value. Small, so that a guard that denies costs no allocation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// A field is not set.
    Missing(Home, usize),
    /// The actor has no id.
    NoId,
    /// The value beside a slot, or a constant, is of another kind than declared.
    Unlike,
    /// A calculation failed.
    Failed(GuardError),
}

impl From<GuardError> for Fault {
    fn from(error: GuardError) -> Self {
        Self::Failed(error)
    }
}

impl Fault {
    /// The error that the engine would give.
    pub(super) fn into_error(self, names: &Names) -> GuardError {
        match self {
            Self::Missing(home, slot) => GuardError::Missing(names.path(home, slot)),
            Self::NoId => GuardError::Missing("actor.id".to_owned()),
            Self::Unlike => GuardError::Other("a value is not of its declared type".to_owned()),
            Self::Failed(error) => error,
        }
    }
}

type Answer<T> = Result<T, Fault>;

/// The value of an expression.
pub(super) fn value<'a>(tree: &'a Tree, env: Env<'a>) -> Answer<Val<'a>> {
    Ok(match &tree.form {
        Form::Constant(constant) => of(constant),
        Form::Field(home, slot) => field(*home, *slot, env)?,
        Form::Role => Val::Text(Cow::Borrowed(bounded(&env.inputs.actor.role)?)),
        Form::ActorId => {
            let id = env.inputs.actor.id.as_deref().ok_or(Fault::NoId)?;
            Val::Text(Cow::Borrowed(bounded(id)?))
        }
        Form::Now => Val::Datetime(env.inputs.now.at()),
        Form::Entry => env.entry.map(of).ok_or(Fault::Unlike)?,
        Form::Entries(asked) => match asked.ask {
            Ask::All | Ask::Some | Ask::None => Val::Boolean(asked_of(asked, env)?),
            Ask::Count => Val::Integer(count(asked, env)?),
            Ask::Sum => sum(asked, tree.kind == Kind::Decimal, env)?,
        },
        Form::Negate(part) => match value(part, env)? {
            Val::Integer(n) => Val::Integer(n.checked_neg().ok_or(GuardError::Overflow)?),
            Val::Decimal(n) => Val::Decimal(-n),
            _ => return Err(Fault::Unlike),
        },
        Form::Arithmetic(operator, pair) => {
            let [a, b] = &**pair;
            arithmetic(*operator, value(a, env)?, value(b, env)?, env)?
        }
        Form::Call(function, args) => call(*function, args, env)?,
        Form::Children(set, Question::Count, state) => {
            Val::Integer(counted(*set, state.as_deref(), env.inputs).0.into())
        }
        _ => Val::Boolean(holds(tree, env)?),
    })
}

/// Whether a condition holds.
pub(super) fn holds(tree: &Tree, env: Env<'_>) -> Answer<bool> {
    Ok(match &tree.form {
        Form::Not(part) => !holds(part, env)?,
        Form::All(parts) => {
            for part in parts {
                if !holds(part, env)? {
                    return Ok(false);
                }
            }
            true
        }
        Form::Any(parts) => {
            for part in parts {
                if holds(part, env)? {
                    return Ok(true);
                }
            }
            false
        }
        Form::Compare(comparison, pair) => {
            let [a, b] = &**pair;
            compares(*comparison, a, b, env)?
        }
        Form::Among(pair) => {
            let [list, item] = &**pair;
            let list = listed(list, env)?;
            equal(list, &value(item, env)?)? > 0
        }
        Form::Entries(asked) if asked.ask != Ask::Count && asked.ask != Ask::Sum => {
            asked_of(asked, env)?
        }
        Form::IsSet(home, slot) => env.inputs.home(*home).is_set(*slot),
        Form::HasId => env.inputs.actor.id.is_some(),
        Form::OneOf(list, item) => one_of(list, item, env)?,
        Form::InRange { ends, closed, item } => in_range(ends, *closed, item, env)?,
        Form::Children(set, question, state) => {
            let (count, total) = counted(*set, state.as_deref(), env.inputs);
            question.holds(count, total).ok_or(Fault::Unlike)?
        }
        Form::InState(path) => (env.inputs.in_state)(path),
        _ => match value(tree, env)? {
            Val::Boolean(answer) => answer,
            _ => return Err(Fault::Unlike),
        },
    })
}

impl Tree {
    /// Whether a boolean part of an expression holds by itself; `None` where it fails.
    pub(crate) fn holds(&self, inputs: &Inputs<'_>) -> Option<bool> {
        frame::begin();
        holds(self, Env::new(inputs)).ok()
    }

    /// What a part of an expression gives by itself; `None` where it fails.
    pub(crate) fn value(&self, inputs: &Inputs<'_>) -> Option<Value> {
        frame::begin();
        value(self, Env::new(inputs)).ok().map(Val::into_value)
    }
}

/// Whether two values compare as is said.
pub(super) fn compares(comparison: Comparison, a: &Tree, b: &Tree, env: Env<'_>) -> Answer<bool> {
    let (a, b) = (value(a, env)?, value(b, env)?);
    Ok(comparison.holds(compare(&a, &b, env)?))
}

fn field(home: Home, slot: usize, env: Env<'_>) -> Answer<Val<'_>> {
    let cells = env.inputs.home(home);
    match cells.word(slot) {
        UNSET => Err(Fault::Missing(home, slot)),
        BESIDE => match cells.beside(slot).ok_or(Fault::Unlike)? {
            Value::Text(text) => Ok(Val::Text(Cow::Borrowed(bounded(text)?))),
            value => Ok(of(value)),
        },
        word => match cells.ty(slot) {
            Some(Type::Enum(words)) => {
                let word = usize::try_from(word).ok().and_then(|word| words.get(word));
                Ok(Val::Text(Cow::Borrowed(word.ok_or(Fault::Unlike)?)))
            }
            Some(ty) => scalar(&unpack(ty, word).ok_or(Fault::Unlike)?),
            None => Err(Fault::Unlike),
        },
    }
}

/// A text that is not longer than any may be.
fn bounded(text: &str) -> Result<&str, GuardError> {
    match text.len() {
        length if length > MAX_TEXT_BYTES => Err(GuardError::Limit(Limit::Text)),
        _ => Ok(text),
    }
}

/// A value that needs no borrowing.
fn scalar(value: &Value) -> Answer<Val<'static>> {
    Ok(match value {
        Value::Boolean(value) => Val::Boolean(*value),
        Value::Integer(value) => Val::Integer(*value),
        Value::Decimal(value) => Val::Decimal(*value),
        Value::Date(value) => Val::Date(*value),
        Value::Datetime(value) => Val::Datetime(*value),
        Value::Duration(value) => Val::Length(Length::Fixed(*value)),
        Value::Text(_) | Value::List(_) => return Err(Fault::Unlike),
    })
}

fn of(value: &Value) -> Val<'_> {
    match value {
        Value::Text(text) => Val::Text(Cow::Borrowed(text)),
        Value::List(entries) => Val::List(entries),
        other => scalar(other).unwrap_or(Val::Boolean(false)),
    }
}

pub(super) fn counted(set: usize, state: Option<&str>, inputs: &Inputs<'_>) -> (u32, u32) {
    let counts = inputs.children.get(set);
    let total = counts.map_or(0, |counts| counts.total);
    let count = state.map_or(total, |state| {
        counts.map_or(0, |counts| counts.by_state.get(state))
    });
    (count, total)
}

/// How the first value lies to the second.
fn compare(a: &Val<'_>, b: &Val<'_>, env: Env<'_>) -> Answer<Ordering> {
    Ok(match (a, b) {
        (Val::Boolean(a), Val::Boolean(b)) => a.cmp(b),
        (Val::Integer(a), Val::Integer(b)) => a.cmp(b),
        (Val::Integer(a), Val::Decimal(b)) => Decimal::from(*a).cmp(b),
        (Val::Decimal(a), Val::Integer(b)) => a.cmp(&Decimal::from(*b)),
        (Val::Decimal(a), Val::Decimal(b)) => a.cmp(b),
        (Val::Text(a), Val::Text(b)) => a.cmp(b),
        (Val::Date(a), Val::Date(b)) => a.cmp(b),
        (Val::Datetime(a), Val::Datetime(b)) => a.cmp(b),
        (Val::Length(a), Val::Length(b)) => {
            a.compare(*b, env.inputs.zone).map_err(GuardError::Time)?
        }
        _ => return Err(Fault::Unlike),
    })
}

fn one_of(list: &[Tree], item: &Tree, env: Env<'_>) -> Answer<bool> {
    // The list comes to be before anything is looked up in it, and its texts together have a limit.
    let mut computed = Vec::new();
    let mut bytes = 0;
    for each in list {
        let each_value = value(each, env)?;
        if let Val::Text(text) = &each_value {
            bytes += text.len();
        }
        if bytes > MAX_TEXT_BYTES {
            return Err(GuardError::Limit(Limit::Text).into());
        }
        if !matches!(each.form, Form::Constant(_)) {
            computed.push(each_value);
        }
    }
    let item = value(item, env)?;
    let mut constants = list.iter().filter_map(|each| match &each.form {
        Form::Constant(constant) => Some(of(constant)),
        _ => None,
    });
    Ok(constants.any(|each| same(&each, &item)) || computed.iter().any(|each| same(each, &item)))
}

/// What `in` says of an entry: numbers by value, anything else only with its own kind.
fn same(a: &Val<'_>, b: &Val<'_>) -> bool {
    match (a, b) {
        (Val::Integer(a), Val::Decimal(b)) | (Val::Decimal(b), Val::Integer(a)) => {
            Decimal::from(*a) == *b
        }
        (Val::Length(_) | Val::List(_), _) => false,
        (a, b) => a == b,
    }
}

fn in_range(ends: &[Tree; 2], closed: bool, item: &Tree, env: Env<'_>) -> Answer<bool> {
    let [start, end] = ends;
    let (start, end) = (value(start, env)?, value(end, env)?);
    let item = value(item, env)?;
    let (Val::Integer(start), Val::Integer(end)) = (start, end) else {
        return Err(Fault::Unlike);
    };
    Ok(match item {
        Val::Integer(n) => n >= start && (n < end || closed && n == end),
        Val::Decimal(n) => {
            let (start, end) = (Decimal::from(start), Decimal::from(end));
            n >= start && (n < end || closed && n == end)
        }
        _ => return Err(Fault::Unlike),
    })
}

/// The entries of a list.
fn listed<'a>(tree: &'a Tree, env: Env<'a>) -> Answer<&'a [Value]> {
    match value(tree, env)? {
        Val::List(entries) => Ok(entries),
        _ => Err(Fault::Unlike),
    }
}

/// How many entries equal a value.
fn equal(list: &[Value], item: &Val<'_>) -> Answer<usize> {
    let bytes = match item {
        Val::Text(text) => text.len(),
        _ => 0,
    };
    entries::charge_search(list.len(), bytes)?;
    let equal = list.iter().filter(|entry| same(&of(entry), item));
    Ok(equal.count())
}

/// A yes-or-no question to a list: its entries are asked up to the one that decides.
fn asked_of<'a>(asked: &'a Entries, env: Env<'a>) -> Answer<bool> {
    let Entries { list, ask, each } = asked;
    if let Each::Equals(wanted) = each {
        let wanted = value(wanted, env)?;
        let list = listed(list, env)?;
        let count = equal(list, &wanted)?;
        return Ok(match ask {
            Ask::All => count == list.len(),
            Ask::None => count == 0,
            _ => count > 0,
        });
    }
    // What an entry says that decides, and the answer then.
    let (deciding, answer) = match ask {
        Ask::All => (false, false),
        Ask::None => (true, false),
        _ => (true, true),
    };
    for entry in listed(list, env)? {
        if said(each, entry, env)? == Val::Boolean(deciding) {
            return Ok(answer);
        }
    }
    Ok(!answer)
}

fn count<'a>(asked: &'a Entries, env: Env<'a>) -> Answer<i64> {
    let Entries { list, each, .. } = asked;
    let count = match each {
        Each::Itself => listed(list, env)?.len(),
        Each::Equals(wanted) => {
            let wanted = value(wanted, env)?;
            equal(listed(list, env)?, &wanted)?
        }
        Each::Body { .. } => {
            let mut count = 0;
            for entry in listed(list, env)? {
                count += usize::from(said(each, entry, env)? == Val::Boolean(true));
            }
            count
        }
    };
    i64::try_from(count).map_err(|_| GuardError::Overflow.into())
}

fn sum<'a>(asked: &'a Entries, decimal: bool, env: Env<'a>) -> Answer<Val<'a>> {
    let list = listed(&asked.list, env)?;
    if asked.each == Each::Itself {
        entries::charge_walk(list.len())?;
    }
    let mut sum = match decimal {
        true => Val::Decimal(Decimal::ZERO),
        false => Val::Integer(0),
    };
    for entry in list {
        sum = arithmetic(Arithmetic::Add, sum, said(&asked.each, entry, env)?, env)?;
    }
    Ok(sum)
}

/// What a closure says of an entry; without one, the entry itself.
fn said<'a>(each: &'a Each, entry: &'a Value, env: Env<'a>) -> Answer<Val<'a>> {
    let Each::Body { body, cost } = each else {
        return Ok(of(entry));
    };
    frame::spend(*cost)?;
    let entry = Some(entry);
    value(body, Env { entry, ..env })
}

fn arithmetic<'a>(operator: Arithmetic, a: Val<'a>, b: Val<'a>, env: Env<'_>) -> Answer<Val<'a>> {
    use Arithmetic::{Add, Subtract};
    Ok(match (operator, a, b) {
        (_, Val::Integer(a), Val::Integer(b)) => Val::Integer(whole(operator, a, b)?),
        (_, Val::Integer(a), Val::Decimal(b)) => Val::Decimal(exact(operator, a.into(), b)?),
        (_, Val::Decimal(a), Val::Integer(b)) => Val::Decimal(exact(operator, a, b.into())?),
        (_, Val::Decimal(a), Val::Decimal(b)) => Val::Decimal(exact(operator, a, b)?),
        (Add, Val::Text(a), Val::Text(b)) => Val::Text(Cow::Owned(join(&a, &b)?)),
        (Subtract, Val::Datetime(to), Val::Datetime(from)) => {
            Val::Length(Length::Between { from, to })
        }
        (Subtract, Val::Date(to), Val::Date(from)) => Val::Length(calendar::between(from, to)?),
        (Add, Val::Length(a), Val::Length(b)) => Val::Length(calendar::sum(a, b)?),
        (Subtract, Val::Length(a), Val::Length(b)) => Val::Length(calendar::difference(a, b)?),
        (Add, Val::Datetime(at), Val::Length(length)) => {
            Val::Datetime(calendar::shift(at, length, env.inputs.zone)?)
        }
        (Subtract, Val::Datetime(at), Val::Length(length)) => Val::Datetime(calendar::shift(
            at,
            calendar::backwards(length)?,
            env.inputs.zone,
        )?),
        (Add, Val::Date(date), Val::Length(length)) => {
            Val::Date(calendar::shift_date(date, length)?)
        }
        (Subtract, Val::Date(date), Val::Length(length)) => {
            Val::Date(calendar::shift_date(date, calendar::backwards(length)?)?)
        }
        _ => return Err(Fault::Unlike),
    })
}

fn whole(operator: Arithmetic, a: i64, b: i64) -> Result<i64, GuardError> {
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide | Arithmetic::Remainder if b == 0 => {
            return Err(GuardError::DivisionByZero);
        }
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    };
    result.ok_or(GuardError::Overflow)
}

fn exact(operator: Arithmetic, a: Decimal, b: Decimal) -> Result<Decimal, GuardError> {
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide | Arithmetic::Remainder if b.is_zero() => {
            return Err(GuardError::DivisionByZero);
        }
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    };
    result.ok_or(GuardError::Overflow)
}

fn join(a: &str, b: &str) -> Result<String, GuardError> {
    if a.len() + b.len() > MAX_TEXT_BYTES {
        return Err(GuardError::Limit(Limit::Text));
    }
    Ok([a, b].concat())
}

fn call<'a>(function: Function, args: &'a [Tree], env: Env<'a>) -> Answer<Val<'a>> {
    match args {
        [one] => unary(function, value(one, env)?, env),
        [item, low, high] if function == Function::Between => {
            let (item, low) = (value(item, env)?, value(low, env)?);
            let high = value(high, env)?;
            let within = compare(&item, &low, env)?.is_ge() && compare(&item, &high, env)?.is_le();
            Ok(Val::Boolean(within))
        }
        [a, b] if function.is_method() => {
            let part = value(b, env)?;
            binary(function, value(a, env)?, part)
        }
        [a, b] => {
            let first = value(a, env)?;
            binary(function, first, value(b, env)?)
        }
        _ => Err(Fault::Unlike),
    }
}

fn unary<'a>(function: Function, arg: Val<'a>, env: Env<'_>) -> Answer<Val<'a>> {
    Ok(match (function, arg) {
        (Function::Length, Val::Text(text)) => Val::Integer(functions::length(&text)?),
        (Function::Abs, Val::Integer(n)) => {
            Val::Integer(n.checked_abs().ok_or(GuardError::Overflow)?)
        }
        (Function::Abs, Val::Decimal(n)) => Val::Decimal(n.abs()),
        (Function::Days, Val::Integer(n)) => Val::Length(calendar::days(n)?),
        (Function::Hours, Val::Integer(n)) => Val::Length(calendar::seconds(n, 3_600)?),
        (Function::Minutes, Val::Integer(n)) => Val::Length(calendar::seconds(n, 60)?),
        (Function::Seconds, Val::Integer(n)) => Val::Length(calendar::seconds(n, 1)?),
        (Function::DateOf, Val::Datetime(at)) => {
            Val::Date(env.inputs.zone.date_of(at).map_err(GuardError::Time)?)
        }
        (Function::StartOf, Val::Date(date)) => {
            Val::Datetime(env.inputs.zone.start_of(date).map_err(GuardError::Time)?)
        }
        (Function::Weekday, Val::Date(date)) => Val::Integer(time::weekday(date)),
        (Function::TimeOfDay, Val::Datetime(at)) => {
            Val::Length(calendar::time_of_day(at, env.inputs.zone).map_err(GuardError::Time)?)
        }
        _ => return Err(Fault::Unlike),
    })
}

fn binary<'a>(function: Function, a: Val<'a>, b: Val<'a>) -> Answer<Val<'a>> {
    Ok(match (function, a, b) {
        (Function::Contains | Function::Within, Val::Text(text), Val::Text(part)) => {
            Val::Boolean(functions::contains(&text, &part)?)
        }
        (Function::StartsWith, Val::Text(text), Val::Text(part)) => {
            Val::Boolean(text.starts_with(&*part))
        }
        (Function::EndsWith, Val::Text(text), Val::Text(part)) => {
            Val::Boolean(text.ends_with(&*part))
        }
        (Function::Round, Val::Integer(n), Val::Integer(_)) => Val::Integer(n),
        (Function::Round, Val::Decimal(n), Val::Integer(digits)) => {
            Val::Decimal(functions::round(n, digits)?)
        }
        (Function::Min, Val::Integer(a), Val::Integer(b)) => Val::Integer(a.min(b)),
        (Function::Max, Val::Integer(a), Val::Integer(b)) => Val::Integer(a.max(b)),
        (Function::Min, Val::Decimal(a), Val::Decimal(b)) => Val::Decimal(a.min(b)),
        (Function::Max, Val::Decimal(a), Val::Decimal(b)) => Val::Decimal(a.max(b)),
        (Function::Min, Val::Integer(a), Val::Decimal(b)) => Val::Decimal(b.min(a.into())),
        (Function::Max, Val::Integer(a), Val::Decimal(b)) => Val::Decimal(b.max(a.into())),
        (Function::Min, Val::Date(a), Val::Date(b)) => Val::Date(a.min(b)),
        (Function::Max, Val::Date(a), Val::Date(b)) => Val::Date(a.max(b)),
        (Function::Min, Val::Datetime(a), Val::Datetime(b)) => Val::Datetime(a.min(b)),
        (Function::Max, Val::Datetime(a), Val::Datetime(b)) => Val::Datetime(a.max(b)),
        (Function::Min, Val::Decimal(a), Val::Integer(b)) => Val::Decimal(a.min(b.into())),
        (Function::Max, Val::Decimal(a), Val::Integer(b)) => Val::Decimal(a.max(b.into())),
        _ => return Err(Fault::Unlike),
    })
}

impl Val<'_> {
    /// The value as the order's data holds it: a stretch in exact seconds.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Boolean(value) => Value::Boolean(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Decimal(value) => Value::Decimal(value),
            Self::Text(text) => Value::Text(text.into()),
            Self::Date(value) => Value::Date(value),
            Self::Datetime(value) => Value::Datetime(value),
            Self::Length(length) => Value::Duration(length.duration()),
            Self::List(entries) => Value::List(Arc::clone(entries)),
        }
    }
}
