//! What readers of JSON pass over: keys that stand twice in one object, and digits that no float holds.
//!
//! In: JSON that was read. Out: an error at the first key that stands twice in one object, of which serde would take
//! the last value; the first number of which it would drop digits. Nobody who sent them would be told.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON in which each key stands once.
pub(crate) struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("`{key}` stands twice")));
            }
            keys.insert(key);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

/// The first number of a JSON text that no plain number of a reader holds with all its digits: one with a point or an
/// exponent and more than fifteen digits, or a whole one beyond 64 bits.
pub(crate) fn inexact(json: &[u8]) -> Option<&str> {
    let mut rest = json;
    while let Some((&first, behind)) = rest.split_first() {
        rest = match first {
            b'"' => {
                let mut escaped = false;
                let end = behind.iter().position(|&byte| {
                    let ends = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    ends
                });
                behind.get(end.map_or(behind.len(), |end| end + 1)..)?
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let end = rest.iter().position(|byte| !is_part(byte));
                let (number, behind) = rest.split_at(end.unwrap_or(rest.len()));
                let number = std::str::from_utf8(number).ok()?;
                if !is_exact(number) {
                    return Some(number);
                }
                behind
            }
            _ => behind,
        };
    }
    None
}

/// What is said of such a number.
pub(crate) fn too_long(number: &str) -> String {
    format!("`{number}` has too many digits for a plain number: put it in quotes")
}

fn is_exact(number: &str) -> bool {
    if !number.contains(['.', 'e', 'E']) {
        return number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    }
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len() <= 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_would_lose_digits_is_found() {
        let json = r#"{ "a": 1.10000000000000000001, "b": 2 }"#;
        assert_eq!(inexact(json.as_bytes()), Some("1.10000000000000000001"));
        let json = "[1e5, 18446744073709551616]";
        assert_eq!(inexact(json.as_bytes()), Some("18446744073709551616"));
        let fine = r#"{ "\"1.10000000000000000001": [-9223372036854775808, 18446744073709551615, 0.100000000000000000000, "1.10000000000000000001\\"] }"#;
        assert_eq!(inexact(fine.as_bytes()), None);
        assert_eq!(inexact(br#""1.10000000000000000001"#), None);
    }

    fn read(text: &str) -> Result<(), String> {
        let read = serde_json::from_str::<Once>(text);
        read.map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_that_stands_twice_is_found_wherever_it_is() {
        let once = r#"{ "a": [{ "a": 1.5, "b": -1 }, { "a": 18446744073709551615 }, null], "b": true, "": "a" }"#;
        assert_eq!(read(once), Ok(()));
        for (twice, column) in [
            (r#"{ "a": 1, "b": 2, "a": 1 }"#, 21),
            (r#"[[{ "x": { "a": 1, "\u0061": 2 } }]]"#, 27),
        ] {
            let told = format!("`a` stands twice at line 1 column {column}");
            assert_eq!(read(twice), Err(told), "{twice}");
        }
    }
}
