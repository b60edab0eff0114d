//! Guards and values: what they may say, what they answer, and that nothing they say does harm.

use std::collections::BTreeMap;
use std::sync::Arc;

use flagstate::context::{Actor, ChildNames, Scope, Slots, Type, Value};
use flagstate::diagnostic::Report;
use flagstate::document::Expression;
use flagstate::guard::{self, ChildCounts, Guard, GuardError, Inputs};
use flagstate::source::{FileId, Span};
use flagstate::time::{self, Duration, Instant, Zone};

pub(crate) fn expression(text: &str) -> Expression {
    let lines = text.split('\n').scan(0_usize, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some(u32::try_from(start).unwrap())
    });
    Expression {
        text: text.to_owned(),
        span: Span::new(FileId(0), 0, text.len()),
        lines: Some(lines.collect()),
    }
}

fn words(list: &[&str]) -> Type {
    Type::Enum(list.iter().map(|word| (*word).to_owned()).collect())
}

fn slots(list: Vec<(&str, Type)>) -> Slots {
    list.into_iter()
        .map(|(name, ty)| (name.to_owned(), ty))
        .collect()
}

pub(crate) fn scope() -> Scope {
    Scope {
        order: slots(vec![
            ("origin", words(&["online", "manual"])),
            ("payments", Type::Integer),
            ("total", Type::Decimal { scale: 2 }),
            ("note", Type::String),
            ("on_hold", Type::Boolean),
            ("execute_on", Type::Date),
            ("placed_at", Type::Datetime),
            ("grace", Type::Duration),
            ("missing", Type::Integer),
        ]),
        settings: slots(vec![
            ("online_payment", Type::Boolean),
            ("cart_lifetime", Type::Duration),
            ("limit", Type::Decimal { scale: 2 }),
        ]),
        event: Some(slots(vec![("reason", Type::String), ("date", Type::Date)])),
        children: vec![ChildNames {
            name: "suborders".to_owned(),
            states: vec!["draft".to_owned(), "executed".to_owned()],
        }],
        states: Arc::new([
            "draft".to_owned(),
            "submitted".to_owned(),
            "submitted.blocked".to_owned(),
        ]),
        actors: vec![
            "customer".to_owned(),
            "manager".to_owned(),
            "system".to_owned(),
        ],
    }
}

pub(crate) struct World {
    order: Vec<Option<Value>>,
    settings: Vec<Value>,
    event: Vec<Option<Value>>,
    actor: Actor,
    children: Vec<ChildCounts>,
    now: Instant,
    zone: Zone,
}

pub(crate) fn world() -> World {
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    World {
        order: vec![
            Some(Value::Text("online".into())),
            Some(Value::Integer(3)),
            Some(decimal("120.50")),
            Some(Value::Text("Grüße, ring twice".into())),
            Some(Value::Boolean(false)),
            Some(Value::Date(time::parse_date("2026-03-29").unwrap())),
            Some(Value::Datetime(
                time::parse_instant("2026-03-28T11:00:00Z").unwrap(),
            )),
            Some(Value::Duration(Duration::days(2))),
            None,
        ],
        settings: vec![
            Value::Boolean(true),
            Value::Duration(Duration::seconds(1200)),
            decimal("500.00"),
        ],
        event: vec![
            None,
            Some(Value::Date(time::parse_date("2026-04-01").unwrap())),
        ],
        actor: Actor::new("customer"),
        children: vec![ChildCounts {
            total: 3,
            by_state: BTreeMap::from([("executed".to_owned(), 2), ("draft".to_owned(), 1)]),
        }],
        now: time::parse_instant("2026-03-29T10:30:00Z").unwrap(),
        zone: "Europe/Oslo".parse().unwrap(),
    }
}

impl World {
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&Inputs<'_>) -> T) -> T {
        ask(&Inputs {
            order: &self.order,
            settings: &self.settings,
            event: &self.event,
            actor: &self.actor,
            children: &self.children,
            now: self.now,
            zone: &self.zone,
            in_state: &|name| name.starts_with("submitted"),
        })
    }
}

fn compiled(text: &str) -> Guard {
    let mut report = Report::new();
    let guard = guard::compile_guard(&expression(text), &scope(), &mut report);
    guard.unwrap_or_else(|| panic!("`{text}` does not compile: {report:#?}"))
}

fn eval(text: &str) -> Result<bool, GuardError> {
    world().with(|inputs| compiled(text).eval(inputs))
}

#[test]
fn guards_answer_and_refuse() {
    for text in [
        "order.payments == 3",
        "order.origin == \"online\" && !order.on_hold",
        "order.total <= settings.limit",
        "order.total + 1 == 121.5",
        "0.1 + 0.2 == 0.3",
        "now - order.placed_at > days(1) && now - order.placed_at < hours(24)",
        "now - order.placed_at > hours(23)",
        "order.execute_on == date(now)",
        "order.payments in 1..=3",
        "order.total in 1..200",
        "order.origin in [\"online\", \"manual\"]",
        "\"note\" in order && !(\"missing\" in order) && \"missing\" !in order",
        "suborders.some(\"executed\") && !suborders.all(\"executed\") && suborders.count() == 3",
        "in_state(\"submitted.blocked\") && !in_state(\"draft\")",
        "order.note.len() == 17 && order.note.contains(\"ring\") && order.note.starts_with(\"Gr\")",
        "actor.role == \"customer\"",
        "min(order.payments, 2) == 2 && max(order.total, 1) == 120.5 && abs(-3) == 3",
        "-order.total < 0 && -order.payments == -3",
        "order.grace > days(1) && order.grace == hours(48)",
        "event.date - days(3) == order.execute_on",
        "event.date - order.execute_on == days(3)",
        "\"ring\" in order.note",
    ] {
        assert_eq!(eval(text), Ok(true), "{text}");
    }
    for text in [
        "order.missing > 1",
        "1 / (order.payments - 3) == 1",
        "order.payments % 0 == 1",
        "9223372036854775807 + order.payments > 1",
        "order.note + order.note + order.note + order.note == \"\"",
        "event.reason == \"x\"",
        "actor.id == \"1\"",
    ] {}
    for text in [
        "order.totl > 1",
        "order.total > \"120\"",
        "a = 1",
        "order.note and true",
        "not order.on_hold",
        "order.origin == \"manul\"",
        "if true { 1 }",
        "order.payments",
        "order.payments + 1",
        "true",
        "'a' == order.note",
        "suborders.all(\"exectued\")",
        "in_state(\"blocked\")",
        "in_state(\"submited\")",
        "|x| x",
        "order.note.length()",
        "ordr.total > 1",
        "settings.limits > 1",
        "event.resaon == \"a\"",
        "foo(1)",
        "days(1, 2) > days(3)",
        "order",
        "order.total > ",
        "(order.total",
        "order.note == \"abc",
        "[1, 2]",
        "order[0]",
        "#{}",
        "`a`",
        "payments == 1",
        "3d > order.grace",
        "order.grace > 3",
        "now > order.execute_on",
        "order.note.len > 1",
        "order.if",
        "1 2",
        "contains(order.note, \"a\")",
        "order.payments in 1..",
        "order.on_hold && 1",
        "x => 1",
        "let x = 1; x",
        "",
        "  // nothing",
        "order.total.abs() == 1",
        "online == order.origin",
        "order.total ** 2 == 1",
    ] {
        let mut report = Report::new();
        let guard = guard::compile_guard(&expression(text), &scope(), &mut report);
        for d in &report {}
        assert!(guard.is_none() && !report.is_empty(), "{text}");
    }
}
