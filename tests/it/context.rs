//! Types and values: which plain values have which type, and that values survive being written.

mod meant;

use std::sync::Arc;

use flagstate::context::{MAX_LIST, MAX_TEXT, Type, Value, ValueError};
use flagstate::document::{Literal, LiteralOrList};
use flagstate::source::Span;
use flagstate::time::Duration;
use indexmap::IndexSet;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

fn words() -> Type {
    Type::Enum(Arc::new(["online".to_owned(), "manual".to_owned()]))
}

fn list(of: Type) -> Type {
    Type::List(Arc::new(of))
}

const MONEY: Type = Type::Decimal { scale: 2 };

#[test]
fn plain_values_are_read_as_the_declared_type() {
    let table = [
        (Type::Boolean, json!(true), "true"),
        (Type::Integer, json!(-7), "-7"),
        (Type::Integer, json!(i64::MAX), "9223372036854775807"),
        (MONEY, json!(3), "3.00"),
        (MONEY, json!(12.5), "12.50"),
        (MONEY, json!(0.1), "0.10"),
        (MONEY, json!("0.10"), "0.10"),
        (MONEY, json!("1.500"), "1.50"),
        (MONEY, json!("-0"), "0.00"),
        (MONEY, json!(".0"), "0.00"),
        (MONEY, json!("-.00"), "0.00"),
        (MONEY, json!("-.5"), "-0.50"),
        (
            MONEY,
            json!("79228162514264337593543950335.0"),
            "79228162514264337593543950335",
        ),
        (MONEY, json!("9007199254740993.01"), "9007199254740993.01"),
        (
            MONEY,
            json!("79228162514264337593543950335"),
            "79228162514264337593543950335",
        ),
        (Type::Decimal { scale: 0 }, json!("5.0"), "5"),
        (Type::String, json!("Grüße"), "Grüße"),
        (Type::String, json!(""), ""),
        (words(), json!("online"), "online"),
        (Type::Date, json!("2026-03-01"), "2026-03-01"),
        (
            Type::Datetime,
            json!("2026-03-01T09:00:00+01:00"),
            "2026-03-01T08:00:00Z",
        ),
        (Type::Duration, json!("PT36H"), "36h"),
        (list(Type::String), json!([]), "[]"),
        (
            list(Type::String),
            json!(["fragile", "to the left, please", "", " x", "[1]", "Grüße"]),
            r#"[fragile, "to the left, please", "", " x", "[1]", Grüße]"#,
        ),
        (list(MONEY), json!([3, "0.1"]), "[3.00, 0.10]"),
        (list(Type::Boolean), json!([true, false]), "[true, false]"),
        (
            list(words()),
            json!(["online", "online"]),
            "[online, online]",
        ),
        (list(Type::Date), json!(["2026-03-01"]), "[2026-03-01]"),
    ];
    for (ty, plain, shown) in table {
        let value = ty
            .read(&plain)
            .unwrap_or_else(|error| panic!("{ty} {plain}: {error}"));
        assert_eq!(value.to_string(), shown, "{ty} {plain}");
        assert!(ty.admits(&value), "{ty} {plain}");
        assert_eq!(ty.read(&value.to_json()), Ok(value), "{ty} {plain}");
    }
}

#[test]
fn other_values_are_refused_in_plain_words() {
    let long: String = "x".repeat(MAX_TEXT + 1);
    let table = [
        (
            Type::Boolean,
            json!("true"),
            "expected a boolean, found the text `true`: write `true`, without quotes",
        ),
        (
            Type::Boolean,
            json!(1),
            "expected a boolean, found the number `1`",
        ),
        (
            Type::Integer,
            json!(1.0),
            "expected an integer, found the number `1.0`",
        ),
        (
            Type::Integer,
            json!("1"),
            "expected an integer, found the text `1`: write `1`, without quotes",
        ),
        (
            Type::Integer,
            json!(u64::MAX),
            "`18446744073709551615` is out of range: integers go from -9223372036854775808 to 9223372036854775807",
        ),
        (
            Type::Integer,
            json!(-1e20),
            "`-1e+20` is out of range: integers go from -9223372036854775808 to 9223372036854775807",
        ),
        (
            Type::Integer,
            json!("99999999999999999999"),
            "`99999999999999999999` is out of range: integers go from -9223372036854775808 to 9223372036854775807",
        ),
        (
            MONEY,
            json!("79228162514264337593543950336"),
            "`79228162514264337593543950336` is out of range: decimals go from \
             -79228162514264337593543950335 to 79228162514264337593543950335",
        ),
        (
            MONEY,
            json!("7922816251426433759354395033.55"),
            "`7922816251426433759354395033.55` has more digits than a decimal holds",
        ),
        (
            MONEY,
            json!("0.00000000000000000000000000000000001"),
            "`0.00000000000000000000000000000000001` has more than 2 digits behind the point",
        ),
        (
            Type::Integer,
            Json::Null,
            "expected an integer, found nothing",
        ),
        (
            MONEY,
            json!("1.234"),
            "`1.234` has more than 2 digits behind the point",
        ),
        (
            MONEY,
            json!(1.234),
            "`1.234` has more than 2 digits behind the point",
        ),
        (
            MONEY,
            json!(0.1 + 0.2),
            "`0.30000000000000004` has too many digits for a plain number: put it in quotes",
        ),
        (
            MONEY,
            json!("1,5"),
            "expected a decimal with 2 digits behind the point, found the text `1,5`: write `1.5`",
        ),
        (
            MONEY,
            json!("1_000"),
            "expected a decimal with 2 digits behind the point, found the text `1_000`: write `1000`",
        ),
        (
            MONEY,
            json!("1e3"),
            "expected a decimal with 2 digits behind the point, found the text `1e3`: write `1000`",
        ),
        (
            MONEY,
            json!("5."),
            "expected a decimal with 2 digits behind the point, found the text `5.`: write `5`",
        ),
        (
            MONEY,
            json!("NaN"),
            "expected a decimal with 2 digits behind the point, found the text `NaN`",
        ),
        (
            MONEY,
            json!(1e300),
            "expected a decimal with 2 digits behind the point, found the number `1e+300`",
        ),
        (
            MONEY,
            json!(true),
            "expected a decimal with 2 digits behind the point, found `true`",
        ),
        (
            Type::String,
            json!(5),
            "expected a string, found the number `5`",
        ),
        (
            Type::String,
            json!(["a"]),
            "expected a string, found a list",
        ),
        (
            Type::String,
            json!({}),
            "expected a string, found a mapping",
        ),
        (
            Type::String,
            json!(long),
            "the text has 4097 characters, and at most 4096 are accepted",
        ),
        (
            words(),
            json!("onlin"),
            "expected one of online, manual, found the text `onlin`",
        ),
        (
            words(),
            json!(long),
            "expected one of online, manual, found a long text",
        ),
        (
            Type::Date,
            json!("2026-3-1"),
            "`2026-3-1` is not a date: write `2026-03-01`",
        ),
        (
            Type::Datetime,
            json!("2026-03-01"),
            "`2026-03-01` is not a point in time: write `2026-03-01T00:00:00Z`",
        ),
        (
            Type::Duration,
            json!(3),
            "expected a duration, found the number `3`",
        ),
        (
            Type::Duration,
            json!("36526d"),
            "`36526d` is longer than a hundred years",
        ),
        (
            list(Type::String),
            json!("fragile"),
            "expected a list of strings, found the text `fragile`",
        ),
        (
            list(Type::Integer),
            json!([1, "2", true]),
            "entry 2: expected an integer, found the text `2`: write `2`, without quotes",
        ),
        (
            list(Type::String),
            json!(["a", null]),
            "entry 2: expected a string, found nothing",
        ),
        (
            list(Type::String),
            json!([["a"]]),
            "entry 1: expected a string, found a list",
        ),
        (
            list(MONEY),
            json!([1, 2, "0.125"]),
            "entry 3: `0.125` has more than 2 digits behind the point",
        ),
        (
            list(words()),
            json!({}),
            "expected a list of words out of online, manual, found a mapping",
        ),
        (
            list(MONEY),
            json!(1),
            "expected a list of decimals with 2 digits behind the point, found the number `1`",
        ),
        (
            list(Type::Boolean),
            json!(vec![true; MAX_LIST + 1]),
            "the list has 257 entries, and at most 256 are accepted",
        ),
    ];
    for (ty, plain, message) in table {
        let error = ty
            .read(&plain)
            .map(|value| value.to_string())
            .map_err(|error| error.to_string());
        assert_eq!(error, Err(message.to_owned()), "{ty} {plain}");
    }
}

#[test]
fn numbers_that_yaml_readers_disagree_about_are_refused_unless_quoted() {
    let read = |text: &str, quoted: bool, ty: Type| {
        let literal = Literal {
            text: text.to_owned(),
            quoted,
            span: Span::default(),
        };
        literal.read(&ty).map_err(|error| error.to_string())
    };
    let decimal = || Type::Decimal { scale: 2 };
    for (text, instead) in [
        ("012", "12"),
        ("+12", "12"),
        ("-007", "-7"),
        ("00.5", "0.5"),
        ("00", "0"),
    ] {
        let told = read(text, false, decimal()).unwrap_err();
        let expected = format!(
            "expected a decimal with 2 digits behind the point, found `{text}`, which YAML readers disagree about: write `{instead}`"
        );
        assert_eq!(told, expected);
    }
    assert_eq!(
        read("012", false, Type::Integer).unwrap_err(),
        "expected an integer, found `012`, which YAML readers disagree about: write `12`"
    );
    for plain in ["0", "-0.50", "0.05", "10", "100.10"] {
        assert!(read(plain, false, decimal()).is_ok(), "{plain}");
    }
    assert!(read("012", true, decimal()).is_ok());
}

#[test]
fn plain_scalars_of_another_type_are_told_as_written_and_how_to_write_them() {
    let read = |text: &str, ty: Type| {
        let literal = Literal {
            text: text.to_owned(),
            quoted: false,
            span: Span::default(),
        };
        literal.read(&ty).unwrap_err().to_string()
    };
    let table = [
        (
            Type::Boolean,
            "1",
            "expected a boolean, found `1`: write `true`",
        ),
        (
            Type::Boolean,
            "yes",
            "expected a boolean, found `yes`: write `true`",
        ),
        (
            Type::Integer,
            "9223372036854775808",
            "`9223372036854775808` is out of range: integers go from -9223372036854775808 to 9223372036854775807",
        ),
        (
            Type::Integer,
            "-99999999999999999999999",
            "`-99999999999999999999999` is out of range: integers go from -9223372036854775808 to 9223372036854775807",
        ),
        (Type::Integer, "many", "expected an integer, found `many`"),
        (
            MONEY,
            "1e3",
            "expected a decimal with 2 digits behind the point, found `1e3`: write `1000`",
        ),
        (
            MONEY,
            "2.5E-1",
            "expected a decimal with 2 digits behind the point, found `2.5E-1`: write `0.25`",
        ),
        (
            MONEY,
            "1e999",
            "expected a decimal with 2 digits behind the point, found `1e999`",
        ),
        (
            Type::Enum([].into()),
            "red",
            "expected a word of an enum without values, found `red`",
        ),
        (
            list(Type::String),
            "fragile",
            "expected a list of strings, found `fragile`: write `[fragile]`",
        ),
    ];
    for (ty, text, message) in table {
        assert_eq!(read(text, ty), message);
    }
}

#[test]
fn lists_are_read_as_written_entry_by_entry() {
    let read = |texts: &[&str], ty: &Type| {
        let entries = texts.iter().map(|text| Literal {
            text: (*text).to_owned(),
            quoted: false,
            span: Span::default(),
        });
        let written = LiteralOrList::List(entries.collect(), Span::default());
        let read = written.read(ty).map(|value| value.to_string());
        read.map_err(|error| error.to_string())
    };
    assert_eq!(read(&[], &list(MONEY)), Ok("[]".to_owned()));
    assert_eq!(
        read(&["1", "2.50"], &list(MONEY)),
        Ok("[1.00, 2.50]".to_owned())
    );
    assert_eq!(
        read(&["a", "no"], &list(Type::String)),
        Err("entry 2: expected text, found `no`, which YAML readers disagree about: put it in quotes".to_owned())
    );
    assert_eq!(
        read(&["a"], &Type::String),
        Err("expected a string, found a list".to_owned())
    );
}

#[test]
fn lists_are_equal_or_not_and_have_no_order() {
    let read = |plain: Json| list(MONEY).read(&plain).unwrap();
    let compare = |a: Json, b: Json| read(a).compare(&read(b));
    let equal = Some(std::cmp::Ordering::Equal);
    assert_eq!(compare(json!([1, 2]), json!(["1.00", "2.0"])), equal);
    assert_eq!(compare(json!([]), json!([])), equal);
    assert_eq!(compare(json!([1, 2]), json!([2, 1])), None);
    assert_eq!(compare(json!([1]), json!([1, 2])), None);
    assert_eq!(read(json!([1])).compare(&Value::Integer(1)), None);
}

#[test]
fn a_list_admits_entries_of_its_type_up_to_its_length() {
    let of = |count: usize| Value::List(vec![Value::Boolean(true); count].into());
    assert!(list(Type::Boolean).admits(&of(0)));
    assert!(list(Type::Boolean).admits(&of(MAX_LIST)));
    assert!(!list(Type::Boolean).admits(&of(MAX_LIST + 1)));
    assert!(!list(Type::Integer).admits(&of(1)));
    assert!(!Type::Boolean.admits(&of(1)));
}

#[test]
fn digits_beyond_a_decimal_are_not_rounded_away() {
    let text = "1.00000000000000000000000000000000001";
    let read = Type::Decimal { scale: 18 }.read(&json!(text));
    assert!(
        matches!(read, Err(ValueError::Kind { .. } | ValueError::Scale(..))),
        "{read:?}"
    );
}

#[test]
fn texts_are_measured_in_characters() {
    let text = "ü".repeat(MAX_TEXT);
    assert!(Type::String.read(&json!(text)).is_ok());
    assert!(!Type::String.admits(&Value::Text(format!("{text}x").into())));
}

#[test]
fn a_type_admits_its_own_values_only() {
    let values = [
        Value::Boolean(true),
        Value::Integer(1),
        Value::Decimal("1.25".parse().unwrap()),
        Value::Text("online".into()),
        Value::Date(flagstate::time::parse_date("2026-03-01").unwrap()),
        Value::Datetime(flagstate::time::parse_instant("2026-03-01T09:00:00Z").unwrap()),
        Value::Duration(Duration::days(1)),
    ];
    let types = [
        Type::Boolean,
        Type::Integer,
        MONEY,
        Type::String,
        Type::Date,
        Type::Datetime,
        Type::Duration,
    ];
    for (row, ty) in types.iter().enumerate() {
        let admitted: Vec<bool> = values.iter().map(|value| ty.admits(value)).collect();
        let expected: Vec<bool> = (0..values.len()).map(|column| column == row).collect();
        assert_eq!(admitted, expected, "{ty}");
    }
    assert!(
        words().admits(&Value::Text("manual".into())) && !words().admits(&Value::Text("x".into()))
    );
    assert!(!Type::Decimal { scale: 1 }.admits(&Value::Decimal("1.25".parse().unwrap())));
    assert!(Type::Decimal { scale: 1 }.admits(&Value::Decimal("1.500".parse().unwrap())));
    assert!(!Type::Duration.admits(&Value::Duration(Duration::seconds(-1))));
}

#[test]
fn equal_decimals_are_written_alike() {
    let [a, b, c] = ["5", "5.0", "5.00"].map(|text| MONEY.read(&json!(text)).unwrap().to_json());
    assert!(a == b && b == c && c == json!("5.00"));
}

fn plain() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        "-?[0-9]{1,31}(\\.[0-9]{1,30})?".prop_map(Json::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?Z)?"
            .prop_map(Json::from),
        "[0-9]{1,5}[wdhms]".prop_map(Json::from),
    ]
}

fn plain_or_list() -> impl Strategy<Value = Json> {
    let lists = proptest::collection::vec(plain(), 0..4).prop_map(Json::from);
    prop_oneof![plain(), lists]
}

/// Values of which many are equal, decimals that are written in different ways among them.
fn alike() -> impl Strategy<Value = Value> {
    let number = || (-3_i64..=3, 0..=2_u32, any::<bool>());
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        (-3_i64..=3).prop_map(Value::Integer),
        number().prop_map(|(units, scale, minus)| {
            let mut number = Decimal::new(units * 10, scale);
            number.set_sign_negative(minus);
            Value::Decimal(number)
        }),
        "[ab]{0,2}".prop_map(|text| Value::Text(text.into())),
        (0..2_i32, 0..2_i64)
            .prop_map(|(days, seconds)| Value::Duration(Duration { days, seconds })),
    ];
    let entries = proptest::collection::vec(scalar.clone(), 0..3);
    prop_oneof![4 => scalar, 1 => entries.prop_map(|entries| Value::List(entries.into()))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]
    #[test]
    fn a_set_finds_the_same_values_equal_as_comparing_each_with_each(values in proptest::collection::vec(alike(), 0..60)) {
        let mut plain: Vec<Value> = Vec::new();
        for value in &values {
            if !plain.contains(value) {
                plain.push(value.clone());
            }
        }
        let set: IndexSet<Value> = values.into_iter().collect();
        let set: Vec<Value> = set.into_iter().collect();
        // As written, too: of equal values the first stays.
        prop_assert_eq!(format!("{set:?}"), format!("{plain:?}"));
    }

    #[test]
    fn any_plain_value_is_of_a_type_and_reads_back_or_is_refused(plain in plain_or_list(), scale in 0..=18_u8) {
        let decimal = Type::Decimal { scale };
        let scalars = [Type::Boolean, Type::Integer, decimal, Type::String, words(), Type::Date, Type::Datetime, Type::Duration];
        for ty in scalars.iter().cloned().chain(scalars.iter().cloned().map(list)) {
            if let Ok(value) = ty.read(&plain) {
                prop_assert!(ty.admits(&value), "{} {:?}", ty, value);
                let again = ty.read(&value.to_json());
                prop_assert_eq!(again.as_ref(), Ok(&value));
                prop_assert_eq!(again.map(|value| value.to_json()), Ok(value.to_json()));
            }
        }
    }
}
