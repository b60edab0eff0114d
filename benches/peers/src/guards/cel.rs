//! CEL: the parsed expression and a context for each order kept.

#![expect(
    clippy::disallowed_types,
    reason = "CEL takes the maps of the standard library"
)]

use std::array;
use std::collections::HashMap;
use std::sync::Arc;

use cel::common::types::CelBool;
use cel::{Context, Env, Program, Value};
use chrono::{DateTime, FixedOffset};

use super::{Times, time};
use crate::orders::{NOW, Order};

const SOURCES: [&str; 5] = [
    "order.total <= account.credit_limit && !order.on_hold",
    "order.paid == 0",
    "suborders.all(s, s.status == \"executed\")",
    "actor.role == \"reseller\" && order.channel == \"storefront\"",
    "order.due_at < now",
];

pub(super) fn measure(orders: &[Order]) -> Times {
    let env = Arc::new(Env::stdlib());
    let contexts: Vec<Context> = orders.iter().map(|order| context(order, &env)).collect();
    array::from_fn(|number| {
        let program = Program::compile(SOURCES[number]).expect("a guard");
        let expression = program.expression();
        time(number, orders, |order| {
            let value = Value::resolve_val(expression, &contexts[order]).expect("all is set");
            *value.downcast_ref::<CelBool>().expect("a boolean").inner()
        })
    })
}

fn context(order: &Order, env: &Arc<Env>) -> Context<'static, 'static> {
    let mut context = Context::with_env(Arc::clone(env));
    let fields: [(&str, Value); 5] = [
        ("total", order.total.into()),
        ("paid", order.paid.into()),
        ("on_hold", order.on_hold.into()),
        ("channel", order.channel.name().into()),
        ("due_at", Value::Timestamp(instant(order.due_at))),
    ];
    let suborders = order.suborders.iter();
    let suborders = suborders.map(|suborder| HashMap::from([("status", suborder.name())]));
    let suborders: Vec<_> = suborders.collect();
    context.add_variable_from_value("order", HashMap::from(fields));
    context.add_variable_from_value("suborders", suborders);
    context.add_variable_from_value(
        "account",
        HashMap::from([("credit_limit", order.credit_limit)]),
    );
    context.add_variable_from_value("actor", HashMap::from([("role", order.role.name())]));
    context.add_variable_from_value("now", Value::Timestamp(instant(NOW)));
    context
}

fn instant(seconds: i64) -> DateTime<FixedOffset> {
    let instant = DateTime::from_timestamp(seconds, 0).expect("a time of our days");
    instant.fixed_offset()
}
