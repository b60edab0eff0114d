//! What a value in other words is probably meant for.

use flagstate::context::{MAX_TEXT, Type};
use flagstate::document::Literal;
use flagstate::source::Span;
use proptest::prelude::*;

use super::MONEY;

#[test]
fn what_was_probably_meant_is_told_and_is_of_the_type() {
    let days = |number: &str| format!("{number} days");
    let table = [
        (Type::Integer, "1_000", "1000"),
        (Type::Integer, "1 000", "1000"),
        (Type::Integer, "1,000", "1000"),
        (Type::Integer, "1'000", "1000"),
        (Type::Integer, "+7", "7"),
        (Type::Integer, "3.0", "3"),
        (Type::Integer, "2e3", "2000"),
        (Type::Integer, " 12 ", "12"),
        (MONEY, "€10", "10"),
        (MONEY, "10 kr", "10"),
        (MONEY, "USD 1,500.50", "1500.50"),
        (MONEY, "1.500,50", "1500.50"),
        (MONEY, "-10,5", "-10.5"),
        (MONEY, "5.", "5"),
        (MONEY, "€.5", "0.5"),
        (Type::Boolean, "Yes", "true"),
        (Type::Boolean, "0", "false"),
        (Type::Duration, "1h 30min", "1h30m"),
        (Type::Duration, "1 day and 12 hours", "1d12h"),
        (Type::Duration, "1.5d", "1d12h"),
        (Type::Duration, "PT1.5H", "1h30m"),
        (Type::Duration, "p2w", "14d"),
        (Type::Duration, "90 Minutes", "1h30m"),
        (Type::Date, "2026-1-5", "2026-01-05"),
        (Type::Date, "20260105", "2026-01-05"),
        (Type::Date, "31.12.2026", "2026-12-31"),
        (Type::Date, "12/31/2026", "2026-12-31"),
        (Type::Datetime, "2026-01-05", "2026-01-05T00:00:00Z"),
        (Type::Datetime, "2026-01-05 9:30", "2026-01-05T09:30:00Z"),
        (
            Type::Datetime,
            "2026-01-05T09:30+01:00",
            "2026-01-05T09:30:00+01:00",
        ),
        (Type::Datetime, "5.1.2026 09:30 UTC", "2026-01-05T09:30:00Z"),
    ];
    let read = |ty: &Type, text: &str| {
        let literal = Literal {
            text: text.to_owned(),
            quoted: false,
            span: Span::default(),
        };
        literal.read(ty)
    };
    for (ty, text, meant) in table {
        let refused = read(&ty, text).unwrap_err().to_string();
        assert!(
            refused.ends_with(&format!(": write `{meant}`")),
            "{refused}"
        );
        assert!(read(&ty, meant).is_ok(), "{meant}");
    }
    // Nobody can tell what these mean.
    for (ty, text) in [
        (Type::Integer, "1.000".to_owned()),
        (Type::Integer, "2.5".to_owned()),
        (Type::Integer, "+0.5".to_owned()),
        (Type::Integer, "99999999999999999999 kr".to_owned()),
        (MONEY, "1,00,0".to_owned()),
        (MONEY, "€".to_owned()),
        (MONEY, "1.005 kr".to_owned()),
        (Type::Duration, "soon".to_owned()),
        (Type::Duration, "1h2".to_owned()),
        (Type::Duration, days("99999999999999999999999999999999")),
        (Type::Duration, days("1_0")),
        (Type::Duration, "p".to_owned()),
        (Type::Date, "2026-13-45x".to_owned()),
        (Type::Datetime, "2026-01-05 25:00".to_owned()),
        (Type::Datetime, "noon".to_owned()),
        (Type::String, "x".repeat(MAX_TEXT + 1)),
    ] {
        let refused = read(&ty, &text).unwrap_err().to_string();
        let hints_at = refused.contains(": write `") || refused.contains("as in");
        assert!(!hints_at, "{refused}");
    }
}

proptest! {
    #[test]
    fn what_is_told_to_be_written_can_be_read(
        text in "[-+]?[0-9]{0,9}[.,_ ':/-]?[0-9]{0,4}[.,_ ':/-]?[0-9]{0,4}[ ]?(|kr|€|%|h|d|days|min|T|Z|e3)[0-9]{0,2}m?",
        scale in 0..=18_u8,
    ) {
        let types = [
            Type::Integer, Type::Decimal { scale }, Type::Boolean, Type::Duration, Type::Date, Type::Datetime,
        ];
        for ty in types {
            let literal = |text: &str| Literal { text: text.to_owned(), quoted: false, span: Span::default() };
            let Err(refused) = literal(&text).read(&ty) else { continue };
            let refused = refused.to_string();
            if let Some((_, meant)) = refused.rsplit_once(": write `")
                && !refused.contains("write `true` or `false`")
            {
                let meant = meant.trim_end_matches('`');
                prop_assert!(literal(meant).read(&ty).is_ok(), "{}", refused);
            }
        }
    }
}
