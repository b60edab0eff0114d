//! Measuring: several rounds, each long enough for the clock, and of these the least and the median.

use std::time::{Duration, Instant};

/// How many rounds are measured, after one that is not.
const ROUNDS: usize = 15;

/// How long a round lasts at least.
const ROUND: Duration = Duration::from_millis(20);

/// Nanoseconds for one of what was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// Of the quickest round: the machine had nothing else to do.
    pub(crate) least: f64,
    /// Of the round in the middle.
    pub(crate) median: f64,
}

/// Measures `sweep`, which does `count` of the same with other inputs each time it is called; it is
/// told how often it was called before.
pub(crate) fn time(count: usize, mut sweep: impl FnMut(usize)) -> Time {
    let mut sweeps = 0;
    let mut round = |least: Duration| {
        let before = sweeps;
        let start = Instant::now();
        while start.elapsed() < least {
            sweep(sweeps);
            sweeps += 1;
        }
        nanos(start.elapsed()) / number((sweeps - before) * count)
    };
    round(ROUND);
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round(ROUND)).collect();
    rounds.sort_by(f64::total_cmp);
    Time {
        least: rounds[0],
        median: rounds[ROUNDS / 2],
    }
}

/// The mean of several times.
pub(crate) fn mean(times: &[Time]) -> Time {
    let of = |part: fn(&Time) -> f64| times.iter().map(part).sum::<f64>() / number(times.len());
    Time {
        least: of(|time| time.least),
        median: of(|time| time.median),
    }
}

fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a round of less than four billion"))
}
