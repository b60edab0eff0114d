//! A condition with everything put in that stays the same from order to order.
//!
//! In: [`Code`], the settings and the role of whoever asks. Out: comparisons of an order's words with
//! constants, with each other and with the time: asked of many orders, each costs a few instructions and
//! needs no [`Inputs`](super::Inputs). Most guards can be bound; the others are asked as ever, and so is a
//! bound one of an order whose words do not answer it.

use super::code::{Code, Operand, Side, Test, flipped};
use super::tree::Home;
use crate::context::{BESIDE, CellsView, UNSET};

/// All of the comparisons must come out, or not all of them.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    comparisons: Box<[Comparison]>,
    not: bool,
}

/// A word of the order lies to something in one of the accepted orders.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    slot: u32,
    /// The slot that it is compared with; [`NONE`] where it is a constant or the time.
    other: u32,
    constant: i64,
    is_now: bool,
    accepted: u8,
}

/// No slot of an order.
const NONE: u32 = u32::MAX;

/// A word once the settings are known.
#[derive(Clone, Copy)]
enum Word {
    Slot(u32),
    Constant(i64),
    Now,
}

impl Bound {
    /// Whether the condition holds for an order; `None` where its words do not tell.
    #[inline]
    pub(crate) fn holds(&self, words: &[i64], now: i64) -> Option<bool> {
        let (mut lowest, mut all) = (i64::MAX, 1);
        for comparison in &self.comparisons {
            let Comparison {
                slot,
                other,
                constant,
                is_now,
                accepted,
            } = *comparison;
            let known = if is_now { now } else { constant };
            let left = words.get(slot as usize).copied().unwrap_or(UNSET);
            let right = words.get(other as usize).copied().unwrap_or(known);
            let order = u8::from(left >= right) + u8::from(left > right);
            lowest = lowest.min(left).min(right);
            all &= accepted >> order;
        }
        (lowest > BESIDE).then_some((all & 1 == 1) != self.not)
    }

    /// The same of each of some orders, whose words stand one behind the other, so many an order;
    /// `false` where the words of some do not tell.
    pub(crate) fn each(&self, words: &[i64], width: usize, now: i64, answers: &mut [bool]) -> bool {
        answers.fill(true);
        let mut lowest = i64::MAX;
        for comparison in &self.comparisons {
            let Comparison {
                slot,
                other,
                constant,
                is_now,
                accepted,
            } = *comparison;
            let known = if is_now { now } else { constant };
            let (slot, other) = (slot as usize, other as usize);
            for (answer, words) in answers.iter_mut().zip(words.chunks_exact(width.max(1))) {
                let left = words.get(slot).copied().unwrap_or(UNSET);
                let right = words.get(other).copied().unwrap_or(known);
                let order = u8::from(left >= right) + u8::from(left > right);
                lowest = lowest.min(left).min(right);
                *answer &= accepted >> order & 1 == 1;
            }
        }
        for answer in answers.iter_mut().filter(|_| self.not) {
            *answer = !*answer;
        }
        lowest > BESIDE
    }
}

impl Code {
    /// The condition for one role and settings; `None` where it asks more than words of the order.
    pub(super) fn bind(&self, settings: CellsView<'_>, role: u32) -> Option<Bound> {
        let line = self.line?;
        let mut comparisons = Vec::with_capacity(self.atoms.len());
        for (index, atom) in self.atoms.iter().enumerate() {
            let wanted = line.wanted >> index & 1 == 1;
            let (left, mask, right) = match &atom.test {
                Test::Role(place, _) => match (*place == role) == (wanted == line.all) {
                    // It leads on to the next, and is no question any more.
                    true => continue,
                    false => return None,
                },
                test => {
                    let (left, (mask, right)) = test.clone().side()?;
                    (left, mask, right)
                }
            };
            let left = word(left, settings)?;
            let right = match right {
                Side::Word(right) => word(right, settings)?,
                Side::Constant(value) => Some(Word::Constant(value)).filter(|_| value > BESIDE)?,
            };
            let (slot, mask, right) = match (left, right) {
                (Word::Slot(slot), right) => (slot, mask, right),
                (left, Word::Slot(slot)) => (slot, flipped(mask), left),
                _ => return None,
            };
            let (other, constant) = match right {
                Word::Slot(other) => (other, 0),
                Word::Constant(value) => (NONE, value),
                Word::Now => (NONE, 0),
            };
            comparisons.push(Comparison {
                slot,
                other,
                constant,
                is_now: matches!(right, Word::Now),
                // What leads on, of "all" as of "one".
                accepted: if wanted == line.all { mask } else { !mask & 7 },
            });
        }
        Some(Bound {
            comparisons: comparisons.into(),
            not: !line.all,
        })
    }
}

/// What an operand is, once the settings are known; `None` where it is of the event, or no word.
fn word(operand: Operand, settings: CellsView<'_>) -> Option<Word> {
    match operand.home() {
        None => Some(Word::Now),
        Some((Home::Order, slot)) => Some(Word::Slot(slot)).filter(|_| slot != NONE),
        Some((Home::Settings, slot)) => {
            let word = settings.word(slot as usize);
            (word > BESIDE).then_some(Word::Constant(word))
        }
        Some((Home::Event, _)) => None,
    }
}
