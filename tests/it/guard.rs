//! Guards and values: what they may say, what they answer, and that nothing they say does harm.

mod answers;
mod bombs;
mod counts;
mod differential;
mod findings;
mod formulas;
mod language;
mod lists;
mod missing;
mod places;
mod random;
mod sandbox;
mod stock;
mod writer;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use flagstate::context::{Actor, Cells, ChildNames, Layout, MAX_TEXT, Scope, Slots, Type, Value};
use flagstate::diagnostic::Report;
use flagstate::document::Expression;
use flagstate::guard::{self, ChildCounts, Guard, GuardError, Inputs};
use flagstate::source::{FileId, Span};
use flagstate::time::{self, Duration, Instant, Zone};

/// An expression whose characters are those of the file, from the first on.
fn expression(text: &str) -> Expression {
    let lines = text.split('\n').scan(0_usize, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        let start = u32::try_from(start).unwrap();
        Some((start, start))
    });
    Expression {
        text: text.to_owned(),
        span: Span::new(FileId(0), 0, text.len()),
        lines: Some(lines.collect()),
        quote: None,
    }
}

fn words(list: &[&str]) -> Type {
    Type::Enum(list.iter().map(|word| (*word).to_owned()).collect())
}

fn list(of: Type) -> Type {
    Type::List(Arc::new(of))
}

fn slots(list: Vec<(&str, Type)>) -> Arc<Slots> {
    let named = list.into_iter().map(|(name, ty)| (name.to_owned(), ty));
    Arc::new(named.collect())
}

const ACTORS: [&str; 3] = ["customer", "manager", "system"];

/// The named guards, and what they say.
const GUARDS: [(&str, &str); 4] = [
    ("small", "order.total <= 100"),
    ("is_held", "order.on_hold"),
    ("either", "small || order.on_hold"),
    ("manual", "order.origin == \"manual\""),
];

fn scope() -> Scope {
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
            ("long", Type::String),
            ("big", Type::Integer),
            ("amounts", list(Type::Integer)),
            ("prices", list(Type::Decimal { scale: 2 })),
            ("tags", list(Type::String)),
            ("allowed", list(words(&["online", "manual", "phone"]))),
            ("holidays", list(Type::Date)),
            ("spans", list(Type::Duration)),
            ("checks", list(Type::Boolean)),
        ]),
        settings: slots(vec![
            ("online_payment", Type::Boolean),
            ("cart_lifetime", Type::Duration),
            ("credit_limit", Type::Decimal { scale: 2 }),
        ]),
        event: Some(slots(vec![
            ("reason", Type::String),
            ("date", Type::Date),
            ("codes", list(Type::String)),
        ])),
        children: Arc::new([ChildNames {
            name: "suborders".to_owned(),
            states: vec!["draft".to_owned(), "executed".to_owned()],
        }]),
        states: Arc::new([
            "draft".to_owned(),
            "submitted".to_owned(),
            "submitted.blocked".to_owned(),
        ]),
        actors: ACTORS.map(str::to_owned).into(),
        guards: Arc::new(
            GUARDS
                .map(|(name, says)| (name.to_owned(), says.to_owned()))
                .into(),
        ),
        ..Scope::default()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = |values: &[Option<Value>]| -> Vec<String> {
            let shown = values.iter().map(|value| match value {
                Some(value) => value.to_string().chars().take(40).collect(),
                None => "-".to_owned(),
            });
            shown.collect()
        };
        let (order, event) = (set(&self.order), set(&self.event));
        let at = time::format_instant(self.now);
        write!(
            f,
            "order {order:?} settings {:?} event {event:?} actor {:?} ",
            self.settings, self.actor
        )?;
        write!(f, "children {:?} at {at} in {:?}", self.children, self.zone)
    }
}

/// Values for the scope, as one order of a site in Oslo has them in the morning of the day on which
/// the clocks went forward.
struct World {
    order: Vec<Option<Value>>,
    settings: Vec<Value>,
    event: Vec<Option<Value>>,
    actor: Actor,
    children: Vec<ChildCounts>,
    now: Instant,
    zone: Zone,
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn date(text: &str) -> Value {
    Value::Date(time::parse_date(text).unwrap())
}

fn datetime(text: &str) -> Value {
    Value::Datetime(time::parse_instant(text).unwrap())
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn entries(values: impl IntoIterator<Item = Value>) -> Value {
    Value::List(values.into_iter().collect())
}

fn world() -> World {
    let executed = BTreeMap::from([("executed".to_owned(), 2), ("draft".to_owned(), 1)]);
    World {
        order: vec![
            Some(Value::Text("online".into())),
            Some(Value::Integer(3)),
            Some(decimal("120.50")),
            Some(Value::Text("Grüße, ring twice".into())),
            Some(Value::Boolean(false)),
            Some(date("2026-03-29")),
            Some(datetime("2026-03-28T11:00:00Z")),
            Some(Value::Duration(Duration::days(2))),
            None,
            Some(Value::Text("🙂".repeat(MAX_TEXT).into())),
            Some(Value::Integer(i64::MAX)),
            Some(entries([1, 2, 3].map(Value::Integer))),
            Some(entries(["0.50", "19.99"].map(decimal))),
            Some(entries(["fragile", "Grüße"].map(text))),
            Some(entries(["online", "phone"].map(text))),
            Some(entries(["2026-04-03", "2026-04-06"].map(date))),
            Some(entries([1, 3].map(|n| Value::Duration(Duration::days(n))))),
            Some(entries([true, false].map(Value::Boolean))),
        ],
        settings: vec![
            Value::Boolean(true),
            Value::Duration(Duration::seconds(1_200)),
            decimal("500.00"),
        ],
        event: vec![None, Some(date("2026-04-01")), Some(entries([text("A1")]))],
        actor: Actor::new("customer"),
        children: vec![ChildCounts {
            total: 3,
            by_state: executed.into(),
        }],
        now: time::parse_instant("2026-03-29T10:30:00Z").unwrap(),
        zone: "Europe/Oslo".parse().unwrap(),
    }
}

impl World {
    /// The place of the role among the scope's actors.
    fn place_of_role(&self) -> Option<u32> {
        let mut actors = ACTORS.iter();
        let place = actors.position(|role| *role == self.actor.role)?;
        u32::try_from(place).ok()
    }

    /// Asks something of this world; the order is in `submitted.blocked`.
    fn ask<T>(&self, question: impl FnOnce(&Inputs<'_>) -> T) -> T {
        static LAYOUTS: LazyLock<[Arc<Layout>; 3]> = LazyLock::new(|| {
            let Scope {
                order,
                settings,
                event,
                ..
            } = scope();
            [order, settings, event.unwrap()].map(|slots| Layout::new(slots.values().cloned()))
        });
        let [order, settings, event] = &*LAYOUTS;
        let pack = |layout, values: &[Option<Value>]| Cells::with(layout, values.iter().cloned());
        let bound: Vec<_> = self.settings.iter().cloned().map(Some).collect();
        let (order, settings) = (pack(order, &self.order), pack(settings, &bound));
        let event = pack(event, &self.event);
        question(&Inputs {
            order: order.view(),
            settings: settings.view(),
            event: event.view(),
            actor: &self.actor,
            // Askers may know the role's place or not.
            role: self.place_of_role().filter(|_| self.actor.id.is_none()),
            children: &self.children,
            now: self.now.into(),
            zone: &self.zone,
            in_state: &|name| name.starts_with("submitted"),
        })
    }
}

fn compiled(text: &str) -> Guard {
    let mut report = Report::new();
    let guard = guard::compile_guard(&expression(text), &scope(), &mut report);
    // That an actor may have no id is told of every guard that reads it, and what always fails is asked all the same.
    let is_known = |rule: &str| match rule {
        "possibly-missing" => text.contains("actor.id"),
        rule => rule == "always-fails",
    };
    let mut rules = report.iter().map(|found| found.rule.id);
    assert!(rules.all(is_known), "`{text}`: {report:#?}");
    guard.unwrap()
}

fn eval(text: &str) -> Result<bool, GuardError> {
    let guard = compiled(text);
    world().ask(|inputs| guard.eval(inputs))
}

/// The rules that a text breaks.
fn refused(text: &str) -> Vec<&'static str> {
    let mut report = Report::new();
    let guard = guard::compile_guard(&expression(text), &scope(), &mut report);
    assert_eq!(guard.is_none(), !report.is_empty(), "`{text}`: {report:#?}");
    report.iter().map(|found| found.rule.id).collect()
}
