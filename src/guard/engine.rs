//! The one hardened engine of the process.
//!
//! In: nothing. Out: [`ENGINE`], built on first use from an empty engine and our own functions, and what it
//! says of an expression.
//! It has no loops, functions, closures, statements, modules, output or clock, and every limit is set:
//! Rhai's defaults have none, and its standard packages can exhaust memory or sleep for ever.

use std::cell::RefCell;
use std::sync::LazyLock;

use rhai::{Caches, Dynamic, Engine, EvalAltResult, OptimizationLevel, Scope};

use super::flat::Flat;
use super::{
    MAX_DEPTH, MAX_LIST, MAX_OPERATIONS, MAX_TEXT_BYTES, calendar, entries, frame, functions,
};

pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(hardened);

thread_local! {
    /// Which function stands for which operands, as far as it was looked up, which takes longer than most
    /// functions do. One for each evaluation that is under way: closures are evaluated within another. It
    /// cannot differ from one expression to the next, since none has functions of its own.
    #[expect(clippy::vec_box, reason = "one is taken out for each evaluation, and is large")]
    static FOUND: RefCell<Vec<Box<Caches>>> = const { RefCell::new(Vec::new()) };
}

/// What the engine says of an expression.
#[expect(deprecated, reason = "the one way to keep what was looked up")]
pub(super) fn evaluate(
    flat: &Flat,
    variables: &mut Scope<'_>,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let mut global = ENGINE.new_global_runtime_state();
    let mut found = FOUND.with_borrow_mut(Vec::pop).unwrap_or_default();
    let statements = flat.statements();
    let result = ENGINE.eval_statements_raw(&mut global, &mut found, variables, statements);
    FOUND.with_borrow_mut(|kept| kept.push(found));
    result
}

/// Words that start or shape statements; the check refuses them by name, this is the second wall.
const DISABLED: [&str; 10] = [
    "eval",
    "print",
    "debug",
    "Fn",
    "call",
    "curry",
    "type_of",
    "is_shared",
    "is_def_var",
    "is_def_fn",
];

fn hardened() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        // A comparison of a field takes some levels of its own beneath the operator that joins it.
        .set_max_expr_depths(MAX_DEPTH + 4, MAX_DEPTH / 2)
        .set_max_call_levels(8)
        .set_max_operations(10 * u64::from(MAX_OPERATIONS))
        .set_max_variables(64)
        .set_max_functions(0)
        .set_max_string_size(MAX_TEXT_BYTES)
        // Rhai's parser refuses a list that reaches the limit.
        .set_max_array_size(MAX_LIST + 1)
        .set_max_map_size(1)
        .set_allow_if_expression(false)
        .set_allow_switch_expression(false)
        .set_allow_loop_expressions(false)
        .set_allow_statement_expression(false)
        .set_allow_anonymous_fn(false)
        .set_allow_looping(false)
        .set_allow_shadowing(false)
        .on_progress(|_| (!frame::tick()).then_some(Dynamic::UNIT));
    for word in DISABLED {
        engine.disable_symbol(word);
    }
    functions::register(&mut engine);
    calendar::register(&mut engine);
    entries::register(&mut engine);
    engine
}
