//! Points in time, as requests write them.
//!
//! In: JSON. Out: instants.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::time::{Instant, parse_instant};

/// A point in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Instant);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_instant(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
        })
    }
}
