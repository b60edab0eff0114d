//! Steps by the words of orders alone: most steps of most workflows.
//!
//! In: a column, and the heads and words of orders. Out: the heads after. Where words do not tell what to
//! do, because a value is not among them, a field is set or something else has to be asked, nothing was
//! done, and the batch looks further.

use super::Tally;
use super::column::{Column, Next};
use super::hot::Hot;
use super::store::Words;
use super::times::{Clock, Stamp};

/// What the columns say about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quick {
    Moved(u32),
    Repeated,
    Refused,
    /// The interpreter has to do it.
    Whole,
}

/// What an order does first; [`Next::Whole`] where it cannot be stepped by words. `past` says whether its last
/// step is not later than this one.
#[inline]
pub(super) fn first(column: &Column, hot: Hot, past: bool) -> Next {
    match past && hot.has_room() {
        true => column.first(hot.place()),
        false => Next::Whole,
    }
}

/// Has an order enter a state where one guard decides, and says yes: the passage. Else nothing was done.
#[inline]
pub(super) fn guarded(
    column: &Column,
    choice: u32,
    hot: &mut Hot,
    words: &[i64],
    clock: Clock,
) -> Option<u32> {
    let choice = column.choice(choice)?;
    match choice.yes {
        Next::Enter { passage, to } if choice.by_words(words, clock.nanos()) == Some(true) => {
            hot.enter(to, clock.stamp);
            Some(passage)
        }
        _ => None,
    }
}

/// Steps an order; `None` where its words do not tell what to do.
#[inline]
pub(super) fn by_words(
    column: &Column,
    (hot, past): (&mut Hot, bool),
    words: &[i64],
    clock: Clock,
) -> Option<Quick> {
    match first(column, *hot, past) {
        Next::Enter { passage, to } => {
            hot.enter(to, clock.stamp);
            Some(Quick::Moved(passage))
        }
        first => settle(column, first, hot, words, clock),
    }
}

/// Follows choices to what is done, and does it.
fn settle(
    column: &Column,
    first: Next,
    hot: &mut Hot,
    words: &[i64],
    clock: Clock,
) -> Option<Quick> {
    let mut next = first;
    // A choice is written after those that it leads to, so that this ends.
    while let Next::Choice(at) = next {
        let choice = column.choice(at)?;
        if choice.by_words(words, clock.nanos())? {
            // Most end here: a processor that guesses so need not wait for the answer.
            if let Next::Enter { passage, to } = choice.yes {
                hot.enter(to, clock.stamp);
                return Some(Quick::Moved(passage));
            }
            next = choice.yes;
        } else {
            next = choice.no;
        }
    }
    match next {
        Next::Enter { passage, to } => {
            hot.enter(to, clock.stamp);
            Some(Quick::Moved(passage))
        }
        Next::Repeated => Some(Quick::Repeated),
        Next::Refused => Some(Quick::Refused),
        Next::Choice(_) | Next::Passage(_) | Next::Whole => None,
    }
}

/// Steps orders one after the other as long as their words tell what to do; how many that were. `past` says
/// of each, by its place among them, whether its last step is not later than this one.
pub(super) fn stretch(
    column: &Column,
    orders: &mut [Hot],
    words: Words<'_>,
    clock: Clock,
    past: impl Fn(usize, Hot) -> bool,
    tally: &mut Tally,
) -> usize {
    let mut done = 0;
    while let Some((place, rest)) = next_of(orders, done) {
        let words = words.skip(done);
        let past = |at: usize, hot: Hot| past(done + at, hot);
        let stepped = match column.first(place) {
            Next::Enter { to, .. } => {
                let entered = enter_alike(rest, (place, to), clock.stamp, past);
                tally.moved += entered;
                entered
            }
            Next::Choice(at) => chosen(column, (at, place), rest, words, clock, past, tally),
            _ => each(column, rest, words, clock, past, tally),
        };
        if stepped == 0 {
            break;
        }
        done += stepped;
    }
    done
}

/// The orders from one on, and the state of the first.
fn next_of(orders: &mut [Hot], from: usize) -> Option<(usize, &mut [Hot])> {
    let rest = orders.get_mut(from..)?;
    let place = rest.first()?.place();
    Some((place, rest))
}

/// Whether an order can be stepped from a state.
#[inline]
fn is_alike(hot: Hot, place: usize) -> bool {
    hot.place() == place && hot.has_room()
}

/// How many orders are looked at together: a processor does that for several at once, without a jump for each.
const TOGETHER: usize = 16;

/// Has the orders in a state enter another, up to the first that cannot; how many that were.
fn enter_alike(
    orders: &mut [Hot],
    (place, to): (usize, u16),
    stamp: Stamp,
    past: impl Fn(usize, Hot) -> bool,
) -> usize {
    let mut done = 0;
    if let Ok(place) = u16::try_from(place) {
        for chunk in orders.chunks_exact_mut(TOGETHER) {
            let each = chunk.iter().enumerate();
            let differs = each.fold(0, |differs, (at, hot)| {
                differs | hot.differs(place) | u64::from(!past(done + at, *hot))
            });
            if differs != 0 {
                break;
            }
            for hot in chunk {
                hot.enter(to, stamp);
            }
            done += TOGETHER;
        }
    }
    let rest = orders.iter_mut().enumerate().skip(done);
    let alike = rest.take_while(|(at, hot)| is_alike(**hot, place) && past(*at, **hot));
    done + alike.map(|(_, hot)| hot.enter(to, stamp)).count()
}

/// Steps the orders in a state in which one guard decides, up to the first that cannot be stepped from it.
fn chosen(
    column: &Column,
    (at, place): (u32, usize),
    orders: &mut [Hot],
    words: Words<'_>,
    clock: Clock,
    past: impl Fn(usize, Hot) -> bool,
    tally: &mut Tally,
) -> usize {
    let Some(choice) = column.choice(at) else {
        return 0;
    };
    let (nanos, stamp) = (clock.nanos(), clock.stamp);
    let mut at = 0;
    if let (Next::Enter { to, .. }, Next::Refused) = (choice.yes, choice.no) {
        let (done, moved) = choice.walk(words, nanos, orders, move |hot, yes| {
            let alike = is_alike(*hot, place) && past(at, *hot);
            hot.enter_if(alike & yes, to, stamp);
            at += 1;
            alike
        });
        tally.moved += moved;
        tally.refused += done - moved;
        return done;
    }
    let (done, _) = choice.walk(words, nanos, orders, |hot, yes| {
        let told = is_alike(*hot, place) && past(at, *hot) && {
            let next = if yes { choice.yes } else { choice.no };
            tell(settle(column, next, hot, words.of(at), clock), tally)
        };
        at += 1;
        told
    });
    done
}

/// Steps orders one by one.
fn each(
    column: &Column,
    orders: &mut [Hot],
    words: Words<'_>,
    clock: Clock,
    past: impl Fn(usize, Hot) -> bool,
    tally: &mut Tally,
) -> usize {
    for (done, hot) in orders.iter_mut().enumerate() {
        let past = past(done, *hot);
        if !tell(by_words(column, (hot, past), words.of(done), clock), tally) {
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
