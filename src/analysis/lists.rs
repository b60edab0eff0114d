//! Lists by how many entries they have, and what these add up to.
//!
//! In: what a guard asks of a list that is a field. Out: two numbers for each such list, and what an empty list
//! answers to every question. The way back makes up a list of so many entries with that sum: those that there were,
//! and the first makes up for it; where no sum was asked for, one that answers as it is to. What is asked of
//! entries by what is written out is told apart by their kinds ([`entries`](super::entries)); whatever else is
//! asked of them is not known. Such a list has to be confirmed. Where nothing but the time changes, the entries are
//! what they are, and each is asked by itself.

use super::data::{Data, Listed};
use super::encode::{Encoder, Term};
use super::entries::{Question, negated};
use super::moment::zero;
use super::number::Number;
use super::space::Name;
use crate::context::{MAX_LIST, Type, Value};
use crate::guard::kind::Kind;
use crate::guard::tree::{Ask, Comparison, Each, Entries, Form, Function, Tree};

/// The most entries of a list that are looked at one by one.
const MOST: usize = 100;

impl Encoder<'_> {
    /// The entries of a list, where nothing but the time changes; `None` where they are not known, are texts, which
    /// have no codes, or too many.
    pub(super) fn entries_of(&self, list: &Tree) -> Option<Vec<Value>> {
        if matches!(&list.kind, Kind::List(of) if of.is_text()) {
            return None;
        }
        match self.as_it_stands(list)? {
            Value::List(entries) if entries.len() <= MOST => Some(entries.to_vec()),
            _ => None,
        }
    }

    /// The most entries that a list can have.
    pub(super) fn most_of(&self, list: &Tree) -> u32 {
        let known = self.entries_of(list).map(|entries| entries.len());
        u32::try_from(known.unwrap_or(MAX_LIST)).unwrap_or(u32::MAX)
    }

    /// Whether a value is among the entries of a list.
    pub(super) fn among(&mut self, tree: &Tree, [list, item]: &[Tree; 2]) -> Term {
        let (Kind::List(of), Some(entries)) = (&list.kind, self.entries_of(list)) else {
            // `x in list` asks what `list.some(x)` does.
            let some = Entries {
                list: list.clone(),
                ask: Ask::Some,
                each: Each::Equals(item.clone()),
            };
            return self.entries(tree, &some);
        };
        let entries = entries.into_iter();
        let entries = entries.map(|entry| constant(entry, of, list));
        let entries: Vec<Tree> = entries.collect();
        self.one_of(tree, &entries, item)
    }

    /// What is asked of entries that are known.
    fn one_by_one(&mut self, tree: &Tree, asked: &Entries) -> Option<Term> {
        let Kind::List(of) = &asked.list.kind else {
            return None;
        };
        let entries = self.entries_of(&asked.list)?;
        let truth = |form| Tree::new(form, Kind::Boolean, tree.at());
        let mut before = self.space.circuit.yes();
        let questions: Vec<Tree> = match &asked.each {
            Each::Itself => return None,
            Each::Equals(value) => {
                before = self.term(value).ok;
                let equals = |entry| {
                    let pair = [constant(entry, of, &asked.list), value.clone()];
                    truth(Form::Compare(Comparison::Equal, Box::new(pair)))
                };
                entries.into_iter().map(equals).collect()
            }
            Each::Body { body, .. } => {
                let entries = entries.iter();
                entries.map(|entry| body.with_entry(entry)).collect()
            }
        };
        let any = |questions: Vec<Tree>| truth(Form::Any(questions.into_iter().collect()));
        let term = match asked.ask {
            Ask::All => self.term(&truth(Form::All(questions.into_iter().collect()))),
            Ask::Some => self.term(&any(questions)),
            Ask::None => self.term(&truth(Form::Not(Box::new(any(questions))))),
            Ask::Count => self.counted(&questions)?,
            Ask::Sum => return None,
        };
        let ok = self.space.circuit.and(term.ok, before);
        Some(Term { ok, ..term })
    }

    /// How many questions hold.
    fn counted(&mut self, questions: &[Tree]) -> Option<Term> {
        let circuit = &mut self.space.circuit;
        let (zero, one) = (circuit.number(0), circuit.number(1));
        let (mut count, mut ok) = (zero.clone(), circuit.yes());
        for question in questions {
            let truth = self.truth(question);
            let circuit = &mut self.space.circuit;
            let known = circuit.or(truth.yes, truth.no);
            ok = circuit.and(ok, known);
            let counts = circuit.either(truth.yes, &one, &zero);
            count = circuit.sum(&count, &counts)?;
        }
        let data = Data::Number(count, 0);
        Some(Term { ok, data })
    }

    /// What a list is asked.
    pub(super) fn entries(&mut self, tree: &Tree, asked: &Entries) -> Term {
        if let Some(known) = self.one_by_one(tree, asked) {
            return known;
        }
        let Form::Field(home, slot) = asked.list.form else {
            return self.lost(tree, &[]);
        };
        match (asked.ask, &asked.each) {
            (Ask::None, each) => return self.not_some(tree, asked, each.clone()),
            // What is so of all is not so of none.
            (Ask::All, Each::Body { body, cost }) => {
                let (body, cost) = (negated(body), *cost);
                return self.not_some(tree, asked, Each::Body { body, cost });
            }
            _ => {}
        }
        let name = super::encode::name_of(home, slot);
        let list = self.term(&asked.list);
        let Some(count) = self.listed(&name).map(|listed| listed.count) else {
            return self.lost(tree, &[]);
        };
        match (&asked.each, asked.ask) {
            (Each::Itself, Ask::Count) => self.unknown(tree, &[list], |encoder| {
                encoder.sure(Data::Number(count, 0))
            }),
            (Each::Itself, Ask::Sum) => {
                self.unknown(tree, &[list], |encoder| encoder.sum(tree, &name))
            }
            (each, ask) => {
                let mut parts = vec![list];
                let is_sure = match each {
                    Each::Equals(value) if is_plain(value) => {
                        parts.push(self.term(value));
                        true
                    }
                    Each::Body { body, .. } => ask != Ask::Sum && never_fails(body),
                    Each::Itself | Each::Equals(_) => false,
                };
                let may_fail = matches!(each, Each::Equals(_)) && !is_sure;
                let body = body_of(&asked.list, each).filter(|_| is_sure);
                // Of the same words, the same: whichever way it is asked.
                let form = Form::Entries(Box::new(asked.clone()));
                let question = Tree::new(form, tree.kind.clone(), tree.at());
                self.unknown(&question, &parts, |encoder| {
                    let mut asked = encoder.anything_of(tree);
                    if is_sure {
                        asked.ok = encoder.space.circuit.yes();
                    }
                    encoder.of_none(&asked, (&count, ask), may_fail);
                    if let Some(body) = body {
                        encoder.note(&name, body, &asked);
                    }
                    asked
                })
            }
        }
    }

    /// What is so of no entry is not so of some.
    fn not_some(&mut self, tree: &Tree, asked: &Entries, each: Each) -> Term {
        let some = Entries {
            ask: Ask::Some,
            each,
            ..asked.clone()
        };
        let term = self.entries(tree, &some);
        let data = match term.data {
            Data::Truth(some) => Data::Truth(!some),
            data => data,
        };
        Term { data, ..term }
    }

    /// Notes what was asked of the entries of a list.
    fn note(&mut self, list: &Name, body: Tree, asked: &Term) {
        let circuit = &mut self.space.circuit;
        let (holds, number) = match &asked.data {
            Data::Truth(holds) => (*holds, None),
            Data::Number(number, 0) => (!circuit.within(number, 0, 0), Some(number.clone())),
            _ => return,
        };
        let question = Question {
            body,
            holds,
            number,
        };
        self.ask_entries(list, question);
    }

    /// The list of a field, once something is asked of it.
    fn listed(&mut self, name: &Name) -> Option<Listed> {
        if let Some(known) = self.lists.get(name) {
            return Some(known.clone());
        }
        let Type::List(of) = self.space.variable(name)?.ty else {
            return None;
        };
        let most = i128::try_from(MAX_LIST).unwrap_or(i128::MAX);
        let listed = Listed {
            count: self.space.circuit.unknown(0, most),
            sum: None,
            of: (*of).clone(),
        };
        self.lists.insert(name.clone(), listed.clone());
        Some(listed)
    }

    /// What the entries of a list add up to: an error where that is too large on the way, nothing where there are none.
    fn sum(&mut self, tree: &Tree, name: &Name) -> Term {
        let Some(listed) = self.listed(name) else {
            return self.anything_of(tree);
        };
        let (ok, data) = match listed.sum {
            Some(sum) => sum,
            None => {
                let circuit = &mut self.space.circuit;
                let sum = (
                    circuit.fresh(),
                    circuit.any_of(&listed.of, &self.space.texts),
                );
                if let Some(known) = self.lists.get_mut(name) {
                    known.sum = Some(sum.clone());
                }
                sum
            }
        };
        let term = Term { ok, data };
        self.of_none(&term, (&listed.count, Ask::Sum), false);
        term
    }

    /// Says what an empty list answers.
    fn of_none(&mut self, asked: &Term, (count, ask): (&Number, Ask), may_fail: bool) {
        let circuit = &mut self.space.circuit;
        let none = circuit.within(count, 0, 0);
        if !may_fail {
            circuit.clause(&[!none, asked.ok]);
        }
        match (&asked.data, ask) {
            (Data::Truth(holds), Ask::All | Ask::None) => circuit.clause(&[!none, *holds]),
            (Data::Truth(holds), Ask::Some) => circuit.clause(&[!none, !*holds]),
            (Data::Number(number, _), Ask::Sum) => {
                let nothing = circuit.within(number, 0, 0);
                circuit.clause(&[!none, nothing]);
            }
            (Data::Number(number, 0), Ask::Count) => {
                let zero = circuit.number(0);
                let (low, high) = (
                    circuit.at_most(&zero, number),
                    circuit.at_most(number, count),
                );
                circuit.clause(&[low]);
                circuit.clause(&[high]);
            }
            _ => {}
        }
    }

    /// A list as the model that was found last has it; `None` where nothing is known of it.
    pub(super) fn list(&self, name: &Name, before: Option<&Value>) -> Option<Value> {
        let listed = self.lists.get(name)?;
        let (circuit, texts) = (&self.space.circuit, &self.space.texts);
        let count = usize::try_from(circuit.value(&listed.count)).ok()?;
        let before = match before {
            Some(Value::List(entries)) => &**entries,
            _ => &[],
        };
        let sum = listed.sum.as_ref().and_then(|(ok, data)| {
            let sum = circuit.value_of(data, &listed.of, texts)?;
            circuit.holds(*ok).then_some(sum)
        });
        if listed.sum.is_none()
            && let Some(entries) = self.answering(name, before)
        {
            return Some(Value::List(entries.into()));
        }
        let zero = zero(&listed.of);
        let zeros = std::iter::repeat_n(zero.clone(), MAX_LIST);
        let entries = before.iter().cloned().chain(zeros).take(count);
        let mut entries: Vec<Value> = entries.collect();
        if let (Some(sum), Some((first, rest))) = (sum, entries.split_first_mut()) {
            *first = less(&sum, rest).unwrap_or_else(|| {
                rest.fill(zero);
                sum
            });
        }
        Some(Value::List(entries.into()))
    }
}

/// A number less others; `None` where it is too large.
fn less(sum: &Value, others: &[Value]) -> Option<Value> {
    others.iter().try_fold(sum.clone(), |rest, other| {
        Some(match (rest, other) {
            (Value::Integer(rest), Value::Integer(other)) => {
                Value::Integer(rest.checked_sub(*other)?)
            }
            (Value::Decimal(rest), Value::Decimal(other)) => {
                Value::Decimal(rest.checked_sub(*other)?)
            }
            _ => return None,
        })
    })
}

/// What is asked of each entry, where it is asked by what is written out.
fn body_of(list: &Tree, each: &Each) -> Option<Tree> {
    match each {
        Each::Itself => None,
        Each::Body { body, .. } => Some(body.clone()),
        Each::Equals(value) => {
            let Kind::List(of) = &list.kind else {
                return None;
            };
            let entry = Tree::new(Form::Entry, (**of).clone(), list.at());
            let pair = Box::new([entry, value.clone()]);
            let form = Form::Compare(Comparison::Equal, pair);
            Some(Tree::new(form, Kind::Boolean, list.at()))
        }
    }
}

/// Whether it is no more than a name or a constant.
fn is_plain(tree: &Tree) -> bool {
    matches!(tree.form, Form::Constant(_) | Form::Field(..))
}

/// Whether what is asked of an entry always has an answer: entries are compared with constants alone.
fn never_fails(body: &Tree) -> bool {
    match &body.form {
        Form::Constant(_) => true,
        Form::Entry => body.kind != Kind::Length,
        Form::Not(_)
        | Form::All(_)
        | Form::Any(_)
        | Form::Compare(..)
        | Form::OneOf(..)
        | Form::InRange { .. } => body.parts().into_iter().all(never_fails),
        Form::Call(Function::StartsWith | Function::EndsWith | Function::Weekday, parts) => {
            parts.iter().all(never_fails)
        }
        _ => false,
    }
}

/// An entry of a list.
fn constant(entry: Value, of: &Kind, list: &Tree) -> Tree {
    Tree::new(Form::Constant(entry), of.clone(), list.at())
}
