//! Orders in columns: their state and counters, their packed context, and whatever does not fit apart.
//!
//! In: orders as the interpreter knows them. Out: the same orders. An order is in the columns while it is
//! in one state, no timer of it runs or did, it remembers no past, and its times and counters fit; else
//! it is kept whole.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;

use litemap::LiteMap;

use super::hot::{Hot, small};
use super::times::{Clock, Stamp, Times};
use crate::context::{BESIDE, Beside, Cells, CellsView, Layout, NOTHING_BESIDE, UNSET, Value};
use crate::graph::{StateId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::Instance;
use crate::time::{at_nanoseconds, nanoseconds};

/// How many steps are looked at ahead, so that their orders come from memory together.
pub(super) const LOOK_AHEAD: usize = 64;

/// Orders by number.
#[derive(Debug)]
pub(super) struct Store {
    layout: Arc<Layout>,
    hot: Vec<Hot>,
    times: Times,
    /// How many timers orders ever had; empty where none had any.
    generations: Vec<u16>,
    /// When orders that have stayed in their state entered it, in nanoseconds since 1970; empty where
    /// none has.
    entered: Vec<i64>,
    /// The packed contexts one after the other.
    words: Vec<i64>,
    /// Values beside the words, by order; empty where no order has any.
    beside: Vec<Beside>,
    /// Children by order; empty where the workflow has no sets.
    children: Vec<Vec<ChildCounts>>,
    has_children: bool,
    is_flat: bool,
    whole: BTreeMap<usize, Instance>,
}

impl Store {
    pub(super) fn new(workflow: &Workflow) -> Self {
        Self {
            layout: Arc::clone(&workflow.layout),
            hot: Vec::new(),
            times: Times::new(),
            generations: Vec::new(),
            entered: Vec::new(),
            words: Vec::new(),
            beside: Vec::new(),
            children: Vec::new(),
            has_children: !workflow.children.is_empty(),
            is_flat: workflow.is_flat(),
            whole: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.hot.len()
    }

    pub(super) fn push(&mut self, order: &Instance) -> usize {
        let number = self.len();
        self.hot.push(Hot::AWAY);
        self.times.push();
        let blank = Cells::new(&self.layout);
        self.words.extend_from_slice(blank.words());
        if self.has_children {
            self.children.push(Vec::new());
        }
        self.replace(number, order);
        number
    }

    /// Puts an order in the place of another.
    pub(super) fn replace(&mut self, number: usize, order: &Instance) {
        let flat = self.is_flat.then(|| flat(order)).flatten();
        let Some(slot) = self.hot.get_mut(number) else {
            return;
        };
        let Some(flat) = flat else {
            *slot = Hot::AWAY;
            self.whole.insert(number, order.clone());
            return;
        };
        *slot = flat.hot;
        self.times.set_own(number, flat.updated_at);
        self.set_generations(number, flat.generations);
        if flat.entered_at != flat.updated_at {
            self.stay(number, flat.entered_at);
        }
        self.whole.remove(&number);
        let place = self.place(number);
        if let Some(words) = self.words.get_mut(place) {
            words.copy_from_slice(order.context.words());
        }
        self.put_beside(number, order.context.all_beside().to_vec());
        if let Some(children) = self.children.get_mut(number) {
            children.clone_from(&order.children);
        }
    }

    fn set_generations(&mut self, number: usize, generations: u16) {
        if self.generations.len() <= number && generations != 0 {
            self.generations.resize(self.hot.len(), 0);
        }
        if let Some(slot) = self.generations.get_mut(number) {
            *slot = generations;
        }
    }

    fn place(&self, number: usize) -> std::ops::Range<usize> {
        let width = self.layout.len();
        number * width..(number + 1) * width
    }

    fn put_beside(&mut self, number: usize, values: Beside) {
        if values.is_empty() && self.beside.len() <= number {
            return;
        }
        if self.beside.len() <= number {
            self.beside.resize(number + 1, Vec::new());
        }
        if let Some(slot) = self.beside.get_mut(number) {
            *slot = values;
        }
    }

    /// The state of an order that is in the columns.
    pub(super) fn state(&self, number: usize) -> Option<StateId> {
        self.hot.get(number)?.state()
    }

    /// The state of an order that is in the columns and can be stepped at an instant.
    pub(super) fn ready(&self, number: usize, clock: Clock) -> Option<StateId> {
        let hot = self.hot.get(number)?;
        let state = hot.state();
        state.filter(|_| self.times.is_past(number, *hot, clock))
    }

    /// A stamp for an instant; the one before is void then.
    pub(super) fn stamp(&mut self, nanos: i64) -> Stamp {
        self.times.stamp(nanos, &mut self.hot)
    }

    /// An order's head, and when orders were stepped.
    #[inline]
    pub(super) fn hot(&mut self, number: usize) -> Option<(&mut Hot, &Times)> {
        Some((self.hot.get_mut(number)?, &self.times))
    }

    /// An order's head, all words, and when orders were stepped.
    #[inline]
    pub(super) fn all(&mut self, number: usize) -> Option<(&mut Hot, Words<'_>, &Times)> {
        let (words, width) = (self.words.as_slice(), self.layout.len());
        let hot = self.hot.get_mut(number)?;
        Some((hot, Words { words, width }, &self.times))
    }

    /// The heads and the words of the orders from one on, and when all were stepped.
    pub(super) fn from(&mut self, number: usize) -> (&mut [Hot], Words<'_>, &Times) {
        let width = self.layout.len();
        let words = self.words.get(number * width..).unwrap_or_default();
        let hot = self.hot.get_mut(number..).unwrap_or_default();
        (hot, Words { words, width }, &self.times)
    }

    /// Notes when an order that stays in its state entered it.
    fn stay(&mut self, number: usize, entered_at: i64) {
        if self.entered.len() <= number {
            self.entered.resize(self.hot.len(), 0);
        }
        if let (Some(hot), Some(slot)) = (self.hot.get_mut(number), self.entered.get_mut(number)) {
            hot.stay();
            *slot = entered_at;
        }
    }

    /// The context of an order in the columns.
    #[inline]
    pub(super) fn view(&self, number: usize) -> CellsView<'_> {
        let words = self.words.get(self.place(number)).unwrap_or_default();
        let beside = self.beside.get(number).unwrap_or(&NOTHING_BESIDE);
        CellsView::of(&self.layout, words, beside)
    }

    pub(super) fn children(&self, number: usize) -> &[ChildCounts] {
        self.children.get(number).map_or(&[], Vec::as_slice)
    }

    /// Sets a field of an order in the columns, or takes its value away.
    pub(super) fn set(&mut self, number: usize, slot: usize, value: Option<Value>) {
        let word = value
            .as_ref()
            .map_or(UNSET, |value| self.layout.pack(slot, value));
        let at = self.place(number).start + slot;
        let Some(place) = self.words.get_mut(at) else {
            return;
        };
        let was = std::mem::replace(place, word);
        if was == BESIDE || word == BESIDE {
            let mut beside = self.beside.get(number).cloned().unwrap_or_default();
            beside.retain(|(known, _)| *known != slot);
            if let (BESIDE, Some(value)) = (word, value) {
                beside.push((slot, value));
                beside.sort_by_key(|(slot, _)| *slot);
            }
            self.put_beside(number, beside);
        }
    }

    /// Ends a step of an order in the columns; `to` is the state that was entered.
    pub(super) fn commit(&mut self, number: usize, to: Option<StateId>, clock: Clock) {
        let Some(hot) = self.hot.get_mut(number) else {
            return;
        };
        let before = *hot;
        match to.and_then(small) {
            Some(to) => hot.enter(to, clock.stamp),
            None => hot.step(clock.stamp),
        }
        let is_full = hot.sequence() == u32::MAX;
        if to.is_none() && !before.stayed() {
            self.stay(number, self.times.of(number, before));
        }
        if is_full {
            self.keep_whole(number);
        }
    }

    /// Takes an order whose counter is full out of the columns.
    #[cold]
    fn keep_whole(&mut self, number: usize) {
        if let Some(order) = self.columns(number) {
            self.whole.insert(number, order);
        }
        if let Some(hot) = self.hot.get_mut(number) {
            *hot = Hot::AWAY;
        }
    }

    /// An order as the interpreter knows it.
    pub(super) fn instance(&self, number: usize) -> Option<Instance> {
        let whole = self.whole.get(&number).cloned();
        whole.or_else(|| self.columns(number))
    }

    fn columns(&self, number: usize) -> Option<Instance> {
        let hot = self.hot.get(number)?;
        let state = hot.state()?;
        let updated_at = self.times.of(number, *hot);
        let entered_at = match hot.stayed() {
            true => *self.entered.get(number)?,
            false => updated_at,
        };
        let generations = self.generations.get(number).copied();
        let view = self.view(number);
        let values = (0..self.layout.len()).map(|slot| view.get(slot));
        Some(Instance {
            sequence: hot.sequence().into(),
            configuration: vec![state],
            context: Cells::with(&self.layout, values),
            children: self.children(number).to_vec(),
            entered_at: LiteMap::from_iter([(state, at_nanoseconds(entered_at))]),
            timers: LiteMap::new(),
            pending: Vec::new(),
            spent: BTreeSet::new(),
            suspended: BTreeMap::new(),
            past: BTreeMap::new(),
            origins: BTreeMap::new(),
            generations: generations.unwrap_or(0).into(),
            updated_at: at_nanoseconds(updated_at),
        })
    }

    /// Touches the orders of steps, so that memory brings them while others are stepped.
    pub(super) fn look_ahead(&self, steps: &[(u32, u16)]) {
        let width = self.layout.len();
        let touched = steps.iter().fold(0, |sum, (number, _)| {
            let number = *number as usize;
            let head = self.hot.get(number).map_or(0, |hot| hot.sequence());
            let word = self.words.get(number * width).copied().unwrap_or(0);
            sum ^ i64::from(head) ^ word
        });
        black_box(touched);
    }
}

/// The words of orders one after the other.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    words: &'a [i64],
    width: usize,
}

impl<'a> Words<'a> {
    /// The words of the order so many further on.
    #[inline]
    pub(super) fn of(self, further: usize) -> &'a [i64] {
        let words = self.words.get(further * self.width..);
        let words = words.and_then(|words| words.get(..self.width));
        words.unwrap_or_default()
    }

    /// Those from the order so many further on.
    #[inline]
    pub(super) fn skip(self, further: usize) -> Self {
        let words = self.words.get(further * self.width..).unwrap_or_default();
        Self { words, ..self }
    }

    /// The words of so many orders from the one so many further on, with how many an order has.
    #[inline]
    pub(super) fn some(self, further: usize, orders: usize) -> (&'a [i64], usize) {
        let words = self.words.get(further * self.width..);
        let words = words.and_then(|words| words.get(..orders * self.width));
        (words.unwrap_or_default(), self.width)
    }
}

/// An order as columns hold it.
struct Flat {
    hot: Hot,
    updated_at: i64,
    entered_at: i64,
    generations: u16,
}

/// An order for the columns; `None` for one that has to be kept whole. Its times lie behind [`BESIDE`], which an
/// instant counts as that no word holds.
fn flat(order: &Instance) -> Option<Flat> {
    let [state] = order.configuration.as_slice() else {
        return None;
    };
    let waits = !order.pending.is_empty()
        || !order.timers.is_empty()
        || !order.spent.is_empty()
        || !order.suspended.is_empty();
    if waits || !order.past.is_empty() || !order.origins.is_empty() {
        return None;
    }
    let sequence = u32::try_from(order.sequence).ok();
    let word = |at| nanoseconds(at).filter(|word| *word > BESIDE);
    Some(Flat {
        hot: Hot::new(sequence.filter(|n| *n < u32::MAX)?, small(*state)?),
        updated_at: word(order.updated_at)?,
        entered_at: word(*order.entered_at.get(state)?)?,
        generations: u16::try_from(order.generations).ok()?,
    })
}
