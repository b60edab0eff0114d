//! Numbers: what is calculated exactly, and where it fails.
//!
//! Whole numbers are those of 64 bits and fail beyond. Decimals are exact as long as 96 bits hold
//! them; beyond that they are rounded or fail, and nothing is known of them here.

use super::data::{Data, MANTISSA, power};
use super::encode::{Encoder, Term};
use super::number::Number;
use crate::guard::kind::Kind;
use crate::guard::tree::{Arithmetic, Comparison, Form, Function, Tree};

/// How a decimal came about: its units, their scale, and its operands in the same units.
struct Exact {
    value: Number,
    scale: u32,
    operands: Vec<Number>,
}

impl Encoder<'_> {
    pub(super) fn negate(&mut self, tree: &Tree, part: &Tree) -> Term {
        let part = self.term(part);
        let Data::Number(number, scale) = &part.data else {
            return self.lost(tree, &[part]);
        };
        match self.space.circuit.negated(number) {
            Some(value) if tree.kind == Kind::Integer => self.whole(&[part.ok], value),
            Some(value) => Term {
                data: Data::Number(value, *scale),
                ..part
            },
            None => self.lost(tree, &[part]),
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        tree: &Tree,
        operator: Arithmetic,
        pair: &[Tree; 2],
    ) -> Term {
        let [left, right] = pair;
        let (a, b) = (self.term(left), self.term(right));
        let found = match tree.kind {
            Kind::Integer => self.whole_number(operator, &a, &b),
            Kind::Decimal => self.decimal(operator, &a, &b),
            Kind::Date | Kind::Datetime | Kind::Length => self.moved(tree, operator, &a, &b),
            _ => None,
        };
        let found = match operator {
            Arithmetic::Multiply if found.is_none() => self.product(tree, pair, (&a, &b)),
            Arithmetic::Divide | Arithmetic::Remainder if found.is_none() => {
                self.divided(tree, operator, (&a, &b))
            }
            _ => found,
        };
        found.unwrap_or_else(|| self.lost(tree, &[a, b]))
    }

    /// A whole number, an error beyond 64 bits.
    fn whole(&mut self, oks: &[batsat::Lit], value: Number) -> Term {
        let circuit = &mut self.space.circuit;
        let fits = circuit.within(&value, i64::MIN.into(), i64::MAX.into());
        let ok = circuit.all(oks.iter().copied().chain([fits]));
        let data = Data::Number(value, 0);
        Term { ok, data }
    }

    fn whole_number(&mut self, operator: Arithmetic, a: &Term, b: &Term) -> Option<Term> {
        let (Data::Number(x, 0), Data::Number(y, 0)) = (&a.data, &b.data) else {
            return None;
        };
        let circuit = &mut self.space.circuit;
        let oks = [a.ok, b.ok];
        let value = match operator {
            Arithmetic::Add => circuit.sum(x, y)?,
            Arithmetic::Subtract => circuit.difference(x, y)?,
            Arithmetic::Multiply => match (x.known(), y.known()) {
                (Some(factor), _) => circuit.times(y, factor)?,
                (_, Some(factor)) => circuit.times(x, factor)?,
                _ => return None,
            },
            Arithmetic::Divide | Arithmetic::Remainder => {
                let divisor = y.known().filter(|divisor| *divisor != 0)?;
                let size = circuit.quotient(x, divisor.checked_abs()?)?;
                if operator == Arithmetic::Remainder && divisor == -1 {
                    // The smallest number fails here, as it does when divided.
                    return None;
                }
                match operator {
                    Arithmetic::Divide if divisor < 0 => circuit.negated(&size)?,
                    Arithmetic::Divide => size,
                    _ => {
                        let whole = circuit.times(&size, divisor.checked_abs()?)?;
                        circuit.difference(x, &whole)?
                    }
                }
            }
        };
        Some(self.whole(&oks, value))
    }

    fn decimal(&mut self, operator: Arithmetic, a: &Term, b: &Term) -> Option<Term> {
        let (Data::Number(x, x_scale), Data::Number(y, y_scale)) = (&a.data, &b.data) else {
            return None;
        };
        let circuit = &mut self.space.circuit;
        let exact = match operator {
            Arithmetic::Add | Arithmetic::Subtract => {
                let (x, y, scale) = circuit.aligned((x, *x_scale), (y, *y_scale))?;
                let value = match operator {
                    Arithmetic::Add => circuit.sum(&x, &y)?,
                    _ => circuit.difference(&x, &y)?,
                };
                Exact {
                    value,
                    scale,
                    operands: vec![x, y],
                }
            }
            Arithmetic::Multiply => {
                let value = match (x.known(), y.known()) {
                    (Some(factor), _) => circuit.times(y, factor)?,
                    (_, Some(factor)) => circuit.times(x, factor)?,
                    _ => return None,
                };
                Exact {
                    value,
                    scale: (x_scale + y_scale <= 28).then_some(x_scale + y_scale)?,
                    operands: Vec::new(),
                }
            }
            Arithmetic::Divide => {
                let (factor, scale) = inverse(y.known()?, (*x_scale, *y_scale))?;
                Exact {
                    value: circuit.times(x, factor)?,
                    scale,
                    operands: Vec::new(),
                }
            }
            Arithmetic::Remainder => return None,
        };
        self.exact(&[a.clone(), b.clone()], &exact)
    }

    /// A decimal, exact where 96 bits hold it and its operands; else nothing is known.
    fn exact(&mut self, parts: &[Term], exact: &Exact) -> Option<Term> {
        let circuit = &mut self.space.circuit;
        let mut fits = circuit.within(&exact.value, -MANTISSA, MANTISSA);
        for operand in &exact.operands {
            let small = circuit.within(operand, -MANTISSA, MANTISSA);
            fits = circuit.and(fits, small);
        }
        let plain = circuit.all(parts.iter().map(|part| part.ok));
        if fits == circuit.yes() {
            let data = Data::Number(exact.value.clone(), exact.scale);
            return Some(Term { ok: plain, data });
        }
        // Beyond, it is rounded to fewer digits, and fails where none of its digits is left.
        let unit = power(exact.scale)?;
        let most = unit
            .checked_mul(MANTISSA)?
            .checked_add((unit / 2).max(1) - 1)?;
        let fine = circuit.within(&exact.value, -most, most);
        let off = circuit.unknown(-unit, unit);
        let rounded = circuit.sum(&exact.value, &off)?;
        let value = circuit.either(fits, &exact.value, &rounded);
        Some(Term {
            ok: circuit.and(plain, fine),
            data: Data::Number(value, exact.scale),
        })
    }

    pub(super) fn call(&mut self, tree: &Tree, function: Function, parts: &[Tree]) -> Term {
        if let (Function::Between, [item, low, high]) = (function, parts) {
            return self.between(tree, item, low, high);
        }
        let terms: Vec<Term> = parts.iter().map(|part| self.term(part)).collect();
        let found = match (function, terms.as_slice()) {
            (Function::Min | Function::Max, [a, b]) => self.extreme(function, a, b),
            (Function::Abs, [n]) => self.without_sign(tree, n),
            (Function::Round, [n, _]) if tree.kind == Kind::Integer => Some(n.clone()),
            (Function::Round, [n, digits]) => self.rounded(n, digits),
            (Function::Days, [n]) => self.length(n, None),
            (Function::Hours, [n]) => self.length(n, Some(3_600)),
            (Function::Minutes, [n]) => self.length(n, Some(60)),
            (Function::Seconds, [n]) => self.length(n, Some(1)),
            (Function::DateOf, [at]) => self.date_of(tree, at),
            (Function::StartOf, [date]) => self.start_of(tree, date),
            (Function::Weekday, [date]) => self.weekday(date),
            (Function::TimeOfDay, [at]) => {
                // What clocks show belongs to the date on which they show it.
                let of_date = Form::Call(Function::DateOf, parts.into());
                let of_date = Tree::new(of_date, Kind::Date, tree.at());
                self.time_of_day(&of_date, at)
            }
            (
                Function::Length
                | Function::Contains
                | Function::Within
                | Function::StartsWith
                | Function::EndsWith,
                terms,
            ) => self.of_texts(tree, function, (parts, terms)),
            _ => None,
        };
        found.unwrap_or_else(|| self.lost(tree, &terms))
    }

    /// Both comparisons, of which neither is left out. Each has words of its own, so that what is not
    /// known of one is not taken for what is not known of the other.
    fn between(&mut self, tree: &Tree, item: &Tree, low: &Tree, high: &Tree) -> Term {
        let mut side = |comparison, end: &Tree| {
            let pair = Box::new([item.clone(), end.clone()]);
            let form = Form::Compare(comparison, pair.clone());
            let part = Tree::new(form, Kind::Boolean, item.at().start..end.at().end);
            self.comparison(&part, comparison, &pair)
        };
        let above = side(Comparison::AtLeast, low);
        let below = side(Comparison::AtMost, high);
        let (Data::Truth(a), Data::Truth(b)) = (&above.data, &below.data) else {
            return self.lost(tree, &[above, below]);
        };
        let circuit = &mut self.space.circuit;
        Term {
            ok: circuit.and(above.ok, below.ok),
            data: Data::Truth(circuit.and(*a, *b)),
        }
    }

    /// A decimal rounded to so many digits, halves away from zero.
    fn rounded(&mut self, n: &Term, digits: &Term) -> Option<Term> {
        let (Data::Number(number, scale), Data::Number(digits, 0)) = (&n.data, &digits.data) else {
            return None;
        };
        let digits = u32::try_from(digits.known()?).ok()?;
        if digits >= *scale {
            return Some(n.clone());
        }
        let unit = power(scale - digits)?;
        let circuit = &mut self.space.circuit;
        let half = circuit.number(unit / 2);
        let (up, down) = (
            circuit.sum(number, &half)?,
            circuit.difference(number, &half)?,
        );
        let negative = number.sign(circuit);
        let moved = circuit.either(negative, &down, &up);
        let value = circuit.quotient(&moved, unit)?;
        let data = Data::Number(value, digits);
        Some(Term { ok: n.ok, data })
    }

    fn extreme(&mut self, function: Function, a: &Term, b: &Term) -> Option<Term> {
        let ((Data::Date(first), Data::Date(second))
        | (Data::Datetime(first), Data::Datetime(second))) = (&a.data, &b.data)
        else {
            return self.extreme_number(function, a, b);
        };
        let circuit = &mut self.space.circuit;
        let below = circuit.below(first, second);
        let value = circuit.either(below.apply_sign(function == Function::Min), first, second);
        let data = match &a.data {
            Data::Date(_) => Data::Date(value),
            _ => Data::Datetime(value),
        };
        let ok = circuit.and(a.ok, b.ok);
        Some(Term { ok, data })
    }

    fn extreme_number(&mut self, function: Function, a: &Term, b: &Term) -> Option<Term> {
        let (Data::Number(x, x_scale), Data::Number(y, y_scale)) = (&a.data, &b.data) else {
            return None;
        };
        let circuit = &mut self.space.circuit;
        let (x, y, scale) = circuit.aligned((x, *x_scale), (y, *y_scale))?;
        let below = circuit.below(&x, &y);
        let value = circuit.either(below.apply_sign(function == Function::Min), &x, &y);
        let ok = circuit.and(a.ok, b.ok);
        let data = Data::Number(value, scale);
        Some(Term { ok, data })
    }

    fn without_sign(&mut self, tree: &Tree, n: &Term) -> Option<Term> {
        let Data::Number(number, scale) = &n.data else {
            return None;
        };
        let size = self.space.circuit.size(number)?;
        Some(match tree.kind {
            Kind::Integer => self.whole(&[n.ok], size),
            _ => Term {
                ok: n.ok,
                data: Data::Number(size, *scale),
            },
        })
    }
}

/// By what units of one scale are multiplied in place of being divided by a number of units of another, and the scale
/// that they have then; `None` where no finite number of digits holds every quotient.
fn inverse(divisor: i128, (of, by): (u32, u32)) -> Option<(i128, u32)> {
    let mut digits = (0..=28).filter(|&digits| {
        let unit = power(digits).and_then(|unit| unit.checked_rem(divisor));
        unit == Some(0)
    });
    let digits = digits.next()?;
    let factor = power(digits)?.checked_div(divisor)?;
    let scale = of + digits;
    match scale.checked_sub(by) {
        Some(scale) => (scale <= 28).then_some((factor, scale)),
        None => Some((factor.checked_mul(power(by - scale)?)?, 0)),
    }
}
