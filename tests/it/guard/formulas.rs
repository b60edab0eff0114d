//! Values for `set:`: their types, and what does not fit.

use flagstate::context::{Type, Value};
use flagstate::diagnostic::Report;
use flagstate::guard::{Formula, GuardError, compile_formula};

use super::{expression, scope, words, world};

/// A type by a short name.
pub(super) fn ty(name: &str) -> Type {
    match name {
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "decimal" => Type::Decimal { scale: 2 },
        "string" => Type::String,
        "enum" => words(&["online", "manual"]),
        "date" => Type::Date,
        "datetime" => Type::Datetime,
        "duration" => Type::Duration,
        other => panic!("no type {other}"),
    }
}

fn compiled(name: &str, text: &str) -> Formula {
    let mut report = Report::new();
    let formula = compile_formula(&expression(text), &ty(name), &scope(), &mut report);
    // What does not fit is told of, and asked all the same.
    let is_told = |rule: &str| matches!(rule, "always-fails" | "possibly-too-many-digits");
    let mut rules = report.iter().map(|found| found.rule.id);
    assert!(rules.all(is_told), "{name} <- `{text}`: {report:#?}");
    formula.unwrap()
}

fn eval(name: &str, text: &str) -> Result<Value, GuardError> {
    let formula = compiled(name, text);
    world().ask(|inputs| formula.eval(inputs))
}

#[test]
fn values_have_the_declared_type() {
    let table = [
        ("boolean", "true", "true"),
        ("boolean", "order.payments > 1", "true"),
        ("integer", "order.payments + 1", "4"),
        ("integer", "order.note.len()", "17"),
        ("decimal", "5", "5.00"),
        ("decimal", "order.total + 1", "121.50"),
        ("decimal", "round(order.total / 3, 2)", "40.17"),
        ("string", "\"\"", ""),
        ("string", "order.origin + \"!\"", "online!"),
        ("string", "order.origin", "online"),
        ("enum", "\"manual\"", "manual"),
        ("enum", "order.origin", "online"),
        ("date", "event.date", "2026-04-01"),
        ("date", "date(now) + days(1)", "2026-03-30"),
        ("datetime", "now", "2026-03-29T10:30:00Z"),
        ("datetime", "start_of(event.date)", "2026-03-31T22:00:00Z"),
        ("datetime", "now + days(1)", "2026-03-30T10:30:00Z"),
        ("duration", "days(3)", "3d"),
        ("duration", "now - order.placed_at", "23h30m"),
        ("duration", "settings.cart_lifetime + minutes(1)", "21m"),
    ];
    for (name, text, shown) in table {
        let value = eval(name, text).unwrap_or_else(|error| panic!("{name} <- {text}: {error}"));
        assert_eq!(value.to_string(), shown, "{name} <- {text}");
        assert!(ty(name).admits(&value), "{name} <- {text}");
        assert_eq!(
            ty(name).read(&value.to_json()),
            Ok(value),
            "{name} <- {text}"
        );
    }
}

#[test]
fn results_that_do_not_fit_are_errors() {
    let table = [
        ("string", "event.reason", "`event.reason` is not set"),
        (
            "decimal",
            "order.total / 3",
            "the result `40.166666666666666666666666667` does not fit: decimal with 2 digits behind the point is expected",
        ),
        (
            "enum",
            "order.note",
            "the result `Grüße, ring twice` does not fit: one of online, manual is expected",
        ),
        (
            "duration",
            "order.placed_at - now",
            "the result `-23h30m` does not fit: duration between `0s` and a hundred years is expected",
        ),
        (
            "duration",
            "days(36526)",
            "the result `36526d` does not fit: duration between `0s` and a hundred years is expected",
        ),
        (
            "string",
            "order.long + \"x\"",
            "it exceeds a limit: at most 16384 bytes in a text",
        ),
        (
            "integer",
            "order.big + 1",
            "the numbers are too large to calculate with",
        ),
    ];
    for (name, text, message) in table {
        assert_eq!(
            eval(name, text).unwrap_err().to_string(),
            message,
            "{name} <- {text}"
        );
    }
}

#[test]
fn a_formula_knows_its_source_type_and_reads() {
    let formula = compiled("decimal", "order.total + 1");
    assert_eq!(formula.source(), "order.total + 1");
    assert_eq!(formula.ty(), &Type::Decimal { scale: 2 });
    assert_eq!(formula.reads().order, [2]);
    let operands = world().ask(|inputs| formula.operands(inputs));
    assert_eq!(
        operands,
        [("order.total".to_owned(), Some(super::decimal("120.5")))]
    );
}
