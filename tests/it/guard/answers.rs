//! What guards answer: truth tables, errors, operands and reads.

use flagstate::context::Value;
use flagstate::guard::{ChildCounts, GuardError};
use flagstate::time::TimeError;

use super::{compiled, eval, world};

fn check(table: &[(&str, bool)]) {
    for (text, expected) in table {
        assert_eq!(eval(text), Ok(*expected), "{text}");
    }
}

#[test]
fn conditions_join_as_logic_says() {
    check(&[
        ("true && order.on_hold", false),
        ("!order.on_hold && settings.online_payment", true),
        ("order.on_hold || settings.online_payment", true),
        ("!(order.on_hold || settings.online_payment)", false),
        ("order.on_hold == false", true),
        ("order.on_hold != settings.online_payment", true),
        (
            "order.on_hold || order.payments == 3 && order.origin == \"manual\"",
            false,
        ),
        ("order.payments == 3 /* all of them */ // and no more", true),
    ]);
}

#[test]
fn what_is_decided_is_not_asked_further() {
    check(&[
        ("order.on_hold && order.missing > 0", false),
        ("settings.online_payment || order.missing > 0", true),
        ("\"missing\" in order && order.missing > 0", false),
        ("order.payments == 0 || 12 / order.payments == 4", true),
    ]);
}

#[test]
fn numbers_are_exact() {
    check(&[
        ("0.1 + 0.2 == 0.3", true),
        ("1.10 == 1.1", true),
        ("order.total == 120.5", true),
        ("order.total - 0.01 == 120.49", true),
        ("order.total * 3 == 361.50", true),
        ("order.payments == 3.0", true),
        ("order.payments + 0.5 > 3", true),
        ("3 < 3.01 && 3.01 > 3", true),
        ("order.payments / 2 == 1", true),
        ("order.payments / 2.0 == 1.5", true),
        ("order.payments % 2 == 1", true),
        ("-order.payments == -3 && -order.total < 0", true),
        ("9007199254740993 == 9007199254740992", false),
        ("10000000000000000.0 == 10000000000000002.0", false),
        ("99999999999999999999 > order.big", true),
        ("order.big == 9223372036854775807", true),
        (
            "min(order.payments, 2) == 2 && max(order.payments, 2) == 3",
            true,
        ),
        (
            "min(order.total, 1) == 1 && max(1, order.total) == 120.50",
            true,
        ),
        ("min(2, 1.5) == 1.5 && max(2.5, 1.5) == 2.5", true),
        ("abs(-3) == 3 && abs(-order.total) == order.total", true),
        (
            "round(order.total / 3, 2) == 40.17 && round(2.5, 0) == 3 && round(-2.5, 0) == -3",
            true,
        ),
        ("round(order.payments, 2) == 3", true),
    ]);
}

#[test]
fn texts_compare_letter_by_letter() {
    check(&[
        (
            "order.origin == \"online\" && order.origin != \"manual\"",
            true,
        ),
        ("order.note == \"grüße, ring twice\"", false),
        ("order.note.len() == 17", true),
        (
            "order.note.starts_with(\"Grü\") && order.note.ends_with(\"twice\")",
            true,
        ),
        (
            "order.note.contains(\"ring\") && !order.note.contains(\"RING\")",
            true,
        ),
        ("\"ring\" in order.note && \"bell\" !in order.note", true),
        (
            "order.origin + \"/\" + order.note == \"online/Grüße, ring twice\"",
            true,
        ),
        ("order.note < \"H\" && \"a\" > order.note", true),
        ("\"a\\\"b\".len() == 3 && \"\" == \"\"", true),
        ("order.long == order.long && order.long.len() == 4096", true),
    ]);
}

#[test]
fn in_looks_into_lists_ranges_and_fields() {
    check(&[
        ("order.origin in [\"online\", \"manual\"]", true),
        ("order.note in [\"online\"]", false),
        ("order.payments in [1, 2, 3.0]", true),
        ("order.total in [120.5]", true),
        ("order.payments in []", false),
        ("order.on_hold in [false]", true),
        (
            "order.execute_on in [date(\"2026-03-29\"), date(now)]",
            true,
        ),
        ("order.placed_at !in [now]", true),
        ("order.payments in 1..3", false),
        ("order.payments in 1..=3", true),
        ("order.total in 1..200 && order.total !in 121..=200", true),
        ("order.payments in 3..1", false),
        ("order.payments in 0..1000000000000000000", true),
        (
            "\"note\" in order && \"missing\" !in order && !(\"missing\" in order)",
            true,
        ),
        ("\"reason\" in event || \"id\" in actor", false),
        ("\"date\" in event && \"online_payment\" in settings", true),
    ]);
}

#[test]
fn time_follows_the_calendar_of_the_zone() {
    check(&[
        // Placed at noon; the next noon is 23 hours later, because the clocks went forward.
        (
            "now - order.placed_at > days(1) && now - order.placed_at < hours(24)",
            true,
        ),
        ("now - order.placed_at == hours(23) + minutes(30)", true),
        ("days(1) < now - order.placed_at", true),
        (
            "order.placed_at + days(1) < now && order.placed_at + hours(24) > now",
            true,
        ),
        (
            "order.placed_at + days(1) - days(1) == order.placed_at",
            true,
        ),
        ("order.placed_at - now < seconds(0)", true),
        ("now - order.placed_at > now - now", true),
        (
            "date(now) == order.execute_on && date(order.placed_at) == date(\"2026-03-28\")",
            true,
        ),
        (
            "start_of(order.execute_on) == datetime(\"2026-03-28T23:00:00Z\")",
            true,
        ),
        (
            "start_of(order.execute_on) + days(1) == datetime(\"2026-03-29T22:00:00Z\")",
            true,
        ),
        ("event.date - order.execute_on == days(3)", true),
        // Clocks show 12:00 at eleven in UTC, and 12:30 at half past ten once they were put forward.
        (
            "time_of_day(order.placed_at) == hours(12) && time_of_day(now) == hours(12) + minutes(30)",
            true,
        ),
        (
            "between(time_of_day(now), hours(9), hours(17)) && time_of_day(start_of(date(now))) == hours(0)",
            true,
        ),
        (
            "weekday(date(now)) == 7 && weekday(date(order.placed_at)) == 6 && weekday(order.execute_on) == 7",
            true,
        ),
        (
            "weekday(date(\"1970-01-01\")) == 4 && weekday(date(\"0001-01-01\")) == 1",
            true,
        ),
        (
            "min(order.execute_on, event.date) == order.execute_on && max(now, order.placed_at) == now",
            true,
        ),
        (
            "event.date - days(3) == order.execute_on && order.execute_on + days(3) == event.date",
            true,
        ),
        (
            "order.execute_on < date(\"2027-01-01\") && now < datetime(\"2027-01-01T00:00:00Z\")",
            true,
        ),
        (
            "order.grace == days(2) && order.grace >= hours(48) && order.grace <= hours(48)",
            true,
        ),
        (
            "days(1) == hours(24) && days(1) + hours(1) > hours(24)",
            true,
        ),
        (
            "settings.cart_lifetime == minutes(20) && settings.cart_lifetime == seconds(1200)",
            true,
        ),
        (
            "days(3) - hours(1) < days(3) && days(0) - days(1) < days(0)",
            true,
        ),
    ]);
}

#[test]
fn children_are_counted() {
    check(&[
        (
            "suborders.some(\"executed\") && !suborders.all(\"executed\") && !suborders.none(\"executed\")",
            true,
        ),
        (
            "suborders.count() == 3 && suborders.count(\"executed\") == 2",
            true,
        ),
        (
            "suborders.count(\"executed\") * 2 > suborders.count()",
            true,
        ),
    ]);
    let mut world = world();
    let cases = [
        (0, 0, true, false, true),
        (2, 2, true, true, false),
        (2, 0, false, false, true),
    ];
    for (total, executed, all, some, none) in cases {
        let by_state = [("executed".to_owned(), executed)].into();
        world.children = vec![ChildCounts { total, by_state }];
        for (method, expected) in [("all", all), ("some", some), ("none", none)] {
            let guard = compiled(&format!("suborders.{method}(\"executed\")"));
            assert_eq!(
                world.ask(|inputs| guard.eval(inputs)),
                Ok(expected),
                "{method} of {executed}/{total}"
            );
        }
    }
}

#[test]
fn states_and_actors_are_asked_by_name() {
    check(&[
        (
            "in_state(\"submitted\") && in_state(\"submitted.blocked\") && !in_state(\"draft\")",
            true,
        ),
        (
            "actor.role == \"customer\" && actor.role in [\"customer\", \"manager\"]",
            true,
        ),
        ("\"id\" in actor && actor.id == \"u1\"", false),
    ]);
    let mut world = world();
    world.actor.id = Some("u1".to_owned());
    let guard = compiled("\"id\" in actor && actor.id == \"u1\"");
    assert_eq!(world.ask(|inputs| guard.eval(inputs)), Ok(true));
}

#[test]
fn what_cannot_be_answered_says_why() {
    let missing = |name: &str| GuardError::Missing(name.to_owned());
    let table = [
        ("order.missing > 1", missing("order.missing")),
        ("order . missing > 1", missing("order.missing")),
        (
            "1 < order.missing + order.payments",
            missing("order.missing"),
        ),
        (
            "order.payments == 3 &&\n  order.missing == 1",
            missing("order.missing"),
        ),
        ("event.reason == \"x\"", missing("event.reason")),
        ("event.reason.len() > 0", missing("event.reason")),
        ("actor.id == \"u1\"", missing("actor.id")),
        (
            "order.payments / (order.payments - 3) == 1",
            GuardError::DivisionByZero,
        ),
        ("order.total / 0 == 1", GuardError::DivisionByZero),
        ("order.payments % 0 == 1", GuardError::DivisionByZero),
        ("order.total % 0.0 == 1", GuardError::DivisionByZero),
        ("order.big + 1 > 0", GuardError::Overflow),
        ("order.big * 2 > 0", GuardError::Overflow),
        ("-order.big - 2 < 0", GuardError::Overflow),
        ("(-order.big - 1) / -1 > 0", GuardError::Overflow),
        ("(-order.big - 1) % -1 > 0", GuardError::Overflow),
        ("abs(-order.big - 1) > 0", GuardError::Overflow),
        ("-(-order.big - 1) > 0", GuardError::Overflow),
        (
            "79228162514264337593543950335.0 * order.total > 0",
            GuardError::Overflow,
        ),
        ("days(order.big) > days(1)", GuardError::Overflow),
        ("hours(order.big) > days(1)", GuardError::Overflow),
        (
            "now + days(2147483647) > now",
            GuardError::Time(TimeError::OutOfRange),
        ),
        (
            "now - order.placed_at < seconds(9223372036854775807)",
            GuardError::Time(TimeError::OutOfRange),
        ),
        (
            "order.execute_on + hours(1) > order.execute_on",
            GuardError::PartOfDay,
        ),
    ];
    for (text, error) in table {
        assert_eq!(eval(text), Err(error), "{text}");
    }
}

#[test]
fn errors_read_well_in_a_refusal() {
    let table = [
        ("order.missing > 1", "`order.missing` is not set"),
        ("order.total / 0 == 1", "it divides by zero"),
        (
            "order.big + 1 > 0",
            "the numbers are too large to calculate with",
        ),
        (
            "now + days(2147483647) > now",
            "the result lies outside the calendar",
        ),
        (
            "order.execute_on + hours(1) > order.execute_on",
            "a date moves by whole days only",
        ),
    ];
    for (text, message) in table {
        assert_eq!(eval(text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn operands_are_what_was_read_with_its_value() {
    let guard = compiled(
        "order.payments == 0 && settings.online_payment && event.reason == \"x\" && actor.role == \"manager\" \
         && order.missing > 1 && suborders.all(\"executed\") && in_state(\"draft\") && date(now) == event.date \
         && \"note\" in order && actor.id == \"1\"",
    );
    let operands = world().ask(|inputs| guard.operands(inputs));
    let shown: Vec<String> = operands
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name} = {value}"),
            None => format!("{name} is not set"),
        })
        .collect();
    let expected = [
        "order.payments = 3",
        "order.note = Grüße, ring twice",
        "order.missing is not set",
        "settings.online_payment = true",
        "event.reason is not set",
        "event.date = 2026-04-01",
        "actor.role = customer",
        "actor.id is not set",
        "now = 2026-03-29T10:30:00Z",
        "suborders.executed = 2",
        "suborders.count() = 3",
        "in_state(\"draft\") = false",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn reads_are_known_without_running() {
    let guard =
        compiled("order.total > settings.credit_limit && \"note\" in order || in_state(\"draft\")");
    let reads = guard.reads();
    assert_eq!(reads.order, [2, 3]);
    assert_eq!(reads.settings, [2]);
    assert_eq!(reads.states, ["draft"]);
    assert!(
        reads.event.is_empty()
            && reads.children.is_empty()
            && !reads.now
            && !reads.actor
            && !reads.zone
    );
    let guard = compiled(
        "suborders.count(\"draft\") == 0 && actor.role == \"system\" && date(now) == event.date",
    );
    let reads = guard.reads();
    assert!(reads.now && reads.actor && reads.zone && reads.order.is_empty());
    assert_eq!(reads.actor_parts, ["role"]);
    assert_eq!(reads.event, [1]);
    assert_eq!(reads.child_states[&0], ["draft"]);
    assert_eq!(
        guard.source(),
        "suborders.count(\"draft\") == 0 && actor.role == \"system\" && date(now) == event.date"
    );
}

#[test]
fn slots_that_are_not_there_are_not_set() {
    let mut world = world();
    (world.order, world.settings, world.children) = (Vec::new(), Vec::new(), Vec::new());
    let ask = |text: &str| world.ask(|inputs| compiled(text).eval(inputs));
    assert_eq!(
        ask("order.payments > 1"),
        Err(GuardError::Missing("order.payments".to_owned()))
    );
    assert_eq!(
        ask("settings.online_payment"),
        Err(GuardError::Missing("settings.online_payment".to_owned()))
    );
    assert_eq!(ask("suborders.count() == 0"), Ok(true));
}

#[test]
fn a_value_of_another_type_than_declared_denies() {
    let mut world = world();
    world.order[4] = Some(Value::Integer(1));
    let ask = |text: &str| world.ask(|inputs| compiled(text).eval(inputs));
    assert_eq!(ask("order.on_hold"), Err(GuardError::NotBoolean));
    assert!(ask("order.on_hold && true").is_err());
    assert!(ask("!order.on_hold").is_err());
}
