//! From the typed form of a condition to jump code.
//!
//! In: a [`Tree`] and the [`Scope`] it was checked against. Out: [`Code`], in which every comparison of
//! words with constants and with each other is a test of its own, and whatever words cannot answer is
//! left to be calculated. Constants are brought to the form of the words that they are compared with.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::code::{Atom, Code, EQUAL, GREATER, LESS, LINE, Line, NO, Operand, Test, YES, flipped};
use super::tree::{Comparison, Form, Function, Half, Home, Tree};
use crate::context::{BESIDE, Beginning, Scope, Type, Value, pack};
use crate::time;

/// The most tests of one guard.
const MOST: usize = 4_096;

/// Compiles a condition; `None` where it has too many tests.
pub(super) fn lower(tree: &Tree, scope: &Scope) -> Option<Code> {
    let mut writer = Writer {
        scope,
        atoms: Vec::new(),
        labels: Vec::new(),
    };
    writer.write(tree, Goal::Answer(true), Goal::Answer(false));
    let Writer { atoms, labels, .. } = &writer;
    if atoms.len() > MOST {
        return None;
    }
    let place = |goal: &Goal| match goal {
        Goal::Answer(true) => YES,
        Goal::Answer(false) => NO,
        Goal::Label(label) => labels.get(*label).copied().unwrap_or(NO),
    };
    let atoms = atoms.iter().map(|(test, yes, no)| Atom {
        test: test.clone(),
        yes: place(yes),
        no: place(no),
    });
    let atoms: Box<[Atom]> = atoms.collect();
    Some(Code {
        line: line(&atoms),
        atoms,
    })
}

/// The line that tests make up: each leads on to the next for one answer, and to the same end for the
/// other.
fn line(atoms: &[Atom]) -> Option<Line> {
    if atoms.len() > LINE {
        return None;
    }
    let wanted = |all: bool| {
        let (out, end) = if all { (NO, YES) } else { (YES, NO) };
        let mut wanted = 0;
        for (index, atom) in atoms.iter().enumerate() {
            let next = match index + 1 == atoms.len() {
                true => end,
                false => u16::try_from(index + 1).ok()?,
            };
            // Of "all", what leads on is wanted; of "one", what leads out.
            match (atom.yes, atom.no) {
                (yes, no) if yes == next && no == out => wanted |= u8::from(all) << index,
                (yes, no) if no == next && yes == out => wanted |= u8::from(!all) << index,
                _ => return None,
            }
        }
        Some(Line { all, wanted })
    };
    wanted(true).or_else(|| wanted(false))
}

/// Where to go on: to an answer, or to a test that is not written yet.
#[derive(Debug, Clone, Copy)]
enum Goal {
    Answer(bool),
    Label(usize),
}

struct Writer<'s> {
    scope: &'s Scope,
    atoms: Vec<(Test, Goal, Goal)>,
    /// Where each label came to stand.
    labels: Vec<u16>,
}

impl Writer<'_> {
    fn write(&mut self, tree: &Tree, yes: Goal, no: Goal) {
        match &tree.form {
            Form::Not(part) => self.write(part, no, yes),
            Form::All(parts) => self.chain(parts, |next| (next, no), (yes, no)),
            Form::Any(parts) => self.chain(parts, |next| (yes, next), (yes, no)),
            _ => match tree.halves() {
                Some([low, high]) => {
                    let label = self.label();
                    self.push(self.half(low), Goal::Label(label), no);
                    self.land(label);
                    self.push(self.half(high), yes, no);
                }
                None => self.push(self.test(tree), yes, no),
            },
        }
    }

    /// A test of its own; words do not answer `None`.
    fn push(&mut self, test: Option<Test>, yes: Goal, no: Goal) {
        self.atoms.push((test.unwrap_or(Test::Calculated), yes, no));
    }

    fn label(&mut self) -> usize {
        self.labels.push(NO);
        self.labels.len() - 1
    }

    /// Puts a label before what is written next.
    fn land(&mut self, label: usize) {
        let at = u16::try_from(self.atoms.len());
        if let (Some(place), Ok(at)) = (self.labels.get_mut(label), at) {
            *place = at;
        }
    }

    fn half(&self, half: Half<'_>) -> Option<Test> {
        self.comparison(half.comparison, half.item, half.end)
    }

    /// Parts one after the other; each but the last goes on at the next for one of its answers.
    fn chain(&mut self, parts: &[Tree], goals: impl Fn(Goal) -> (Goal, Goal), end: (Goal, Goal)) {
        for (index, part) in parts.iter().enumerate() {
            if index + 1 == parts.len() {
                self.write(part, end.0, end.1);
                continue;
            }
            let label = self.label();
            let (yes, no) = goals(Goal::Label(label));
            self.write(part, yes, no);
            self.land(label);
        }
    }

    /// The test of words that a condition is; `None` where words are not enough.
    fn test(&self, tree: &Tree) -> Option<Test> {
        match &tree.form {
            Form::Field(..) => Some(Test::Against(self.operand(tree)?.0, EQUAL, 1)),
            Form::IsSet(home, slot) => Some(Test::IsSet(Operand::of(*home, *slot)?)),
            Form::Compare(comparison, pair) => {
                let [a, b] = &**pair;
                self.comparison(*comparison, a, b)
            }
            Form::Call(Function::Between, args) => {
                let [item, low, high] = args.as_slice() else {
                    return None;
                };
                let (word, low) = self.comparison(Comparison::AtLeast, item, low)?.side()?;
                let (_, high) = self.comparison(Comparison::AtMost, item, high)?.side()?;
                self.operand(item)?;
                Some(Test::Between(word, Box::new([low, high])))
            }
            Form::Children(set, question, Some(state)) => {
                let set = u32::try_from(*set).ok()?;
                let begins = Beginning::of(state);
                Some(Test::Children(set, *question, begins, Arc::clone(state)))
            }
            Form::OneOf(list, item) => {
                let (word, ty) = self.operand(item)?;
                let mut bits = list.iter().map(|each| small(ty?, each));
                let bits = bits.try_fold(0_u64, |bits, bit| Some(bits | bit?))?;
                Some(Test::Among(word, bits))
            }
            _ => None,
        }
    }

    fn comparison(&self, comparison: Comparison, a: &Tree, b: &Tree) -> Option<Test> {
        if let Some(role) = self.role(comparison, a, b) {
            return Some(role);
        }
        let mask = mask(comparison);
        match (self.operand(a), self.operand(b)) {
            (Some((left, ty)), None) => against(left, ty, mask, constant(b)?),
            (None, Some((right, ty))) => against(right, ty, flipped(mask), constant(a)?),
            (Some((left, of_left)), Some((right, of_right))) => {
                let alike = match (of_left, of_right) {
                    (Some(left), Some(right)) => left == right && is_ordered(left),
                    (None, other) | (other, None) => matches!(other, None | Some(Type::Datetime)),
                };
                alike.then_some(Test::Pair(left, mask, right))
            }
            (None, None) => None,
        }
    }

    /// Whether the actor's role is a written one.
    fn role(&self, comparison: Comparison, a: &Tree, b: &Tree) -> Option<Test> {
        let (Form::Role, Form::Constant(Value::Text(role))) = (&a.form, &b.form) else {
            return None;
        };
        let mut actors = self.scope.actors.iter();
        let place = actors.position(|actor| **actor == **role);
        let place = u32::try_from(place?).ok()?;
        (comparison == Comparison::Equal).then(|| Test::Role(place, Arc::clone(role)))
    }

    /// The word that an expression is, with its type; `now` has none.
    fn operand(&self, tree: &Tree) -> Option<(Operand, Option<&Type>)> {
        match &tree.form {
            Form::Now => Some((Operand::NOW, None)),
            Form::Field(home, slot) => {
                let slots = match home {
                    Home::Order => &self.scope.order,
                    Home::Settings => &self.scope.settings,
                    Home::Event => self.scope.event.as_ref()?,
                };
                let (_, ty) = slots.get_index(*slot)?;
                Some((Operand::of(*home, *slot)?, Some(ty)))
            }
            _ => None,
        }
    }
}

/// Whether words of a type compare as its values do.
fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Boolean
        | Type::Integer
        | Type::Decimal { .. }
        | Type::Enum(_)
        | Type::Date
        | Type::Datetime => true,
        Type::String | Type::Duration | Type::List(_) => false,
    }
}

fn constant(tree: &Tree) -> Option<&Value> {
    match &tree.form {
        Form::Constant(value) => Some(value),
        _ => None,
    }
}

/// A word against a constant, which is first brought to the word's form.
fn against(word: Operand, ty: Option<&Type>, mask: u8, constant: &Value) -> Option<Test> {
    let (mask, value) = match (ty, constant) {
        (Some(Type::Integer), Value::Integer(value)) => (mask, *value),
        (Some(Type::Integer), Value::Decimal(number)) => bounded(*number, 0, mask),
        (Some(Type::Decimal { scale }), Value::Decimal(number)) => bounded(*number, *scale, mask),
        (Some(Type::Decimal { scale }), Value::Integer(number)) => {
            bounded(Decimal::from(*number), *scale, mask)
        }
        (None, Value::Datetime(at)) => (mask, time::nanoseconds(*at)?),
        (Some(ty @ (Type::Boolean | Type::Enum(_) | Type::Date | Type::Datetime)), value) => {
            (mask, Some(pack(ty, value)).filter(|word| *word > BESIDE)?)
        }
        _ => return None,
    };
    Some(Test::Against(word, mask, value))
}

/// A number scaled to the digits of a word. What lies between two words compares as the lower one
/// does with what is equal to it taken as less; what lies beyond all words, as the last one.
fn bounded(number: Decimal, scale: u8, mask: u8) -> (u8, i64) {
    let below = |mask: u8| mask & !EQUAL | (mask & LESS) << 1;
    let missing = i64::from(scale) - i64::from(number.scale());
    let power = |digits: i64| 10_i128.checked_pow(u32::try_from(digits).unwrap_or(u32::MAX));
    let mantissa = number.mantissa();
    let (whole, exact) = if missing >= 0 {
        (power(missing).and_then(|p| mantissa.checked_mul(p)), true)
    } else {
        let power = power(-missing).unwrap_or(i128::MAX);
        let whole = mantissa.div_euclid(power);
        (Some(whole), mantissa.rem_euclid(power) == 0)
    };
    let mask = if exact { mask } else { below(mask) };
    match whole.and_then(|whole| i64::try_from(whole).ok()) {
        Some(word) => (mask, word),
        // Every word lies on the same side of it.
        None if mantissa > 0 => (if mask & LESS == 0 { 0 } else { LESS | EQUAL }, i64::MAX),
        None => (
            if mask & GREATER == 0 {
                0
            } else {
                EQUAL | GREATER
            },
            i64::MIN,
        ),
    }
}

/// The bit of a constant among small words.
fn small(ty: &Type, tree: &Tree) -> Option<u64> {
    let value = constant(tree)?;
    let word = match (ty, value) {
        (Type::Enum(_), Value::Text(_)) => pack(ty, value),
        _ => return None,
    };
    1_u64.checked_shl(u32::try_from(word).ok()?)
}

fn mask(comparison: Comparison) -> u8 {
    match comparison {
        Comparison::Equal => EQUAL,
        Comparison::Unequal => LESS | GREATER,
        Comparison::Less => LESS,
        Comparison::AtMost => LESS | EQUAL,
        Comparison::Greater => GREATER,
        Comparison::AtLeast => EQUAL | GREATER,
    }
}
