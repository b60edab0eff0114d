//! Bombs that are in the order, the event, the children, the time, or the workflow's own names.

use std::sync::Arc;

use flagstate::context::{Scope, Type, Value};
use flagstate::guard::GuardError;
use flagstate::time::{Date, Duration, Instant};
use rust_decimal::Decimal;

use super::Expected::{Answers, Errs, Fails, Finds};
use super::{Bomb, CALENDAR, OPERATIONS, OVERFLOW, TEXT, World, bomb};

pub(super) fn bombs() -> Vec<Bomb> {
    let topics = [
        entries(),
        texts(),
        numbers(),
        times(),
        others(),
        workflows(),
    ];
    topics.into_iter().flatten().collect()
}

/// Gives the order's field of that name a value.
fn set(scope: &Scope, world: &mut World, name: &str, value: Value) {
    let slot = scope.order.get_index_of(name).unwrap();
    world.order[slot] = Some(value);
}

fn note(scope: &Scope, world: &mut World, text: &str) {
    set(scope, world, "note", Value::Text(text.into()));
}

/// No order carries such a text; a host that hands one over all the same must not be harmed.
fn endless(scope: &mut Scope, world: &mut World) {
    note(scope, world, &"x".repeat(4 << 20));
    world.actor.id = Some("x".repeat(4 << 20));
    world.actor.role = "x".repeat(4 << 20);
}

/// A search that a simple way would begin again at every letter.
fn repeated(scope: &mut Scope, world: &mut World) {
    note(scope, world, &"a".repeat(8 << 10));
    let part = "a".repeat(4 << 10) + "b";
    set(scope, world, "long", Value::Text(part.into()));
}

fn marks(scope: &mut Scope, world: &mut World) {
    note(scope, world, &"\u{301}".repeat(4096));
}

/// A text that would end any other text, and run.
fn escape(scope: &mut Scope, world: &mut World) {
    note(
        scope,
        world,
        "\0\"'`${1}\u{1b}\u{202e}\r\n\" || eval(\"loop { }\") || \"",
    );
}

/// Lists as long as they may be, of texts as long as they may be.
fn lists(scope: &mut Scope, world: &mut World) {
    let text = Value::Text("🙂".repeat(4096).into());
    note(scope, world, &"🙂".repeat(4096));
    set(scope, world, "tags", Value::List(vec![text; 256].into()));
    let numbers = vec![Value::Integer(1); 256];
    set(scope, world, "amounts", Value::List(numbers.into()));
}

#[rustfmt::skip]
fn entries() -> Vec<Bomb> {
    let searches = ["order.note in order.tags"; 30].join(" && ");
    let joined = format!("order.tags.all(|t| {})", ["t == order.note"; 12].join(" && "));
    let walks = format!("order.amounts.all(|a| {})", ["a in order.amounts"; 10].join(" && "));
    let deep = format!("{}order.amounts.sum(|a| {}a{}){} > 0", "(1 + ".repeat(14), "(1 + ".repeat(12), ")".repeat(12), ")".repeat(14));
    vec![
        bomb("long texts looked for", searches, OPERATIONS).given(lists).slow_in_debug(),
        bomb("long texts compared in a closure", joined, Answers("true")).given(lists).slow_in_debug(),
        bomb("long texts looked for in a closure", "order.tags.all(|t| t in order.tags)", OPERATIONS).given(lists).slow_in_debug(),
        bomb("long texts searched in a closure", "order.tags.all(|t| t.contains(order.note))", OPERATIONS).given(lists).slow_in_debug(),
        bomb("long texts joined in a closure", "order.tags.all(|t| t + t == t)", TEXT).given(lists).slow_in_debug(),
        bomb("a list walked in a list", walks, OPERATIONS).given(lists).slow_in_debug(),
        bomb("a deep closure deep in a guard", deep, Answers("true")).given(lists).slow_in_debug(),
    ]
}

#[rustfmt::skip]
fn texts() -> Vec<Bomb> {
    vec![
        bomb("an endless text's length", "order.note.len() > 0", TEXT).given(endless),
        bomb("an endless text, searched", "order.note.contains(\"y\")", TEXT).given(endless),
        bomb("an endless text, joined", "order.note + \"x\" == \"\"", TEXT).given(endless),
        bomb("an endless text, compared", "order.note == order.note", TEXT).given(endless),
        bomb("an endless value", "order.note", TEXT).for_a_text().given(endless),
        bomb("an endless actor", "\"id\" in actor && actor.id + \"x\" == \"\"", TEXT).given(endless),
        bomb("an endless role", "actor.role == \"customer\"", TEXT).given(endless),
        bomb("a repeated text, searched", "order.note.contains(order.long)", Answers("false")).given(repeated),
        bomb("a text of marks", "order.note.len() == 4096", Answers("true")).given(marks),
        bomb("a guard in a text", "order.note == \"\"", Answers("false")).given(escape),
        bomb("a guard in a value", "order.note", Answers("\\0\\\"")).for_a_text().given(escape),
    ]
}

fn least(scope: &mut Scope, world: &mut World) {
    set(scope, world, "payments", Value::Integer(i64::MIN));
}

fn largest(scope: &mut Scope, world: &mut World) {
    set(scope, world, "total", Value::Decimal(Decimal::MAX));
}

fn finest(scope: &mut Scope, world: &mut World) {
    let finest = Decimal::from_i128_with_scale(1, 28);
    set(scope, world, "total", Value::Decimal(finest));
}

#[rustfmt::skip]
fn numbers() -> Vec<Bomb> {
    vec![
        bomb("the least number, negated", "-order.payments > 0", OVERFLOW).given(least),
        bomb("the least number, abs", "abs(order.payments) > 0", OVERFLOW).given(least),
        bomb("the least number, divided", "order.payments / -1 > 0", OVERFLOW).given(least),
        bomb("the least number, as days", "now - days(order.payments) > now", OVERFLOW).given(least),
        bomb("the least number, in a range", "order.payments in 0..=order.big", Answers("false")).given(least),
        bomb("the largest decimal, added", "order.total + 1 > 0", OVERFLOW).given(largest),
        bomb("the largest decimal, squared", "order.total * order.total > 0", OVERFLOW).given(largest),
        bomb("the largest decimal, rounded", "round(order.total, 28) > 0", Answers("true")).given(largest),
        bomb("the finest decimal, divided by", "order.big / order.total > 0", OVERFLOW).given(finest),
        bomb("the finest decimal, squared", "order.total * order.total == 0", Answers("true")).given(finest),
        bomb("the finest decimal's rest", "order.big % order.total >= 0", Answers("true")).given(finest),
    ]
}

fn ends(scope: &mut Scope, world: &mut World) {
    world.now = Instant::MAX_UTC;
    set(scope, world, "placed_at", Value::Datetime(Instant::MIN_UTC));
    set(scope, world, "execute_on", Value::Date(Date::MAX));
    world.event[1] = Some(Value::Date(Date::MIN));
}

fn backwards(scope: &mut Scope, world: &mut World) {
    let (days, seconds) = (i32::MIN, i64::MIN);
    let least = Duration { days, seconds };
    set(scope, world, "grace", Value::Duration(least));
}

#[rustfmt::skip]
fn times() -> Vec<Bomb> {
    let stretches = "(now - order.placed_at) + (now - order.placed_at) > hours(1)";
    vec![
        bomb("the end of time, as a date", "date(now) > order.execute_on", CALENDAR).given(ends),
        bomb("a day after the end", "now + days(1) > now", CALENDAR).given(ends),
        bomb("a second after the end", "now + seconds(1) > now", CALENDAR).given(ends),
        bomb("all of time", "now - order.placed_at > seconds(1)", Answers("true")).given(ends),
        bomb("all of time, twice", stretches, Answers("true")).given(ends),
        bomb("all of time, in days", "now - order.placed_at > days(1)", Answers("true")).given(ends),
        bomb("the last day's start", "start_of(order.execute_on) <= now", Answers("true")).given(ends),
        bomb("all days", "order.execute_on - event.date > days(1)", Answers("true")).given(ends),
        bomb("a day after all days", "order.execute_on + days(1) > event.date", CALENDAR).given(ends),
        bomb("a day before all days", "event.date - days(1) < event.date", CALENDAR).given(ends),
        bomb("the least length, added", "now + order.grace > now", CALENDAR).given(backwards),
        bomb("the least length, taken away", "now - order.grace > now", OVERFLOW).given(backwards),
        bomb("the least length, twice", "order.grace + order.grace > days(1)", OVERFLOW).given(backwards),
        bomb("the least length, compared", "order.grace < days(1)", Answers("true")).given(backwards),
    ]
}

/// Four billion children, in each of ten thousand states.
fn crowd(_: &mut Scope, world: &mut World) {
    let states = (0..10_000).map(|n| (format!("state{n}"), u32::MAX));
    world.children[0].by_state = states.collect();
    world.children[0].total = u32::MAX;
}

fn nothing(_: &mut Scope, world: &mut World) {
    world.order.clear();
    world.settings.clear();
    world.event.clear();
    world.children.clear();
}

/// Values that are not of their fields' types, which no order holds.
fn wrong(scope: &mut Scope, world: &mut World) {
    set(scope, world, "payments", Value::Text("x".into()));
    set(scope, world, "on_hold", Value::Integer(1));
}

#[rustfmt::skip]
fn others() -> Vec<Bomb> {
    let missing = |name: &str| Fails(GuardError::Missing(name.to_owned()));
    vec![
        bomb("a crowd of children", "suborders.count() * 4294967297 > 0", OVERFLOW).given(crowd),
        bomb("a crowd of states", "suborders.all(\"executed\")", Answers("false")).given(crowd),
        bomb("no values", "order.on_hold", missing("order.on_hold")).given(nothing),
        bomb("no settings", "settings.online_payment", missing("settings.online_payment")).given(nothing),
        bomb("no payload", "event.reason == \"\"", missing("event.reason")).given(nothing),
        bomb("no children", "suborders.count() == 0", Answers("true")).given(nothing),
        bomb("a text for a number", "order.payments + 1 > 0", Errs).given(wrong),
        bomb("a number for a condition", "order.on_hold || order.on_hold", Errs).given(wrong),
        bomb("a number for an answer", "order.on_hold", Errs).given(wrong),
    ]
}

/// A workflow of two thousand fields, states and words, each with a name of 60 letters.
fn huge(scope: &mut Scope, _: &mut World) {
    let names = || (0..2000).map(|n| format!("{}{n:04}", "abcdefgh".repeat(7)));
    for name in names() {
        Arc::make_mut(&mut scope.order).insert(name, Type::Integer);
    }
    let words = names().collect();
    Arc::make_mut(&mut scope.order).insert("origin".to_owned(), Type::Enum(words));
    scope.states = names().collect();
    scope.actors = names().collect();
    Arc::make_mut(&mut scope.children)[0].states = names().collect();
}

#[rustfmt::skip]
fn workflows() -> Vec<Bomb> {
    let list = |part: &str, n: usize| format!("[{}]", vec![part; n].join(","));
    let fields = format!("1 in {}", list("order.x", 250));
    let variables = format!("1 in {}", list("x", 250));
    let states = vec!["in_state(\"x\")"; 30].join(" || ");
    let children = vec!["suborders.all(\"x\")"; 30].join(" || ");
    let longer = format!("1 in {}", list(&format!("order.{}", "abcdefgx".repeat(8)), 55));
    let long = format!("order.{}", "a".repeat(4000));
    vec![
        bomb("a long name among many", long, Finds("unknown-field")).given(huge).slow_in_debug(),
        bomb("wrong fields among many", fields, Finds("unknown-field")).given(huge).slow_in_debug(),
        bomb("wrong long fields among many", longer, Finds("unknown-field")).given(huge).slow_in_debug(),
        bomb("wrong variables among many", variables, Finds("unknown-variable")).given(huge).slow_in_debug(),
        bomb("wrong states among many", states, Finds("unknown-state-in-guard")).given(huge).slow_in_debug(),
        bomb("wrong children among many", children, Finds("unknown-child-state")).given(huge).slow_in_debug(),
        bomb("a wrong word among many", "order.origin == \"x\"", Finds("unknown-enum-value")).given(huge).slow_in_debug(),
        bomb("wrong words among many", wrong_words("order.origin"), Finds("unknown-enum-value")).given(huge).slow_in_debug(),
        bomb("wrong roles among many", wrong_words("actor.role"), Finds("unknown-enum-value")).given(huge).slow_in_debug(),
    ]
}

/// Asks twice whether a name is one of 256 words that no enum has.
fn wrong_words(name: &str) -> String {
    let words = format!("[{}]", vec!["\"x\""; 256].join(","));
    format!("{name} in {words} || {name} in {words}")
}
