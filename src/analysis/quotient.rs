//! Quotients and remainders of two numbers of which the second is not written out: where they fail.
//!
//! In: both numbers. Out: any value, but an error by 0, and none where both are small.

use super::data::{Data, MANTISSA, power};
use super::encode::{Encoder, Term};
use crate::guard::kind::Kind;
use crate::guard::tree::{Arithmetic, Tree};

impl Encoder<'_> {
    /// A quotient or a remainder; `None` where nothing is known of the numbers.
    pub(super) fn divided(
        &mut self,
        tree: &Tree,
        operator: Arithmetic,
        (a, b): (&Term, &Term),
    ) -> Option<Term> {
        let (Data::Number(x, x_scale), Data::Number(y, y_scale)) = (&a.data, &b.data) else {
            return None;
        };
        Some(self.unknown(tree, &[a.clone(), b.clone()], |encoder| {
            let found = encoder.anything_of(tree);
            let circuit = &mut encoder.space.circuit;
            let by_zero = circuit.within(y, 0, 0);
            circuit.clause(&[!by_zero, !found.ok]);
            let fine = match (&tree.kind, operator) {
                // Nothing else fails but the smallest number divided by -1.
                (Kind::Integer, _) => {
                    let smallest = circuit.within(x, i64::MIN.into(), i64::MIN.into());
                    let turned = circuit.within(y, -1, -1);
                    !circuit.and(smallest, turned)
                }
                // The divisor is one unit of its scale at the least, or nothing is larger than what is divided.
                (_, Arithmetic::Divide) => match (reach(*x_scale, *y_scale), power(*y_scale)) {
                    (Some(most), Some(one)) => {
                        let small = circuit.within(x, -most, most);
                        let below_one = circuit.within(y, 1 - one, one - 1);
                        circuit.or(small, !below_one)
                    }
                    _ => circuit.no(),
                },
                _ => circuit.no(),
            };
            circuit.clause(&[by_zero, !fine, found.ok]);
            found
        }))
    }
}

/// Up to how many units a number may have, whatever it is divided by.
fn reach(of: u32, by: u32) -> Option<i128> {
    let most = MANTISSA.checked_div(power(by)?)?;
    Some(most.checked_mul(power(of)?).unwrap_or(most))
}
