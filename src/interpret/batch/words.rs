//! Steps by the words of orders alone: most steps of most workflows.
//!
//! In: a column, and the heads and words of orders. Out: the heads after. Where words do not tell what to
//! do, because a value is not among them, a field is set or something else has to be asked, nothing was
//! done, and the batch looks further.

use super::Tally;
use super::column::{Column, Next};
use super::hot::Hot;
use super::store::Words;

/// How many orders are looked at together, so that what is the same for them is decided once.
const BLOCK: usize = 64;

/// What the columns say about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quick {
    Moved(u32),
    Repeated,
    Refused,
    /// The interpreter has to do it.
    Whole,
}

/// Steps an order; `None` where its words do not tell what to do.
#[inline]
pub(super) fn by_words(column: &Column, hot: &mut Hot, words: &[i64], nanos: i64) -> Option<Quick> {
    let first = column.first(hot.place());
    match is_ready(*hot, nanos) {
        true => settle(column, first, hot, words, nanos),
        false => None,
    }
}

fn is_ready(hot: Hot, nanos: i64) -> bool {
    hot.updated_at <= nanos && hot.has_room()
}

/// Follows choices to what is done, and does it.
#[inline]
fn settle(column: &Column, first: Next, hot: &mut Hot, words: &[i64], nanos: i64) -> Option<Quick> {
    let mut next = first;
    // A choice is written after those that it leads to, so that this ends.
    while let Next::Choice(at) = next {
        next = column.choice(at)?.by_words(words, nanos)?;
    }
    match next {
        Next::Enter { passage, to } => {
            hot.enter(to, nanos);
            Some(Quick::Moved(passage))
        }
        Next::Repeated => Some(Quick::Repeated),
        Next::Refused => Some(Quick::Refused),
        Next::Choice(_) | Next::Passage(_) | Next::Whole => None,
    }
}

/// Steps orders one after the other as long as their words tell what to do; how many that were.
pub(super) fn stretch(
    column: &Column,
    orders: &mut [Hot],
    words: Words<'_>,
    nanos: i64,
    tally: &mut Tally,
) -> usize {
    let mut done = 0;
    for block in orders.chunks_mut(BLOCK) {
        let count = block.len();
        let stepped = match shared(column, block, nanos) {
            Some(Next::Enter { to, .. }) => {
                block.iter_mut().for_each(|hot| hot.enter(to, nanos));
                tally.moved += count;
                count
            }
            Some(Next::Choice(at)) => chosen(column, at, block, words.skip(done), nanos, tally),
            _ => each(column, block, words.skip(done), nanos, tally),
        };
        done += stepped;
        if stepped < count {
            break;
        }
    }
    done
}

/// What is done in the state that orders share; `None` where they share none.
fn shared(column: &Column, orders: &[Hot], nanos: i64) -> Option<Next> {
    let place = orders.first()?.place();
    let alike = orders.iter().fold(true, |alike, hot| {
        alike & (hot.place() == place) & is_ready(*hot, nanos)
    });
    alike.then(|| column.first(place))
}

/// Steps orders for which one guard decides.
fn chosen(
    column: &Column,
    at: u32,
    orders: &mut [Hot],
    words: Words<'_>,
    nanos: i64,
    tally: &mut Tally,
) -> usize {
    let mut answers = [false; BLOCK];
    let answers = answers.get_mut(..orders.len()).unwrap_or_default();
    let choice = column.choice(at);
    let Some(choice) = choice.filter(|choice| choice.each(words, nanos, answers)) else {
        return each(column, orders, words, nanos, tally);
    };
    for (done, (hot, yes)) in orders.iter_mut().zip(answers).enumerate() {
        let next = if *yes { choice.yes } else { choice.no };
        if !tell(settle(column, next, hot, words.of(done), nanos), tally) {
            return done;
        }
    }
    orders.len()
}

/// Steps orders one by one.
fn each(
    column: &Column,
    orders: &mut [Hot],
    words: Words<'_>,
    nanos: i64,
    tally: &mut Tally,
) -> usize {
    for (done, hot) in orders.iter_mut().enumerate() {
        if !tell(by_words(column, hot, words.of(done), nanos), tally) {
            return done;
        }
    }
    orders.len()
}

/// Counts a step; `false` where there was none.
fn tell(quick: Option<Quick>, tally: &mut Tally) -> bool {
    match quick {
        Some(Quick::Moved(_)) => tally.moved += 1,
        Some(Quick::Repeated) => tally.repeated += 1,
        Some(Quick::Refused) => tally.refused += 1,
        Some(Quick::Whole) | None => return false,
    }
    true
}
