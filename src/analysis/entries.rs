//! How questions about the entries of one list lie to each other.
//!
//! In: of what entries of a list there are some, or how many. Out: what follows from that: a list with an entry above 4
//! has one above 2, and one with entries has one above 2 or one that is not. What is so of all entries is what is not so
//! of none, which is asked in the same words. Entries are compared with what is written out, and so it is enough to look
//! at that, and at what lies just beside it.

use std::collections::{BTreeMap, BTreeSet};

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

/// What lists were asked.
pub(super) type Questions = BTreeMap<Name, Vec<Question>>;

/// A question about the entries of a list.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// What is asked of each.
    body: Tree,
    /// Whether it is so of some.
    holds: Lit,
    /// Of how many, where that was asked.
    number: Option<Number>,
}

/// A list that is asked.
pub(super) struct List<'l> {
    pub(super) name: &'l Name,
    pub(super) of: &'l Type,
    /// How many entries it has.
    pub(super) count: &'l Number,
}

/// The most questions to one list that are compared.
const MOST: usize = 24;
/// The most entries that are looked at.
const MOST_SAMPLES: usize = 400;

impl Encoder<'_> {
    /// Says how the answer to a question lies to those before it.
    pub(super) fn relate_entries(
        &mut self,
        list: &List<'_>,
        (body, holds, number): (Tree, Lit, Option<Number>),
    ) {
        let asked = Question {
            body,
            holds,
            number,
        };
        let mut others = self.questions.get(list.name).cloned().unwrap_or_default();
        if others.len() >= MOST {
            return;
        }
        let all = others.iter().chain([&asked]);
        let bodies: Vec<&Tree> = all.map(|question| &question.body).collect();
        let Some(samples) = samples(list.of, &bodies) else {
            return;
        };
        // What each question answers, sample by sample.
        let answers: Option<Vec<Vec<bool>>> = bodies
            .iter()
            .map(|body| {
                samples
                    .iter()
                    .map(|entry| self.answer(body, entry))
                    .collect()
            })
            .collect();
        let Some(mut answers) = answers else {
            return;
        };
        let Some(own) = answers.pop() else {
            return;
        };
        let circuit = &mut self.space.circuit;
        let none = circuit.within(list.count, 0, 0);
        if !own.contains(&true) {
            circuit.require(!holds);
        }
        let follows = |a: &[bool], b: &[bool]| a.iter().zip(b).all(|(a, b)| !a || *b);
        // Of the entries of a list, some question is so.
        let mut covered = vec![none, holds];
        let mut cover = own.clone();
        for (other, answers) in others.iter().zip(&answers) {
            if follows(&own, answers) {
                self.more(&asked, other);
            }
            if follows(answers, &own) {
                self.more(other, &asked);
            }
            let adds = |(cover, answer): (&bool, &bool)| *answer && !cover;
            if cover.iter().zip(answers).any(adds) {
                covered.push(other.holds);
                cover
                    .iter_mut()
                    .zip(answers)
                    .for_each(|(cover, answer)| *cover |= answer);
            }
        }
        if !cover.contains(&false) {
            self.space.circuit.clause(&covered);
        }
        others.push(asked);
        self.questions.insert(list.name.clone(), others);
    }

    /// Says that what the second question asks is so wherever the first is.
    fn more(&mut self, one: &Question, two: &Question) {
        let circuit = &mut self.space.circuit;
        circuit.clause(&[!one.holds, two.holds]);
        if let (Some(fewer), Some(more)) = (&one.number, &two.number) {
            let at_most = circuit.at_most(fewer, more);
            circuit.require(at_most);
        }
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
            found.extend(words.iter().map(|word| Value::Text(word.as_str().into())))
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
    let mut seen = BTreeSet::new();
    found.retain(|value| seen.insert(format!("{value:?}")));
    (found.len() <= MOST_SAMPLES).then_some(found)
}

/// What is written out in the body of a closure; `None` where more is asked of an entry than how it lies to that.
fn written<'t>(tree: &'t Tree, constants: &mut Vec<&'t Value>) -> Option<()> {
    match &tree.form {
        Form::Constant(value) => constants.push(value),
        Form::Entry if tree.kind == Kind::Length => return None,
        Form::Entry | Form::Not(_) | Form::All(_) | Form::Any(_) => {}
        Form::OneOf(..) | Form::InRange { .. } => {}
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
