//! Measuring: several rounds, each long enough for the clock, and of these the least and the median.

use std::time::{Duration, Instant};

/// How often all engines are measured, one behind the other: a machine that is busy for a while is
/// busy for all of them.
pub(crate) const PASSES: usize = 3;

/// How many rounds are measured in a pass, after one that is not.
const ROUNDS: usize = 7;

/// How long a round lasts at least.
const ROUND: Duration = Duration::from_millis(20);

/// What the rounds took: nanoseconds for one of what was measured, the quickest round first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Time(Vec<f64>);

impl Time {
    pub(crate) fn new(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        Self(rounds)
    }

    /// Both times as one.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self::new([self.0.as_slice(), other.0.as_slice()].concat())
    }

    /// Of the quickest round, in which the machine had nothing else to do.
    pub(crate) fn least(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    /// Of the round in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Measures `sweep`, which does `count` of the same with other inputs each time it is called; it is
/// told how often it was called before.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub(crate) fn time(count: usize, mut sweep: impl FnMut(usize)) -> Time {
    let mut sweeps = 0;
    let mut round = || {
        let before = sweeps;
        let start = Instant::now();
        while start.elapsed() < ROUND {
            sweep(sweeps);
            sweeps += 1;
        }
        start.elapsed().as_secs_f64() * 1e9 / number((sweeps - before) * count)
    };
    round();
    Time::new((0..ROUNDS).map(|_| round()).collect())
}

/// The mean of something about several times.
pub(crate) fn mean<'a>(times: impl IntoIterator<Item = &'a Time>, of: fn(&Time) -> f64) -> f64 {
    let figures: Vec<f64> = times.into_iter().map(of).collect();
    figures.iter().sum::<f64>() / number(figures.len())
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a round of less than four billion"))
}
