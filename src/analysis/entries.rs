//! How questions about the entries of one list lie to each other.
//!
//! In: of what entries of a list there are some, or how many. Out: a number for each kind of entry that the questions
//! tell apart; they add up to what is asked, and to how many entries there are. A list with an entry above 4 has one
//! above 2, and one with none above 5 has a 5. Entries are compared with what is written out, and so it is enough to look
//! at that, and at what lies just beside it.

use std::collections::BTreeMap;

use batsat::Lit;
use chrono::TimeDelta;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::encode::Encoder;
use super::moment::zero;
use super::number::Number;
use super::space::Name;
use crate::context::{Type, Value};
use crate::guard::kind::Kind;
use crate::guard::tree::{Comparison, Form, Tree};
use crate::time;

/// What a list was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    questions: Vec<Question>,
    /// How many of the questions are told apart so far, and how many entries there are of each kind, with one of it.
    kinds: (usize, Vec<(Value, Number)>),
}

/// A question about the entries of a list.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// What is asked of each.
    pub(super) body: Tree,
    /// Whether it is so of some.
    pub(super) holds: Lit,
    /// Of how many, where that was asked.
    pub(super) number: Option<Number>,
}

/// The most questions to one list that are told apart.
const MOST: usize = 24;
/// The most entries that are looked at.
const MOST_SAMPLES: usize = 400;
/// The most kinds of entries.
const MOST_KINDS: usize = 40;

impl Encoder<'_> {
    /// Notes a question to a list.
    pub(super) fn ask_entries(&mut self, list: &Name, question: Question) {
        let asked = self.questions.entry(list.clone()).or_default();
        if asked.questions.len() < MOST {
            asked.questions.push(question);
        }
    }

    /// Says how the answers of each list lie to each other, once more was asked.
    pub(super) fn relate_entries(&mut self) {
        let names: Vec<Name> = self.questions.keys().cloned().collect();
        for name in names {
            let Some(mut asked) = self.questions.remove(&name) else {
                continue;
            };
            if asked.questions.len() > asked.kinds.0 {
                let kinds = self.kinds(&name, &asked.questions).unwrap_or_default();
                asked.kinds = (asked.questions.len(), kinds);
            }
            self.questions.insert(name, asked);
        }
    }

    /// The kinds of entries that questions tell apart, each with how many there are of it. `None` where that is not
    /// known, or they are too many.
    fn kinds(&mut self, list: &Name, questions: &[Question]) -> Option<Vec<(Value, Number)>> {
        let listed = self.lists.get(list)?.clone();
        let bodies: Vec<&Tree> = questions.iter().map(|question| &question.body).collect();
        let mut kinds: BTreeMap<Vec<bool>, Value> = BTreeMap::new();
        for sample in samples(&listed.of, &bodies)? {
            let answers = bodies.iter().map(|body| self.answer(body, &sample));
            kinds
                .entry(answers.collect::<Option<_>>()?)
                .or_insert(sample);
        }
        if kinds.len() > MOST_KINDS {
            return None;
        }
        let circuit = &mut self.space.circuit;
        let kinds: Vec<(Vec<bool>, Value, Number)> = kinds
            .into_iter()
            .map(|(answers, sample)| (answers, sample, circuit.unknown(0, listed.count.high)))
            .collect();
        let all = circuit.total(kinds.iter().map(|(.., number)| number))?;
        let same = circuit.same(&all, &listed.count);
        circuit.require(same);
        for (index, question) in questions.iter().enumerate() {
            let of_it = kinds
                .iter()
                .filter(|(answers, ..)| answers.get(index) == Some(&true));
            let sum = circuit.total(of_it.map(|(.., number)| number))?;
            let none = circuit.within(&sum, 0, 0);
            circuit.clause(&[!question.holds, !none]);
            circuit.clause(&[question.holds, none]);
            if let Some(number) = &question.number {
                let same = circuit.same(&sum, number);
                circuit.require(same);
            }
        }
        let kinds = kinds.into_iter();
        Some(kinds.map(|(_, sample, number)| (sample, number)).collect())
    }

    /// A list that answers as the model that was found last does: entries that there were, as far as they fit, and what
    /// is missing. `None` where nothing is known of its entries.
    pub(super) fn answering(&self, name: &Name, before: &[Value]) -> Option<Vec<Value>> {
        let asked = self.questions.get(name)?;
        let (_, kinds) = &asked.kinds;
        let answers = |entry: &Value| -> Vec<Option<bool>> {
            let bodies = asked.questions.iter().map(|question| &question.body);
            bodies.map(|body| self.answer(body, entry)).collect()
        };
        let mut missing: Vec<(Vec<Option<bool>>, &Value, i128)> = kinds
            .iter()
            .map(|(sample, number)| (answers(sample), sample, self.space.circuit.value(number)))
            .collect();
        let mut entries = Vec::new();
        for entry in before {
            let kind = answers(entry);
            let place = missing
                .iter_mut()
                .find(|(answers, _, left)| *answers == kind && *left > 0);
            if let Some((.., left)) = place {
                *left -= 1;
                entries.push(entry.clone());
            }
        }
        for (_, sample, left) in missing {
            entries.extend((0..left).map(|_| sample.clone()));
        }
        (!kinds.is_empty()).then_some(entries)
    }

    /// What the body of a closure says of an entry.
    fn answer(&self, body: &Tree, entry: &Value) -> Option<bool> {
        let base = self.base.as_ref()?;
        let workflow = self.space.scene.workflow;
        let body = body.with_entry(entry);
        match base.read(workflow, &base.actor, |inputs| body.value(inputs))? {
            Value::Boolean(answer) => Some(answer),
            _ => None,
        }
    }
}

/// The opposite of a boolean, in the words in which it would be asked.
pub(super) fn negated(tree: &Tree) -> Tree {
    let all = |parts: &[Tree]| parts.iter().map(negated).collect();
    let form = match &tree.form {
        Form::Not(part) => return (**part).clone(),
        Form::All(parts) => Form::Any(all(parts)),
        Form::Any(parts) => Form::All(all(parts)),
        Form::Compare(comparison, pair) => {
            let turned = match comparison {
                Comparison::Equal => Comparison::Unequal,
                Comparison::Unequal => Comparison::Equal,
                Comparison::Less => Comparison::AtLeast,
                Comparison::AtMost => Comparison::Greater,
                Comparison::Greater => Comparison::AtMost,
                Comparison::AtLeast => Comparison::Less,
            };
            Form::Compare(turned, pair.clone())
        }
        _ => Form::Not(Box::new(tree.clone())),
    };
    Tree::new(form, Kind::Boolean, tree.at())
}

/// Entries of which one lies wherever entries are told apart by questions; `None` where that is not known.
fn samples(of: &Type, bodies: &[&Tree]) -> Option<Vec<Value>> {
    let mut constants = Vec::new();
    for body in bodies {
        written(body, &mut constants)?;
    }
    let mut found = vec![zero(of)];
    for constant in constants {
        beside(of, constant, &mut found)?;
    }
    match of {
        Type::Boolean => found.extend([Value::Boolean(false), Value::Boolean(true)]),
        Type::Enum(words) => {
            found.extend(words.iter().map(|word| Value::Text(word.as_str().into())));
        }
        Type::String => {
            // One that nobody wrote.
            let longest = found.iter().map(|text| match text {
                Value::Text(text) => text.len(),
                _ => 0,
            });
            let other = "_".repeat(longest.max().unwrap_or(0) + 1);
            found.push(Value::Text(other.into()));
        }
        _ => {}
    }
    (found.len() <= MOST_SAMPLES).then_some(found)
}

/// What is written out in the body of a closure; `None` where more is asked of an entry than how it lies to that.
fn written<'t>(tree: &'t Tree, constants: &mut Vec<&'t Value>) -> Option<()> {
    match &tree.form {
        Form::Constant(value) => constants.push(value),
        Form::Entry if tree.kind == Kind::Length => return None,
        Form::Entry
        | Form::Not(_)
        | Form::All(_)
        | Form::Any(_)
        | Form::OneOf(..)
        | Form::InRange { .. } => {}
        // The order of texts has no neighbours.
        Form::Compare(comparison, pair) => {
            let is_equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
            let [a, b] = &**pair;
            if !is_equality && (a.kind.is_text() || b.kind.is_text()) {
                return None;
            }
        }
        _ => return None,
    }
    tree.parts()
        .into_iter()
        .try_for_each(|part| written(part, constants))
}

/// A constant as an entry, and those just beside it.
fn beside(of: &Type, constant: &Value, found: &mut Vec<Value>) -> Option<()> {
    let number = match constant {
        Value::Integer(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        _ => None,
    };
    match (of, constant) {
        (Type::Integer, _) => {
            let low = number?.floor().to_i64()?;
            let near = [
                low.checked_sub(1)?,
                low,
                low.checked_add(1)?,
                low.checked_add(2)?,
            ];
            found.extend(near.map(Value::Integer));
        }
        (Type::Decimal { scale }, _) => {
            let unit = Decimal::try_new(1, u32::from(*scale)).ok()?;
            let low = number?.checked_div(unit)?.floor();
            for steps in [-1, 0, 1, 2] {
                let units = low.checked_add(Decimal::from(steps))?;
                found.push(Value::Decimal(units.checked_mul(unit)?));
            }
        }
        (Type::Date, Value::Date(date)) => {
            let near = [-1, 0, 1].map(|days| time::shift_date(*date, days).ok().map(Value::Date));
            found.extend(near.into_iter().flatten());
        }
        (Type::Datetime, Value::Datetime(at)) => {
            let near = [-1, 0, 1].map(|nanos| at.checked_add_signed(TimeDelta::nanoseconds(nanos)));
            found.extend(near.into_iter().flatten().map(Value::Datetime));
        }
        (Type::String | Type::Enum(_) | Type::Boolean, _) => found.push(constant.clone()),
        _ => return None,
    }
    Some(())
}
