//! Guards as gates.
//!
//! In: the typed form of a guard. Out: two literals, whether it is true and whether it is false; where
//! neither holds, it cannot be evaluated. `&&` and `||` end where the evaluator ends. Whatever is not
//! calculated exactly becomes a value of which nothing is known, the same for the same form: what is
//! proved then holds all the same, and what is found has to be confirmed.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;

use super::calendar::Shown;
use super::clocks::Drift;
use super::data::{Data, Listed, day_of};
use super::entries::Asked;
use super::moment::Moment;
use super::number::Number;
use super::ordering::Orderings;
use super::patterns::Patterns;
use super::space::{Name, Space, Variable};
use crate::context::{MAX_TEXT, Type, Value};
use crate::graph::{ActorId, Condition};
use crate::guard::kind::Kind;
use crate::guard::tree::{Comparison, Each, Form, Function, Home, Question, Tree};
use crate::time;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// The actor of the event.
    Actor,
    /// The workflow itself, for automatic transitions.
    System,
}

/// A boolean that may have no value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    /// Whether it is true.
    pub(super) yes: Lit,
    /// Whether it is false.
    pub(super) no: Lit,
}

/// A value that may be an error.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// Whether there is no error.
    pub(super) ok: Lit,
    /// The value where there is none.
    pub(super) data: Data,
}

/// Encodes guards over the variables of one question.
pub(super) struct Encoder<'w> {
    pub(super) space: Space<'w>,
    /// What is not known, by its signature.
    opaque: BTreeMap<(Who, String), Term>,
    /// What was calculated, by its signature, and how much of it is not known.
    known: BTreeMap<(Who, String), (Term, u64)>,
    /// Where it matters what clocks show, by its signature.
    pub(super) drifts: BTreeMap<(Who, String), Drift>,
    /// What clocks show, by the signature of the date.
    pub(super) shown: BTreeMap<(Who, String), Shown>,
    /// The lists of which something is asked.
    pub(super) lists: BTreeMap<Name, Listed>,
    /// How values lie to each other that are not known.
    pub(super) orderings: Orderings,
    /// What texts are asked.
    pub(super) patterns: Patterns,
    /// What the entries of lists are asked.
    pub(super) questions: BTreeMap<Name, Asked>,
    /// How often something was met that is not known.
    pub(super) met: u64,
    /// The words of what is not known.
    pub(super) unsolved: BTreeSet<String>,
    /// The moment that the answer is to stay close to.
    pub(super) base: Option<Moment>,
    /// How everything is but what alone may change.
    pub(super) still: Option<(Moment, Moving)>,
    pub(super) who: Who,
    words: String,
    /// Whether guards that may not keep within their budget do, by their source.
    pub(super) budgets: BTreeMap<(Who, String), Lit>,
}

/// What alone may change, where nothing else does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moving {
    /// The time.
    Time,
    /// A field of the order.
    Field(usize),
}

impl Moving {
    /// Whether an expression is it.
    fn is(self, tree: &Tree) -> bool {
        match self {
            Self::Time => tree.form == Form::Now,
            Self::Field(slot) => matches!(
                tree.form,
                Form::Field(Home::Order, read) | Form::IsSet(Home::Order, read) if read == slot
            ),
        }
    }

    /// Whether it has no part in an expression, nor an entry of a list around it.
    fn leaves(self, tree: &Tree) -> bool {
        let is_body = |part: &Tree| match &tree.form {
            Form::Entries(asked) => {
                matches!(&asked.each, Each::Body { body, .. } if std::ptr::eq(body, part))
            }
            _ => false,
        };
        let mut parts = tree.parts().into_iter();
        let leaves = |part: &Tree| match is_body(part) {
            true => self.has_no_part(part),
            false => self.leaves(part),
        };
        tree.form != Form::Entry && !self.is(tree) && parts.all(leaves)
    }

    /// Whether it has no part in an expression.
    fn has_no_part(self, tree: &Tree) -> bool {
        let mut parts = tree.parts().into_iter();
        !self.is(tree) && parts.all(|part| self.has_no_part(part))
    }
}

impl<'w> Encoder<'w> {
    pub(super) fn new(space: Space<'w>) -> Self {
        Self {
            space,
            opaque: BTreeMap::new(),
            known: BTreeMap::new(),
            drifts: BTreeMap::new(),
            shown: BTreeMap::new(),
            lists: BTreeMap::new(),
            orderings: Orderings::default(),
            patterns: Patterns::new(),
            questions: BTreeMap::new(),
            met: 0,
            unsolved: BTreeSet::new(),
            base: None,
            still: None,
            who: Who::Actor,
            words: String::new(),
            budgets: BTreeMap::new(),
        }
    }

    /// Whether a condition holds, and whether it is plainly false.
    pub(super) fn condition(&mut self, condition: &Condition, who: Who) -> Truth {
        let Some(guard) = &condition.guard else {
            let no = self.space.circuit.no();
            return Truth { yes: no, no };
        };
        self.enter(guard.source(), who);
        let truth = self.truth(guard.tree());
        let within = self.within_budget(guard);
        let circuit = &mut self.space.circuit;
        Truth {
            yes: circuit.and(truth.yes, within),
            no: circuit.and(truth.no, within),
        }
    }

    /// Whether all conditions hold.
    pub(super) fn holds<'c>(
        &mut self,
        conditions: impl IntoIterator<Item = &'c Condition>,
        who: Who,
    ) -> Lit {
        let mut all = self.space.circuit.yes();
        for condition in conditions {
            let holds = self.condition(condition, who).yes;
            all = self.space.circuit.and(all, holds);
        }
        all
    }

    /// Says which guard is encoded next.
    pub(super) fn enter(&mut self, source: &str, who: Who) {
        source.clone_into(&mut self.words);
        self.who = who;
    }

    /// A boolean.
    pub(super) fn truth(&mut self, tree: &Tree) -> Truth {
        match &tree.form {
            Form::Not(part) => {
                let part = self.truth(part);
                Truth {
                    yes: part.no,
                    no: part.yes,
                }
            }
            Form::All(parts) => self.joined(parts),
            Form::Any(parts) => {
                let found = self.joined_with(parts, |truth| Truth {
                    yes: truth.no,
                    no: truth.yes,
                });
                Truth {
                    yes: found.no,
                    no: found.yes,
                }
            }
            _ => {
                let term = self.term(tree);
                let circuit = &mut self.space.circuit;
                let value = match term.data {
                    Data::Truth(value) => value,
                    _ => circuit.fresh(),
                };
                Truth {
                    yes: circuit.and(term.ok, value),
                    no: circuit.and(term.ok, !value),
                }
            }
        }
    }

    fn joined(&mut self, parts: &[Tree]) -> Truth {
        self.joined_with(parts, |truth| truth)
    }

    /// `&&` over parts, each turned by `turn`: the first that is false ends it, and so does an error.
    fn joined_with(&mut self, parts: &[Tree], turn: impl Fn(Truth) -> Truth) -> Truth {
        let mut yes = self.space.circuit.yes();
        let mut no = self.space.circuit.no();
        for part in parts {
            let part = turn(self.truth(part));
            let here = self.space.circuit.and(yes, part.no);
            no = self.space.circuit.or(no, here);
            yes = self.space.circuit.and(yes, part.yes);
        }
        Truth { yes, no }
    }

    /// A value; of the same words, the same.
    pub(super) fn term(&mut self, tree: &Tree) -> Term {
        let calculated = matches!(
            tree.form,
            Form::Compare(..) | Form::Arithmetic(..) | Form::Call(..)
        );
        if !calculated {
            return self.made(tree);
        }
        let key = self.key(tree);
        if let Some((known, met)) = self.known.get(&key) {
            self.met += met;
            return known.clone();
        }
        let before = self.met;
        let made = self.made(tree);
        self.known.insert(key, (made.clone(), self.met - before));
        made
    }

    fn made(&mut self, tree: &Tree) -> Term {
        if let Some(known) = self.as_it_is(tree) {
            return known;
        }
        match &tree.form {
            Form::Constant(value) => self.constant(value),
            Form::Field(home, slot) => self.named(tree, &name_of(*home, *slot)),
            Form::Role => self.role(tree),
            Form::ActorId => self.named(tree, &Name::ActorId),
            Form::Now => self.named(tree, &Name::Now),
            Form::IsSet(home, slot) => self.is_set(tree, &name_of(*home, *slot)),
            Form::HasId => self.is_set(tree, &Name::ActorId),
            Form::Not(_) | Form::All(_) | Form::Any(_) => {
                let truth = self.truth(tree);
                let ok = self.space.circuit.or(truth.yes, truth.no);
                let data = Data::Truth(truth.yes);
                Term { ok, data }
            }
            Form::Compare(comparison, pair) => self.comparison(tree, *comparison, pair),
            Form::Negate(part) => self.negate(tree, part),
            Form::Arithmetic(operator, pair) => self.arithmetic(tree, *operator, pair),
            Form::OneOf(list, item) => self.one_of(tree, list, item),
            Form::InRange { ends, closed, item } => self.in_range(tree, ends, *closed, item),
            Form::Entries(asked) => self.entries(tree, asked),
            Form::Among(pair) => self.among(tree, pair),
            Form::Entry => self.lost(tree, &[]),
            Form::Call(function, parts) => self.call(tree, *function, parts),
            Form::Children(set, question, state) => {
                let state = state.as_deref();
                self.children(tree, *set, *question, state)
            }
            Form::InState(path) => {
                let state = self.space.scene.workflow.state_named(path);
                let data = match state {
                    Some(state) => Data::Truth(self.space.active(state)),
                    None => Data::Truth(self.space.circuit.no()),
                };
                self.sure(data)
            }
        }
    }

    /// The value of what does not change, where something alone does; texts are compared by codes of their own.
    fn as_it_is(&mut self, tree: &Tree) -> Option<Term> {
        if tree.kind.is_text() || matches!(tree.kind, Kind::List(_)) {
            return None;
        }
        self.still_at(tree)?;
        Some(match self.as_it_stands(tree) {
            Some(value) => self.constant(&value),
            None => Term {
                ok: self.space.circuit.no(),
                data: Data::Lost,
            },
        })
    }

    /// How everything is, where something alone changes and has no part in an expression.
    fn still_at(&self, tree: &Tree) -> Option<&Moment> {
        let (still, moving) = self.still.as_ref()?;
        let is_known = self.who == Who::Actor && moving.leaves(tree);
        is_known.then_some(still)
    }

    /// The value of such an expression.
    pub(super) fn as_it_stands(&self, tree: &Tree) -> Option<Value> {
        let still = self.still_at(tree)?;
        let workflow = self.space.scene.workflow;
        still.read(workflow, &still.actor, |inputs| tree.value(inputs))
    }

    /// A value without an error.
    pub(super) fn sure(&self, data: Data) -> Term {
        Term {
            ok: self.space.circuit.yes(),
            data,
        }
    }

    fn constant(&mut self, value: &Value) -> Term {
        let data = self.space.circuit.data(value, &self.space.texts);
        self.sure(data)
    }

    fn named(&mut self, tree: &Tree, name: &Name) -> Term {
        let system = self.who == Who::System && matches!(name, Name::ActorId);
        match self.space.variable(name) {
            Some(Variable { present, data, .. }) if !system => Term { ok: present, data },
            _ if system => Term {
                ok: self.space.circuit.no(),
                data: Data::Lost,
            },
            _ => self.lost(tree, &[]),
        }
    }

    fn role(&mut self, tree: &Tree) -> Term {
        if self.who == Who::System {
            let name = &self.space.scene.workflow.actors.at(ActorId::SYSTEM).name;
            return self.constant(&Value::Text(name.as_str().into()));
        }
        self.named(tree, &Name::Role)
    }

    fn is_set(&mut self, tree: &Tree, name: &Name) -> Term {
        let present = self.named(tree, name).ok;
        self.sure(Data::Truth(present))
    }

    /// A value of which nothing is known: an error where a part is one, and perhaps for itself.
    pub(super) fn lost(&mut self, tree: &Tree, parts: &[Term]) -> Term {
        self.unknown(tree, parts, |encoder| encoder.anything_of(tree))
    }

    /// Any value of an expression, or an error.
    pub(super) fn anything_of(&mut self, tree: &Tree) -> Term {
        Term {
            ok: self.space.circuit.fresh(),
            data: self.anything(&tree.kind),
        }
    }

    /// A value of which not all is known, `make`d once for each form: an error where a part is one, and where it
    /// is one itself.
    pub(super) fn unknown(
        &mut self,
        tree: &Tree,
        parts: &[Term],
        make: impl FnOnce(&mut Self) -> Term,
    ) -> Term {
        self.met += 1;
        let key = self.key(tree);
        let own = match self.opaque.get(&key) {
            Some(own) => own.clone(),
            None => {
                let words = self.written(tree);
                self.unsolved.insert(words);
                let own = make(self);
                self.opaque.insert(key, own.clone());
                own
            }
        };
        let oks = parts.iter().map(|part| part.ok).chain([own.ok]);
        let ok = self.space.circuit.all(oks);
        Term { ok, ..own }
    }

    /// What is asked of the texts of fields: it never fails, and how long a text is that is written somewhere is
    /// known. `None` for other texts.
    pub(super) fn of_texts(
        &mut self,
        tree: &Tree,
        function: Function,
        (parts, terms): (&[Tree], &[Term]),
    ) -> Option<Term> {
        let is_plain = |part: &Tree| matches!(part.form, Form::Field(..) | Form::Constant(_));
        if !parts.iter().all(is_plain) {
            return None;
        }
        let text = terms.first().map(|term| term.data.clone());
        Some(self.unknown(tree, terms, |encoder| {
            let data = match (function, &text) {
                (Function::Length, Some(Data::Text(code))) => encoder.length_of(code),
                _ => encoder.anything(&tree.kind),
            };
            if let (Data::Truth(holds), Some(Data::Text(code)), [of, part]) = (&data, &text, parts)
            {
                encoder.relate_pattern(function, [of, part], code, *holds);
            }
            encoder.sure(data)
        }))
    }

    /// How many characters a text has.
    fn length_of(&mut self, code: &Number) -> Data {
        let most = i128::try_from(MAX_TEXT).unwrap_or(i128::MAX);
        let Space { circuit, texts, .. } = &mut self.space;
        let length = circuit.unknown(0, most);
        let none = circuit.within(&length, 0, 0);
        for (known, text) in texts.known() {
            let is_it = circuit.within(code, known, known);
            let count = text.chars().count() as i128;
            let fits = circuit.within(&length, count, count);
            circuit.clause(&[!is_it, fits]);
            if text.is_empty() {
                circuit.clause(&[!none, is_it]);
            }
        }
        Data::Number(length, 0)
    }

    /// An expression of the guard at hand as it is written.
    pub(super) fn written(&self, tree: &Tree) -> String {
        self.words.get(tree.at()).unwrap_or_default().to_owned()
    }

    /// What makes two expressions the same.
    pub(super) fn key(&self, tree: &Tree) -> (Who, String) {
        (self.who, tree.signature())
    }

    /// Any value of a kind.
    fn anything(&mut self, kind: &Kind) -> Data {
        let (circuit, texts) = (&mut self.space.circuit, &self.space.texts);
        match kind {
            Kind::Boolean => circuit.any_of(&Type::Boolean, texts),
            Kind::Integer => circuit.any_of(&Type::Integer, texts),
            Kind::Text | Kind::Enum(_) => circuit.any_of(&Type::String, texts),
            Kind::Date => {
                let reach = day_of(time::Date::MAX) + 1;
                Data::Date(circuit.unknown(-reach, reach))
            }
            _ => Data::Lost,
        }
    }

    pub(super) fn comparison(
        &mut self,
        tree: &Tree,
        comparison: Comparison,
        pair: &[Tree; 2],
    ) -> Term {
        let [left, right] = pair;
        let (a, b) = (self.term(left), self.term(right));
        if let (Data::Truth(x), Data::Truth(y)) = (&a.data, &b.data) {
            let unlike = self.space.circuit.xor(*x, *y);
            let equal = comparison == Comparison::Equal;
            let data = Data::Truth(unlike.apply_sign(!equal));
            let ok = self.space.circuit.and(a.ok, b.ok);
            return Term { ok, data };
        }
        let stretched = self.stretches(tree, &a, &b);
        let pair = match stretched {
            Some(found) => Some(found),
            None => {
                let yes = self.space.circuit.yes();
                let pair = self.space.circuit.comparable(&a.data, &b.data);
                pair.map(|(a, b)| (a, b, yes))
            }
        };
        let Some((x, y, fine)) = pair else {
            return self.ordered(tree, comparison, [left, right], &[a, b]);
        };
        let circuit = &mut self.space.circuit;
        let holds = match comparison {
            Comparison::Equal => circuit.same(&x, &y),
            Comparison::Unequal => !circuit.same(&x, &y),
            Comparison::Less => circuit.below(&x, &y),
            Comparison::AtMost => circuit.at_most(&x, &y),
            Comparison::Greater => circuit.below(&y, &x),
            Comparison::AtLeast => circuit.at_most(&y, &x),
        };
        Term {
            ok: circuit.all([a.ok, b.ok, fine]),
            data: Data::Truth(holds),
        }
    }

    pub(super) fn one_of(&mut self, tree: &Tree, list: &[Tree], item: &Tree) -> Term {
        let list: Vec<Term> = list.iter().map(|each| self.term(each)).collect();
        let item = self.term(item);
        let parts: Vec<Term> = list.iter().cloned().chain([item.clone()]).collect();
        let mut ways = Vec::new();
        for each in &list {
            let same = match (&each.data, &item.data) {
                (Data::Truth(a), Data::Truth(b)) => !self.space.circuit.xor(*a, *b),
                (a, b) => {
                    let Some((a, b)) = self.space.circuit.comparable(a, b) else {
                        return self.lost(tree, &parts);
                    };
                    self.space.circuit.same(&a, &b)
                }
            };
            ways.push(same);
        }
        let ok = self.space.circuit.all(parts.iter().map(|part| part.ok));
        let data = Data::Truth(self.space.circuit.any(ways));
        Term { ok, data }
    }

    fn in_range(&mut self, tree: &Tree, ends: &[Tree; 2], closed: bool, item: &Tree) -> Term {
        let [from, to] = ends;
        let (from, to, item) = (self.term(from), self.term(to), self.term(item));
        let circuit = &mut self.space.circuit;
        let low = circuit.comparable(&from.data, &item.data);
        let high = circuit.comparable(&item.data, &to.data);
        let (Some((from_low, low)), Some((high, to_high))) = (low, high) else {
            return self.lost(tree, &[from, to, item]);
        };
        let above = circuit.at_most(&from_low, &low);
        let below = match closed {
            true => circuit.at_most(&high, &to_high),
            false => circuit.below(&high, &to_high),
        };
        let ok = circuit.all([from.ok, to.ok, item.ok]);
        let data = Data::Truth(circuit.and(above, below));
        Term { ok, data }
    }

    fn children(
        &mut self,
        tree: &Tree,
        set: usize,
        question: Question,
        state: Option<&str>,
    ) -> Term {
        let total = self.space.count(&Name::Total(set));
        let counted = match state {
            Some(state) => self.space.count(&Name::Count(set, state.into())),
            None => total.clone(),
        };
        let (Some(total), Some(counted)) = (total, counted) else {
            return self.lost(tree, &[]);
        };
        let circuit = &mut self.space.circuit;
        let zero = circuit.number(0);
        let data = match question {
            Question::All => Data::Truth(circuit.same(&counted, &total)),
            Question::Some => Data::Truth(circuit.below(&zero, &counted)),
            Question::None => Data::Truth(circuit.same(&zero, &counted)),
            Question::Count => Data::Number(counted, 0),
        };
        self.sure(data)
    }
}

/// The variable of a field.
pub(super) fn name_of(home: Home, slot: usize) -> Name {
    match home {
        Home::Order => Name::Order(slot),
        Home::Settings => Name::Settings(slot),
        Home::Event => Name::Event(slot),
    }
}
