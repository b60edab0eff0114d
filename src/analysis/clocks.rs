//! What the clocks of one zone show, learned as far as it is asked for.
//!
//! In: a model that counts with clocks which are so far ahead, and a zone. Out: clauses that say how far they
//! are ahead in that zone for as long as they are not put. A zone has hundreds of such times, and a question is
//! about one or two of them: the model is asked which (refinement by counterexamples, after Clarke, Grumberg,
//! Jha, Lu and Veith, CAV 2000).

use std::collections::BTreeSet;

use batsat::Lit;

use super::circuit::Circuit;
use super::data::{DAY, NANO, date_of};
use super::number::Number;
use crate::time::{self, Duration, Instant, Steady, Zone};

/// By how much it matters that clocks are not those of UTC.
#[derive(Debug, Clone)]
pub(super) struct Drift {
    /// The difference, in nanoseconds.
    pub(super) by: Number,
    clock: Clock,
    /// Where it matters, as written.
    pub(super) words: String,
}

/// What is asked of clocks.
#[derive(Debug, Clone)]
pub(super) enum Clock {
    /// The date of an instant: clocks are ahead of UTC by the difference.
    Date(Number),
    /// The first instant of a day, which comes later than in UTC by the difference.
    Start(Number),
    /// An instant moved by days, which comes later than in UTC by the difference.
    Moved(Number, Number),
}

/// A difference in a zone, and for what it is that: each number within its bounds.
struct Known {
    by: i128,
    within: Vec<(Number, i128, i128)>,
}

impl Drift {
    pub(super) fn new(by: Number, clock: Clock, words: String) -> Self {
        Self { by, clock, words }
    }

    /// Says which differences there are in a zone whose clocks are so many seconds ahead, where `here` is that the
    /// zone is meant.
    pub(super) fn bound(&self, circuit: &mut Circuit, offsets: &BTreeSet<i64>, here: Lit) {
        let differences: BTreeSet<i64> = match self.clock {
            Clock::Date(_) => offsets.clone(),
            Clock::Start(_) => offsets.iter().map(|ahead| -ahead).collect(),
            Clock::Moved(..) => {
                let pairs = offsets
                    .iter()
                    .flat_map(|there| offsets.iter().map(move |then| there - then));
                pairs.collect()
            }
        };
        let mut clause = vec![!here];
        for by in differences {
            clause.push(circuit.within(&self.by, seconds(by), seconds(by)));
        }
        circuit.clause(&clause);
    }

    /// Holds the model to a zone, where `here` is that the zone is meant; whether there was a need to.
    /// `None` where it is not known what the clocks show.
    pub(super) fn learn(&self, circuit: &mut Circuit, zone: &Zone, here: Lit) -> Option<bool> {
        let known = self.known(circuit, zone)?;
        if circuit.value(&self.by) == known.by {
            return Some(false);
        }
        let mut clause = vec![!here];
        for (number, low, high) in &known.within {
            clause.push(!circuit.within(number, *low, *high));
        }
        clause.push(circuit.within(&self.by, known.by, known.by));
        circuit.clause(&clause);
        Some(true)
    }

    /// What the difference is in the model, if it were of the zone.
    fn known(&self, circuit: &mut Circuit, zone: &Zone) -> Option<Known> {
        match &self.clock {
            Clock::Date(at) => {
                let steady = zone.steady(instant(circuit, at)?)?;
                Some(Known {
                    by: seconds(steady.ahead),
                    within: vec![bounded(at, &steady)],
                })
            }
            Clock::Start(day) => {
                let date = date_of(circuit.value(day))?;
                let start = zone.start_of(date).ok()?;
                let number = circuit.value(day);
                let by = time::all_nanoseconds(start) - number * DAY * NANO;
                let steady = zone.steady(start)?;
                // The days that begin while the clocks show only once what they show.
                let (low, high) = limits(&steady, fold(&steady));
                let ahead = seconds(steady.ahead);
                let low = low.map_or(day.low, |low| (low + ahead - 1).div_euclid(DAY * NANO) + 1);
                let high = high.map_or(day.high, |high| (high + ahead).div_euclid(DAY * NANO));
                let usual = by == -ahead && (low..=high).contains(&number);
                let (low, high) = if usual { (low, high) } else { (number, number) };
                let within = vec![(day.clone(), low, high)];
                Some(Known { by, within })
            }
            Clock::Moved(at, days) => {
                let (from, by_days) = (instant(circuit, at)?, circuit.value(days));
                let length = Duration::days(i32::try_from(by_days).ok()?);
                let moved = time::all_nanoseconds(zone.add(from, length).ok()?);
                let in_utc = circuit.value(at) + by_days * DAY * NANO;
                let by = moved - in_utc;
                let (there, then) = (zone.steady(from)?, zone.steady(instant_of(moved)?)?);
                // Where clocks never show the time, it is as much later as they are put forward.
                let skipped = by != seconds(there.ahead - then.ahead);
                let (low, high) = match skipped {
                    false => limits(&then, fold(&then)),
                    true => {
                        let (first, _) = limits(&then, 0);
                        let gap = seconds(then.ahead - then.before);
                        (first, first.map(|first| first + gap - 1))
                    }
                };
                let in_days = circuit.times(days, DAY * NANO)?;
                let unmoved = circuit.sum(at, &in_days)?;
                let low = low.map_or(unmoved.low, |low| low - by);
                let high = high.map_or(unmoved.high, |high| high - by);
                let is_so = !skipped || by == seconds(there.ahead - then.before);
                let is_so = is_so && (low..=high).contains(&in_utc);
                let within = vec![bounded(at, &there), (unmoved, low, high)];
                is_so.then_some(Known { by, within })
            }
        }
    }
}

/// A number within the time in which clocks are not put.
fn bounded(at: &Number, steady: &Steady) -> (Number, i128, i128) {
    let (low, high) = limits(steady, 0);
    (at.clone(), low.unwrap_or(at.low), high.unwrap_or(at.high))
}

/// The first nanosecond of a time in which clocks are not put, or so much later, and its last.
fn limits(steady: &Steady, later: i128) -> (Option<i128>, Option<i128>) {
    let from = steady.from.map(|from| time::all_nanoseconds(from) + later);
    let until = steady.until.map(|until| time::all_nanoseconds(until) - 1);
    (from, until)
}

/// For how long clocks that were put back show what they have shown before.
fn fold(steady: &Steady) -> i128 {
    seconds((steady.before - steady.ahead).max(0))
}

fn seconds(seconds: i64) -> i128 {
    i128::from(seconds) * NANO
}

fn instant(circuit: &Circuit, at: &Number) -> Option<Instant> {
    instant_of(circuit.value(at))
}

fn instant_of(nanoseconds: i128) -> Option<Instant> {
    time::at_all_nanoseconds(nanoseconds)
}
