//! Lists and closures, and `between`: what they answer, what they cost, and the same from the engine.

use flagstate::context::{MAX_LIST, Type, Value};
use flagstate::diagnostic::Report;
use flagstate::guard::{GuardError, Limit, compile_formula};

use super::{World, compiled, entries, expression, list, scope, text, words, world};

/// What a guard answers of a world, lowered and in the engine.
fn ask(guard: &str, world: &World) -> Result<bool, GuardError> {
    let guard = compiled(guard);
    let (lowered, engine) = world.ask(|inputs| (guard.eval(inputs), guard.eval_in_engine(inputs)));
    assert_eq!(lowered, engine, "`{}`", guard.source());
    lowered
}

/// The slot of a field of the order.
fn slot(name: &str) -> usize {
    scope().order.get_index_of(name).unwrap()
}

fn with(name: &str, value: Option<Value>) -> World {
    let mut world = world();
    world.order[slot(name)] = value;
    world
}

#[test]
fn entries_are_asked_by_value() {
    for (guard, expected) in [
        ("\"fragile\" in order.tags", true),
        ("\"Grüße\" in order.tags", true),
        ("\"fragil\" in order.tags", false),
        ("\"x\" !in order.tags", true),
        ("order.origin in order.allowed", true),
        ("actor.role !in order.allowed", true),
        ("order.payments in order.amounts", true),
        ("3.00 in order.amounts", true),
        ("0.5 in order.prices", true),
        ("date(now) in order.holidays", false),
        ("date(\"2026-04-06\") in order.holidays", true),
        ("order.on_hold in order.checks", true),
        ("event.codes.all(\"A1\")", true),
        ("order.amounts.all(1)", false),
        ("order.amounts.some(1) && order.amounts.none(4)", true),
        (
            "order.amounts.count(2) == 1 && order.amounts.count() == 3",
            true,
        ),
        ("order.allowed.some(\"phone\")", true),
        ("order.amounts.sum() == 6", true),
        ("order.prices.sum() == 20.49", true),
        ("order.prices.sum() / order.prices.count() > 10", true),
    ] {
        assert_eq!(ask(guard, &world()), Ok(expected), "{guard}");
    }
}

#[test]
fn closures_see_the_entry_and_everything_around() {
    for (guard, expected) in [
        ("order.amounts.all(|a| a > 0)", true),
        ("order.prices.all(|a| a <= settings.credit_limit)", true),
        ("order.amounts.some(|a| a == order.payments)", true),
        (
            "order.amounts.none(|amount| amount > suborders.count())",
            true,
        ),
        ("order.amounts.count(|a| a % 2 == 1) == 2", true),
        ("order.amounts.sum(|a| a * 2) == 12", true),
        ("order.amounts.sum(|a| a * 1.5) == 9", true),
        ("order.tags.sum(|t| t.len()) == 12", true),
        (
            "order.tags.all(|t| t.starts_with(\"f\") || t.len() == 5)",
            true,
        ),
        ("order.tags.some(|t| \"rag\" in t)", true),
        (
            "order.holidays.all(|day| day > date(now) && day < event.date + days(7))",
            true,
        ),
        (
            "order.spans.some(|s| s > days(2)) && order.spans.some(|s| now - order.placed_at > s)",
            true,
        ),
        (
            "order.checks.some(|c| c) && order.checks.some(|c| !c)",
            true,
        ),
        (
            "order.allowed.all(|o| o != \"manual\" && o in [\"online\", \"phone\"])",
            true,
        ),
        (
            "order.allowed.some(|a| a == order.origin && actor.role == \"customer\")",
            true,
        ),
        (
            "order.amounts.all(|a| in_state(\"submitted\") && !in_state(\"draft\"))",
            true,
        ),
        (
            "order.amounts.all(|a| order.amounts.some(a) && a in order.amounts)",
            true,
        ),
        (
            "order.amounts.all(|a| a <= order.amounts.sum() && order.amounts.count() == 3)",
            true,
        ),
        (
            "order.amounts.all ( | a | // above nothing\n a > 0 ) && !order.on_hold",
            true,
        ),
        (
            "order.amounts.all(|a|\n  a > 0\n) && order.payments == 3",
            true,
        ),
        ("order.tags.none(|t| t == \")|(\" || t == \"|a| (\")", true),
        (
            "order.amounts.some(|a| a > 1) == order.amounts.some(|b| b > 2)",
            true,
        ),
        (
            "max(order.amounts.sum(|a| a), order.amounts.count(|a| a > 0)) == 6",
            true,
        ),
    ] {
        assert_eq!(ask(guard, &world()), Ok(expected), "{guard}");
    }
}

#[test]
fn an_empty_list_is_all_and_none_of_everything() {
    let world = with("amounts", Some(entries([])));
    for (guard, expected) in [
        ("order.amounts.all(|a| a > 0)", true),
        ("order.amounts.all(7)", true),
        ("order.amounts.some(|a| a > 0)", false),
        ("order.amounts.some(7)", false),
        ("order.amounts.none(|a| a > 0)", true),
        ("order.amounts.none(7)", true),
        (
            "order.amounts.count() == 0 && order.amounts.count(|a| a > 0) == 0",
            true,
        ),
        (
            "order.amounts.sum() == 0 && order.amounts.sum(|a| a * 0.5) == 0",
            true,
        ),
        ("order.amounts.all(|a| order.missing > a)", true),
        ("7 in order.amounts", false),
    ] {
        assert_eq!(ask(guard, &world), Ok(expected), "{guard}");
    }
    let missing = GuardError::Missing("order.amounts".to_owned());
    let world = with("amounts", None);
    for guard in [
        "order.amounts.all(|a| a > 0)",
        "7 in order.amounts",
        "order.amounts.sum() == 0",
    ] {
        assert_eq!(ask(guard, &world), Err(missing.clone()), "{guard}");
    }
}

#[test]
fn errors_come_from_the_first_entry_that_is_asked() {
    let numbers = |list: &[i64]| Some(entries(list.iter().copied().map(Value::Integer)));
    let zero = Err(GuardError::DivisionByZero);
    for (list, guard, expected) in [
        (
            &[1, 0, 5][..],
            "order.amounts.all(|a| 6 / a > 1)",
            zero.clone(),
        ),
        (&[9, 0, 5], "order.amounts.all(|a| 6 / a > 1)", Ok(false)),
        (&[1, 0, 5], "order.amounts.some(|a| 6 / a > 1)", Ok(true)),
        (&[9, 0], "order.amounts.some(|a| 6 / a > 1)", zero.clone()),
        (&[1, 0], "order.amounts.none(|a| 6 / a > 1)", Ok(false)),
        (
            &[1, 0],
            "order.amounts.count(|a| 6 / a > 1) > 0",
            zero.clone(),
        ),
        (&[1, 0], "order.amounts.sum(|a| 6 / a) > 0", zero),
        (
            &[i64::MAX, 1, 0],
            "order.amounts.sum() > 0",
            Err(GuardError::Overflow),
        ),
        (
            &[1],
            "order.amounts.all(|a| a > order.missing)",
            Err(GuardError::Missing("order.missing".to_owned())),
        ),
        (
            &[1],
            "order.amounts.all(order.missing)",
            Err(GuardError::Missing("order.missing".to_owned())),
        ),
    ] {
        assert_eq!(
            ask(guard, &with("amounts", numbers(list))),
            expected,
            "{guard} of {list:?}"
        );
    }
}

#[test]
fn each_entry_takes_of_the_budget_what_the_body_has_of_nodes() {
    let many = entries((0..MAX_LIST).map(|_| Value::Integer(1)));
    let world = with("amounts", Some(many));
    // `e > 0` has three nodes, each `&& e > 0` three more, and `&&` itself is one.
    let sum = |n: usize| format!("order.amounts.all(|e| {})", vec!["e > 0"; n].join(" && "));
    assert_eq!(ask(&sum(12), &world), Ok(true), "256 × 37 = 9,472");
    let spent = Err(GuardError::Limit(Limit::Operations));
    assert_eq!(ask(&sum(13), &world), spent, "256 × 40 = 10,240");
    for n in 1..=16 {
        let both = format!("{} && {}", sum(n), sum(16 - n + 1));
        assert_eq!(ask(&both, &world), spent, "{both}");
    }
    let nested = "order.amounts.all(|e| e in order.amounts && 2 !in order.amounts)";
    assert_eq!(
        ask(nested, &world),
        Err(GuardError::Limit(Limit::Operations))
    );
    assert_eq!(
        ask("order.amounts.all(|e| e in order.amounts)", &world),
        Ok(true)
    );
}

/// The dearest questions that the limits of a source allow, on the longest lists.
#[test]
fn the_longest_lists_end_with_an_answer_or_the_limit() {
    let long = || text(&"🙂".repeat(4_096));
    let mut world = with("tags", Some(entries((0..MAX_LIST).map(|_| long()))));
    world.order[slot("note")] = Some(long());
    let searches = "order.note in order.tags";
    for guard in [
        [searches; 30].join(" && "),
        "order.tags.all(|t| t in order.tags)".to_owned(),
        "order.tags.all(|t| t == order.note && t.contains(order.note))".to_owned(),
        format!(
            "order.tags.all(|t| {})",
            ["t == order.note"; 12].join(" && ")
        ),
        format!("order.tags.count(|t| {} in [t, \"x\"]) > 0", "t"),
        "order.tags.all(|t| (t + \"\") == t)".to_owned(),
    ] {
        let met = ask(&guard, &world);
        assert!(
            met.is_ok() || matches!(met, Err(GuardError::Limit(_))),
            "{guard}: {met:?}"
        );
    }
}

#[test]
fn between_includes_both_ends() {
    for (guard, expected) in [
        ("between(order.payments, 3, 3)", true),
        ("between(order.payments, 1, 2)", false),
        ("between(order.payments, 4, 2)", false),
        ("between(order.total, 120.50, settings.credit_limit)", true),
        ("between(order.total, 120.505, 121)", false),
        ("!between(order.total, 1, 120.49)", true),
        (
            "between(event.date, order.execute_on, order.execute_on + days(3))",
            true,
        ),
        (
            "between(order.execute_on, date(\"2026-03-29\"), event.date)",
            true,
        ),
        (
            "between(now, order.placed_at, order.placed_at + days(2))",
            true,
        ),
        (
            "between(order.grace, settings.cart_lifetime, days(2))",
            true,
        ),
        ("between(now - order.placed_at, hours(1), days(2))", true),
        ("between(order.payments + 1, 4, order.amounts.sum())", true),
    ] {
        assert_eq!(ask(guard, &world()), Ok(expected), "{guard}");
    }
    let world = with("missing", None);
    let missing = Err(GuardError::Missing("order.missing".to_owned()));
    for guard in [
        "between(order.missing, 1, 2)",
        "between(order.payments, 4, order.missing)",
        "between(order.payments, order.missing, 4)",
    ] {
        assert_eq!(ask(guard, &world), missing, "{guard}");
    }
}

#[test]
fn lists_fit_lists_of_what_their_entries_fit() {
    let scope = scope();
    for (ty, formula, shown) in [
        (list(Type::String), "order.allowed", Some("[online, phone]")),
        (
            list(Type::Decimal { scale: 2 }),
            "order.amounts",
            Some("[1.00, 2.00, 3.00]"),
        ),
        (
            list(words(&["online", "phone"])),
            "order.allowed",
            Some("[online, phone]"),
        ),
        (list(Type::Integer), "order.amounts", Some("[1, 2, 3]")),
        (
            Type::Decimal { scale: 2 },
            "order.amounts.sum()",
            Some("6.00"),
        ),
        (
            Type::Integer,
            "order.tags.count(|t| t.len() > 5)",
            Some("1"),
        ),
        (list(Type::Integer), "order.prices", None),
        (list(Type::Integer), "order.tags", None),
        (list(Type::String), "order.note", None),
        (Type::String, "order.tags", None),
        (Type::Integer, "order.prices.sum()", None),
    ] {
        let mut report = Report::new();
        let compiled = compile_formula(&expression(formula), &ty, &scope, &mut report);
        let value = compiled.map(|formula| {
            world().ask(|inputs| {
                let value = formula.eval(inputs);
                assert_eq!(value, formula.eval_in_engine(inputs));
                value.unwrap().to_string()
            })
        });
        assert_eq!(value.as_deref(), shown, "{ty} <- {formula}: {report:#?}");
        let rules: Vec<_> = report.iter().map(|found| found.rule.id).collect();
        let expected: &[&str] = if shown.is_some() {
            &[]
        } else {
            &["unlike-types"]
        };
        assert_eq!(rules, expected, "{ty} <- {formula}");
    }
}

/// What the way closures are evaluated rests on: an `order` that a closure of Rhai's own captures is
/// shared, and cannot be read while it is being read.
#[test]
fn closures_of_the_engine_itself_would_not_do() {
    let mut engine = rhai::Engine::new_raw();
    engine.register_indexer_get(|_: &mut Vec<i64>, _: rhai::ImmutableString| vec![1_i64]);
    engine.register_fn(
        "all",
        |context: rhai::NativeCallContext, list: &mut Vec<i64>, each: rhai::FnPtr| {
            let entry = list.first().copied();
            each.call_within_context::<bool>(&context, (entry.unwrap_or_default(),))
        },
    );
    let ask = |text: &str| {
        let mut variables = rhai::Scope::new();
        variables.push("order", vec![1_i64]);
        let ast = engine.compile_expression(text).unwrap();
        engine.eval_ast_with_scope::<bool>(&mut variables, &ast)
    };
    assert!(ask("order[\"amounts\"].all(|a| a > 0)").unwrap());
    let shared = ask("order[\"amounts\"].all(|a| order[\"amounts\"].all(|b| b > 0))");
    assert!(shared.is_err(), "{shared:?}");
}
