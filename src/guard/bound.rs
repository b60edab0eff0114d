//! A condition over the words of an order alone.
//!
//! In: [`Code`]; for many orders also the settings and the role of whoever asks, which are put in. Out:
//! comparisons of an order's words with constants, with each other, with the time and with the role, all
//! in one form, so that each costs a few instructions. Most guards are no more than that; the others are
//! asked as ever, and so is such a one of an order whose words do not answer it.

use super::code::{Code, EQUAL, GREATER, LESS, Operand, Side, Test, flipped};
use super::tree::Home;
use crate::context::{BESIDE, CellsView, UNSET};

/// All of the comparisons must come out, or not all of them.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// Two stand beside the rest: most conditions have no more.
    first: Comparison,
    second: Option<Comparison>,
    rest: Box<[Comparison]>,
    /// Whether there is only the first, and it compares a slot with a constant or the time.
    is_plain: bool,
    not: bool,
}

/// A word lies to something in one of the accepted orders.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    /// The slot of the word; [`NONE`] for the role.
    slot: u32,
    is_role: bool,
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

/// What an order is asked beside its words, as words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// Nanoseconds since 1970.
    pub(crate) now: i64,
    /// The place of the role among the actors.
    pub(crate) role: i64,
}

impl Comparison {
    /// Whether it comes out, in the lowest bit, and the lower of the two words.
    #[inline]
    fn ask(&self, words: &[i64], around: impl Fn() -> Around) -> (u8, i64) {
        let left = match words.get(self.slot as usize) {
            Some(word) => *word,
            None if self.is_role => around().role,
            None => UNSET,
        };
        let right = words.get(self.other as usize).copied();
        let right = right.unwrap_or_else(|| self.known(around));
        (self.accepts(left, right), left.min(right))
    }

    /// What it compares with where that is no slot.
    #[inline]
    fn known(&self, around: impl Fn() -> Around) -> i64 {
        if self.is_now {
            around().now
        } else {
            self.constant
        }
    }

    #[inline]
    fn accepts(&self, left: i64, right: i64) -> u8 {
        let order = u8::from(left >= right) + u8::from(left > right);
        self.accepted >> order
    }

    /// Asks several orders. Apart, so that each loop has the registers for itself.
    #[inline(never)]
    fn ask_all(&self, rows: (&[i64], usize), around: Around, answers: &mut Answers) {
        const AT_MOST: u8 = LESS | EQUAL;
        const OTHER: u8 = LESS | GREATER;
        const AT_LEAST: u8 = EQUAL | GREATER;
        match self.accepted & (LESS | EQUAL | GREATER) {
            LESS => self.ask_each(rows, around, answers, |left, right| left < right),
            EQUAL => self.ask_each(rows, around, answers, |left, right| left == right),
            GREATER => self.ask_each(rows, around, answers, |left, right| left > right),
            AT_MOST => self.ask_each(rows, around, answers, |left, right| left <= right),
            OTHER => self.ask_each(rows, around, answers, |left, right| left != right),
            AT_LEAST => self.ask_each(rows, around, answers, |left, right| left >= right),
            accepted => self.ask_each(rows, around, answers, |_, _| accepted != 0),
        }
    }

    #[inline]
    fn ask_each(
        &self,
        (words, width): (&[i64], usize),
        around: Around,
        answers: &mut Answers,
        accepts: impl Fn(i64, i64) -> bool,
    ) {
        let unset = if self.is_role { around.role } else { UNSET };
        let known = self.known(|| around);
        let (slot, other) = (self.slot as usize, self.other as usize);
        let rows = words.chunks_exact(width);
        for (row, all) in rows.zip(&mut answers.all) {
            let left = row.get(slot).copied().unwrap_or(unset);
            let right = row.get(other).copied().unwrap_or(known);
            *all &= accepts(left, right);
            answers.lowest = answers.lowest.min(left.min(right));
        }
    }
}

impl Bound {
    /// Whether it compares one slot with a constant or the time, as most conditions do.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The same as [`holds`](Self::holds), for one that [is plain](Self::is_plain).
    #[inline]
    pub(super) fn plainly_holds(&self, words: &[i64], around: impl Fn() -> Around) -> Option<bool> {
        let left = *words.get(self.first.slot as usize)?;
        let right = self.first.known(around);
        let is_known = left > BESIDE && (!self.first.is_now || right > BESIDE);
        is_known.then_some(self.first.accepts(left, right) & 1 == 1)
    }

    /// Whether the condition holds for an order; `None` where its words do not tell.
    #[inline]
    pub(crate) fn holds(&self, words: &[i64], around: Around) -> Option<bool> {
        let first = self.first.ask(words, || around);
        let said = match &self.second {
            Some(second) => both(first, second.ask(words, || around)),
            None => first,
        };
        match self.rest.is_empty() {
            true => self.says(said),
            false => self.all_hold(said, words, around),
        }
    }

    // Apart, so that asking two comparisons stays short.
    #[inline(never)]
    fn all_hold(&self, first: (u8, i64), words: &[i64], around: Around) -> Option<bool> {
        let rest = self.rest.iter().map(|one| one.ask(words, || around));
        self.says(rest.fold(first, both))
    }

    /// All comparisons but the first.
    #[inline]
    fn further(&self) -> impl Iterator<Item = &Comparison> {
        self.second.iter().chain(&self.rest)
    }

    #[inline]
    fn says(&self, (all, lowest): (u8, i64)) -> Option<bool> {
        (lowest > BESIDE).then_some((all & 1 == 1) != self.not)
    }

    /// Asks several orders, whose words stand one behind the other, so many an order: what each answers; `None` where
    /// the words of one do not tell.
    #[inline]
    pub(crate) fn hold_for(
        &self,
        (words, width): (&[i64], usize),
        around: Around,
    ) -> Option<[bool; TOGETHER]> {
        if width == 0 || words.len() != TOGETHER * width {
            return None;
        }
        let mut answers = Answers {
            all: [true; TOGETHER],
            lowest: i64::MAX,
        };
        self.first.ask_all((words, width), around, &mut answers);
        for comparison in self.further() {
            comparison.ask_all((words, width), around, &mut answers);
        }
        let told = answers.lowest > BESIDE;
        told.then(|| answers.all.map(|all| all != self.not))
    }
}

/// How many orders are asked together. A processor does that for several at once, and no jump depends on an answer.
pub(crate) const TOGETHER: usize = 16;

/// What orders answer, and the lowest of all words.
struct Answers {
    all: [bool; TOGETHER],
    lowest: i64,
}

/// What two comparisons say together.
#[inline]
fn both((one, low): (u8, i64), (other, lower): (u8, i64)) -> (u8, i64) {
    (one & other, low.min(lower))
}

impl Code {
    /// The condition over words; `None` where it asks more. `site` has the settings and the role, where
    /// they stay the same.
    pub(super) fn bind(&self, site: Option<(CellsView<'_>, u32)>) -> Option<Bound> {
        let line = self.line?;
        let mut comparisons = Vec::with_capacity(self.atoms.len());
        for (index, atom) in self.atoms.iter().enumerate() {
            let wanted = line.wanted >> index & 1 == 1;
            // What leads on, of "all" as of "one".
            let accepted = |mask: u8| if wanted == line.all { mask } else { !mask & 7 };
            let (left, mask, right) = match (&atom.test, site) {
                (Test::Role(place, _), Some((_, role))) => {
                    match (*place == role) == (wanted == line.all) {
                        // It leads on to the next, and is no question any more.
                        true => continue,
                        false => return None,
                    }
                }
                (Test::Role(place, _), None) => {
                    let place = Word::Constant((*place).into());
                    (Word::Slot(NONE), EQUAL, place)
                }
                (test, _) => {
                    let (left, (mask, right)) = test.clone().side()?;
                    let right = match right {
                        Side::Word(right) => word(right, site)?,
                        Side::Constant(value) if value > BESIDE => Word::Constant(value),
                        Side::Constant(_) => return None,
                    };
                    (word(left, site)?, mask, right)
                }
            };
            let (slot, mask, right) = match (left, right) {
                (Word::Slot(slot), right) => (slot, mask, right),
                (left, Word::Slot(slot)) => (slot, flipped(mask), left),
                _ => return None,
            };
            let (other, constant) = match right {
                Word::Slot(other) => (other, UNSET),
                Word::Constant(value) => (NONE, value),
                Word::Now => (NONE, UNSET),
            };
            comparisons.push(Comparison {
                slot,
                is_role: slot == NONE,
                other,
                constant,
                is_now: matches!(right, Word::Now),
                accepted: accepted(mask),
            });
        }
        let is_alone = comparisons.len() == 1;
        let mut comparisons = comparisons.into_iter();
        let mut first = comparisons.next()?;
        if is_alone && !line.all {
            first.accepted = !first.accepted & 7;
        }
        Some(Bound {
            first,
            second: comparisons.next(),
            rest: comparisons.collect(),
            is_plain: is_alone && first.slot != NONE && first.other == NONE,
            not: !line.all && !is_alone,
        })
    }
}

/// What an operand is, once the settings are known; `None` where it is none of the order's.
fn word(operand: Operand, site: Option<(CellsView<'_>, u32)>) -> Option<Word> {
    match operand.home() {
        None => Some(Word::Now),
        Some((Home::Order, slot)) => Some(Word::Slot(slot)).filter(|_| slot != NONE),
        Some((Home::Settings, slot)) => {
            let word = site?.0.word(slot as usize);
            (word > BESIDE).then_some(Word::Constant(word))
        }
        Some((Home::Event, _)) => None,
    }
}
