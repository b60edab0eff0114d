//! Flagstate: guards compiled against a scope, asked with an order's packed values, lowered and in the
//! hardened engine.

use std::array;
use std::hint::black_box;
use std::sync::Arc;

use flagstate::context::{Actor, Cells, CellsView, ChildNames, Layout, Scope, Type, Value};
use flagstate::diagnostic::Report;
use flagstate::document::Expression;
use flagstate::guard::{ChildCounts, Guard, Inputs, compile_guard};
use flagstate::source::{FileId, Span};
use flagstate::time::{Instant, Zone};
use rust_decimal::Decimal;

use super::{GUARDS, Times, time};
use crate::measure::{self, Time};
use crate::orders::{Channel, NOW, Order, Role, Suborder};

/// What an order has ready.
struct Values {
    order: Cells,
    actor: Actor,
    role: u32,
    children: Vec<ChildCounts>,
}

/// What is the same for all orders.
struct Site {
    now: Instant,
    zone: Zone,
}

/// Lowered, as steps ask.
pub(super) fn lowered(orders: &[Order]) -> Times {
    measured(orders, Guard::holds)
}

/// Lowered, with the error where there is one.
pub(super) fn eval(orders: &[Order]) -> Times {
    measured(orders, |guard, inputs| guard.eval(inputs) == Ok(true))
}

/// In the hardened engine.
pub(super) fn engine(orders: &[Order]) -> Times {
    measured(orders, |guard, inputs| {
        guard.eval_in_engine(inputs) == Ok(true)
    })
}

fn measured(orders: &[Order], ask: fn(&Guard, &Inputs<'_>) -> bool) -> Times {
    let layout = Layout::new(scope().order.values().cloned());
    let values: Vec<Values> = orders.iter().map(|order| values(&layout, order)).collect();
    let site = Site {
        now: instant(NOW),
        zone: Zone::default(),
    };
    let inputs: Vec<Inputs> = values.iter().map(|values| inputs(values, &site)).collect();
    array::from_fn(|number| {
        let guard = compiled(GUARDS[number]);
        time(number, orders, |order| ask(&guard, &inputs[order]))
    })
}

/// What a guard may read of an order.
fn inputs<'a>(values: &'a Values, site: &'a Site) -> Inputs<'a> {
    Inputs {
        order: values.order.view(),
        settings: CellsView::EMPTY,
        event: CellsView::EMPTY,
        actor: &values.actor,
        role: Some(values.role),
        children: &values.children,
        now: site.now.into(),
        zone: &site.zone,
        in_state: &|_| false,
    }
}

fn instant(seconds: i64) -> Instant {
    Instant::from_timestamp(seconds, 0).expect("a time of our days")
}

fn role(role: Role) -> u32 {
    let place = Role::ALL.iter().position(|one| *one == role);
    u32::try_from(place.expect("a role")).expect("a few")
}

fn money(cents: i64) -> Value {
    Value::decimal(Decimal::new(cents, 2), 2)
}

fn values(layout: &Arc<Layout>, order: &Order) -> Values {
    let executed = order
        .suborders
        .iter()
        .filter(|one| **one == Suborder::Executed);
    let executed = u32::try_from(executed.count()).expect("a few");
    let total = u32::try_from(order.suborders.len()).expect("a few");
    let by_state = [
        (Suborder::Executed, executed),
        (Suborder::Draft, total - executed),
    ];
    let by_state = by_state.map(|(state, count)| (state.name().to_owned(), count));
    Values {
        order: Cells::with(
            layout,
            [
                Some(money(order.total)),
                Some(money(order.paid)),
                Some(money(order.credit_limit)),
                Some(Value::Boolean(order.on_hold)),
                Some(Value::Text(order.channel.name().into())),
                Some(Value::Datetime(instant(order.due_at))),
            ],
        ),
        actor: Actor::new(order.role.name()),
        role: role(order.role),
        children: vec![ChildCounts {
            total,
            by_state: by_state.into(),
        }],
    }
}

fn scope() -> Scope {
    let money = Type::Decimal { scale: 2 };
    let channels = Channel::ALL.map(|channel| channel.name().to_owned());
    let fields = [
        ("total", money.clone()),
        ("paid", money.clone()),
        ("credit_limit", money),
        ("on_hold", Type::Boolean),
        ("channel", Type::Enum(channels.into())),
        ("due_at", Type::Datetime),
    ];
    Scope {
        order: Arc::new(fields.map(|(name, ty)| (name.to_owned(), ty)).into()),
        children: Arc::new([ChildNames {
            name: "suborders".to_owned(),
            states: [Suborder::Executed, Suborder::Draft]
                .map(|state| state.name().to_owned())
                .into(),
        }]),
        actors: Role::ALL.map(|role| role.name().to_owned()).into(),
        ..Scope::default()
    }
}

/// There are no accounts beside the order: the limit is a field of it.
/// From source to code, checked against the scope.
pub(super) fn compiling() -> Time {
    let scope = scope();
    let sources = GUARDS.map(|source| source.replace("account.", "order."));
    measure::time(GUARDS.len(), |_| {
        for source in &sources {
            black_box(compiled_in(&scope, source.clone()));
        }
    })
}

fn compiled(source: &str) -> Guard {
    compiled_in(&scope(), source.replace("account.", "order."))
}

fn compiled_in(scope: &Scope, text: String) -> Guard {
    let expression = Expression {
        span: Span::new(FileId(0), 0, text.len()),
        text,
        lines: None,
        quote: None,
    };
    let mut report = Report::new();
    let guard = compile_guard(&expression, scope, &mut report);
    guard.unwrap_or_else(|| panic!("{}: {report:?}", expression.text))
}
