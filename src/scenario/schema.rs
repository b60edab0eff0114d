//! Schemas of the mappings whose keys are paths.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{StateRow, StateTable, TimersExpected};
use crate::document::Literal;

/// A state's path: names joined by dots.
const PATH: &str = r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})*$";

impl JsonSchema for StateTable {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "StateTable".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let row = generator.subschema_for::<StateRow>();
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": PATH },
            "additionalProperties": row,
        })
    }
}

impl JsonSchema for TimersExpected {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "TimersExpected".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let due = generator.subschema_for::<Literal>();
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": PATH },
            "additionalProperties": due,
        })
    }
}
