//! Bombs that are in the order, the event, the children, the time, or the workflow's own names.

use flagstate::context::{Scope, Type, Value};
use flagstate::guard::{GuardError, Limit};
use flagstate::time::{Date, Duration, Instant, TimeError};

use super::Expected::{self, Answers, Fails, Finds};
use super::{Bomb, World, bomb};

const TEXT: Expected = Fails(GuardError::Limit(Limit::Text));
const OPERATIONS: Expected = Fails(GuardError::Limit(Limit::Operations));
const OVERFLOW: Expected = Fails(GuardError::Overflow);
const CALENDAR: Expected = Fails(GuardError::Time(TimeError::OutOfRange));

pub(super) fn bombs() -> Vec<Bomb> {
    [texts(), numbers(), times(), others(), workflows()]
        .into_iter()
        .flatten()
        .collect()
}

/// Gives the order's field of that name a value.
fn set(scope: &Scope, world: &mut World, name: &str, value: Value) {
    let slot = scope.order.get_index_of(name).unwrap();
    world.order[slot] = Some(value);
}

fn note(scope: &mut Scope, world: &mut World, text: &str) {
    set(scope, world, "note", Value::Text(text.into()));
}

/// No order carries such a text; a host that hands one over all the same must not be harmed.
fn endless(scope: &mut Scope, world: &mut World) {
    note(scope, world, &"x".repeat(4 << 20));
}

fn texts() -> Vec<Bomb> {
    vec![
        bomb(
            "the length of an endless text",
            "order.note.len() > 0",
            OPERATIONS,
        )
        .given(endless),
        bomb(
            "a search in an endless text",
            "order.note.contains(\"y\")",
            OPERATIONS,
        )
        .given(endless),
        bomb(
            "an endless text that grows",
            "order.note + \"x\" == \"\"",
            TEXT,
        )
        .given(endless),
        bomb(
            "an endless text compared",
            "order.note == order.note",
            Answers("true"),
        )
        .given(endless),
        bomb(
            "an endless value",
            "order.note",
            Expected::Fails(GuardError::Unfit {
                found: "x".repeat(60),
                expected: "string".to_owned(),
            }),
        )
        .as_value()
        .given(endless),
        bomb(
            "a search that begins again",
            "order.note.contains(order.long)",
            Answers("false"),
        )
        .given(|scope, world| {
            note(scope, world, &"a".repeat(8 << 10));
            let part = "a".repeat(4 << 10) + "b";
            set(scope, world, "long", Value::Text(part.into()));
        }),
        bomb("an endless actor", "actor.id + \"x\" == \"\"", TEXT)
            .given(|_, world| world.actor.id = Some("x".repeat(4 << 20))),
        bomb(
            "an endless role",
            "actor.role == \"customer\"",
            Answers("false"),
        )
        .given(|_, world| world.actor.role = "x".repeat(4 << 20)),
        bomb(
            "a text of marks",
            "order.note.len() == 4096",
            Answers("true"),
        )
        .given(|scope, world| note(scope, world, &"\u{301}".repeat(4096))),
        bomb(
            "a text with all that ends texts",
            "order.note.ends_with(\"\\n\")",
            Answers("true"),
        )
        .given(|scope, world| note(scope, world, "\0\"'`${1}\\u{1b}\u{202e}\r\n")),
        bomb("a guard in a text", "order.note == \"\"", Answers("false"))
            .given(|scope, world| note(scope, world, "\" || eval(\"loop { }\") || \"")),
    ]
}

fn numbers() -> Vec<Bomb> {
    let least = |scope: &mut Scope, world: &mut World| {
        set(scope, world, "payments", Value::Integer(i64::MIN));
    };
    let largest = |scope: &mut Scope, world: &mut World| {
        set(
            scope,
            world,
            "total",
            Value::Decimal(rust_decimal::Decimal::MAX),
        );
    };
    let finest = |scope: &mut Scope, world: &mut World| {
        let finest = rust_decimal::Decimal::from_i128_with_scale(1, 28);
        set(scope, world, "total", Value::Decimal(finest));
    };
    vec![
        bomb("the least number, negated", "-order.payments > 0", OVERFLOW).given(least),
        bomb("the least number, abs", "abs(order.payments) > 0", OVERFLOW).given(least),
        bomb(
            "the least number, divided",
            "order.payments / -1 > 0",
            OVERFLOW,
        )
        .given(least),
        bomb(
            "the least number in a range",
            "order.payments in 0..=order.big",
            Answers("false"),
        )
        .given(least),
        bomb(
            "the largest decimal, added",
            "order.total + 1 > 0",
            OVERFLOW,
        )
        .given(largest),
        bomb(
            "the largest decimal, squared",
            "order.total * order.total > 0",
            OVERFLOW,
        )
        .given(largest),
        bomb(
            "the largest decimal, rounded",
            "round(order.total, 28) > 0",
            Answers("true"),
        )
        .given(largest),
        bomb(
            "the finest decimal, divided",
            "order.big / order.total > 0",
            OVERFLOW,
        )
        .given(finest),
        bomb(
            "the finest decimal, squared",
            "order.total * order.total == 0",
            Answers("true"),
        )
        .given(finest),
        bomb(
            "a rest of the finest",
            "order.big % order.total >= 0",
            Answers("true"),
        )
        .given(finest),
    ]
}

fn times() -> Vec<Bomb> {
    let ends = |_: &mut Scope, world: &mut World| world.now = Instant::MAX_UTC;
    let lasts = |scope: &mut Scope, world: &mut World| {
        world.now = Instant::MAX_UTC;
        set(scope, world, "placed_at", Value::Datetime(Instant::MIN_UTC));
    };
    let dates = |scope: &mut Scope, world: &mut World| {
        set(scope, world, "execute_on", Value::Date(Date::MAX));
        world.event[1] = Some(Value::Date(Date::MIN));
    };
    let lengths = |scope: &mut Scope, world: &mut World| {
        let least = Duration {
            days: i32::MIN,
            seconds: i64::MIN,
        };
        set(scope, world, "grace", Value::Duration(least));
    };
    vec![
        bomb(
            "the end of time, as a date",
            "date(now) > order.execute_on",
            CALENDAR,
        )
        .given(ends),
        bomb(
            "a day after the end of time",
            "now + days(1) > now",
            CALENDAR,
        )
        .given(ends),
        bomb(
            "a second after the end of time",
            "now + seconds(1) > now",
            CALENDAR,
        )
        .given(ends),
        bomb(
            "all of time",
            "now - order.placed_at > seconds(1)",
            Answers("true"),
        )
        .given(lasts),
        bomb(
            "all of time, twice",
            "(now - order.placed_at) + (now - order.placed_at) > hours(1)",
            Answers("true"),
        )
        .given(lasts),
        bomb(
            "all of time, in days",
            "now - order.placed_at > days(1)",
            CALENDAR,
        )
        .given(lasts),
        bomb(
            "the start of the last day",
            "start_of(order.execute_on) > now",
            CALENDAR,
        )
        .given(dates),
        bomb(
            "all dates",
            "order.execute_on - event.date > days(1)",
            Answers("true"),
        )
        .given(dates),
        bomb(
            "a day after the last",
            "order.execute_on + days(1) > event.date",
            CALENDAR,
        )
        .given(dates),
        bomb(
            "a day before the first",
            "event.date - days(1) < order.execute_on",
            CALENDAR,
        )
        .given(dates),
        bomb(
            "the least duration, added",
            "now + order.grace > now",
            CALENDAR,
        )
        .given(lengths),
        bomb(
            "the least duration, taken away",
            "now - order.grace > now",
            OVERFLOW,
        )
        .given(lengths),
        bomb(
            "the least duration, doubled",
            "order.grace + order.grace > days(1)",
            OVERFLOW,
        )
        .given(lengths),
        bomb(
            "the least duration, compared",
            "order.grace < days(1)",
            Answers("true"),
        )
        .given(lengths),
    ]
}

fn others() -> Vec<Bomb> {
    let crowd = |_: &mut Scope, world: &mut World| {
        world.children[0].total = u32::MAX;
        world.children[0].by_state = (0..10_000)
            .map(|n| (format!("state{n}"), u32::MAX))
            .collect();
    };
    vec![
        bomb(
            "ever so many children",
            "suborders.count() * 4294967297 > 0",
            OVERFLOW,
        )
        .given(crowd),
        bomb(
            "children in ever so many states",
            "suborders.all(\"executed\")",
            Answers("false"),
        )
        .given(crowd),
        bomb(
            "no values at all",
            "order.on_hold",
            Fails(GuardError::Missing("order.on_hold".into())),
        )
        .given(|_, world| world.order.clear()),
        bomb(
            "no children at all",
            "suborders.count() == 0",
            Answers("true"),
        )
        .given(|_, world| world.children.clear()),
        bomb(
            "a text for a number",
            "order.payments + 1 > 0",
            Fails(GuardError::Other("?".into())),
        )
        .given(|scope, world| set(scope, world, "payments", Value::Text("x".into()))),
        bomb(
            "a number for a condition",
            "order.on_hold || order.on_hold",
            Fails(GuardError::NotBoolean),
        )
        .given(|scope, world| set(scope, world, "on_hold", Value::Integer(1))),
        bomb(
            "a number for the answer",
            "order.on_hold",
            Fails(GuardError::NotBoolean),
        )
        .given(|scope, world| set(scope, world, "on_hold", Value::Integer(1))),
    ]
}

/// A workflow of a thousand fields, states and words, each with a name of 60 letters.
fn huge(scope: &mut Scope, _: &mut World) {
    let name = |n: usize| format!("{n:04}{}", "x".repeat(56));
    let names = || (0..1000).map(name);
    for n in names() {
        scope.order.insert(format!("f{n}"), Type::Integer);
    }
    scope
        .order
        .insert("origin".to_owned(), Type::Enum(names().collect()));
    scope.states = names().collect();
    scope.actors = names().collect();
    scope.children[0].states = names().collect();
}

fn workflows() -> Vec<Bomb> {
    let list = |of: &str, n: usize| format!("[{}]", vec![of; n].join(","));
    let fields = format!("1 in {}", list("order.x", 250));
    let variables = format!("1 in {}", list("x", 250));
    let words = format!("order.origin in {}", list("\"\"", 250));
    let states = vec!["in_state(\"\")"; 30].join(" || ");
    let children = vec!["suborders.all(\"\")"; 30].join(" || ");
    let long = format!("order.{}", "x".repeat(4000));
    vec![
        bomb(
            "names that are like a thousand",
            fields,
            Finds("unknown-field"),
        )
        .given(huge),
        bomb(
            "a long name beside a thousand",
            long,
            Finds("unknown-field"),
        )
        .given(huge),
        bomb("words of a thousand", variables, Finds("unknown-variable")).given(huge),
        bomb(
            "an enum of a thousand words",
            words,
            Finds("unknown-enum-value"),
        )
        .given(huge),
        bomb(
            "states of a thousand",
            states,
            Finds("unknown-state-in-guard"),
        )
        .given(huge),
        bomb(
            "children's states of a thousand",
            children,
            Finds("unknown-child-state"),
        )
        .given(huge),
    ]
}
