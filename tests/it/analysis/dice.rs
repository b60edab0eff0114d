//! Random numbers that are the same on every machine.

/// A xorshift generator.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % count as u64).unwrap()
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// A guard: atoms under `!`, `&&` and `||`; now and then one that contradicts or repeats itself.
    pub(crate) fn guard(&mut self, depth: usize, atom: &dyn Fn(&mut Self) -> String) -> String {
        match self.below(if depth == 0 { 1 } else { 9 }) {
            0 | 1 => atom(self),
            2 | 3 => {
                let (a, b) = (self.guard(depth - 1, atom), self.guard(depth - 1, atom));
                format!("({a} && {b})")
            }
            4 | 5 => {
                let (a, b) = (self.guard(depth - 1, atom), self.guard(depth - 1, atom));
                format!("({a} || {b})")
            }
            6 => format!("!({})", self.guard(depth - 1, atom)),
            7 => {
                let a = self.guard(depth - 1, atom);
                format!("({a} || !({a}))")
            }
            _ => {
                let (a, b) = (self.guard(depth - 1, atom), atom(self));
                format!("({a} && !({a} || {b}))")
            }
        }
    }

    /// A comparison of the number `count`, the flag, or two of them.
    pub(crate) fn small(&mut self) -> String {
        match self.below(3) {
            0 => format!("{} && {}", self.atom(), self.atom()),
            1 => format!("{} || {}", self.atom(), self.atom()),
            _ => self.atom(),
        }
    }

    fn atom(&mut self) -> String {
        match self.below(6) {
            0 => "order.flag".to_owned(),
            1 => "!order.flag".to_owned(),
            2 => format!("order.count == {}", self.below(5) + 1),
            3 => format!("order.count < {}", self.below(5) + 1),
            _ => format!("order.count > {}", self.below(5)),
        }
    }
}
