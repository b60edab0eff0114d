//! Values to try where the solver cannot say.
//!
//! In: conditions that ask what is not calculated exactly (texts, lists, products), and moments to
//! begin with. Out: moments that differ from those in one field or two, with values made of what is
//! written in the conditions. There are few of them, always the same ones. Each has to be confirmed.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::change::Free;
use super::moment::{Moment, zero};
use crate::context::{Type, Value};
use crate::graph::{Condition, FieldId, Id, SettingId, Workflow};
use crate::guard::Guard;
use crate::guard::kind::Kind;
use crate::guard::tree::{Form, Home, Tree};
use crate::time::{self, Duration};

/// The most moments that are tried.
const MOST: usize = 3_000;
/// The most numbers that values are made of.
const MOST_NUMBERS: usize = 64;
/// The most values of one field.
const MOST_VALUES: usize = 24;
/// The most fields.
const MOST_FIELDS: usize = 8;
/// The longest text that is made up.
const LONGEST_TEXT: usize = 256;
/// The longest list that is made up.
const LONGEST_LIST: usize = 32;

/// What is written in conditions.
#[derive(Default)]
struct Written {
    fields: BTreeSet<(Home, usize)>,
    values: Vec<Value>,
    /// Each once; those of the conditions before those that fields have.
    numbers: Vec<Decimal>,
}

/// A field with the values to try.
type Choice = ((Home, usize), Vec<Value>);

/// Moments to try, near ones first.
pub(crate) fn guesses<'c>(
    workflow: &Workflow,
    bases: &[Moment],
    conditions: impl IntoIterator<Item = &'c Condition>,
    free: Free,
) -> Vec<Moment> {
    let Some(first) = bases.first() else {
        return Vec::new();
    };
    let written = written(workflow, first, conditions);
    let fields = written.fields.iter().filter(|(home, _)| free.frees(*home));
    let choices: Vec<Choice> = fields
        .filter_map(|&field| {
            let ty = type_of(workflow, first, field)?;
            let values = written.values_of(&ty, get(first, field).as_ref());
            Some((field, values))
        })
        .take(MOST_FIELDS)
        .collect();
    let mut found = Vec::new();
    for base in bases {
        for (field, values) in &choices {
            found.extend(values.iter().map(|value| with(base, *field, value)));
        }
    }
    for base in bases {
        for (index, (field, values)) in choices.iter().enumerate() {
            for (other, others) in choices.iter().skip(index + 1) {
                for value in values {
                    let near = with(base, *field, value);
                    found.extend(others.iter().map(|value| with(&near, *other, value)));
                    if found.len() >= MOST {
                        found.truncate(MOST);
                        return found;
                    }
                }
            }
        }
    }
    found
}

/// What is written in conditions, the times that are calculated in them, and the numbers that their fields have.
fn written<'c>(
    workflow: &Workflow,
    base: &Moment,
    conditions: impl IntoIterator<Item = &'c Condition>,
) -> Written {
    let mut written = Written::default();
    for condition in conditions {
        let mut open: Vec<&Tree> = condition.guard.iter().map(Guard::tree).collect();
        while let Some(tree) = open.pop() {
            match &tree.form {
                Form::Constant(value) => written.add(value),
                Form::Field(home, slot) | Form::IsSet(home, slot) => {
                    _ = written.fields.insert((*home, *slot));
                }
                _ if is_calculated(tree) => {
                    let value = base.read(workflow, &base.actor, |inputs| tree.value(inputs));
                    if let Some(value) = value {
                        written.add(&value);
                    }
                }
                _ => {}
            }
            open.extend(tree.parts());
        }
    }
    for field in written.fields.clone() {
        if let Some(value) = get(base, field) {
            written.add(&value);
        }
    }
    written
}

/// Whether an expression gives a time that a field may have, and reads no entry of a list. Of numbers enough are written.
fn is_calculated(tree: &Tree) -> bool {
    fn reads_entry(tree: &Tree) -> bool {
        tree.form == Form::Entry || tree.parts().into_iter().any(reads_entry)
    }
    let is_time = matches!(tree.kind, Kind::Date | Kind::Datetime | Kind::Length);
    is_time && !reads_entry(tree)
}

impl Written {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Integer(number) => self.add_number((*number).into()),
            Value::Decimal(number) => self.add_number(*number),
            Value::List(entries) => {
                for entry in entries.iter() {
                    self.add(entry);
                }
            }
            value if !self.values.contains(value) => self.values.push(value.clone()),
            _ => {}
        }
    }

    fn add_number(&mut self, number: Decimal) {
        if self.numbers.len() < MOST_NUMBERS && !self.numbers.contains(&number) {
            self.numbers.push(number);
        }
    }

    /// Values of a type, made of what is written.
    fn values_of(&self, ty: &Type, base: Option<&Value>) -> Vec<Value> {
        let mut found = match ty {
            Type::Boolean => vec![Value::Boolean(false), Value::Boolean(true)],
            Type::Integer => {
                let whole = self.near().filter_map(|number| number.trunc().to_i64());
                whole.map(Value::Integer).collect()
            }
            Type::Decimal { scale } => {
                let fits = self.near().filter(|n| n.scale() <= u32::from(*scale));
                fits.map(|number| Value::decimal(number, *scale)).collect()
            }
            Type::String => self.texts(base),
            Type::Enum(words) => {
                let words = words.iter();
                words
                    .map(|word| Value::Text(word.as_str().into()))
                    .collect()
            }
            Type::List(of) => self.lists(of, base),
            Type::Date | Type::Datetime | Type::Duration => {
                let alike = |value: &&Value| {
                    std::mem::discriminant(*value) == std::mem::discriminant(&zero(ty))
                };
                let written = self.values.iter().filter(alike);
                let mut all: Vec<Value> = written.clone().cloned().collect();
                all.extend(written.flat_map(beside));
                all
            }
        };
        let mut seen = Vec::new();
        found.retain(|value| {
            let is_new = Some(value) != base && !seen.contains(value);
            seen.extend(is_new.then(|| value.clone()));
            is_new
        });
        found.sort_by_key(|value| base.and_then(|base| distance(base, value)));
        found.truncate(MOST_VALUES);
        found
    }

    /// The numbers that are written, and those beside them.
    fn near(&self) -> impl Iterator<Item = Decimal> {
        let mut near = Vec::new();
        for number in self.numbers.iter().copied().chain([Decimal::ZERO]) {
            for step in [Decimal::ZERO, Decimal::ONE, Decimal::NEGATIVE_ONE] {
                let beside = number.checked_add(step);
                near.extend(beside.filter(|beside| !near.contains(beside)));
            }
        }
        near.into_iter()
    }

    /// How many there may be of something.
    fn counts(&self, most: usize) -> Vec<usize> {
        let counts = self.near().filter_map(|number| number.to_usize());
        counts.filter(|count| (1..=most).contains(count)).collect()
    }

    /// The texts that are written, joined by two, and of such a length as is written.
    fn texts(&self, base: Option<&Value>) -> Vec<Value> {
        let written = self.values.iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.to_string()),
            _ => None,
        });
        let mut texts: Vec<String> = written.take(4).collect();
        let single = texts.clone();
        for first in &single {
            let others = single.iter().filter(|other| *other != first);
            texts.extend(others.map(|other| format!("{first}{other}")));
        }
        let own = base.map_or(String::new(), ToString::to_string);
        for start in single.into_iter().chain([own]).rev() {
            for count in self.counts(LONGEST_TEXT) {
                let padded = start.chars().chain(std::iter::repeat('x'));
                texts.push(padded.take(count).collect());
            }
        }
        let mut found: Vec<Value> = Vec::new();
        for text in texts {
            let text = Value::Text(text.into());
            if !found.contains(&text) {
                found.push(text);
            }
        }
        found
    }

    /// Lists of what is written: one, as many of it as is written, one more than there are, all of it.
    fn lists(&self, of: &Type, base: Option<&Value>) -> Vec<Value> {
        let mut entries = self.values_of(of, None);
        entries.truncate(4);
        if entries.is_empty() {
            entries.push(zero(of));
        }
        let own = match base {
            Some(Value::List(entries)) => entries.to_vec(),
            _ => Vec::new(),
        };
        let mut lists: Vec<Vec<Value>> = vec![Vec::new()];
        lists.extend(entries.iter().map(|entry| vec![entry.clone()]));
        lists.push(entries.clone());
        for entry in &entries {
            lists.push(own.iter().chain([entry]).cloned().collect());
        }
        for entry in &entries {
            let counts = self.counts(LONGEST_LIST).into_iter();
            lists.extend(counts.map(|count| vec![entry.clone(); count]));
        }
        let lists = lists.into_iter().map(Arc::from);
        lists.map(Value::List).collect()
    }
}

/// How far a number is from another one; `None` for other values.
fn distance(from: &Value, to: &Value) -> Option<Decimal> {
    let number = |value: &Value| match value {
        Value::Integer(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        _ => None,
    };
    Some(number(to)?.checked_sub(number(from)?)?.abs())
}

fn type_of(workflow: &Workflow, base: &Moment, (home, slot): (Home, usize)) -> Option<Type> {
    Some(match home {
        Home::Order => workflow.fields.get(FieldId::from_index(slot))?.ty.clone(),
        Home::Settings => workflow
            .settings
            .get(SettingId::from_index(slot))?
            .ty
            .clone(),
        Home::Event => workflow.events.at(base.of?).payload.get(slot)?.ty.clone(),
    })
}

fn get(base: &Moment, (home, slot): (Home, usize)) -> Option<Value> {
    match home {
        Home::Order => base.order.get(slot).cloned().flatten(),
        Home::Settings => base.settings.get(slot).cloned(),
        Home::Event => base.event.get(slot).cloned().flatten(),
    }
}

fn with(base: &Moment, (home, slot): (Home, usize), value: &Value) -> Moment {
    let mut moment = base.clone();
    let place = match home {
        Home::Order => moment.order.get_mut(slot),
        Home::Event => moment.event.get_mut(slot),
        Home::Settings => {
            if let Some(setting) = moment.settings.get_mut(slot) {
                setting.clone_from(value);
            }
            None
        }
    };
    if let Some(place) = place {
        *place = Some(value.clone());
    }
    moment
}

/// The days, seconds or lengths right before and behind one.
fn beside(value: &Value) -> Vec<Value> {
    let steps = [-1, 1];
    let near = steps.into_iter().filter_map(|step| match value {
        Value::Date(date) => {
            let date = time::shift_date(*date, step).ok()?;
            time::is_writable(&date).then_some(Value::Date(date))
        }
        Value::Datetime(at) => {
            let at = at.checked_add_signed(TimeDelta::seconds(step.into()))?;
            time::is_writable(&at).then_some(Value::Datetime(at))
        }
        Value::Duration(length) => {
            let seconds = length.seconds.checked_add(step.into())?;
            let length = Duration { seconds, ..*length };
            length.is_writable().then_some(Value::Duration(length))
        }
        _ => None,
    });
    near.collect()
}
