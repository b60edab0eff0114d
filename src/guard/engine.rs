//! The one hardened engine of the process.
//!
//! In: nothing. Out: [`ENGINE`], built on first use from an empty engine and our own functions.
//! It has no loops, functions, closures, statements, modules, output or clock, and every limit is set:
//! Rhai's defaults have none, and its standard packages can exhaust memory or sleep for ever.

use std::sync::LazyLock;

use rhai::{Dynamic, Engine, OptimizationLevel};

use super::{MAX_DEPTH, MAX_LIST, MAX_OPERATIONS, MAX_TEXT_BYTES, calendar, frame, functions};

pub(super) static ENGINE: LazyLock<Engine> = LazyLock::new(hardened);

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
    engine
}
