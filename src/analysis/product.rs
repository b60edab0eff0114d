//! Products of two numbers of which neither is known.
//!
//! In: both factors. Out: a number of which as much is known as can be said without multiplying bits: its sign, where
//! it is 0, how it lies to a factor where the other is at most 1, that it does not fail where both are small, and
//! exactly what it is where a factor is 0, 1 or what it is at the base of the question. Of the same words the product
//! is the same, so that `paid >= total * share` and `paid < total * share` leave nothing out.

use batsat::Lit;

use super::data::{Data, MANTISSA, power};
use super::encode::{Encoder, Term};
use super::number::Number;
use crate::context::Value;
use crate::guard::kind::Kind;
use crate::guard::tree::Tree;

/// One factor: its units, their scale, and what it is at the base, in its units.
struct Factor {
    units: Number,
    scale: u32,
    base: Option<i128>,
}

/// What a product is made of.
struct Product {
    factors: [Factor; 2],
    /// Whether it is a whole number, which fails beyond 64 bits; a decimal is rounded before it fails.
    whole: bool,
    value: Number,
    ok: Lit,
}

impl Encoder<'_> {
    /// A product of which not all is known; `None` where nothing is.
    pub(super) fn product(
        &mut self,
        tree: &Tree,
        pair: &[Tree; 2],
        (a, b): (&Term, &Term),
    ) -> Option<Term> {
        let [left, right] = pair;
        let factors = [self.factor(left, a)?, self.factor(right, b)?];
        let scale = factors.iter().map(|factor| factor.scale).sum();
        let whole = tree.kind == Kind::Integer;
        let (low, high) = match whole {
            true => (i64::MIN.into(), i64::MAX.into()),
            false => {
                // As far as a decimal is rounded to fewer digits.
                let unit = power(scale)?;
                let most = unit.checked_mul(MANTISSA)?.checked_add(unit)?;
                (-most, most)
            }
        };
        Some(self.unknown(tree, &[a.clone(), b.clone()], |encoder| {
            let circuit = &mut encoder.space.circuit;
            let product = Product {
                value: circuit.unknown(low, high),
                ok: circuit.fresh(),
                factors,
                whole,
            };
            encoder.learn_of(&product);
            Term {
                ok: product.ok,
                data: Data::Number(product.value, scale),
            }
        }))
    }

    fn factor(&self, tree: &Tree, term: &Term) -> Option<Factor> {
        let Data::Number(units, scale) = &term.data else {
            return None;
        };
        let base = self.base.as_ref().and_then(|base| {
            let workflow = self.space.scene.workflow;
            base.read(workflow, &base.actor, |inputs| tree.value(inputs))
        });
        let base = base.and_then(|value| in_units(&value, *scale));
        let (units, scale) = (units.clone(), *scale);
        Some(Factor { units, scale, base })
    }

    /// Says what is known of a product.
    fn learn_of(&mut self, product: &Product) {
        let Product { value, ok, .. } = product;
        let [x, y] = &product.factors;
        let circuit = &mut self.space.circuit;
        let zero = circuit.number(0);
        let signs = [&x.units, &y.units].map(|units| {
            let (below, above) = (circuit.at_most(units, &zero), circuit.at_most(&zero, units));
            (below, above)
        });
        let [(x_below, x_above), (y_below, y_above)] = signs;
        let (below, above) = (circuit.at_most(value, &zero), circuit.at_most(&zero, value));
        circuit.clause(&[!x_above, !y_above, above]);
        circuit.clause(&[!x_below, !y_below, above]);
        circuit.clause(&[!x_above, !y_below, below]);
        circuit.clause(&[!x_below, !y_above, below]);
        // What is not 0 is not rounded to it: there are no more digits than a decimal has.
        let none = circuit.and(below, above);
        let [x_none, y_none] =
            [(x_below, x_above), (y_below, y_above)].map(|(a, b)| circuit.and(a, b));
        circuit.clause(&[!none, x_none, y_none, !*ok]);
        let small = [x, y].map(|factor| {
            let most = match product.whole {
                true => Some(3_000_000_000),
                false => power(factor.scale).map(|unit| unit.saturating_mul(200_000_000_000_000)),
            };
            most.map(|most| circuit.within(&factor.units, -most, most))
        });
        if let [Some(x), Some(y)] = small {
            circuit.clause(&[!x, !y, *ok]);
        }
        for (one, other) in [(x, y), (y, x)] {
            self.learn_of_small(product, one, other);
            let unit = power(one.scale);
            let mut known = vec![0];
            known.extend(unit);
            known.extend(one.base);
            known.dedup();
            for units in known {
                self.learn_where(product, (one, units), other);
            }
        }
    }

    /// A factor of at most 1 makes the other no larger.
    fn learn_of_small(&mut self, product: &Product, one: &Factor, other: &Factor) {
        let Some(unit) = power(one.scale) else {
            return;
        };
        let circuit = &mut self.space.circuit;
        // The smallest whole number has no counterpart.
        let least = if product.whole { 0 } else { -unit };
        let small = circuit.within(&one.units, least, unit);
        let Some(most) = circuit.times(&other.units, unit) else {
            return;
        };
        let (Some(size), Some(most)) = (circuit.size(&product.value), circuit.size(&most)) else {
            return;
        };
        let no_larger = circuit.at_most(&size, &most);
        circuit.clause(&[!small, product.ok]);
        circuit.clause(&[!small, no_larger]);
    }

    /// Where a factor is a certain number, the product is known.
    fn learn_where(&mut self, product: &Product, (one, units): (&Factor, i128), other: &Factor) {
        let circuit = &mut self.space.circuit;
        let Some(exact) = circuit.times(&other.units, units) else {
            return;
        };
        let here = circuit.within(&one.units, units, units);
        let (low, high) = match product.whole {
            true => (i64::MIN.into(), i64::MAX.into()),
            false => (-MANTISSA, MANTISSA),
        };
        let fits = circuit.within(&exact, low, high);
        let same = circuit.same(&product.value, &exact);
        circuit.clause(&[!here, !fits, same]);
        circuit.clause(&[!here, !fits, product.ok]);
        if product.whole {
            circuit.clause(&[!here, fits, !product.ok]);
        }
    }
}

/// A number in units of so many digits; `None` where it has more, and for other values.
fn in_units(value: &Value, scale: u32) -> Option<i128> {
    match value {
        Value::Integer(number) => power(scale)?.checked_mul((*number).into()),
        Value::Decimal(number) => {
            let number = number.normalize();
            let digits = scale.checked_sub(number.scale())?;
            number.mantissa().checked_mul(power(digits)?)
        }
        _ => None,
    }
}
