//! How values lie to each other of which nothing else is known.
//!
//! In: two expressions that are compared, of which one is not calculated, such as a quotient. Out: whether the first is
//! below the second or the same, once for the pair, whichever way it is compared: `paid / total >= 0.5` and
//! `paid / total < 0.5` leave nothing out. What lies to one number in some way lies to others as numbers do.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use batsat::Lit;
use rust_decimal::Decimal;

use super::data::Data;
use super::encode::{Encoder, Term, Who};
use crate::context::Value;
use crate::guard::kind::Kind;
use crate::guard::tree::{Comparison, Form, Tree};

/// How a value lies to another.
#[derive(Debug, Clone, Copy)]
struct Lie {
    below: Lit,
    same: Lit,
    /// Whether they can be compared at all.
    ok: Lit,
}

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct Orderings {
    /// By the signatures of both sides, the lesser one first.
    pairs: BTreeMap<(Who, String, String), Lie>,
    /// How an expression lies to numbers that are written out.
    numbers: BTreeMap<(Who, String), Vec<(Decimal, Lie)>>,
}

impl Encoder<'_> {
    /// A comparison of values that are not calculated both.
    pub(super) fn ordered(
        &mut self,
        tree: &Tree,
        comparison: Comparison,
        [left, right]: [&Tree; 2],
        terms: &[Term; 2],
    ) -> Term {
        self.met += 1;
        let words = self.written(tree);
        self.unsolved.insert(words);
        let (lie, turned) = match (number(left), number(right)) {
            (Some(number), None) => (self.lie_to(right, number), true),
            (None, Some(number)) => (self.lie_to(left, number), false),
            _ => self.lie(left, right),
        };
        let circuit = &mut self.space.circuit;
        let at_most = circuit.or(lie.below, lie.same);
        let (below, above) = match turned {
            false => (lie.below, !at_most),
            true => (!at_most, lie.below),
        };
        let holds = match comparison {
            Comparison::Equal => lie.same,
            Comparison::Unequal => !lie.same,
            Comparison::Less => below,
            Comparison::AtMost => !above,
            Comparison::Greater => above,
            Comparison::AtLeast => !below,
        };
        let oks = terms.iter().map(|term| term.ok).chain([lie.ok]);
        Term {
            ok: circuit.all(oks),
            data: Data::Truth(holds),
        }
    }

    /// How two expressions lie to each other, and whether the second comes first there.
    fn lie(&mut self, left: &Tree, right: &Tree) -> (Lie, bool) {
        let (first, second) = (left.signature(), right.signature());
        let turned = first > second;
        let (first, second) = match turned {
            false => (first, second),
            true => (second, first),
        };
        let key = (self.who, first, second);
        if let Some(known) = self.orderings.pairs.get(&key) {
            return (*known, turned);
        }
        let is_same = key.1 == key.2;
        let lie = self.new_lie(left.kind == Kind::Length);
        if is_same {
            self.space.circuit.require(lie.same);
        }
        self.orderings.pairs.insert(key, lie);
        (lie, turned)
    }

    /// How an expression lies to a number.
    fn lie_to(&mut self, tree: &Tree, number: Decimal) -> Lie {
        let key = self.key(tree);
        let others = self.orderings.numbers.get(&key).cloned();
        let others = others.unwrap_or_default();
        if let Some((_, known)) = others.iter().find(|(other, _)| *other == number) {
            return *known;
        }
        let lie = self.new_lie(false);
        let circuit = &mut self.space.circuit;
        for (other, known) in &others {
            let (low, high) = match other.cmp(&number) {
                Ordering::Less => (known, &lie),
                _ => (&lie, known),
            };
            // What is at most the lower one is below the higher one.
            circuit.clause(&[!low.below, high.below]);
            circuit.clause(&[!low.same, high.below]);
        }
        let known = self.orderings.numbers.entry(key).or_default();
        known.push((number, lie));
        lie
    }

    fn new_lie(&mut self, may_fail: bool) -> Lie {
        let circuit = &mut self.space.circuit;
        let lie = Lie {
            below: circuit.fresh(),
            same: circuit.fresh(),
            ok: if may_fail {
                circuit.fresh()
            } else {
                circuit.yes()
            },
        };
        circuit.clause(&[!lie.below, !lie.same]);
        lie
    }
}

/// A number that is written out.
fn number(tree: &Tree) -> Option<Decimal> {
    match &tree.form {
        Form::Constant(Value::Integer(number)) => Some((*number).into()),
        Form::Constant(Value::Decimal(number)) => Some(*number),
        _ => None,
    }
}
