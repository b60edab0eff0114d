//! Bombs: each ends with an error that names the limit, and the next guard is unaffected.

use flagstate::diagnostic::Report;
use flagstate::guard::{self, GuardError, Limit, MAX_LIST, MAX_SOURCE, compile_guard};
use rhai::{Dynamic, Engine, Scope as Variables};

use super::{compiled, eval, expression, refused, scope, world};

/// Runs on a thread with little stack.
fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    thread.spawn(run).unwrap().join().unwrap()
}

/// What nests, by how often it does.
fn nested(n: usize) -> Vec<String> {
    let wrap = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    vec![
        wrap("(", "order.on_hold", ")"),
        wrap("!", "order.on_hold", ""),
        wrap("-", "order.payments", "") + " == 1",
        wrap("(!", "order.on_hold", ")"),
        wrap("!(-(", "order.payments", "))"),
        wrap("min(1, ", "order.payments", ")") + " == 1",
        wrap("min(1, 1 + 2 * ", "order.payments", ")") + " == 1",
        wrap("(1 + 2 * ", "order.payments", ")") + " == 1",
        wrap("order.note.contains(", "order.note", ")"),
        wrap("\"a\".contains(\"a\" + ", "order.note", ")"),
        wrap("1 in [", "1", "]"),
        wrap("[", "1", "]") + " == 1",
        wrap("1 in (1)..(", "1", ")"),
        wrap("true && ", "order.on_hold", ""),
        wrap("true || order.on_hold && ", "order.on_hold", ""),
        wrap("1 + ", "order.payments", "") + " == 1",
        wrap("1 + 2 * ", "order.payments", "") + " == 1",
        wrap("\"a\" + ", "order.note", "") + " == \"\"",
        wrap("order.", "note", "") + " == \"\"",
        format!("order.note{} == 1", ".len()".repeat(n)),
        format!("\"a\"{} == 1", ".len(1+1)".repeat(n)),
        format!("order{}", "[0]".repeat(n)),
        format!("order{}", "()".repeat(n)),
        wrap("{", "true", "}"),
        wrap("#{a:", "true", "}"),
        wrap("if true { ", "true", " }"),
        wrap("|x| ", "true", ""),
        wrap("order.amounts.all(|x| ", "true", ")"),
        wrap("order.amounts.all(", "order.payments", ")"),
        format!("order.amounts.all(|x| {})", wrap("(", "x > 0", ")")),
        format!("order.amounts.all(|x| {} == 1)", wrap("1 + 2 * ", "x", "")),
        format!(
            "{} == 1",
            wrap(
                "1 + ",
                &format!("order.amounts.sum(|x| {})", wrap("1 + ", "x", "")),
                ""
            )
        ),
        vec!["order.amounts.all(|x| x > 0)"; n].join(" && "),
        format!("order.amounts.all({})", "|x|".repeat(n)),
        format!("order.amounts.all(|x{}", "|".repeat(n)),
        format!("order.amounts.all(|{}| true)", "x".repeat(n)),
        wrap("between(1, ", "1", ", 2)"),
        wrap("`${", "true", "}`"),
        wrap("/*", "", "*/") + " order.on_hold",
        wrap("\"a\" ?? ", "order.note", "") + " == \"\"",
    ]
}

#[test]
fn nesting_ends_with_a_finding_on_a_small_stack() {
    for n in [16, 28, 31, 32, 33, 34, 35, 36, 37, 64, 200, 800, 100_000] {
        for text in nested(n) {
            let shown: String = text.chars().take(60).collect();
            let outcome = on_a_small_stack(move || {
                let mut report = Report::new();
                let guard = compile_guard(&expression(&text), &scope(), &mut report);
                let rules: Vec<_> = report.iter().map(|found| found.rule.id).collect();
                let answer = guard.map(|guard| world().ask(|inputs| guard.eval(inputs)));
                assert_eq!(answer.is_none(), !rules.is_empty(), "{text}");
                assert!(
                    !matches!(answer, Some(Err(GuardError::Other(_)))),
                    "{text}: {answer:?}"
                );
                (rules, text.len())
            });
            let (rules, length) = outcome;
            if length > MAX_SOURCE {
                assert_eq!(rules, ["guard-too-large"], "{n} × {shown}");
            }
        }
    }
}

#[test]
fn nesting_has_a_message_of_its_own() {
    let deep = format!("{}order.on_hold{}", "(".repeat(40), ")".repeat(40));
    let many = vec!["order.on_hold"; 40].join(" || ");
    for text in [deep, many, "!".repeat(40) + "order.on_hold"] {
        let mut report = Report::new();
        assert!(compile_guard(&expression(&text), &scope(), &mut report).is_none());
        let found: Vec<_> = report
            .iter()
            .map(|found| (found.rule.id, found.message.as_str()))
            .collect();
        let message = "the guard nests deeper than 32 levels, of which brackets are two and more, or joins more than 32 operators";
        assert_eq!(found, [("guard-too-large", message)], "{text}");
    }
}

#[test]
fn thirty_two_conditions_can_be_joined_and_many_more_cannot() {
    let join = |part: &str, n: usize| vec![part; n + 1].join(" && ");
    for part in [
        "true",
        "order.on_hold",
        "!order.on_hold",
        "order.payments == 3",
    ] {
        assert_eq!(refused(&join(part, 32)), [""; 0], "{part}");
        assert_eq!(refused(&join(part, 37)), ["guard-too-large"], "{part}");
    }
}

#[test]
fn long_sources_are_refused_before_they_are_read() {
    let fits = format!("order.note == \"{}\"", "x".repeat(MAX_SOURCE - 16));
    assert_eq!(fits.len(), MAX_SOURCE);
    assert_eq!(refused(&fits), [""; 0]);
    assert_eq!(refused(&fits.replace('x', "xx")), ["guard-too-large"]);
    assert_eq!(refused(&"(".repeat(10_000_000)), ["guard-too-large"]);
    assert_eq!(refused(&" ".repeat(10_000_000)), ["guard-too-large"]);
}

#[test]
fn long_lists_are_refused() {
    let list = |n: usize| format!("order.payments in [{}]", vec!["1"; n].join(","));
    assert_eq!(refused(&list(MAX_LIST)), [""; 0]);
    assert_eq!(refused(&list(MAX_LIST + 1)), ["guard-too-large"]);
}

#[test]
fn the_budget_of_operations_is_met() {
    // Each `len` reads 16 KiB and counts 1,024 operations.
    let sum = |n: usize| format!("{} > 0", vec!["order.long.len()"; n].join(" + "));
    assert_eq!(eval(&sum(9)), Ok(true));
    let spent = Err(GuardError::Limit(Limit::Operations));
    assert_eq!(eval(&sum(10)), spent);
    let search = vec!["order.long.contains(\"x\")"; 20].join(" || ");
    assert_eq!(eval(&search), spent);
    let message = eval(&search).unwrap_err().to_string();
    assert_eq!(message, "it exceeds a limit: at most 10000 operations");
    assert_eq!(
        eval(&sum(9)),
        Ok(true),
        "the next one has a budget of its own"
    );
}

#[test]
fn rhai_tells_the_budget_of_every_operation() {
    // Within its source limit no guard has 10,000 nodes, so this holds the mechanism itself:
    // the same hook stops plain Rhai in a loop.
    let mut engine = Engine::new_raw();
    let spent = std::sync::atomic::AtomicU32::new(0);
    engine.on_progress(move |_| {
        let count = spent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (count > 1_000).then_some(Dynamic::UNIT)
    });
    let result = engine.eval::<Dynamic>("loop { }");
    assert!(matches!(
        *result.unwrap_err(),
        rhai::EvalAltResult::ErrorTerminated(..)
    ));
}

#[test]
fn texts_do_not_grow_beyond_their_limit() {
    let doubled = "order.long + order.long == order.long";
    let error = eval(doubled).unwrap_err();
    assert_eq!(error, GuardError::Limit(Limit::Text));
    assert_eq!(
        error.to_string(),
        "it exceeds a limit: at most 16384 bytes in a text"
    );
    assert_eq!(
        eval("order.long + \"\" == order.long"),
        Ok(true),
        "the longest text fits"
    );
    assert_eq!(
        eval("order.long == order.long && order.note.len() > 0"),
        Ok(true),
        "so do several"
    );
}

#[test]
fn ranges_are_not_walked() {
    assert_eq!(eval("order.payments in 0..9223372036854775807"), Ok(true));
    assert_eq!(
        eval("order.total in -9223372036854775807..=9223372036854775807"),
        Ok(true)
    );
    assert!(!refused("for i in 0..9223372036854775807 { i }").is_empty());
}

#[test]
fn guards_of_many_threads_do_not_disturb_each_other() {
    let hungry = compiled(&vec!["order.long.contains(\"x\")"; 20].join(" || "));
    let modest = compiled("in_state(\"submitted\") && now - order.placed_at > days(1)");
    std::thread::scope(|threads| {
        for number in 0..8 {
            let (hungry, modest) = (hungry.clone(), modest.clone());
            threads.spawn(move || {
                let world = world();
                for _ in 0..50 {
                    if number % 2 == 0 {
                        assert!(world.ask(|inputs| hungry.eval(inputs)).is_err());
                    }
                    assert_eq!(world.ask(|inputs| modest.eval(inputs)), Ok(true));
                }
            });
        }
    });
}

#[test]
fn guards_may_be_asked_while_a_guard_is_asked() {
    let outer = compiled("in_state(\"draft\") && now - order.placed_at > days(1)");
    let inner = compiled("in_state(\"submitted\") && order.payments == 3");
    let world = world();
    let answer = world.ask(|inputs| {
        let asked = |_: &str| inner.eval(inputs) == Ok(true);
        let nested = guard::Inputs {
            in_state: &asked,
            ..*inputs
        };
        outer.eval(&nested)
    });
    assert_eq!(answer, Ok(true));
}

/// What this sandbox relies on in Rhai; a new version that changes it fails here.
#[test]
fn rhai_behaves_as_the_sandbox_assumes() {
    let mut plain = Engine::new_raw();
    assert!(
        plain.compile_expression("|x| x").is_ok(),
        "closures pass: our walk must refuse them"
    );
    assert!(
        plain.compile_expression("print(1)").is_ok(),
        "unknown functions pass: our walk must refuse them"
    );
    assert!(
        plain.compile_expression("let x = 1").is_err(),
        "statements do not pass"
    );
    assert!(plain.compile_expression("1; 2").is_err());
    assert!(
        !plain.eval_expression::<bool>("1 > \"120\"").unwrap(),
        "unlike types compare as false"
    );
    assert!(
        plain
            .eval_expression::<bool>("0.1 + 0.2 == 0.3 && 1 == 1.0")
            .unwrap(),
        "literals are decimals"
    );
    assert!(plain.eval_expression::<bool>("true && 1").is_err());
    assert!(
        plain
            .eval_expression::<Dynamic>("9223372036854775807 + 1")
            .is_err(),
        "overflow is an error"
    );
    assert!(
        plain.eval_expression::<Dynamic>("1.0 / 0").is_err(),
        "so is division by zero"
    );
    assert!(
        plain.eval_expression::<Dynamic>("sleep(1)").is_err()
            && plain.eval_expression::<Dynamic>("timestamp()").is_err()
    );
    let mut variables = Variables::new();
    variables.push_dynamic("order", Dynamic::from_map(rhai::Map::new()));
    let missing = plain.eval_expression_with_scope::<Dynamic>(&mut variables, "order.x");
    assert!(missing.unwrap().is_unit(), "a missing property is nothing");
    plain.set_fail_on_invalid_map_property(true);
    let missing = plain.eval_expression_with_scope::<Dynamic>(&mut variables, "order.x");
    assert!(matches!(
        *missing.unwrap_err(),
        rhai::EvalAltResult::ErrorPropertyNotFound(..)
    ));
}
