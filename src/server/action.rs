//! What an operator does to an order, as requests write it.
//!
//! In: JSON, an object with one name. Out: an [`Override`], or what is wrong and what is expected.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::{Moment, Object};
use crate::instance::Override;

/// The forms of an action, for people.
const FORMS: &str = "an object with one of `force_state`, `move_timer` and `erase`, for example \
     `{ \"force_state\": { \"to\": \"booked\" } }`";

/// What an operator does.
#[derive(Debug, JsonSchema)]
#[schemars(
    rename = "OverrideAction",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub(crate) enum Action {
    /// Puts the order into a state.
    ForceState(Object<ForceState>),
    /// Moves a running timer.
    MoveTimer(Object<MoveTimer>),
    /// Erases the values of personal fields, for good. A token needs the scope `erase` too.
    Erase(Object<Erase>),
}

/// Nothing more is to be said.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erase {}

/// A state that an order is put into.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForceState {
    /// The state's path.
    to: String,
}

/// A timer that is moved.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveTimer {
    /// `STATE.TIMER`, for example `in_cart.expires`.
    timer: String,
    /// When it is due from now on.
    due: Moment,
}

impl From<Action> for Override {
    fn from(action: Action) -> Self {
        match action {
            Action::ForceState(Object(ForceState { to })) => Self::ForceState { to },
            Action::MoveTimer(Object(MoveTimer { timer, due })) => {
                Self::MoveTimer { timer, due: due.0 }
            }
            Action::Erase(Object(Erase {})) => Self::Erase,
        }
    }
}

/// Reads an action. What serde makes for an enum calls an object without a name, or with two, no JSON at all.
struct Reads;

impl<'de> Visitor<'de> for Reads {
    type Value = Action;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORMS)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Action, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::custom(format!(
                "nothing is to be done, expected {FORMS}"
            )));
        };
        let action = match name.as_str() {
            "force_state" => Action::ForceState(map.next_value()?),
            "move_timer" => Action::MoveTimer(map.next_value()?),
            "erase" => Action::Erase(map.next_value()?),
            other => {
                let message = format!("there is no action `{other}`, expected {FORMS}");
                return Err(A::Error::custom(message));
            }
        };
        match map.next_key::<String>()? {
            None => Ok(action),
            Some(second) => {
                map.next_value::<IgnoredAny>()?;
                let message = format!("`{name}` and `{second}` at once, expected {FORMS}");
                Err(A::Error::custom(message))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Override, String> {
        let action: Result<Action, _> = serde_json::from_str(text);
        action.map(Override::from).map_err(|error| {
            assert!(error.is_data(), "{error}");
            error.to_string()
        })
    }

    #[test]
    fn an_action_is_read() {
        let to = "booked".to_owned();
        let force = read(r#"{ "force_state": { "to": "booked" } }"#);
        assert_eq!(force, Ok(Override::ForceState { to }));
        assert_eq!(read(r#"{ "erase": {} }"#), Ok(Override::Erase));
        let moved = read(r#"{ "move_timer": { "timer": "a.b", "due": "2026-01-05T09:00:00Z" } }"#);
        assert!(matches!(moved, Ok(Override::MoveTimer { .. })), "{moved:?}");
    }

    #[test]
    fn what_is_wrong_with_an_action_is_told_with_what_is_expected() {
        for (text, parts) in [
            (
                "{}",
                ["nothing is to be done", "expected an object with one of"],
            ),
            (
                "null",
                ["invalid type: null", "expected an object with one of"],
            ),
            (
                "[]",
                ["invalid type: sequence", "expected an object with one of"],
            ),
            (
                r#""erase""#,
                [
                    "invalid type: string \"erase\"",
                    "expected an object with one of",
                ],
            ),
            (
                r#"{ "force": {} }"#,
                ["there is no action `force`", "`force_state`, `move_timer`"],
            ),
            (
                r#"{ "erase": {}, "force_state": { "to": "a" } }"#,
                ["`erase` and `force_state` at once", "one of"],
            ),
            (r#"{ "force_state": {} }"#, ["missing field `to`", ""]),
            (
                r#"{ "force_state": { "too": 1 } }"#,
                ["unknown field `too`", "expected `to`"],
            ),
            (
                r#"{ "force_state": { "to": 1 } }"#,
                ["integer `1`", "expected a string"],
            ),
            (
                r#"{ "force_state": ["a"] }"#,
                ["sequence", "expected an object"],
            ),
            (r#"{ "erase": null }"#, ["null", "expected an object"]),
            (
                r#"{ "move_timer": { "timer": "a.b" } }"#,
                ["missing field `due`", ""],
            ),
            (
                r#"{ "move_timer": { "timer": "a.b", "due": "soon" } }"#,
                ["`soon` is not a point in time", "write for example"],
            ),
        ] {
            let told = read(text).unwrap_err();
            assert!(
                parts.iter().all(|part| told.contains(part)),
                "{text}: {told}"
            );
        }
    }
}
