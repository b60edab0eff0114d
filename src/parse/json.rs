//! Keys that stand twice in one object of JSON.
//!
//! In: JSON that was read. Out: an error at the first key that stands twice in one object. What serde makes of an
//! object takes the last value, and nobody who sent both is told.

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

#[cfg(test)]
mod tests {
    use super::*;

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
