//! What was probably meant by a text that is no duration, date, instant or zone.
//!
//! In: what a person wrote. Out: how it is written here, or what to think of, where that is clear.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Duration, SECONDS_A_DAY, parse_date, parse_instant};

/// The longest text that is looked at.
const LONGEST: usize = 48;

/// What was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meant {
    /// Surely this, as it is written here.
    Written(String),
    /// One of several things, or nothing that there is: what to do.
    Unsure(&'static str),
}

impl Meant {
    /// What is said of it behind a colon.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Written(text) => format!("write `{text}`"),
            Self::Unsure(advice) => (*advice).to_owned(),
        }
    }
}

/// What is said of a text that is no such time: what was meant, or else examples.
pub(super) fn told(meant: Option<Meant>, examples: &str) -> String {
    meant.map_or_else(|| examples.to_owned(), |meant| meant.told())
}

/// Whether a text is digits alone.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// A duration in words, with spaces or with a fraction: `3 days`, `1h 30min`, `1.5h`, `PT0.5H`.
pub(crate) fn duration(text: &str) -> Option<Meant> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() > LONGEST || !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if is_number(&text) {
        return Some(Meant::Unsure("say of what, as in `30m`, `30h` or `30d`"));
    }
    if text.contains(':') && text.split(':').all(is_number) {
        let advice = "write hours and minutes with their units, as in `1h30m`";
        return Some(Meant::Unsure(advice));
    }
    let (mut days, mut seconds) = (Decimal::ZERO, Decimal::ZERO);
    let iso = text.strip_prefix('p');
    let mut in_time = iso.is_none();
    let mut rest = iso.unwrap_or(&text).trim_start();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('t').filter(|_| iso.is_some()) {
            in_time = true;
            rest = behind;
            continue;
        }
        let word = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
        let amount = rest.strip_suffix(word)?.replace(',', ".");
        let amount = Decimal::from_str_exact(&amount).ok()?;
        let word = word.trim_start();
        let end = match iso {
            // Each unit of ISO 8601 is one letter.
            Some(_) => 1.min(word.len()),
            None => word
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(word.len()),
        };
        let (unit, behind) = word.split_at_checked(end)?;
        let (sum, factor) = match unit {
            "w" | "wk" | "wks" | "week" | "weeks" => (&mut days, 7),
            "d" | "day" | "days" => (&mut days, 1),
            "h" | "hr" | "hrs" | "hour" | "hours" => (&mut seconds, 3_600),
            "m" | "min" | "mins" | "minute" | "minutes" if in_time => (&mut seconds, 60),
            "s" | "sec" | "secs" | "second" | "seconds" => (&mut seconds, 1),
            "m" | "mo" | "month" | "months" | "y" | "yr" | "year" | "years" => {
                let advice = "months and years differ in length; write days, as in `30d`";
                return Some(Meant::Unsure(advice));
            }
            _ => return None,
        };
        *sum = sum.checked_add(amount.checked_mul(factor.into())?)?;
        rest = behind.trim_start();
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
    }
    let part = days.fract().checked_mul(SECONDS_A_DAY.into())?;
    let seconds = seconds.checked_add(part)?;
    let written = Duration {
        days: days.to_i32()?,
        seconds: seconds.is_integer().then(|| seconds.to_i64())??,
    };
    let written = written.to_string();
    let is_one = written != text && written.parse::<Duration>().is_ok();
    is_one.then_some(Meant::Written(written))
}

/// A day as other languages write it: `2026-1-5`, `2026/01/05`, `5.1.2026`, `20260105`.
pub(crate) fn date(text: &str) -> Option<Meant> {
    const FIRST: &str = "the year stands first, as in `2026-12-31`";
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let known = |day: String| match parse_date(&day) {
        Ok(_) => Meant::Written(day),
        Err(_) => Meant::Unsure("there is no such day"),
    };
    if is_number(text) && text.len() == 8 {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        let day = format!("{year}-{month}-{day}");
        return parse_date(&day).is_ok().then_some(Meant::Written(day));
    }
    let sign = text.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = text.split(sign).map(str::trim).collect();
    let [a, b, c] = *parts.as_slice() else {
        return None;
    };
    let is_part = |part: &str| is_number(part) && part.len() <= 4;
    if !matches!(sign, '-' | '/' | '.') || ![a, b, c].into_iter().all(is_part) {
        return None;
    }
    let is_month = |part: &str| part.parse().is_ok_and(|month: u8| month <= 12);
    let (year, month, day) = match (a.len(), c.len()) {
        (4, 1 | 2) => (a, b, c),
        (1 | 2, 4) if sign == '.' || !is_month(a) => (c, b, a),
        (1 | 2, 4) if !is_month(b) => (c, a, b),
        (1 | 2, 4) => return Some(Meant::Unsure(FIRST)),
        _ => return None,
    };
    Some(known(format!("{year}-{month:0>2}-{day:0>2}")))
}

/// An instant with a blank for the `T`, without seconds or without its zone, which then is UTC: `2026-01-05 10:00`.
pub(crate) fn instant(text: &str) -> Option<Meant> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let (day, time) = match text.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, time.trim_start()),
        None => (text, "00:00"),
    };
    let day = match parse_date(day) {
        Ok(_) => day.to_owned(),
        Err(_) => match date(day)? {
            Meant::Written(day) => day,
            unsure @ Meant::Unsure(_) => return Some(unsure),
        },
    };
    let clock = time.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let zone = time.strip_prefix(clock)?.trim();
    let (clock, offset) = match clock.rfind(['+', '-']) {
        Some(at) => clock.split_at_checked(at)?,
        None => (clock, "Z"),
    };
    if !matches!(zone, "" | "Z" | "z" | "UTC" | "GMT") {
        return None;
    }
    let clock = match clock.split(':').count() {
        1 => format!("{clock}:00:00"),
        2 => format!("{clock}:00"),
        _ => clock.to_owned(),
    };
    let offset = match offset.len() {
        3 => format!("{offset}:00"),
        5 if !offset.contains(':') => format!("{}:{}", offset.get(..3)?, offset.get(3..)?),
        _ => offset.to_owned(),
    };
    let written = format!("{day}T{:0>8}{offset}", clock.trim());
    parse_instant(&written)
        .is_ok()
        .then_some(Meant::Written(written))
}

/// The zone that one in other letters, a mistyped one or a bare city is probably meant for.
pub(super) fn zone(written: &str) -> Option<String> {
    let written = written.trim().replace(' ', "_").to_ascii_lowercase();
    if written.len() > LONGEST {
        return None;
    }
    let likeness = |name: &str| {
        let name = name.to_ascii_lowercase();
        let city = name.rsplit('/').next().unwrap_or_default();
        let whole = strsim::jaro_winkler(&written, &name);
        match written.contains('/') {
            true => whole,
            false => whole.max(strsim::jaro_winkler(&written, city)),
        }
    };
    let known = jiff::tz::TimeZoneDatabase::bundled();
    let known = known.available().map(|name| name.as_str().to_owned());
    let scored = known.map(|name| (likeness(&name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))?;
    (best.0 > 0.9).then_some(best.1)
}
