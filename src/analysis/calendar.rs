//! Dates, instants and durations.
//!
//! Fixed seconds, dates moved by whole days and differences are exact, and so is everything in UTC.
//! In another zone a day may be longer or shorter than 24 hours, by what two offsets can differ; by how much it
//! is in the zone at hand is learned when it is asked for (`clocks`).

use batsat::Lit;

use super::clocks::{Clock, Drift};
use super::data::{DAY, Data, NANO, day_of};
use super::encode::{Encoder, Term};
use super::number::Number;
use crate::guard::tree::{Arithmetic, Tree};
use crate::time::Date;

/// The furthest that the clocks of a zone are from UTC, in seconds.
const OFFSET: i128 = 16 * 3_600;

/// The instants that every zone can count days from, in nanoseconds: nine thousand years around 1970.
const SANE: i128 = 9_000 * 365 * DAY * NANO;

/// What clocks show at an instant.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// The day, by number.
    day: Number,
    /// The nanoseconds since its midnight by the same clocks.
    since: Number,
    /// The same in whole seconds, once it was asked for.
    seconds: Option<Number>,
    ok: Lit,
}

impl Encoder<'_> {
    /// `days(n)`, or so many units of `seconds` each.
    pub(super) fn length(&mut self, n: &Term, seconds: Option<i128>) -> Option<Term> {
        let Data::Number(number, 0) = &n.data else {
            return None;
        };
        let circuit = &mut self.space.circuit;
        let zero = circuit.number(0);
        let (fits, data) = match seconds {
            None => {
                let fits = circuit.within(number, i32::MIN.into(), i32::MAX.into());
                let days = number.clone();
                let seconds = zero;
                (fits, Data::Length { days, seconds })
            }
            Some(factor) => {
                let seconds = circuit.times(number, factor)?;
                let fits = circuit.within(&seconds, i64::MIN.into(), i64::MAX.into());
                let days = zero;
                (fits, Data::Length { days, seconds })
            }
        };
        let ok = circuit.and(n.ok, fits);
        Some(Term { ok, data })
    }

    /// A date, an instant or a duration, moved or made of two.
    pub(super) fn moved(
        &mut self,
        tree: &Tree,
        operator: Arithmetic,
        a: &Term,
        b: &Term,
    ) -> Option<Term> {
        let back = operator == Arithmetic::Subtract;
        let both = self.space.circuit.and(a.ok, b.ok);
        match (&a.data, &b.data) {
            (Data::Datetime(to), Data::Datetime(from)) => Some(Term {
                ok: both,
                data: Data::Stretch {
                    from: from.clone(),
                    to: to.clone(),
                },
            }),
            (Data::Date(to), Data::Date(from)) => {
                let circuit = &mut self.space.circuit;
                let days = circuit.difference(to, from)?;
                let seconds = circuit.number(0);
                let data = Data::Length { days, seconds };
                Some(Term { ok: both, data })
            }
            (Data::Date(date), length) => {
                let (days, seconds, fits) = self.signed(length, back)?;
                self.date_moved(date, (&days, &seconds), &[both, fits])
            }
            (Data::Datetime(at), length) => {
                let (days, seconds, fits) = self.signed(length, back)?;
                let (value, fine) = self.instant_moved(tree, at, (&days, &seconds))?;
                let ok = self.space.circuit.all([both, fits, fine]);
                let data = Data::Datetime(value);
                Some(Term { ok, data })
            }
            (length, other) => {
                let (days, seconds, _) = self.signed(length, false)?;
                let (more_days, more_seconds, fits) = self.signed(other, back)?;
                let circuit = &mut self.space.circuit;
                let days = circuit.sum(&days, &more_days)?;
                let seconds = circuit.sum(&seconds, &more_seconds)?;
                let in_days = circuit.within(&days, i32::MIN.into(), i32::MAX.into());
                let in_seconds = circuit.within(&seconds, i64::MIN.into(), i64::MAX.into());
                let ok = circuit.all([both, fits, in_days, in_seconds]);
                let data = Data::Length { days, seconds };
                Some(Term { ok, data })
            }
        }
    }

    /// Days and seconds of a length, backwards where asked, and whether there are such.
    fn signed(&mut self, length: &Data, back: bool) -> Option<(Number, Number, Lit)> {
        let circuit = &mut self.space.circuit;
        let (days, seconds) = match length {
            Data::Length { days, seconds } => (days.clone(), seconds.clone()),
            Data::Stretch { from, to } => {
                let nanoseconds = circuit.difference(to, from)?;
                let seconds = circuit.quotient(&nanoseconds, NANO)?;
                (circuit.number(0), seconds)
            }
            _ => return None,
        };
        if !back {
            return Some((days, seconds, circuit.yes()));
        }
        let (days, seconds) = (circuit.negated(&days)?, circuit.negated(&seconds)?);
        let in_days = circuit.within(&days, i32::MIN.into(), i32::MAX.into());
        let in_seconds = circuit.within(&seconds, i64::MIN.into(), i64::MAX.into());
        let fits = circuit.and(in_days, in_seconds);
        Some((days, seconds, fits))
    }

    fn date_moved(
        &mut self,
        date: &Number,
        (days, seconds): (&Number, &Number),
        oks: &[Lit],
    ) -> Option<Term> {
        let circuit = &mut self.space.circuit;
        let moved = circuit.sum(date, days)?;
        let within = circuit.within(&moved, day_of(Date::MIN), day_of(Date::MAX));
        let whole = circuit.within(seconds, 0, 0);
        let ok = circuit.all(oks.iter().copied().chain([within, whole]));
        let data = Data::Date(moved);
        Some(Term { ok, data })
    }

    /// An instant moved by calendar days, then by seconds; and whether the calendar goes so far.
    pub(super) fn instant_moved(
        &mut self,
        tree: &Tree,
        at: &Number,
        (days, seconds): (&Number, &Number),
    ) -> Option<(Number, Lit)> {
        let circuit = &mut self.space.circuit;
        let by_days = circuit.times(days, DAY * NANO)?;
        let by_seconds = circuit.times(seconds, NANO)?;
        let mut moved = circuit.sum(at, &by_days)?;
        if days.known() != Some(0) {
            let clock = Clock::Moved(at.clone(), days.clone());
            let shift = self.drift(tree, clock)?;
            let circuit = &mut self.space.circuit;
            let stays = circuit.within(days, 0, 0);
            let none = circuit.within(&shift, 0, 0);
            circuit.clause(&[!stays, none]);
            moved = circuit.sum(&moved, &shift)?;
        }
        let circuit = &mut self.space.circuit;
        let moved = circuit.sum(&moved, &by_seconds)?;
        let (from, to) = (
            circuit.within(at, -SANE, SANE),
            circuit.within(&moved, -SANE, SANE),
        );
        let sane = circuit.and(from, to);
        let fine = self.mostly(tree, sane);
        Some((moved, fine))
    }

    /// What surely is fine where the calendar is sane, and perhaps elsewhere.
    fn mostly(&mut self, tree: &Tree, sane: Lit) -> Lit {
        if sane == self.space.circuit.yes() {
            return sane;
        }
        let met = self.met;
        let beyond = self.lost(tree, &[]).ok;
        self.met = met;
        self.space.circuit.or(sane, beyond)
    }

    /// By how much a zone's clocks may differ: not at all in UTC.
    fn drift(&mut self, tree: &Tree, clock: Clock) -> Option<Number> {
        let key = self.key(tree);
        if let Some(known) = self.drifts.get(&key) {
            return Some(known.by.clone());
        }
        let utc = self.space.utc();
        let circuit = &mut self.space.circuit;
        let most = match clock {
            Clock::Date(_) | Clock::Start(_) => OFFSET,
            Clock::Moved(..) => 2 * OFFSET,
        };
        let seconds = circuit.unknown(-most, most);
        let none = circuit.within(&seconds, 0, 0);
        circuit.clause(&[!utc, none]);
        let by = circuit.times(&seconds, NANO)?;
        let drift = Drift::new(by.clone(), clock, self.written(tree));
        self.drifts.insert(key, drift);
        Some(by)
    }

    /// Two lengths of which at least one is a stretch, as instants that compare as they do.
    pub(super) fn stretches(
        &mut self,
        tree: &Tree,
        a: &Term,
        b: &Term,
    ) -> Option<(Number, Number, Lit)> {
        let yes = self.space.circuit.yes();
        match (&a.data, &b.data) {
            (
                Data::Stretch { from, to },
                Data::Stretch {
                    from: start,
                    to: end,
                },
            ) => {
                let circuit = &mut self.space.circuit;
                let first = circuit.difference(to, from)?;
                let second = circuit.difference(end, start)?;
                Some((first, second, yes))
            }
            (Data::Stretch { from, to }, Data::Length { days, seconds }) => {
                let (due, fine) = self.due(tree, from, (days, seconds))?;
                Some((to.clone(), due, fine))
            }
            (Data::Length { days, seconds }, Data::Stretch { from, to }) => {
                let (due, fine) = self.due(tree, from, (days, seconds))?;
                Some((due, to.clone(), fine))
            }
            _ => None,
        }
    }

    fn due(
        &mut self,
        tree: &Tree,
        from: &Number,
        length: (&Number, &Number),
    ) -> Option<(Number, Lit)> {
        let circuit = &mut self.space.circuit;
        let by_days = circuit.times(length.0, DAY)?;
        let reach = circuit.sum(&by_days, length.1)?;
        let bound = SANE / NANO;
        let near = circuit.within(&reach, -bound, bound);
        let clock = Clock::Moved(from.clone(), length.0.clone());
        let shift = self.drift(tree, clock)?;
        let circuit = &mut self.space.circuit;
        let stays = circuit.within(length.0, 0, 0);
        let none = circuit.within(&shift, 0, 0);
        circuit.clause(&[!stays, none]);
        let reach = circuit.times(&reach, NANO)?;
        let due = circuit.sum(from, &reach)?;
        let due = circuit.sum(&due, &shift)?;
        let start = circuit.within(from, -SANE, SANE);
        let end = circuit.within(&due, -SANE, SANE);
        let sane = circuit.all([near, start, end]);
        let beyond = match sane == circuit.yes() {
            true => sane,
            false => circuit.fresh(),
        };
        let fine = circuit.or(sane, beyond);
        Some((due, fine))
    }

    /// The date on which an instant falls: exact in UTC, else within what clocks differ.
    pub(super) fn date_of(&mut self, tree: &Tree, at: &Term) -> Option<Term> {
        let Shown { day, ok, .. } = self.shown(tree, at)?;
        let data = Data::Date(day);
        Some(Term { ok, data })
    }

    /// What clocks show at an instant: exact in UTC, else within what clocks differ.
    pub(super) fn time_of_day(&mut self, tree: &Tree, at: &Term) -> Option<Term> {
        let shown = self.shown(tree, at)?;
        let circuit = &mut self.space.circuit;
        let seconds = match shown.seconds {
            Some(seconds) => seconds,
            None => {
                // Cheaper than a quotient.
                let seconds = circuit.unknown(0, DAY - 1);
                let rest = circuit.unknown(0, NANO - 1);
                let whole = circuit.times(&seconds, NANO)?;
                let sum = circuit.sum(&whole, &rest)?;
                let same = circuit.same(&sum, &shown.since);
                circuit.require(same);
                let key = self.key(tree);
                if let Some(known) = self.shown.get_mut(&key) {
                    known.seconds = Some(seconds.clone());
                }
                seconds
            }
        };
        let data = Data::Length {
            days: self.space.circuit.number(0),
            seconds,
        };
        Some(Term { ok: shown.ok, data })
    }

    /// The day that clocks show at an instant, and the time since its midnight by them; of the same instant, the same.
    fn shown(&mut self, tree: &Tree, at: &Term) -> Option<Shown> {
        let Data::Datetime(instant) = &at.data else {
            return None;
        };
        let key = self.key(tree);
        if let Some(known) = self.shown.get(&key) {
            return Some(known.clone());
        }
        let shift = self.drift(tree, Clock::Date(instant.clone()))?;
        let circuit = &mut self.space.circuit;
        let local = circuit.sum(instant, &shift)?;
        let length = DAY * NANO;
        let day = circuit.unknown(
            local.low.div_euclid(length) - 1,
            local.high.div_euclid(length) + 1,
        );
        let start = circuit.times(&day, length)?;
        let since = circuit.difference(&local, &start)?;
        let today = circuit.within(&since, 0, length - 1);
        circuit.require(today);
        let sane = circuit.within(instant, -SANE, SANE);
        let fine = self.mostly(tree, sane);
        let ok = self.space.circuit.and(at.ok, fine);
        let shown = Shown {
            day,
            since,
            seconds: None,
            ok,
        };
        self.shown.insert(key, shown.clone());
        Some(shown)
    }

    /// The day of the week of a date; that of the first of 1970 was a Thursday.
    pub(super) fn weekday(&mut self, date: &Term) -> Option<Term> {
        let Data::Date(day) = &date.data else {
            return None;
        };
        let circuit = &mut self.space.circuit;
        let week = circuit.unknown((day.low + 3).div_euclid(7), (day.high + 3).div_euclid(7));
        let number = circuit.unknown(1, 7);
        let thursday = circuit.times(&week, 7)?;
        let four = circuit.number(4);
        let since = circuit.difference(&number, &four)?;
        let found = circuit.sum(&thursday, &since)?;
        let same = circuit.same(&found, day);
        circuit.require(same);
        let data = Data::Number(number, 0);
        Some(Term { ok: date.ok, data })
    }

    /// The first instant of a date: exact in UTC, else within what clocks differ.
    pub(super) fn start_of(&mut self, tree: &Tree, date: &Term) -> Option<Term> {
        let Data::Date(day) = &date.data else {
            return None;
        };
        let shift = self.drift(tree, Clock::Start(day.clone()))?;
        let circuit = &mut self.space.circuit;
        let midnight = circuit.times(day, DAY * NANO)?;
        let start = circuit.sum(&midnight, &shift)?;
        let sane = circuit.within(&start, -SANE, SANE);
        let fine = self.mostly(tree, sane);
        let ok = self.space.circuit.and(date.ok, fine);
        let data = Data::Datetime(start);
        Some(Term { ok, data })
    }
}
