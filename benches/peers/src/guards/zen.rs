//! ZEN: the compiled expression, one machine, and a scope for each order kept. Times are numbers,
//! because its dates are parsed from text at each evaluation.

use std::array;

use serde_json::json;
use zen_expression::compile_expression;
use zen_expression::scope::Scope;
use zen_expression::vm::VM;

use super::{Times, time};
use crate::orders::{NOW, Order};

const SOURCES: [&str; 5] = [
    "order.total <= account.credit_limit and not order.on_hold",
    "order.paid == 0",
    "all(suborders, #.status == \"executed\")",
    "actor.role == \"reseller\" and order.channel == \"storefront\"",
    "order.due_at < now",
];

pub(super) fn measure(orders: &[Order]) -> Times {
    let scopes: Vec<Scope> = orders.iter().map(scope).collect();
    array::from_fn(|number| {
        let expression = compile_expression(SOURCES[number]).expect("a guard");
        let mut vm = VM::new();
        time(number, orders, |order| {
            let result = expression.evaluate_with_scope(&scopes[order], &mut vm);
            result.expect("all is set").as_bool().expect("a boolean")
        })
    })
}

fn scope(order: &Order) -> Scope {
    let suborders = order.suborders.iter();
    let suborders: Vec<_> = suborders
        .map(|one| json!({ "status": one.name() }))
        .collect();
    let context = json!({
        "order": {
            "total": order.total,
            "paid": order.paid,
            "on_hold": order.on_hold,
            "channel": order.channel.name(),
            "due_at": order.due_at,
        },
        "account": { "credit_limit": order.credit_limit },
        "actor": { "role": order.role.name() },
        "suborders": suborders,
        "now": NOW,
    });
    Scope::new(context.into())
}
