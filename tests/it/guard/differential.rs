//! Lowered guards and the hardened engine give the same answer to everything, errors included.
//!
//! A million pairs of guard and order (`FLAGSTATE_PAIRS` sets another number). A pair on which the two
//! differ is made simpler for as long as they differ. How often each operator and function was written,
//! and each answer given, is printed and has a floor.

use std::collections::BTreeMap;

use flagstate::context::{Actor, Type, Value};
use flagstate::diagnostic::Report;
use flagstate::guard::MAX_LIST;
use flagstate::guard::{ChildCounts, Guard, GuardError, Runs, compile_formula, compile_guard};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile, SourceMap};
use flagstate::time::{self, Duration, Instant};

use super::writer::Writer;
use super::{World, date, datetime, decimal, entries, expression, scope, world};

/// Numbers from a seed (`SplitMix64`).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }

    fn one<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    pub(super) fn choices(&mut self) -> Vec<u16> {
        let length = self.below(48);
        (0..length).map(|_| (self.roll() & 0xFFFF) as u16).collect()
    }
}

fn integer(dice: &mut Dice) -> Value {
    let edges = [
        0,
        1,
        -1,
        3,
        9,
        400,
        i64::MIN,
        i64::MIN + 1,
        i64::MAX,
        i64::MAX - 1,
    ];
    Value::Integer(match dice.below(4) {
        0 => dice.roll().cast_signed(),
        _ => dice.one(&edges),
    })
}

fn amount(dice: &mut Dice) -> Value {
    let edges = [
        "0.00",
        "0.01",
        "-0.01",
        "120.50",
        "119.99",
        "5",
        "-3",
        "0.1",
        "92233720368547758.07",
        "92233720368547758.08",
        "-92233720368547758.08",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "792281625142643375935439503.35",
    ];
    match dice.below(4) {
        0 => Value::Decimal(rust_decimal::Decimal::new(dice.roll().cast_signed(), 2)),
        _ => decimal(dice.one(&edges)),
    }
}

fn cents(dice: &mut Dice) -> rust_decimal::Decimal {
    let mantissa = dice.one(&[0, 1, -1, 1_999, i64::MAX, i64::MIN + 2, 50]);
    rust_decimal::Decimal::new(mantissa, 2)
}

fn instant(dice: &mut Dice) -> Instant {
    let edges = [
        "2026-03-29T10:30:00Z",
        "2026-03-28T11:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "1677-09-21T00:12:43.145224193Z",
        "1970-01-01T00:00:00Z",
        "2026-10-25T00:30:00Z",
        "9999-12-30T22:00:00Z",
    ];
    match dice.below(3) {
        0 => Instant::from_timestamp((dice.roll() % 8_000_000_000).cast_signed(), 7).unwrap(),
        _ => time::parse_instant(dice.one(&edges)).unwrap(),
    }
}

fn text(dice: &mut Dice) -> Value {
    let edges = [
        "",
        "Grüße, ring twice",
        "ring",
        "a\nb",
        "e\u{301}🙂",
        "customer",
        "online",
    ];
    Value::Text(dice.one(&edges).into())
}

/// A list of such values, now and then as long as a list may be.
fn several(dice: &mut Dice, mut one: impl FnMut(&mut Dice) -> Value) -> Value {
    let long = if dice.below(60) == 0 { MAX_LIST } else { 1 };
    let length = dice.one(&[0, 1, 1, 2, 3, 4, long]);
    entries((0..length).map(|_| one(dice)))
}

/// An order with edges and gaps.
pub(super) fn any_world(dice: &mut Dice) -> World {
    let mut world = world();
    let duration = match dice.below(3) {
        0 => Duration::days(dice.one(&[0, 1, 3, 36_525])),
        1 => Duration::seconds(dice.one(&[0, 1, 86_400, 3_155_760_000])),
        _ => Duration {
            days: 1,
            seconds: 3_600,
        },
    };
    let days = [
        "2026-03-29",
        "2026-04-01",
        "0000-01-01",
        "9999-12-31",
        "2024-02-29",
    ];
    world.order = vec![
        Some(Value::Text(dice.one(&["online", "manual"]).into())),
        Some(integer(dice)),
        Some(amount(dice)),
        Some(text(dice)),
        Some(Value::Boolean(dice.below(2) == 0)),
        Some(date(dice.one(&days))),
        Some(Value::Datetime(instant(dice))),
        Some(Value::Duration(duration)),
        (dice.below(2) == 0).then(|| integer(dice)),
        Some(Value::Text("🙂".repeat(dice.one(&[0, 1, 4_096])).into())),
        Some(integer(dice)),
        Some(several(dice, integer)),
        Some(several(dice, |dice| Value::decimal(cents(dice), 2))),
        Some(several(dice, text)),
        Some(several(dice, |dice| {
            super::text(dice.one(&["online", "manual", "phone"]))
        })),
        Some(several(dice, |dice| date(dice.one(&days)))),
        Some(several(dice, |dice| {
            Value::Duration(Duration::days(dice.one(&[0, 1, 3, 36_525])))
        })),
        Some(several(dice, |dice| Value::Boolean(dice.below(2) == 0))),
    ];
    for slot in &mut world.order {
        if dice.below(8) == 0 {
            *slot = None;
        }
    }
    world.settings = vec![
        Value::Boolean(dice.below(2) == 0),
        Value::Duration(duration),
        amount(dice),
    ];
    world.event = vec![
        (dice.below(3) > 0).then(|| text(dice)),
        (dice.below(3) > 0).then(|| date(dice.one(&days))),
        (dice.below(3) > 0).then(|| several(dice, text)),
    ];
    world.actor = Actor::new(dice.one(&["customer", "manager", "system"]));
    world.actor.id = (dice.below(2) == 0).then(|| "customer".to_owned());
    let counts =
        ["executed", "draft"].map(|state| (state.to_owned(), dice.one(&[0, 1, 2, u32::MAX])));
    world.children = vec![ChildCounts {
        total: dice.one(&[0, 1, 2, 3, u32::MAX]),
        by_state: counts.into(),
    }];
    world.now = instant(dice);
    let zones = ["UTC", "Europe/Oslo", "Pacific/Apia", "America/Havana"];
    world.zone = dice.one(&zones).parse().unwrap();
    world
}

pub(super) fn compiled(text: &str) -> Guard {
    let mut report = Report::new();
    let guard = compile_guard(&expression(text), &scope(), &mut report);
    guard.unwrap_or_else(|| panic!("`{text}` is refused: {report:#?}"))
}

type Pair = (Result<bool, GuardError>, Result<bool, GuardError>, bool);

/// What the lowered guard says, what the engine says, and the short answer.
fn both(guard: &Guard, world: &World) -> Pair {
    world.ask(|inputs| {
        let (lowered, engine) = (guard.eval(inputs), guard.eval_in_engine(inputs));
        (lowered, engine, guard.holds(inputs))
    })
}

fn agree(pair: &Pair) -> bool {
    pair.0 == pair.1 && pair.2 == (pair.0 == Ok(true))
}

/// The simplest choices that still differ on this world.
fn simplest(mut choices: Vec<u16>, world: &World) -> String {
    let differs = |choices: &[u16]| {
        let guard = compiled(&Writer::new(choices).boolean(3));
        !agree(&both(&guard, world))
    };
    let mut at = choices.len();
    while at > 0 {
        at -= 1;
        for change in [None, Some(0)] {
            let mut simpler = choices.clone();
            match change {
                None => _ = simpler.remove(at),
                Some(zero) => simpler[at] = zero,
            }
            if simpler != choices && differs(&simpler) {
                choices = simpler;
                at = choices.len();
                break;
            }
        }
    }
    Writer::new(&choices).boolean(3)
}

/// Every operator and function as it is written, and what tells that it was.
const FORMS: [&str; 66] = [
    "&&",
    "||",
    "!(",
    " == ",
    " != ",
    " < ",
    " <= ",
    " > ",
    " >= ",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    "-(",
    " in [",
    " !in [",
    "..=",
    "..9",
    "in order",
    "in settings",
    "in event",
    "in actor",
    ".len()",
    ".contains(",
    ".starts_with(",
    ".ends_with(",
    "min(",
    "max(",
    "abs(",
    "round(",
    "in_state(",
    "days(",
    "hours(",
    "minutes(",
    "seconds(",
    "date(",
    "datetime(",
    "start_of(",
    "weekday(",
    "time_of_day(",
    "now",
    ".all(",
    ".some(",
    ".none(",
    ".count(\"",
    ".count()",
    "actor.role",
    "actor.id",
    "settings.",
    "event.",
    "in (",
    "!in (",
    ".all(|e| ",
    ".some(|e| ",
    ".none(|e| ",
    ".count(|e| ",
    ".sum(|e| ",
    ".sum()",
    " in order.",
    " !in order.",
    " in event.codes",
    "order.prices.",
    "order.allowed.",
    "order.holidays.",
    "between(",
];

fn answer_kind(answer: &Result<bool, GuardError>) -> String {
    match answer {
        Ok(value) => value.to_string(),
        Err(GuardError::Missing(_)) => "missing".to_owned(),
        Err(GuardError::Limit(limit)) => format!("limit: {limit}"),
        Err(other) => other.to_string(),
    }
}

#[derive(Default)]
struct Tally {
    forms: BTreeMap<&'static str, usize>,
    answers: BTreeMap<String, usize>,
    lowered: usize,
    guards: usize,
}

fn run(seed: u64, pairs: usize) -> Tally {
    const WORLDS: usize = 25;
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    for _ in 0..pairs.div_ceil(WORLDS) {
        let choices = dice.choices();
        let text = Writer::new(&choices).boolean(3);
        let guard = compiled(&text);
        tally.guards += 1;
        tally.lowered += usize::from(matches!(guard.runs(), Runs::Lowered { .. }));
        for form in FORMS.into_iter().filter(|form| text.contains(form)) {
            *tally.forms.entry(form).or_default() += 1;
        }
        for _ in 0..WORLDS {
            let world = any_world(&mut dice);
            let pair = both(&guard, &world);
            if !agree(&pair) {
                let simple = simplest(choices.clone(), &world);
                let pair = both(&compiled(&simple), &world);
                panic!("seed {seed}: `{simple}` differs on {world:#?}: {pair:#?}");
            }
            *tally.answers.entry(answer_kind(&pair.0)).or_default() += 1;
        }
    }
    tally
}

#[test]
fn lowered_guards_answer_as_the_engine_does() {
    let pairs = std::env::var("FLAGSTATE_PAIRS").map_or(1_000_000, |n| n.parse().unwrap());
    let half = pairs / 2;
    let (a, b) = std::thread::scope(|threads| {
        let other = threads.spawn(move || run(1, half));
        (run(2, pairs - half), other.join().unwrap())
    });
    let mut forms = a.forms;
    for (form, count) in b.forms {
        *forms.entry(form).or_default() += count;
    }
    let mut answers = a.answers;
    for (answer, count) in b.answers {
        *answers.entry(answer).or_default() += count;
    }
    let (guards, lowered) = (a.guards + b.guards, a.lowered + b.lowered);
    let counts = |counts: &mut dyn Iterator<Item = (String, usize)>| -> String {
        let counts = counts.map(|(name, count)| format!("`{}` {count}", name.trim()));
        counts.collect::<Vec<_>>().join(", ")
    };
    let written = counts(&mut forms.iter().map(|(form, n)| ((*form).to_owned(), *n)));
    let given = counts(&mut answers.iter().map(|(answer, n)| (answer.clone(), *n)));
    crate::tell::tried(&format!(
        "{pairs} pairs of guard and order, lowered and in the engine; {guards} guards, {lowered} of \
         them lowered; written: {written}; answered: {given}"
    ));
    for form in FORMS {
        let count = forms.get(form).copied().unwrap_or(0);
        assert!(
            count * 2_000 >= guards,
            "`{form}` was written {count} times in {guards} guards"
        );
    }
    for answer in [
        "true",
        "false",
        "missing",
        "it divides by zero",
        "the result lies outside the calendar",
    ] {
        assert!(
            answers.get(answer).is_some_and(|count| *count > 0),
            "nothing answered `{answer}`"
        );
    }
    assert!(lowered * 10 >= guards * 9);
}

#[test]
fn lowered_values_are_those_of_the_engine() {
    let mut dice = Dice(3);
    for _ in 0..20_000 {
        let choices = dice.choices();
        let text = Writer::new(&choices).number(3);
        let ty = Type::Decimal { scale: 2 };
        let mut report = Report::new();
        let formula = compile_formula(&expression(&text), &ty, &scope(), &mut report);
        let formula = formula.unwrap_or_else(|| panic!("`{text}` is refused: {report:#?}"));
        let world = any_world(&mut dice);
        let (lowered, engine) =
            world.ask(|inputs| (formula.eval(inputs), formula.eval_in_engine(inputs)));
        assert_eq!(lowered, engine, "`{text}` on {world:#?}");
        // Equal decimals may be written with more or fewer digits; a field keeps one form.
        assert_eq!(format!("{lowered:?}"), format!("{engine:?}"), "`{text}`");
    }
}

#[test]
fn datetimes_of_all_ages_compare() {
    for (text, expected) in [
        ("order.placed_at < datetime(\"9999-12-31T23:59:59Z\")", true),
        ("now >= datetime(\"0001-01-01T00:00:00Z\")", true),
        ("order.placed_at == now", false),
    ] {
        let mut world = world();
        world.order[6] = Some(datetime("1500-01-01T00:00:00Z"));
        assert_eq!(both(&compiled(text), &world).0, Ok(expected), "{text}");
    }
}

#[test]
fn every_guard_of_the_shipped_workflows_runs_lowered() {
    let mut guards = 0;
    for name in [
        "appxite",
        "interworks",
        "orocommerce",
        "sharefox",
        "vendasta",
    ] {
        let name = format!("workflows/{name}.yaml");
        let source = SourceFile::new(name.clone(), std::fs::read_to_string(&name).unwrap());
        let workflow = load(FileId(0), &source).workflow.unwrap();
        for row in flagstate::export::guards(&workflow, &SourceMap::single(source.clone())) {
            assert_eq!(row.runs, "lowered", "{row:?}");
            guards += 1;
        }
    }
    assert!(guards >= 20, "{guards}");
}
