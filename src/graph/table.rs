//! Vectors indexed by ids of their own type.

use std::marker::PhantomData;

/// A number that names one row of a [`Table`].
pub trait Id: Copy {
    /// The id of a row.
    fn from_index(index: usize) -> Self;
    /// The row of the id.
    fn index(self) -> usize;
}

/// Ids that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids<I> {
    first: I,
    count: u32,
}

impl<I: Id> Default for Ids<I> {
    fn default() -> Self {
        Self::new(I::from_index(0), 0)
    }
}

impl<I: Id> Ids<I> {
    /// So many ids from one on.
    pub(crate) fn new(first: I, count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self { first, count }
    }

    /// The ids in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = I> {
        let first = self.first.index();
        (first..first + self.count as usize).map(I::from_index)
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }
}

/// Rows named by ids. Ids are handed out by [`Table::push`] alone, so an id of this workflow always
/// names a row.
#[derive(Debug, Clone)]
pub struct Table<I, T> {
    rows: Vec<T>,
    ids: PhantomData<I>,
}

impl<I, T> Default for Table<I, T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            ids: PhantomData,
        }
    }
}

impl<I: Id, T> Table<I, T> {
    /// Adds a row and names it.
    pub fn push(&mut self, row: T) -> I {
        self.rows.push(row);
        I::from_index(self.rows.len() - 1)
    }

    /// Makes room for so many rows more.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.rows.reserve_exact(rows);
    }

    /// Gives back the room that was kept for further rows.
    pub(crate) fn fit(&mut self) {
        self.rows.shrink_to_fit();
    }

    /// The id that the next row will get.
    pub fn next_id(&self) -> I {
        I::from_index(self.rows.len())
    }

    /// The row of an id of this table.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are handed out by push alone, so each names a row"
    )]
    pub fn at(&self, id: I) -> &T {
        &self.rows[id.index()]
    }

    /// The row of an id of this table, to change it.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are handed out by push alone, so each names a row"
    )]
    pub fn at_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }

    /// The row of an id that may come from elsewhere, where there is one.
    pub fn get(&self, id: I) -> Option<&T> {
        self.rows.get(id.index())
    }

    /// Ids and rows in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        let rows = self.rows.iter().enumerate();
        rows.map(|(index, row)| (I::from_index(index), row))
    }

    /// The ids in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.rows.len()).map(I::from_index)
    }

    /// The rows in order.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
