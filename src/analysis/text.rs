//! Texts as numbers.
//!
//! In: the texts that an expression writes out. Out: codes that are ordered as the texts are, with
//! room between any two of them for as many other texts as there are values that may differ. The way
//! back makes up a text where a code stands for none that was written.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The texts of one question.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    known: Vec<Arc<str>>,
    /// How many texts that nobody wrote are told apart between two that stand there.
    room: usize,
}

impl Texts {
    pub(super) fn new(known: BTreeSet<Arc<str>>, room: usize) -> Self {
        Self {
            known: known.into_iter().collect(),
            room,
        }
    }

    fn step(&self) -> i128 {
        self.room as i128 + 1
    }

    /// The code of a text that was written; `None` of any other.
    pub(super) fn code(&self, text: &str) -> Option<i128> {
        let at = self.known.binary_search_by(|known| (**known).cmp(text));
        Some(at.ok()? as i128 * self.step() + self.room as i128)
    }

    /// The texts that were written, each with its code.
    pub(super) fn known(&self) -> impl Iterator<Item = (i128, &str)> {
        let codes = (0..).map(|at: i128| at * self.step() + self.room as i128);
        codes.zip(self.known.iter().map(|text| &**text))
    }

    /// The smallest and the largest code.
    pub(super) fn bounds(&self) -> (i128, i128) {
        let nothing_below = self.known.first().is_some_and(|first| first.is_empty());
        let low = if nothing_below { self.room as i128 } else { 0 };
        (
            low,
            (self.known.len() as i128 * self.step() + self.room as i128 - 1).max(low),
        )
    }

    /// A text of a code.
    pub(super) fn text(&self, code: i128) -> Arc<str> {
        let (index, place) = (code / self.step(), code % self.step());
        let index = usize::try_from(index).unwrap_or(0);
        if place == self.room as i128
            && let Some(known) = self.known.get(index)
        {
            return Arc::clone(known);
        }
        let before = index.checked_sub(1).and_then(|index| self.known.get(index));
        let more = usize::try_from(place).unwrap_or(0) + usize::from(before.is_some());
        let before = before.map_or("", |text| &**text);
        format!("{before}{}", "_".repeat(more)).into()
    }
}
