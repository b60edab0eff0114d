//! What is called always true or never true is not refuted by random orders, and no question about
//! comparisons, sums and products with constants is left open.

use flagstate::context::{Actor, Cells, Value};
use flagstate::guard::Inputs;
use flagstate::time::{self, Duration, Zone, parse_instant};

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

const HEAD: &str = "flagstate: 1
workflow: random
settings:
  limit: { type: decimal, default: 10, min: -5, max: 100 }
  grace: { type: duration, default: 1d }
context:
  number: { type: integer, default: 0 }
  other: { type: integer }
  paid: { type: decimal, default: 0 }
  rate: { type: decimal, scale: 4 }
  due: { type: date, default: 2026-03-01 }
  from: { type: datetime, default: 2026-03-01T00:00:00Z }
  word: { type: string, default: x }
  lines: { type: list, of: decimal, default: [] }
  parts: { type: list, of: integer, default: [] }
actors: [clerk]
defaults: { by: clerk }
initial: open
states:
  open:
  done: { final: true }
transitions:
  drop: { from: open, to: done }
";

fn number(dice: &mut Dice) -> String {
    match dice.below(9) {
        0 => "order.number".to_owned(),
        1 => "order.other".to_owned(),
        2 => "order.paid".to_owned(),
        3 => "order.rate".to_owned(),
        4 => "settings.limit".to_owned(),
        5 => format!("order.number {} order.other", dice.pick(&["+", "-"])),
        6 => format!(
            "order.paid * {} - settings.limit",
            dice.pick(&["2", "1.5", "-3"])
        ),
        7 => format!(
            "{}(order.number, {})",
            dice.pick(&["min", "max"]),
            dice.below(9)
        ),
        _ => dice
            .pick(&[
                "0",
                "7",
                "-3",
                "0.5",
                "99.99",
                "100",
                "order.number / 3",
                "order.number % 4",
            ])
            .to_owned(),
    }
}

fn atom(dice: &mut Dice) -> String {
    let operator = dice.pick(&["<", "<=", "==", "!=", ">", ">="]);
    match dice.below(11) {
        0 => format!(
            "order.due {operator} date(\"2026-03-0{}\") + days({})",
            dice.below(3) + 1,
            dice.below(4)
        ),
        1 => format!(
            "order.from {operator} datetime(\"2026-03-01T00:00:00Z\") + hours({})",
            dice.below(30)
        ),
        2 => format!(
            "order.due - date(\"2026-03-02\") {operator} days({})",
            dice.below(3)
        ),
        3 => format!("settings.grace {operator} hours({})", dice.below(60)),
        4 => format!(
            "order.word {operator} \"{}\"",
            dice.pick(&["x", "y", "", "xx"])
        ),
        5 => "\"other\" in order".to_owned(),
        6 => format!(
            "between({}, {}, {})",
            number(dice),
            number(dice),
            number(dice)
        ),
        7 => format!(
            "between(order.due, date(\"2026-03-01\"), date(\"2026-03-0{}\"))",
            dice.below(3) + 1
        ),
        _ => format!("{} {operator} {}", number(dice), number(dice)),
    }
}

fn random(dice: &mut Dice, name: &str) -> Option<Value> {
    let edges: [i64; 12] = [0, 1, -1, 2, 3, 7, 8, -3, 99, 100, i64::MAX, i64::MIN];
    let whole = match dice.below(2) {
        0 => edges[dice.below(12)],
        _ => i64::try_from(dice.below(40)).unwrap() - 15,
    };
    let decimal = |scale: u32, dice: &mut Dice| {
        let units = i64::try_from(dice.below(40_000)).unwrap() - 110_000;
        let number = rust_decimal::Decimal::new(units, scale);
        Value::decimal(number, u8::try_from(scale).unwrap())
    };
    let unset = dice.below(4) == 0;
    Some(match name {
        "other" | "rate" if unset => return None,
        "number" | "other" => Value::Integer(whole),
        "paid" => decimal(2, dice),
        "rate" => decimal(4, dice),
        "due" => {
            let start = time::parse_date("2026-02-26").unwrap();
            Value::Date(time::shift_date(start, i32::try_from(dice.below(10)).unwrap()).unwrap())
        }
        "from" => {
            let start = parse_instant("2026-02-28T22:00:00Z").unwrap();
            let hours = i64::try_from(dice.below(40)).unwrap();
            Value::Datetime(
                Zone::default()
                    .add(start, Duration::seconds(hours * 3_600))
                    .unwrap(),
            )
        }
        "word" => Value::Text(
            dice.pick(&["x", "y", "", "xx", "xy", "yx", "xxy", "a", "z"])
                .into(),
        ),
        "limit" => Value::decimal(
            rust_decimal::Decimal::new(i64::try_from(dice.below(10_501)).unwrap() - 500, 2),
            2,
        ),
        "lines" => {
            let count = dice.below(5);
            let entry = |dice: &mut Dice| {
                let units = i64::try_from(dice.below(900)).unwrap() - 300;
                Value::decimal(rust_decimal::Decimal::new(units, 2), 2)
            };
            Value::List((0..count).map(|_| entry(dice)).collect())
        }
        "parts" => {
            let count = dice.below(5);
            let whole = |dice: &mut Dice| match dice.below(12) {
                0 => i64::MAX,
                _ => i64::try_from(dice.below(9)).unwrap() - 3,
            };
            Value::List((0..count).map(|_| Value::Integer(whole(dice))).collect())
        }
        "grace" => Value::Duration(Duration {
            days: i32::try_from(dice.below(3)).unwrap(),
            seconds: i64::try_from(dice.below(60)).unwrap() * 3_600,
        }),
        _ => Value::Text("UTC".into()),
    })
}

/// The zones that tenants are in.
const ZONES: [&str; 5] = [
    "UTC",
    "America/Los_Angeles",
    "Europe/Oslo",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
];

/// A question about texts or about days, which is not always decided.
fn further_atom(dice: &mut Dice) -> String {
    let operator = dice.pick(&["<", "<=", "==", "!=", ">", ">="]);
    let day = format!("date(\"2026-03-0{}\")", dice.below(3) + 1);
    let word = dice.pick(&["x", "y", "", "xx", "xy"]);
    match dice.below(14) {
        11 => format!("order.word.ends_with(\"{word}\")"),
        13 => format!("\"{word}\" in order.word"),
        8 => format!("weekday(order.due) {operator} {}", dice.below(9)),
        9 => format!(
            "time_of_day(order.from) {operator} hours({})",
            dice.below(26)
        ),
        10 => format!("max(order.due, {day}) {operator} date(order.from)"),
        0 => format!("order.word.len() {operator} {}", dice.below(4)),
        1 => format!("order.word.contains(\"{word}\")"),
        2 | 12 => format!("order.word.starts_with(\"{word}\")"),
        3 => format!("(order.word + \"{word}\").len() {operator} 1"),
        4 => format!("date(order.from) {operator} {day}"),
        5 => format!("start_of(order.due) {operator} order.from"),
        6 => format!("order.from + days(1) {operator} start_of({day})"),
        _ => atom(dice),
    }
}

/// A question about how many entries lists have, what they add up to and whether there is one that…; and about what is
/// rounded and divided.
fn list_atom(dice: &mut Dice) -> String {
    let operator = dice.pick(&["<", "<=", "==", "!=", ">", ">="]);
    let list = dice.pick(&["lines", "parts"]);
    let number = dice.below(4);
    let other = dice.pick(&["<", "==", ">="]);
    match dice.below(17) {
        13 | 14 => format!(
            "{} {operator} {}",
            dice.pick(&[
                "order.paid / order.rate",
                "order.paid / order.number",
                "order.rate / settings.limit",
                "order.number / order.number",
                "order.number % order.other",
                "order.paid % order.rate",
            ]),
            dice.pick(&["order.paid", "0", "0.5", "-1.25", "1"])
        ),
        15 => format!("order.{list}.some(|each| each > {number} && each {other} 3)"),
        16 => format!("order.{list}.all(|each| !(each {operator} {number}) || each {other} 1)"),
        10 | 11 => format!(
            "{} {operator} {}",
            dice.pick(&[
                "order.paid * order.rate",
                "order.number * order.paid",
                "order.rate * settings.limit",
                "order.number * order.number",
            ]),
            dice.pick(&["order.paid", "order.rate", "0.5", "-1.25", "order.number"])
        ),
        0 | 1 => format!("order.{list}.count() {operator} {number}"),
        2 => format!("order.{list}.sum() {operator} {number}"),
        3 => format!("order.lines.sum() {operator} order.paid"),
        4 => format!("order.{list}.some(|each| each {operator} {number})"),
        5 => format!("order.{list}.all(|each| each {operator} {number})"),
        6 => format!(
            "order.{list}.count(|each| each > {number}) {operator} {}",
            dice.below(3)
        ),
        7 => format!("order.{list}.none(|each| each {operator} {number})"),
        8 => match dice.below(4) {
            0 => format!("{number} in order.{list}"),
            1 => format!("{number} !in order.{list}"),
            2 => format!("order.{list}.some({number})"),
            _ => format!("order.{list}.none({number})"),
        },
        9 => format!(
            "{} {operator} {}",
            dice.pick(&[
                "order.paid / 2.0",
                "order.rate / -0.8",
                "order.paid / 1024.0",
                "round(order.rate, 2)",
                "round(order.paid, 1)",
                "round(order.rate / -4.0, 1)",
            ]),
            dice.pick(&["order.paid", "order.rate", "0.5", "-1.25"])
        ),
        _ => format!("order.parts.count() {operator} order.number"),
    }
}

#[test]
fn no_proof_about_lists_is_refuted_by_random_orders() {
    let guards = cases(400);
    let tried = try_guards(guards, 4_000, &list_atom, true);
    assert!(tried.proved > 20, "{}", tried.proved);
    tell::tried(&format!(
        "{} proofs about lists, rounding and division of {guards} guards against 4000 orders each, {} open",
        tried.proved, tried.open
    ));
}

#[test]
fn no_proof_is_refuted_by_random_orders_and_nothing_linear_is_left_open() {
    let guards = cases(600);
    let tried = try_guards(guards, 10_000, &atom, false);
    assert!(tried.proved > 50, "{}", tried.proved);
    assert!(
        u64::try_from(tried.settings_open * 100).unwrap() <= guards,
        "{}",
        tried.settings_open
    );
    tell::tried(&format!(
        "{} proofs of {guards} guards against 10000 orders each, none open; settings not told apart in {}",
        tried.proved, tried.settings_open
    ));
}

#[test]
fn no_proof_about_texts_and_days_is_refuted_by_orders_in_any_zone() {
    let guards = cases(300);
    let tried = try_guards(guards, 4_000, &further_atom, true);
    assert!(tried.proved > 20, "{}", tried.proved);
    tell::tried(&format!(
        "{} proofs about texts and days of {guards} guards against 4000 orders each, {} open",
        tried.proved, tried.open
    ));
}

/// What came of guards.
#[derive(Default)]
struct Tried {
    proved: usize,
    open: usize,
    settings_open: usize,
}

/// Has random guards judged, and what is proved of them tried with random orders; for `further` ones in zones.
fn try_guards(
    guards: u64,
    orders: usize,
    atom: &dyn Fn(&mut Dice) -> String,
    further: bool,
) -> Tried {
    let mut tried = Tried::default();
    for seed in 1..=guards {
        let mut dice = Dice::new(seed + 7_000_000);
        let depth = dice.below(4);
        let guard = dice.guard(depth, atom);
        let head = match further {
            true => {
                let zone = dice.pick(&ZONES);
                let zone = format!("settings:\n  timezone: {{ type: string, default: {zone} }}\n");
                HEAD.replace("settings:\n", &zone)
            }
            false => HEAD.to_owned(),
        };
        let text = format!("{head}  go: {{ from: open, to: done, guard: '{guard}' }}\n");
        let (workflow, report) = loaded(&text);
        // How many combinations of settings are told apart has a bound of its own.
        let of_settings = |question: &str| question.contains("questions about settings");
        let (apart, left): (Vec<_>, Vec<_>) = report
            .open()
            .iter()
            .partition(|open| of_settings(&open.question));
        tried.settings_open += apart.len();
        tried.open += left.len();
        assert!(further || left.is_empty(), "{guard}: {left:?}");
        let said = |id: &str| report.iter().any(|finding| finding.rule.id == id);
        let expected = match (said("guard-always-true"), said("guard-never-true")) {
            (true, false) => true,
            (false, true) => false,
            _ => continue,
        };
        tried.proved += 1;
        let guard = workflow.rows.rows()[1].conditions[0]
            .guard
            .as_ref()
            .unwrap();
        for _ in 0..orders {
            let fields = workflow
                .fields
                .rows()
                .iter()
                .map(|field| random(&mut dice, &field.name));
            let order = Cells::with(&workflow.layout, fields);
            let settings = workflow.settings.rows().iter();
            let settings = settings.map(|setting| random(&mut dice, &setting.name));
            let settings = Cells::with(&workflow.settings_layout, settings);
            let zone = if further { dice.pick(&ZONES) } else { "UTC" };
            let held = guard.holds(&Inputs {
                order: order.view(),
                settings: settings.view(),
                event: flagstate::context::CellsView::EMPTY,
                actor: &Actor::new("clerk"),
                role: None,
                children: &[],
                now: parse_instant("2026-01-05T09:00:00Z").unwrap().into(),
                zone: &zone.parse().unwrap(),
                in_state: &|_| false,
            });
            assert_eq!(held, expected, "seed {seed}: {}\n{order:?}", guard.source());
        }
    }
    tried
}
