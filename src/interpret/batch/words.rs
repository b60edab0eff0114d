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
use crate::guard::TOGETHER;

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
            if !are_alike(chunk, place, |at, hot| past(done + at, hot)) {
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

/// Whether all of several orders can be stepped from a state; told without a jump for each.
#[inline]
fn are_alike(orders: &[Hot], place: u16, past: impl Fn(usize, Hot) -> bool) -> bool {
    let differs = orders.iter().enumerate().fold(0, |differs, (at, hot)| {
        differs | hot.differs(place) | u64::from(!past(at, *hot))
    });
    differs == 0
}

/// What a choice comes to where nothing more is asked.
#[derive(Clone, Copy)]
struct End {
    enters: bool,
    to: u16,
    refuses: bool,
}

impl End {
    fn of(next: Next) -> Option<Self> {
        let (enters, to) = match next {
            Next::Enter { to, .. } => (true, to),
            Next::Repeated | Next::Refused => (false, 0),
            Next::Choice(_) | Next::Passage(_) | Next::Whole => return None,
        };
        Some(Self {
            enters,
            to,
            refuses: next == Next::Refused,
        })
    }

    fn count(self, orders: usize, tally: &mut Tally) {
        match self {
            Self { enters: true, .. } => tally.moved += orders,
            Self { refuses: true, .. } => tally.refused += orders,
            Self { .. } => tally.repeated += orders,
        }
    }
}

/// Steps the orders in a state in which one guard decides, up to the first that cannot be stepped from it, or a few.
fn chosen(
    column: &Column,
    (at, place): (u32, usize),
    orders: &mut [Hot],
    words: Words<'_>,
    clock: Clock,
    past: impl Fn(usize, Hot) -> bool,
    tally: &mut Tally,
) -> usize {
    let (Some(choice), Ok(wanted)) = (column.choice(at), u16::try_from(place)) else {
        return 0;
    };
    let (nanos, stamp) = (clock.nanos(), clock.stamp);
    let mut done = 0;
    if let (Some(yes), Some(no)) = (End::of(choice.yes), End::of(choice.no)) {
        for chunk in orders.chunks_exact_mut(TOGETHER) {
            let asked = || choice.by_words_of(words.some(done, TOGETHER), nanos);
            let alike = are_alike(chunk, wanted, |at, hot| past(done + at, hot));
            let Some(answers) = alike.then(asked).flatten() else {
                break;
            };
            let mut held = 0;
            for (hot, holds) in chunk.iter_mut().zip(answers) {
                let end = if holds { yes } else { no };
                hot.enter_if(end.enters, end.to, stamp);
                held += usize::from(holds);
            }
            yes.count(held, tally);
            no.count(TOGETHER - held, tally);
            done += TOGETHER;
        }
    }
    // Those together of which one is another, or does not tell by its words; then they are looked at together again.
    for hot in orders.iter_mut().skip(done).take(TOGETHER) {
        if !is_alike(*hot, place) || !past(done, *hot) {
            break;
        }
        if !tell(by_words(column, (hot, true), words.of(done), clock), tally) {
            break;
        }
        done += 1;
    }
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
