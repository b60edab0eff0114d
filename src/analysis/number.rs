//! Bounded whole numbers, bit by bit.
//!
//! In: numbers with known bounds. Out: their sums, products with constants and comparisons as gates,
//! exact, because every result is as wide as its bounds ask for. `None` where it would not fit
//! 128 bits: whoever asked then knows nothing about it.

use batsat::Lit;

use super::circuit::Circuit;

/// A whole number in two's complement, the lowest bit first; the last bit is the sign.
#[derive(Debug, Clone)]
pub(super) struct Number {
    bits: Vec<Lit>,
    /// The smallest value it can have.
    pub(super) low: i128,
    /// The largest value it can have.
    pub(super) high: i128,
}

/// Beyond this, nothing is calculated.
const LIMIT: i128 = 1 << 124;

/// Bounds, where they are small enough to calculate with.
fn fit(low: Option<i128>, high: Option<i128>) -> Option<(i128, i128)> {
    let bounds = (low?, high?);
    (bounds.0 >= -LIMIT && bounds.1 <= LIMIT).then_some(bounds)
}

/// How many bits hold every number between two bounds.
fn width(low: i128, high: i128) -> usize {
    let bits = |n: i128| 128 - if n < 0 { !n } else { n }.leading_zeros() as usize + 1;
    bits(low).max(bits(high))
}

impl Number {
    fn bit(&self, index: usize, circuit: &Circuit) -> Lit {
        let last = self.bits.last().copied();
        let bit = self.bits.get(index).copied().or(last);
        bit.unwrap_or_else(|| circuit.no())
    }

    /// Its value, where it can have only one.
    pub(super) fn known(&self) -> Option<i128> {
        (self.low == self.high).then_some(self.low)
    }

    pub(super) fn sign(&self, circuit: &Circuit) -> Lit {
        self.bit(self.bits.len().saturating_sub(1), circuit)
    }
}

impl Circuit {
    /// A number that is known.
    pub(super) fn number(&self, value: i128) -> Number {
        let bits = (0..width(value, value)).map(|bit| self.constant(value >> bit & 1 == 1));
        Number {
            bits: bits.collect(),
            low: value,
            high: value,
        }
    }

    /// A number of which nothing but its bounds is known.
    pub(super) fn unknown(&mut self, low: i128, high: i128) -> Number {
        if low >= high {
            return self.number(low);
        }
        let bits = (0..width(low, high)).map(|_| self.fresh()).collect();
        let wide = Number {
            bits,
            low: i128::MIN,
            high: i128::MAX,
        };
        for (bound, other) in [(low, true), (high, false)] {
            let bound = self.number(bound);
            let beyond = match other {
                true => self.below(&wide, &bound),
                false => self.below(&bound, &wide),
            };
            self.require(!beyond);
        }
        Number { low, high, ..wide }
    }

    pub(super) fn sum(&mut self, a: &Number, b: &Number) -> Option<Number> {
        let (low, high) = fit(a.low.checked_add(b.low), a.high.checked_add(b.high))?;
        let no = self.no();
        Some(self.added(a, b, (low, high), (no, false)))
    }

    /// What numbers add up to.
    pub(super) fn total<'n>(
        &mut self,
        numbers: impl IntoIterator<Item = &'n Number>,
    ) -> Option<Number> {
        let mut numbers = numbers.into_iter();
        let zero = self.number(0);
        numbers.try_fold(zero, |sum, number| self.sum(&sum, number))
    }

    pub(super) fn difference(&mut self, a: &Number, b: &Number) -> Option<Number> {
        let (low, high) = fit(a.low.checked_sub(b.high), a.high.checked_sub(b.low))?;
        let yes = self.yes();
        Some(self.added(a, b, (low, high), (yes, true)))
    }

    /// The sum of two numbers, or their difference where the second is inverted and `carry` is set.
    fn added(
        &mut self,
        a: &Number,
        b: &Number,
        (low, high): (i128, i128),
        (mut carry, inverted): (Lit, bool),
    ) -> Number {
        if low == high {
            return self.number(low);
        }
        let mut bits = Vec::new();
        for index in 0..width(low, high) {
            let (x, y) = (a.bit(index, self), b.bit(index, self));
            let y = y.apply_sign(!inverted);
            let unlike = self.xor(x, y);
            bits.push(self.xor(unlike, carry));
            carry = self.choose(unlike, carry, x);
        }
        Number { bits, low, high }
    }

    pub(super) fn negated(&mut self, a: &Number) -> Option<Number> {
        let zero = self.number(0);
        self.difference(&zero, a)
    }

    /// The product with a constant.
    pub(super) fn times(&mut self, a: &Number, factor: i128) -> Option<Number> {
        if let Some(value) = a.known() {
            return Some(self.number(value.checked_mul(factor)?));
        }
        let ends = [a.low.checked_mul(factor)?, a.high.checked_mul(factor)?];
        let (low, high) = fit(ends.iter().min().copied(), ends.iter().max().copied())?;
        let mut sum = self.number(0);
        let size = factor.unsigned_abs();
        for shift in (0..128).filter(|shift| size >> shift & 1 == 1) {
            let part = self.shifted(a, shift)?;
            sum = self.sum(&sum, &part)?;
        }
        if factor < 0 {
            sum = self.negated(&sum)?;
        }
        sum.bits.truncate(width(low, high));
        Some(Number { low, high, ..sum })
    }

    fn shifted(&self, a: &Number, places: u32) -> Option<Number> {
        let factor = 1_i128.checked_shl(places).filter(|factor| *factor > 0)?;
        let (low, high) = fit(a.low.checked_mul(factor), a.high.checked_mul(factor))?;
        let zeros = (0..places).map(|_| self.no());
        let bits = zeros.chain(a.bits.iter().copied()).collect();
        Some(Number { bits, low, high })
    }

    /// The first where `condition` holds, else the second.
    pub(super) fn either(&mut self, condition: Lit, a: &Number, b: &Number) -> Number {
        let (low, high) = (a.low.min(b.low), a.high.max(b.high));
        let wide = a.bits.len().max(b.bits.len());
        let mut bits = Vec::new();
        for index in 0..wide {
            let (x, y) = (a.bit(index, self), b.bit(index, self));
            bits.push(self.choose(condition, x, y));
        }
        Number { bits, low, high }
    }

    /// Whether the first is smaller than the second.
    pub(super) fn below(&mut self, a: &Number, b: &Number) -> Lit {
        if a.high < b.low || a.low >= b.high {
            return self.constant(a.high < b.low);
        }
        let last = a.bits.len().max(b.bits.len()).saturating_sub(1);
        let mut below = self.no();
        for index in 0..=last {
            let (x, y) = (a.bit(index, self), b.bit(index, self));
            let unlike = self.xor(x, y);
            // Of two numbers with different signs, the negative one is smaller.
            let smaller = if index == last { x } else { y };
            below = self.choose(unlike, smaller, below);
        }
        below
    }

    /// Whether the first is at most the second.
    pub(super) fn at_most(&mut self, a: &Number, b: &Number) -> Lit {
        !self.below(b, a)
    }

    pub(super) fn same(&mut self, a: &Number, b: &Number) -> Lit {
        if a.high < b.low || b.high < a.low {
            return self.no();
        }
        let mut same = self.yes();
        for index in 0..a.bits.len().max(b.bits.len()) {
            let (x, y) = (a.bit(index, self), b.bit(index, self));
            let unlike = self.xor(x, y);
            same = self.and(same, !unlike);
        }
        same
    }

    /// Whether a number lies between two constants, both included.
    pub(super) fn within(&mut self, a: &Number, low: i128, high: i128) -> Lit {
        let (low, high) = (self.number(low), self.number(high));
        let (from, to) = (self.at_most(&low, a), self.at_most(a, &high));
        self.and(from, to)
    }

    /// The quotient with a positive constant, without its fraction.
    pub(super) fn quotient(&mut self, a: &Number, divisor: i128) -> Option<Number> {
        let size = self.size(a)?;
        let quotient = self.unknown(0, size.high / divisor);
        let whole = self.times(&quotient, divisor)?;
        let rest = self.difference(&size, &whole)?;
        let fits = self.within(&rest, 0, divisor - 1);
        self.require(fits);
        let negated = self.negated(&quotient)?;
        let sign = a.sign(self);
        Some(self.either(sign, &negated, &quotient))
    }

    /// Without its sign.
    pub(super) fn size(&mut self, a: &Number) -> Option<Number> {
        let negated = self.negated(a)?;
        let sign = a.sign(self);
        let size = self.either(sign, &negated, a);
        let high = a.low.checked_neg()?.max(a.high);
        let low = if a.low <= 0 && a.high >= 0 {
            0
        } else {
            a.low.checked_abs()?.min(a.high.checked_abs()?)
        };
        Some(Number { low, high, ..size })
    }

    /// Its value in the model that was found last.
    pub(super) fn value(&self, a: &Number) -> i128 {
        let bits = (0..a.bits.len().saturating_sub(1)).filter(|&bit| self.holds(a.bit(bit, self)));
        let size: i128 = bits.map(|bit| 1_i128 << bit).sum();
        match self.holds(a.sign(self)) {
            true => size - (1_i128 << a.bits.len().saturating_sub(1)),
            false => size,
        }
    }
}
