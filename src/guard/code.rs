//! A condition as jump code: tests of packed words, each with where to go on.
//!
//! In: what [`lower`](super::lower) made of the typed form of a guard. Out: answers of most guards by
//! comparing words (see [`Cells`](crate::context::Cells)) with constants and with each
//! other, without a look-up by name and without allocating. A test that words cannot answer, because a
//! value is not set, is kept beside them, or has to be calculated, is left to [`eval`](super::eval).
//! Both mean the same (a property test compares all three ways).

use std::sync::Arc;

use super::MAX_TEXT_BYTES;
use super::eval::{self, Env, Fault};
use super::inputs::Inputs;
use super::tree::{Form, Half, Home, Question, Tree};
use crate::context::{BESIDE, Beginning};

/// Where an answer is known.
pub(super) const YES: u16 = u16::MAX;
pub(super) const NO: u16 = u16::MAX - 1;

/// Which orders of two words a comparison accepts, a bit for each.
pub(super) const LESS: u8 = 1;
pub(super) const EQUAL: u8 = 2;
pub(super) const GREATER: u8 = 4;

/// The tests of a guard, the first first.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) atoms: Box<[Atom]>,
    pub(super) line: Option<Line>,
}

/// A test, and the next one after either answer.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) test: Test,
    pub(super) yes: u16,
    pub(super) no: u16,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    /// A word lies to a constant in one of the accepted orders.
    Against(Operand, u8, i64),
    /// A word lies to another in one of the accepted orders.
    Pair(Operand, u8, Operand),
    /// A word lies to each of two others in one of the accepted orders.
    Between(Operand, Box<[(u8, Side); 2]>),
    /// A small word is among those whose bits are set.
    Among(Operand, u64),
    /// A slot is set.
    IsSet(Operand),
    /// The actor's role is this one, which has this place among the actors.
    Role(u32, Arc<str>),
    /// A question to a set of children about one of their states.
    Children(u32, Question, Beginning, Arc<str>),
    /// Anything else.
    Calculated,
}

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Said {
    No = 0,
    Yes = 1,
    /// Words cannot answer it.
    Unknown = 2,
}

impl Said {
    fn of(answer: bool) -> Self {
        match answer {
            true => Self::Yes,
            false => Self::No,
        }
    }
}

/// Few tests in a row: all of them are asked, without a jump between them that a processor could guess
/// wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Whether all must answer as wanted, or one.
    pub(super) all: bool,
    /// What is wanted of each, a bit for each.
    pub(super) wanted: u8,
}

/// The most tests in a line.
pub(super) const LINE: usize = 6;

/// Where a word comes from: a slot of a home, or the time of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operand {
    home: Option<Home>,
    slot: u32,
}

/// What a word is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Word(Operand),
    Constant(i64),
}

impl Operand {
    pub(super) const NOW: Self = Self {
        home: None,
        slot: 0,
    };

    /// `None` for a slot so far out that no file has it.
    pub(super) fn of(home: Home, slot: usize) -> Option<Self> {
        let slot = u32::try_from(slot).ok()?;
        let home = Some(home);
        Some(Self { home, slot })
    }

    /// The slot that it is; `None` for the time.
    pub(super) fn home(self) -> Option<(Home, u32)> {
        self.home.map(|home| (home, self.slot))
    }

    #[inline]
    fn load(self, inputs: &Inputs<'_>) -> i64 {
        let slot = self.slot as usize;
        match self.home {
            Some(Home::Order) => inputs.order.word(slot),
            Some(Home::Settings) => inputs.settings.word(slot),
            Some(Home::Event) => inputs.event.word(slot),
            None => inputs.now.word(),
        }
    }
}

impl Test {
    /// What words say.
    #[inline]
    fn ask(&self, inputs: &Inputs<'_>) -> Said {
        // Most are of these forms: the others stand apart, so that these stay short.
        match self {
            Self::Against(operand, mask, value) => {
                let word = operand.load(inputs);
                known(word, accepts(*mask, word, *value))
            }
            Self::Pair(left, mask, right) => {
                let (left, right) = (left.load(inputs), right.load(inputs));
                known(left.min(right), accepts(*mask, left, right))
            }
            Self::Role(place, _) if inputs.role.is_some() => Said::of(inputs.role == Some(*place)),
            Self::Children(set, question, begins, state) => {
                children(*set, *question, (*begins, state), inputs)
            }
            other => other.ask_further(inputs),
        }
    }

    fn ask_further(&self, inputs: &Inputs<'_>) -> Said {
        match self {
            Self::Against(..) | Self::Pair(..) | Self::Children(..) | Self::Calculated => {
                Said::Unknown
            }
            Self::Between(operand, ends) => {
                let word = operand.load(inputs);
                // An answer, and the smaller of the words that it rests on.
                let side = |(mask, side)| match side {
                    Side::Word(end) => {
                        let end = Operand::load(end, inputs);
                        (accepts(mask, word, end), end.min(word))
                    }
                    Side::Constant(end) => (accepts(mask, word, end), word),
                };
                let [(above, low), (below, high)] = ends.map(side);
                known(low.min(high), above & below)
            }
            Self::Among(operand, bits) => {
                let word = operand.load(inputs);
                let bit = u32::try_from(word)
                    .ok()
                    .and_then(|word| bits.checked_shr(word));
                known(word, bit.unwrap_or(0) & 1 == 1)
            }
            Self::IsSet(operand) => Said::of(operand.load(inputs) >= BESIDE),
            Self::Role(_, role) => match inputs.actor.role.len() <= MAX_TEXT_BYTES {
                true => Said::of(inputs.actor.role == **role),
                false => Said::Unknown,
            },
        }
    }
}

impl Test {
    /// A comparison taken apart: the word, and how it must lie to what.
    pub(super) fn side(self) -> Option<(Operand, (u8, Side))> {
        match self {
            Self::Against(word, mask, value) => Some((word, (mask, Side::Constant(value)))),
            Self::Pair(left, mask, right) => Some((left, (mask, Side::Word(right)))),
            _ => None,
        }
    }
}

/// What a set of children answers about a state.
#[inline]
fn children(
    set: u32,
    question: Question,
    (begins, state): (Beginning, &str),
    inputs: &Inputs<'_>,
) -> Said {
    let (count, total) = match inputs.children.get(set as usize) {
        Some(counts) => (counts.by_state.get_begun(begins, state), counts.total),
        None => (0, 0),
    };
    question.holds(count, total).map_or(Said::Unknown, Said::of)
}

/// An answer that counts where the smallest word that it rests on is a value.
#[inline]
fn known(word: i64, answer: bool) -> Said {
    match word > BESIDE {
        true => Said::of(answer),
        false => Said::Unknown,
    }
}

/// The orders of the second of two words to the first.
pub(super) fn flipped(mask: u8) -> u8 {
    mask & EQUAL | (mask & LESS) << 2 | (mask & GREATER) >> 2
}

#[inline]
fn accepts(mask: u8, a: i64, b: i64) -> bool {
    let order = u8::from(a >= b) + u8::from(a > b);
    mask >> order & 1 == 1
}

impl Code {
    /// Whether the condition holds, as far as words tell; else the test that they do not answer.
    #[inline]
    pub(super) fn quick(&self, inputs: &Inputs<'_>) -> Result<bool, u16> {
        match &*self.atoms {
            [only] => {
                let said = match &only.test {
                    Test::Children(set, question, begins, state) => {
                        children(*set, *question, (*begins, state), inputs)
                    }
                    other => other.ask(inputs),
                };
                match said {
                    Said::Unknown => Err(0),
                    said => Ok((said == Said::Yes) == (only.yes == YES)),
                }
            }
            _ => self.quick_of_several(inputs),
        }
    }

    // Apart, so that asking one test stays short.
    #[inline(never)]
    fn quick_of_several(&self, inputs: &Inputs<'_>) -> Result<bool, u16> {
        match self.line {
            Some(line) => self.walk(line, inputs),
            None => self.follow(0, inputs),
        }
    }

    /// Asks every test of a line. What stands behind the one that decided says nothing.
    #[inline]
    fn walk(&self, line: Line, inputs: &Inputs<'_>) -> Result<bool, u16> {
        let (mut open, mut wanted) = (true, line.wanted);
        for (at, atom) in (0_u16..).zip(&self.atoms) {
            let said = atom.test.ask(inputs);
            if said == Said::Unknown && open {
                return Err(at);
            }
            open &= ((said as u8) == (wanted & 1)) == line.all;
            wanted >>= 1;
        }
        Ok(open == line.all)
    }

    /// The answer from a test on that words do not answer; `tree` is what the tests were made from.
    #[cold]
    pub(super) fn resume(
        &self,
        stuck: u16,
        tree: &Tree,
        inputs: &Inputs<'_>,
    ) -> Result<bool, Fault> {
        let mut stuck = stuck;
        loop {
            let found = (
                self.atoms.get(usize::from(stuck)),
                leaf(tree, &mut usize::from(stuck)),
            );
            let (Some(atom), Some(leaf)) = found else {
                return Err(Fault::Unlike);
            };
            let next = match leaf.holds(Env::new(inputs))? {
                true => atom.yes,
                false => atom.no,
            };
            match self.follow(next, inputs) {
                Ok(answer) => return Ok(answer),
                Err(at) => stuck = at,
            }
        }
    }

    #[inline]
    fn follow(&self, from: u16, inputs: &Inputs<'_>) -> Result<bool, u16> {
        let mut at = from;
        while let Some(atom) = self.atoms.get(usize::from(at)) {
            at = match atom.test.ask(inputs) {
                Said::Yes => atom.yes,
                Said::No => atom.no,
                Said::Unknown => return Err(at),
            };
        }
        Ok(at == YES)
    }

    /// How many tests there are.
    pub(super) fn tests(&self) -> usize {
        self.atoms.len()
    }

    /// How many tests words never answer.
    pub(super) fn calculated(&self) -> usize {
        let calculated = |atom: &&Atom| matches!(atom.test, Test::Calculated);
        self.atoms.iter().filter(calculated).count()
    }
}

/// What a test stands for.
enum Leaf<'t> {
    Whole(&'t Tree),
    Half(Half<'t>),
}

impl Leaf<'_> {
    fn holds(&self, env: Env<'_>) -> Result<bool, Fault> {
        match self {
            Self::Whole(tree) => eval::holds(tree, env),
            Self::Half(half) => eval::compares(half.comparison, half.item, half.end, env),
        }
    }
}

/// What the test behind so many others stands for; tests are written in the order of the expression.
fn leaf<'t>(tree: &'t Tree, before: &mut usize) -> Option<Leaf<'t>> {
    let mut pass = |leaf| match *before {
        0 => Some(leaf),
        _ => {
            *before -= 1;
            None
        }
    };
    match &tree.form {
        Form::Not(part) => leaf(part, before),
        Form::All(parts) | Form::Any(parts) => parts.iter().find_map(|part| leaf(part, before)),
        _ => match tree.halves() {
            Some(halves) => halves.into_iter().map(Leaf::Half).find_map(pass),
            None => pass(Leaf::Whole(tree)),
        },
    }
}
