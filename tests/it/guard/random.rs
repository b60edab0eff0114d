//! Whatever is written is compiled or refused, and whatever compiles answers, twice the same.

use flagstate::context::{Type, Value};
use flagstate::diagnostic::Report;
use flagstate::guard::{GuardError, compile_formula, compile_guard};
use proptest::prelude::*;
use proptest::sample::select;

use super::writer::Writer;
use super::{World, expression, scope, world};

const TOKENS: [&str; 108] = [
    "order",
    "settings",
    "event",
    "actor",
    "now",
    "suborders",
    "origin",
    "payments",
    "total",
    "note",
    "on_hold",
    "execute_on",
    "placed_at",
    "grace",
    "missing",
    "big",
    "online_payment",
    "cart_lifetime",
    "credit_limit",
    "reason",
    "date",
    "role",
    "id",
    ".",
    ".",
    ".",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    "in",
    "!in",
    "..",
    "..=",
    ",",
    ";",
    "=",
    "=>",
    "|",
    "&",
    "?",
    ":",
    "#",
    "\"",
    "'",
    "`",
    "\"online\"",
    "\"executed\"",
    "\"submitted\"",
    "\"x\"",
    "0",
    "1",
    "3",
    "0.5",
    "9223372036854775807",
    "true",
    "false",
    "days",
    "hours",
    "seconds",
    "min",
    "max",
    "abs",
    "round",
    "in_state",
    "start_of",
    "weekday",
    "time_of_day",
    "datetime",
    "len",
    "contains",
    "all",
    "some",
    "count",
    "//",
    "/*",
    "*/",
    "\n",
    "if",
    "let",
    "amounts",
    "tags",
    ".amounts",
    ".all(",
    ".sum(",
    "|a|",
    "|a| a",
    "a",
    "none",
    "between",
];

/// Compiles and, where that works, evaluates twice.
fn check(text: &str, world: &World) -> Result<(), TestCaseError> {
    let mut report = Report::new();
    let guard = compile_guard(&expression(text), &scope(), &mut report);
    prop_assert_eq!(
        guard.is_none(),
        report.has_errors(),
        "`{}`: {:#?}",
        text,
        report
    );
    for found in &report {
        let span = found.primary.span;
        prop_assert!(
            span.end as usize <= text.len() && span.start <= span.end,
            "`{}`: {:#?}",
            text,
            found
        );
        let (start, end) = (span.start as usize, span.end as usize);
        prop_assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "`{}`: {:#?}",
            text,
            found
        );
        prop_assert!(
            !found.message.contains('\n') || text.contains('\n'),
            "{}",
            found.message
        );
    }
    if let Some(guard) = guard {
        let answer = world.ask(|inputs| guard.eval(inputs));
        prop_assert_eq!(
            &answer,
            &world.ask(|inputs| guard.eval(inputs)),
            "`{}`",
            text
        );
        let bad = matches!(answer, Err(GuardError::NotBoolean | GuardError::Other(_)));
        prop_assert!(!bad, "`{}` passed the check and gave {:?}", text, answer);
    }
    let mut report = Report::new();
    let formula = compile_formula(&expression(text), &Type::String, &scope(), &mut report);
    prop_assert_eq!(formula.is_none(), report.has_errors());
    if let Some(formula) = formula {
        let answer = world.ask(|inputs| formula.eval(inputs));
        prop_assert!(
            !matches!(answer, Err(GuardError::Other(_))),
            "`{}`: {:?}",
            text,
            answer
        );
    }
    Ok(())
}

fn any_world() -> impl Strategy<Value = World> {
    let gaps = prop::collection::vec(prop::bool::weighted(0.2), 18);
    let zone = select(vec!["UTC", "Europe/Oslo", "Pacific/Apia", "America/Havana"]);
    (
        gaps,
        any::<i64>(),
        any::<i64>(),
        zone,
        any::<bool>(),
        0..4_000_000_000_i64,
    )
        .prop_map(|(gaps, payments, cents, zone, hold, at)| {
            let mut world = world();
            world.order[1] = Some(Value::Integer(payments));
            world.order[2] = Some(Value::Decimal(rust_decimal::Decimal::new(cents, 2)));
            world.order[4] = Some(Value::Boolean(hold));
            for (slot, gap) in world.order.iter_mut().zip(gaps) {
                if gap {
                    *slot = None;
                }
            }
            world.zone = zone.parse().unwrap();
            world.now = flagstate::time::Instant::from_timestamp(at, 0).unwrap();
            world
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(3_000)))]

    #[test]
    fn any_text_is_compiled_or_refused(text in "\\PC{0,40}|[ -~\\n\\t]{0,60}") {
        check(&text, &world())?;
    }

    #[test]
    fn any_tokens_are_compiled_or_refused(tokens in prop::collection::vec(select(TOKENS.to_vec()), 0..14), spaced in any::<bool>()) {
        check(&tokens.join(if spaced { " " } else { "" }), &world())?;
    }

    #[test]
    fn what_fits_together_is_accepted_and_answers_or_says_why(
        choices in prop::collection::vec(any::<u16>(), 0..40), world in any_world(),
    ) {
        let text = Writer::new(&choices).boolean(4);
        let mut report = Report::new();
        let guard = compile_guard(&expression(&text), &scope(), &mut report);
        prop_assert!(guard.is_some(), "`{}`: {:#?}", text, report);
        check(&text, &world)?;
    }
}
