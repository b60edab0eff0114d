//! Instants, calendar dates, durations and zones: the only user of the date libraries.
//!
//! In: text a person wrote (`20m`, `3d`, `2026-03-01`), instants the host passes. Out: the instant a
//! timer is due. A day is a calendar day in the tenant's zone; `24h` is exactly 24 hours, so the two
//! differ across a daylight-saving change. No clock is read here or anywhere below the shells.

pub(crate) mod meant;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Timelike,
    Utc,
};

/// A point in time, in UTC.
pub type Instant = DateTime<Utc>;

/// A calendar date without a zone.
pub type Date = NaiveDate;

/// A length of time: calendar days and, apart from them, exact seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Duration {
    /// Calendar days in the tenant's zone.
    pub days: i32,
    /// Exact seconds.
    pub seconds: i64,
}

/// The longest duration that is accepted, in days: a hundred years.
const MAX_DAYS: i64 = 36_525;
const SECONDS_A_DAY: i64 = 86_400;

impl Duration {
    /// Whole calendar days.
    pub fn days(days: i32) -> Self {
        Self { days, seconds: 0 }
    }

    /// Exact seconds.
    pub fn seconds(seconds: i64) -> Self {
        Self { days: 0, seconds }
    }

    /// Whether it is one that can be written: neither part negative nor beyond a hundred years.
    pub fn is_writable(self) -> bool {
        let days = (0..=MAX_DAYS).contains(&i64::from(self.days));
        days && (0..=MAX_DAYS * SECONDS_A_DAY).contains(&self.seconds)
    }

    /// Whether both parts are within some hundred years, so that moving by it is sure to end in the
    /// calendar.
    pub(crate) fn is_sane(self) -> bool {
        let days = -50_000..50_000;
        days.contains(&self.days) && (-4_000_000_000..4_000_000_000).contains(&self.seconds)
    }

    /// Length in seconds where a calendar day counts as 24 hours: for comparing, not for due times.
    pub fn nominal_seconds(self) -> i128 {
        i128::from(self.days) * i128::from(SECONDS_A_DAY) + i128::from(self.seconds)
    }
}

impl PartialOrd for Duration {
    /// Compares nominal lengths; `1d` and `24h` are neither equal nor ordered.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let order = self.nominal_seconds().cmp(&other.nominal_seconds());
        (order.is_ne() || self == other).then_some(order)
    }
}

/// How times are written, for those who wrote something that nobody can make sense of.
const DURATIONS: &str = "write for example `20m`, `36h`, `3d`, `1d12h` or `PT20M`";
const DATES: &str = "write for example `2026-03-01`";
const INSTANTS: &str = "write for example `2026-03-01T09:00:00Z`";

/// Why a text is not a duration, a date, an instant or a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not a duration.
    #[error("`{0}` is not a duration: {hint}", hint = meant::told(meant::duration(.0), DURATIONS))]
    Duration(String),
    /// A duration beyond a hundred years.
    #[error("`{0}` is longer than a hundred years")]
    TooLong(String),
    /// Not a date.
    #[error("`{0}` is not a date: {hint}", hint = meant::told(meant::date(.0), DATES))]
    Date(String),
    /// Not an instant.
    #[error("`{0}` is not a point in time: {hint}", hint = meant::told(meant::instant(.0), INSTANTS))]
    Instant(String),
    /// No such zone.
    #[error("`{name}` is not a time zone: {}", zone_hint(did_you_mean.as_deref()))]
    Zone {
        /// What was written.
        name: String,
        /// The zone that was probably meant.
        did_you_mean: Option<String>,
    },
    /// The result lies outside the calendar.
    #[error("the result lies outside the calendar")]
    OutOfRange,
}

impl FromStr for Duration {
    type Err = TimeError;

    /// Reads `3d`, `36h`, `1d12h30m`, `2w` and the ISO 8601 form `P1DT12H`; months and years have no
    /// fixed length and are refused.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError::Duration(text.to_owned());
        let iso = text.starts_with('P');
        let mut in_time = !iso;
        let mut total = [0_i64; 2];
        let mut number: Option<i64> = None;
        let mut last = 0;
        for c in text.chars().skip(usize::from(iso)) {
            if let Some(digit) = c.to_digit(10) {
                let next = number.unwrap_or(0).checked_mul(10);
                let next = next.and_then(|n| n.checked_add(i64::from(digit)));
                number = Some(next.ok_or_else(|| TimeError::TooLong(text.to_owned()))?);
                continue;
            }
            if iso && c == 'T' && !in_time && number.is_none() {
                in_time = true;
                continue;
            }
            let unit = if iso { c.to_ascii_lowercase() } else { c };
            let (rank, slot, factor) = match unit {
                'w' if !iso || !in_time => (1, 0, 7),
                'd' if !iso || !in_time => (2, 0, 1),
                'h' if in_time => (3, 1, 3_600),
                'm' if in_time => (4, 1, 60),
                's' if in_time => (5, 1, 1),
                _ => return Err(bad()),
            };
            // Each unit stands once, the larger before the smaller.
            if iso && c.is_ascii_lowercase() || rank <= last {
                return Err(bad());
            }
            last = rank;
            let amount = number.take().ok_or_else(bad)?.checked_mul(factor);
            let place = total.get_mut(slot).ok_or_else(bad)?;
            let sum = amount.and_then(|amount| place.checked_add(amount));
            *place = sum.ok_or_else(|| TimeError::TooLong(text.to_owned()))?;
        }
        if number.is_some() || last == 0 || text.ends_with('T') {
            return Err(bad());
        }
        let [days, seconds] = total;
        if days > MAX_DAYS || seconds > MAX_DAYS * SECONDS_A_DAY {
            return Err(TimeError::TooLong(text.to_owned()));
        }
        let days = i32::try_from(days).map_err(|_| TimeError::TooLong(text.to_owned()))?;
        Ok(Self { days, seconds })
    }
}

/// Reads a length of time down to milliseconds, `500ms` or `1s500ms`: the whole days and seconds, and
/// the milliseconds on top, below 1,000.
///
/// # Errors
/// When it is not a duration, or longer than a hundred years.
pub fn delay(text: &str) -> Result<(Duration, u32), TimeError> {
    let Some(before) = text.strip_suffix("ms") else {
        return Ok((text.parse()?, 0));
    };
    let whole = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let bad = || TimeError::Duration(text.to_owned());
    let digits = before.get(whole.len()..).ok_or_else(bad)?;
    let millis: u32 = digits.parse().map_err(|_| bad())?;
    let whole = match whole {
        "" => Duration::default(),
        whole => whole.parse()?,
    };
    let seconds = whole.seconds + i64::from(millis / 1_000);
    Ok((Duration { seconds, ..whole }, millis % 1_000))
}

/// The instant so many milliseconds later; `None` beyond the end of the calendar.
pub fn later_by_millis(at: Instant, millis: u32) -> Option<Instant> {
    at.checked_add_signed(TimeDelta::milliseconds(millis.into()))
}

impl fmt::Display for Duration {
    /// The shortest form, `1d12h`, `20m`, `0s`, which reads back as the same duration where it
    /// [can be written](Duration::is_writable). A part that counts backwards has a sign: `3d-1h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return f.write_str("0s");
        }
        if self.days != 0 {
            write!(f, "{}d", self.days)?;
        }
        if self.seconds < 0 {
            f.write_str("-")?;
        }
        let seconds = self.seconds.unsigned_abs();
        let parts = [
            (seconds / 3_600, 'h'),
            (seconds / 60 % 60, 'm'),
            (seconds % 60, 's'),
        ];
        parts
            .iter()
            .filter(|(amount, _)| *amount > 0)
            .try_for_each(|(amount, unit)| write!(f, "{amount}{unit}"))
    }
}

/// Reads a calendar date, `2026-03-01`.
///
/// # Errors
/// When the text is not such a date.
pub fn parse_date(text: &str) -> Result<Date, TimeError> {
    let parsed = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // chrono also takes `2026-3-1`, signs and spaces; one date has one spelling.
    let canonical = parsed.filter(|date| text.len() == 10 && date.to_string() == text);
    canonical.ok_or_else(|| TimeError::Date(text.to_owned()))
}

/// Reads an RFC 3339 instant, `2026-03-01T09:00:00Z` or with an offset.
///
/// # Errors
/// When the text is not such an instant.
pub fn parse_instant(text: &str) -> Result<Instant, TimeError> {
    let parsed = DateTime::parse_from_rfc3339(text).ok();
    // A leap second has no place in the calendar that days are counted in.
    let usable = parsed.filter(|at| at.timestamp_subsec_nanos() < 1_000_000_000);
    let instant = usable.map(|at| at.to_utc()).filter(is_writable);
    instant.ok_or_else(|| TimeError::Instant(text.to_owned()))
}

/// Whether a date, or an instant in UTC, can be written and read again: its year has four digits
/// (RFC 3339, section 5.6). What is calculated may go beyond.
pub fn is_writable(at: &impl Datelike) -> bool {
    (0..=9_999).contains(&at.year())
}

/// The calendar date that many days after `date`, or before it where `days` is negative.
///
/// # Errors
/// [`TimeError::OutOfRange`] when the result lies outside the calendar.
pub fn shift_date(date: Date, days: i32) -> Result<Date, TimeError> {
    let delta = TimeDelta::try_days(days.into()).ok_or(TimeError::OutOfRange)?;
    date.checked_add_signed(delta).ok_or(TimeError::OutOfRange)
}

/// The number of a date, counted from the first day of the year 1, which is 1.
pub fn day_number(date: Date) -> i64 {
    date.num_days_from_ce().into()
}

/// The day of the week of a date: 1 for Monday to 7 for Sunday (ISO 8601).
pub fn weekday(date: Date) -> i64 {
    date.weekday().number_from_monday().into()
}

/// The date of a number; `None` outside the calendar.
pub fn day(number: i64) -> Option<Date> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?)
}

/// Nanoseconds since 1970; `None` before 1677 and after 2262, where 64 bits do not hold them.
#[inline]
pub fn nanoseconds(at: Instant) -> Option<i64> {
    at.timestamp_nanos_opt()
}

/// The instant so many nanoseconds after the start of 1970.
pub fn at_nanoseconds(nanoseconds: i64) -> Instant {
    DateTime::from_timestamp_nanos(nanoseconds)
}

/// Writes an instant as RFC 3339 in UTC, with fractions of a second only where there are any.
pub fn format_instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A tenant's time zone, by its IANA name; the rules are bundled, so every machine agrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    zone: jiff::tz::TimeZone,
}

impl Default for Zone {
    fn default() -> Self {
        Self {
            zone: jiff::tz::TimeZone::UTC,
        }
    }
}

impl FromStr for Zone {
    type Err = TimeError;

    fn from_str(name: &str) -> Result<Self, TimeError> {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        let zone = database.get(name).map_err(|_| TimeError::Zone {
            name: name.to_owned(),
            did_you_mean: meant::zone(name),
        })?;
        Ok(Self { zone })
    }
}

/// What to write for something that is no zone.
fn zone_hint(did_you_mean: Option<&str>) -> String {
    match did_you_mean {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "write an IANA name such as `Europe/Oslo` or `UTC`".to_owned(),
    }
}

/// The days after which the calendar repeats, with its days of the week: 400 years.
const CYCLE: i64 = 146_097;

/// The begin of 2100, in seconds: later changes of the clock are repetitions.
const RULED: i64 = 4_102_444_800;

/// The years that clocks are asked for. Of others they show what they show so many cycles nearer.
const NEAR: i32 = 9_000;

/// How many cycles a year is beyond those that clocks are asked for; negative before them.
fn cycles(year: i32) -> i64 {
    let beyond = year - year.clamp(-NEAR, NEAR);
    beyond.div_euclid(400).into()
}

impl Zone {
    /// The instant `duration` after `at`: calendar days first, in this zone, then exact seconds.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when the result lies outside the calendar.
    pub fn add(&self, at: Instant, duration: Duration) -> Result<Instant, TimeError> {
        let shifted = match duration.days {
            0 => at,
            days => {
                let local = self.local(at)?;
                self.instant(shift_date(local.date(), days)?.and_time(local.time()))?
            }
        };
        let delta = TimeDelta::try_seconds(duration.seconds).ok_or(TimeError::OutOfRange)?;
        shifted
            .checked_add_signed(delta)
            .ok_or(TimeError::OutOfRange)
    }

    /// As [`add`](Self::add), but never after the [`last_instant`]: what is due then is kept, and shown.
    pub fn due(&self, at: Instant, duration: Duration) -> Instant {
        let due = self.add(at, duration).ok();
        due.map_or_else(last_instant, |due| due.min(last_instant()))
    }

    /// The first instant of a calendar date in this zone.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when it lies outside the calendar.
    pub fn start_of(&self, date: Date) -> Result<Instant, TimeError> {
        self.instant(date.and_time(NaiveTime::MIN))
    }

    /// The calendar date that an instant falls on in this zone.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when it lies outside the calendar.
    pub fn date_of(&self, at: Instant) -> Result<Date, TimeError> {
        Ok(self.local(at)?.date())
    }

    /// What the clocks of this zone show at an instant, as the time since 00:00: whole seconds, below a day.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when it lies outside the calendar.
    pub fn time_of_day(&self, at: Instant) -> Result<Duration, TimeError> {
        let seconds = self.local(at)?.time().num_seconds_from_midnight();
        Ok(Duration::seconds(seconds.into()))
    }

    /// By how many seconds the clocks of this zone have ever been ahead of UTC, or will be, as far as is known.
    pub(crate) fn offsets(&self) -> BTreeSet<i64> {
        // By then the last rule that is known has come round.
        let late = jiff::Timestamp::from_second(RULED).unwrap_or(jiff::Timestamp::MAX);
        let ahead = |at: jiff::Timestamp| i64::from(self.zone.to_offset(at).seconds());
        let puts = self.zone.preceding(late);
        let ends = [jiff::Timestamp::MIN, late].map(ahead);
        let put = puts.map(|put| i64::from(put.offset().seconds()));
        ends.into_iter().chain(put).collect()
    }

    /// The time around an instant in which the clocks of this zone are not put; `None` where the calendar ends.
    pub(crate) fn steady(&self, at: Instant) -> Option<Steady> {
        let cycles = cycles(at.year());
        let near = to_jiff(shifted(at, -cycles).ok()?).ok()?;
        let moment = jiff::SignedDuration::from_nanos(1);
        let from = self.zone.preceding(near.checked_add(moment).ok()?).next();
        let until = self.zone.following(near).next();
        let ahead = |at: jiff::Timestamp| i64::from(self.zone.to_offset(at).seconds());
        let before = from.as_ref().and_then(|put| {
            let earlier = put.timestamp().checked_sub(moment).ok()?;
            Some(ahead(earlier))
        });
        let put = |put: jiff::tz::TimeZoneTransition<'_>| {
            shifted(from_jiff(put.timestamp()).ok()?, cycles).ok()
        };
        Some(Steady {
            from: from.and_then(put),
            until: until.and_then(put),
            ahead: ahead(near),
            before: before.unwrap_or_else(|| ahead(near)),
        })
    }

    /// What the clocks of this zone show at an instant.
    fn local(&self, at: Instant) -> Result<NaiveDateTime, TimeError> {
        let near = shifted(at, -cycles(at.year()))?;
        let offset = self.zone.to_offset(to_jiff(near)?);
        let ahead = TimeDelta::seconds(offset.seconds().into());
        let local = at.naive_utc().checked_add_signed(ahead);
        local.ok_or(TimeError::OutOfRange)
    }

    /// The instant at which the clocks of this zone show a time: the first of two, and as much later as
    /// they are put forward where they never show it.
    fn instant(&self, local: NaiveDateTime) -> Result<Instant, TimeError> {
        let cycles = cycles(local.year());
        let near = shifted(local.and_utc(), -cycles)?;
        let clocks = jiff::tz::Offset::UTC.to_datetime(to_jiff(near)?);
        let found = self.zone.to_ambiguous_timestamp(clocks).compatible();
        let found = from_jiff(found.map_err(|_| TimeError::OutOfRange)?)?;
        shifted(found, cycles)
    }
}

/// A time in which the clocks of a zone are not put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Steady {
    /// Its first instant; `None` where it has none.
    pub(crate) from: Option<Instant>,
    /// The first instant behind it.
    pub(crate) until: Option<Instant>,
    /// How many seconds the clocks are ahead of UTC.
    pub(crate) ahead: i64,
    /// How many they were before.
    pub(crate) before: i64,
}

/// The instant so many cycles of the calendar later.
fn shifted(at: Instant, cycles: i64) -> Result<Instant, TimeError> {
    let delta = TimeDelta::try_days(cycles * CYCLE).ok_or(TimeError::OutOfRange)?;
    at.checked_add_signed(delta).ok_or(TimeError::OutOfRange)
}

/// Nanoseconds since 1970, for every instant of the calendar.
pub(crate) fn all_nanoseconds(at: Instant) -> i128 {
    i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos())
}

/// The instant so many nanoseconds after the start of 1970; `None` outside the calendar.
pub(crate) fn at_all_nanoseconds(nanoseconds: i128) -> Option<Instant> {
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?;
    DateTime::from_timestamp(seconds, rest)
}

/// When what has no nearer time is due: 9999-12-30T22:00:00Z, in the year 9999 by the clocks of every zone.
pub fn last_instant() -> Instant {
    DateTime::from_timestamp(jiff::Timestamp::MAX.as_second(), 0).unwrap_or(Instant::MAX_UTC)
}

fn to_jiff(at: Instant) -> Result<jiff::Timestamp, TimeError> {
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0);
    jiff::Timestamp::new(at.timestamp(), nanos).map_err(|_| TimeError::OutOfRange)
}

fn from_jiff(at: jiff::Timestamp) -> Result<Instant, TimeError> {
    // Before 1970 the fraction counts backwards in jiff and forwards in chrono.
    let (seconds, nanos) = match at.subsec_nanosecond() {
        nanos if nanos < 0 => (at.as_second() - 1, nanos + 1_000_000_000),
        nanos => (at.as_second(), nanos),
    };
    let nanos = u32::try_from(nanos).map_err(|_| TimeError::OutOfRange)?;
    DateTime::from_timestamp(seconds, nanos).ok_or(TimeError::OutOfRange)
}
