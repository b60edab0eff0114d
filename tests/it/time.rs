//! Durations, dates, instants and zones: what is read, what is written, and what a day is.

use flagstate::time::{
    Date, Duration, Instant, TimeError, Zone, format_instant, is_writable, last_instant,
    parse_date, parse_instant, shift_date,
};
use proptest::prelude::*;

fn instant(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn duration(text: &str) -> Duration {
    text.parse().unwrap()
}

#[test]
fn durations_are_read_in_both_spellings() {
    let table = [
        ("20m", 0, 1_200),
        ("36h", 0, 129_600),
        ("3d", 3, 0),
        ("1d12h30m5s", 1, 45_005),
        ("2w", 14, 0),
        ("1w1d", 8, 0),
        ("0s", 0, 0),
        ("90s", 0, 90),
        ("PT15M", 0, 900),
        ("P1DT12H", 1, 43_200),
        ("P2W", 14, 0),
        ("P3D", 3, 0),
        ("PT90S", 0, 90),
    ];
    for (text, days, seconds) in table {
        assert_eq!(text.parse(), Ok(Duration { days, seconds }), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    let table = [
        "", " ", "m", "20", "20 m", " 20m", "20M", "1.5h", "-3d", "+3d", "3d-1h", "1y", "P", "PT",
        "P1DT", "P1M", "P1Y", "P1H", "PT1D", "p1d", "Pt1h", "P1d", "1h30", "1d1d", "30m1h", "3dd",
        "٣d", "1_000s", "never", "20m\n",
    ];
    for text in table {
        assert_eq!(
            text.parse::<Duration>(),
            Err(TimeError::Duration(text.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn durations_end_at_a_hundred_years() {
    assert_eq!(duration("36525d").days, 36_525);
    assert_eq!(duration("876600h").seconds, 36_525 * 86_400);
    for text in [
        "36526d",
        "876601h",
        "5218w",
        "99999999999999999999d",
        "9223372036854775807w",
        "9223372036854775807h",
    ] {
        assert_eq!(
            text.parse::<Duration>(),
            Err(TimeError::TooLong(text.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn durations_are_written_in_their_shortest_form() {
    let table = [
        ("1200s", "20m"),
        ("36h", "36h"),
        ("1d24h", "1d24h"),
        ("2w", "14d"),
        ("0d", "0s"),
        ("3661s", "1h1m1s"),
        ("P1DT12H", "1d12h"),
    ];
    for (text, shown) in table {
        assert_eq!(duration(text).to_string(), shown, "{text}");
    }
    let backwards = Duration {
        days: 3,
        seconds: -3_600,
    };
    assert_eq!(backwards.to_string(), "3d-1h");
    assert_eq!(
        Duration {
            days: -1,
            seconds: 60
        }
        .to_string(),
        "-1d1m"
    );
    assert!(!backwards.is_writable() && !Duration::days(-1).is_writable());
}

#[test]
fn a_day_and_24_hours_are_neither_equal_nor_ordered() {
    assert!(duration("1d") != duration("24h"));
    assert_eq!(duration("1d").partial_cmp(&duration("24h")), None);
    assert!(duration("1d") < duration("25h") && duration("1d") > duration("23h"));
    assert_eq!(duration("1d12h").nominal_seconds(), 129_600);
    let longest = Duration {
        days: i32::MAX,
        seconds: i64::MAX,
    };
    assert!(longest > Duration::seconds(i64::MAX));
}

#[test]
fn dates_and_instants_have_one_spelling() {
    assert_eq!(parse_date("2026-02-28").unwrap().to_string(), "2026-02-28");
    for text in [
        "2026-3-1",
        "2026-02-29",
        "26-03-01",
        "2026-03-01T00:00:00Z",
        " 2026-03-01",
        "2026-13-01",
        "+2026-03-01",
        "-0001-01-01",
        "today",
        "",
    ] {
        assert_eq!(
            parse_date(text),
            Err(TimeError::Date(text.to_owned())),
            "{text}"
        );
    }
    for text in [
        "2026-03-01",
        "2026-03-01T09:00",
        "2026-03-01T09:00:00",
        "2026-12-31T23:59:60Z",
        "2026-03-01T25:00:00Z",
        "now",
        "",
    ] {
        assert_eq!(
            parse_instant(text),
            Err(TimeError::Instant(text.to_owned())),
            "{text}"
        );
    }
    let with_offset = instant("2026-03-01T09:00:00+01:00");
    assert_eq!(format_instant(with_offset), "2026-03-01T08:00:00Z");
    assert_eq!(
        format_instant(instant("2026-03-01T08:00:00.250Z")),
        "2026-03-01T08:00:00.250Z"
    );
}

#[test]
fn a_day_is_a_calendar_day_and_24_hours_are_exact() {
    // The clocks of Oslo go forward on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00.
    let table = [
        ("2026-03-28T11:00:00Z", "1d", "2026-03-29T10:00:00Z"),
        ("2026-03-28T11:00:00Z", "24h", "2026-03-29T11:00:00Z"),
        ("2026-10-24T10:00:00Z", "1d", "2026-10-25T11:00:00Z"),
        ("2026-10-24T10:00:00Z", "24h", "2026-10-25T10:00:00Z"),
        ("2026-03-28T11:00:00Z", "1d12h", "2026-03-29T22:00:00Z"),
        // 02:30 does not exist on the 29th: an hour later; 02:30 occurs twice on the 25th: the first.
        ("2026-03-28T01:30:00Z", "1d", "2026-03-29T01:30:00Z"),
        ("2026-10-24T00:30:00Z", "1d", "2026-10-25T00:30:00Z"),
        ("2026-03-28T11:00:00.5Z", "1d", "2026-03-29T10:00:00.500Z"),
        ("1969-12-30T11:00:00.25Z", "1d", "1969-12-31T11:00:00.250Z"),
        ("2026-03-28T11:00:00Z", "0s", "2026-03-28T11:00:00Z"),
    ];
    let oslo = zone("Europe/Oslo");
    for (from, length, due) in table {
        let found = oslo
            .add(instant(from), duration(length))
            .map(format_instant);
        assert_eq!(found.as_deref(), Ok(due), "{from} + {length}");
    }
    let utc = Zone::default();
    let found = utc.add(instant("2026-03-28T11:00:00Z"), duration("1d"));
    assert_eq!(
        found.map(format_instant).as_deref(),
        Ok("2026-03-29T11:00:00Z")
    );
}

#[test]
fn days_count_backwards_too() {
    let oslo = zone("Europe/Oslo");
    let back = oslo.add(instant("2026-03-29T10:00:00Z"), Duration::days(-1));
    assert_eq!(
        back.map(format_instant).as_deref(),
        Ok("2026-03-28T11:00:00Z")
    );
    assert_eq!(
        shift_date(parse_date("2024-03-01").unwrap(), -1),
        parse_date("2024-02-29")
    );
}

#[test]
fn a_date_starts_at_its_first_instant_in_the_zone() {
    let table = [
        ("UTC", "2026-03-01", "2026-03-01T00:00:00Z"),
        ("Europe/Oslo", "2026-03-01", "2026-02-28T23:00:00Z"),
        ("America/New_York", "2026-07-01", "2026-07-01T04:00:00Z"),
        ("Asia/Kathmandu", "2026-07-01", "2026-06-30T18:15:00Z"),
        // Midnight does not exist: the day starts at one o'clock.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        // Midnight occurs twice: the day starts at the first.
        ("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"),
    ];
    for (name, date, start) in table {
        let date = parse_date(date).unwrap();
        let found = zone(name).start_of(date);
        assert_eq!(
            found.map(format_instant).as_deref(),
            Ok(start),
            "{name} {date}"
        );
        assert_eq!(
            zone(name).date_of(instant(start)),
            Ok(date),
            "{name} {date}"
        );
    }
}

#[test]
fn an_instant_falls_on_the_date_of_the_zone() {
    let late = instant("2026-02-28T23:30:00Z");
    assert_eq!(zone("UTC").date_of(late), parse_date("2026-02-28"));
    assert_eq!(zone("Europe/Oslo").date_of(late), parse_date("2026-03-01"));
    assert_eq!(
        zone("Europe/Oslo").date_of(instant("1969-12-31T22:59:59.999Z")),
        parse_date("1969-12-31")
    );
}

#[test]
fn zones_are_named_as_iana_names_them() {
    for name in [
        "",
        "CEST+1",
        "Europe/Osl",
        "local",
        "../etc/passwd",
        "Europe/Oslo\n",
    ] {
        let refused = name.parse::<Zone>().unwrap_err();
        assert!(
            matches!(&refused, TimeError::Zone { name: told, .. } if told == name),
            "{name}: {refused:?}"
        );
    }
    assert_eq!("UTC".parse::<Zone>(), Ok(Zone::default()));
}

#[test]
fn the_zone_that_was_meant_is_named() {
    for (written, meant) in [
        ("Europe/Olso", Some("Europe/Oslo")),
        ("Oslo", Some("Europe/Oslo")),
        ("New York", Some("America/New_York")),
        ("america/new-york", Some("America/New_York")),
        ("Asia/Tokio", Some("Asia/Tokyo")),
        ("local", None),
        ("+01:00", None),
        ("", None),
    ] {
        let refused = written.parse::<Zone>().unwrap_err();
        let TimeError::Zone { did_you_mean, .. } = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(did_you_mean.as_deref(), meant, "{written}");
    }
    let refused = "Europe/Olso".parse::<Zone>().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`Europe/Olso` is not a time zone: did you mean `Europe/Oslo`?"
    );
}

#[test]
fn the_calendar_ends_without_a_panic() {
    let oslo = zone("Europe/Oslo");
    let table = [
        oslo.add(Instant::MAX_UTC, Duration::seconds(1)),
        oslo.add(Instant::MAX_UTC, Duration::seconds(i64::MAX)),
        oslo.add(Instant::MAX_UTC, Duration::days(1)),
        oslo.add(Instant::MAX_UTC, Duration::days(i32::MAX)),
        oslo.add(Instant::MIN_UTC, Duration::days(-1)),
        oslo.add(Instant::MIN_UTC, Duration::days(i32::MIN)),
        oslo.start_of(Date::MIN),
    ];
    for found in table {
        assert_eq!(found, Err(TimeError::OutOfRange));
    }
    let honolulu = zone("Pacific/Honolulu");
    let late = Date::MAX.and_hms_opt(23, 59, 59).unwrap().and_utc();
    assert_eq!(oslo.date_of(late), Err(TimeError::OutOfRange));
    assert_eq!(honolulu.date_of(late), Ok(Date::MAX));
    let date = parse_date("2026-03-01").unwrap();
    for days in [i32::MAX, i32::MIN] {
        assert_eq!(shift_date(date, days), Err(TimeError::OutOfRange));
    }
}

/// 9999-12-31 stands for "never" in many a system of orders.
#[test]
fn the_last_day_that_can_be_written_has_a_start_in_every_zone() {
    let last = parse_date("9999-12-31").unwrap();
    let table = [
        ("UTC", "9999-12-31T00:00:00Z"),
        ("America/Los_Angeles", "9999-12-31T08:00:00Z"),
        ("Pacific/Kiritimati", "9999-12-30T10:00:00Z"),
        ("Europe/Oslo", "9999-12-30T23:00:00Z"),
    ];
    for (name, start) in table {
        let zone = zone(name);
        assert_eq!(zone.start_of(last), Ok(instant(start)), "{name}");
        assert_eq!(zone.date_of(instant(start)), Ok(last), "{name}");
    }
}

#[test]
fn clocks_of_years_with_more_digits_repeat_those_of_400_years_before() {
    let oslo = zone("Europe/Oslo");
    let cycle = Duration::days(146_097);
    for text in [
        "9700-01-15T12:00:00Z",
        "9700-07-15T12:00:00Z",
        "9700-03-28T00:59:59Z",
        "9700-03-28T01:00:00Z",
        "9700-10-31T00:30:00Z",
        "9700-10-31T01:30:00Z",
    ] {
        let near = instant(text);
        let far = near + chrono::TimeDelta::days(146_097);
        let date = oslo
            .date_of(near)
            .and_then(|date| shift_date(date, cycle.days));
        assert_eq!(oslo.date_of(far), date, "{text}");
        for days in [-1, 1, 200] {
            let moved = oslo.add(near, Duration::days(days)).unwrap();
            let beyond = moved + chrono::TimeDelta::days(146_097);
            assert_eq!(
                oslo.add(far, Duration::days(days)),
                Ok(beyond),
                "{text} {days}"
            );
        }
    }
}

#[test]
fn what_cannot_be_written_is_not_read() {
    for text in ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"] {
        assert_eq!(
            parse_instant(text),
            Err(TimeError::Instant(text.to_owned()))
        );
    }
    assert!(is_writable(&instant("9999-12-31T23:59:59Z")));
    assert!(is_writable(&parse_date("0000-01-01").unwrap()));
    assert!(!is_writable(&Date::MAX) && !is_writable(&Instant::MIN_UTC));
}

#[test]
fn what_would_be_due_after_the_last_instant_is_due_then() {
    let oslo = zone("Europe/Oslo");
    let near = instant("9999-12-29T00:00:00Z");
    assert_eq!(
        oslo.due(near, Duration::days(1)),
        instant("9999-12-30T00:00:00Z")
    );
    for length in [Duration::days(2), Duration::seconds(876_600 * 3_600)] {
        assert_eq!(oslo.due(near, length), last_instant());
    }
}

proptest! {
    #[test]
    fn any_text_is_a_duration_a_date_an_instant_a_zone_or_an_error(text in "\\PC{0,24}|[PTWDHMSwdhms0-9:Z+.-]{0,24}") {
        let _ = text.parse::<Zone>();
        if let Ok(length) = text.parse::<Duration>() {
            prop_assert!(length.is_writable());
        }
        if let Ok(date) = parse_date(&text) {
            prop_assert_eq!(date.to_string(), text.clone());
        }
        if let Ok(at) = parse_instant(&text) {
            prop_assert_eq!(parse_instant(&format_instant(at)), Ok(at));
        }
    }

    #[test]
    fn durations_read_back_as_written(days in 0..=36_525_i32, seconds in 0..=3_155_760_000_i64) {
        let length = Duration { days, seconds };
        prop_assert_eq!(length.to_string().parse(), Ok(length));
    }

    #[test]
    fn a_later_day_is_later_and_has_the_same_local_date(
        at in -2_000_000_000_i64..4_000_000_000, millis in 0..1000_u32, days in 0..4000_i32,
        name in prop::sample::select(vec!["UTC", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    ) {
        let zone = zone(name);
        let at = Instant::from_timestamp(at, millis * 1_000_000).unwrap();
        let due = zone.add(at, Duration::days(days)).unwrap();
        prop_assert_eq!(due > at, days > 0);
        let expected = shift_date(zone.date_of(at).unwrap(), days);
        prop_assert_eq!(zone.date_of(due), expected);
    }
}
