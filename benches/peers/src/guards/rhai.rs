//! Rhai at its fastest: an engine without packages, flat variables in whole numbers, a scope kept for
//! each order, and the caches of the evaluation kept from one to the next.

use std::array;

use rhai::packages::{BasicArrayPackage, Package};
use rhai::{AST, Array, Caches, Dynamic, Engine, GlobalRuntimeState, Map, Scope};

use super::{Times, time};
use crate::measure::{self, Time};
use crate::orders::{NOW, Order};

/// The guards with a variable for each field.
pub(super) const SOURCES: [&str; 5] = [
    "total <= credit_limit && !on_hold",
    "paid == 0",
    "suborders.all(|s| s.status == \"executed\")",
    "role == \"reseller\" && channel == \"storefront\"",
    "due_at < now",
];

/// The guard that needs arrays and a function.
const WITH_CLOSURE: usize = 2;

pub(super) fn measure(orders: &[Order]) -> Times {
    array::from_fn(|number| {
        let engine = engine(number);
        let ast = engine.compile(SOURCES[number]).expect("a guard");
        let mut scopes: Vec<Scope> = orders.iter().map(|order| scope(number, order)).collect();
        let mut state = State::new(&engine, &ast);
        time(number, orders, |order| state.eval(&mut scopes[order]))
    })
}

/// From source to a syntax tree, which nothing has checked.
pub(super) fn compiling() -> Time {
    let engine = engine(WITH_CLOSURE);
    measure::time(SOURCES.len(), |_| {
        for source in SOURCES {
            std::hint::black_box(engine.compile(source).expect("a guard"));
        }
    })
}

/// An engine with what a guard needs and nothing else.
pub(super) fn engine(guard: usize) -> Engine {
    let mut engine = Engine::new_raw();
    if guard == WITH_CLOSURE {
        BasicArrayPackage::new().register_into_engine(&mut engine);
    }
    engine
}

/// An evaluation that is never set up anew.
struct State<'a> {
    engine: &'a Engine,
    ast: &'a AST,
    global: GlobalRuntimeState,
    caches: Caches,
}

impl<'a> State<'a> {
    fn new(engine: &'a Engine, ast: &'a AST) -> Self {
        let mut global = engine.new_global_runtime_state();
        global.lib.push(ast.shared_lib().clone());
        Self {
            engine,
            ast,
            global,
            caches: Caches::new(),
        }
    }

    #[expect(deprecated, reason = "the one way to keep the caches")]
    fn eval(&mut self, scope: &mut Scope) -> bool {
        let (global, caches) = (&mut self.global, &mut self.caches);
        let statements = self.ast.statements();
        let result = self
            .engine
            .eval_statements_raw(global, caches, scope, statements);
        result
            .expect("every variable is set")
            .as_bool()
            .expect("a boolean")
    }
}

/// The variables of one guard.
pub(super) fn scope(guard: usize, order: &Order) -> Scope<'static> {
    let mut scope = Scope::new();
    match guard {
        0 => {
            scope.push("total", order.total);
            scope.push("credit_limit", order.credit_limit);
            scope.push("on_hold", order.on_hold);
        }
        1 => {
            scope.push("paid", order.paid);
        }
        WITH_CLOSURE => {
            scope.push("suborders", suborders(order));
        }
        3 => {
            scope.push("role", Dynamic::from(order.role.name()));
            scope.push("channel", Dynamic::from(order.channel.name()));
        }
        _ => {
            scope.push("due_at", order.due_at);
            scope.push("now", NOW);
        }
    }
    scope
}

fn suborders(order: &Order) -> Array {
    let maps = order.suborders.iter().map(|suborder| {
        let status = Dynamic::from(suborder.name());
        Dynamic::from_map(Map::from([("status".into(), status)]))
    });
    maps.collect()
}
