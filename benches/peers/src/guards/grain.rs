//! Rhai's own bytecode, with the same engine and the same scopes as its tree.

use std::array;
use std::sync::Arc;

use rhai::Scope;
use rhai::grain::{Compiler, Vm};

use super::rhai::{SOURCES, engine, scope};
use super::{Times, time};
use crate::orders::Order;

pub(super) fn measure(orders: &[Order]) -> Times {
    array::from_fn(|number| {
        let engine = engine(number);
        let ast = engine.compile(SOURCES[number]).expect("a guard");
        let program = Arc::new(Compiler::new().compile(&ast));
        let mut scopes: Vec<Scope> = orders.iter().map(|order| scope(number, order)).collect();
        let mut vm = Vm::new(&engine);
        time(number, orders, |order| {
            let result = vm.eval_with_callbacks(&mut scopes[order], &program);
            result
                .expect("every variable is set")
                .as_bool()
                .expect("a boolean")
        })
    })
}
