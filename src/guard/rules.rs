//! The rules that compiling an expression may break.

use crate::diagnostic::{Level, Rule};

macro_rules! rule {
    ($(#[$doc:meta])* $name:ident, $id:literal) => {
        $(#[$doc])*
        pub static $name: Rule = Rule {
            id: $id,
            level: Level::Error,
            page: include_str!(concat!("rules/", $id, ".md")),
        };
    };
}

rule!(
    /// The text is no expression.
    GUARD_SYNTAX,
    "guard-syntax"
);
rule!(
    /// Too long, too deep, or too many entries.
    GUARD_TOO_LARGE,
    "guard-too-large"
);
rule!(
    /// A name that nothing here has.
    UNKNOWN_VARIABLE,
    "unknown-variable"
);
rule!(
    /// A field that the order does not declare.
    UNKNOWN_FIELD,
    "unknown-field"
);
rule!(
    /// A setting that is not declared.
    UNKNOWN_SETTING,
    "unknown-setting"
);
rule!(
    /// A payload field that the event does not declare.
    UNKNOWN_PAYLOAD_FIELD,
    "unknown-payload-field"
);
rule!(
    /// No such function, or the wrong number of arguments.
    UNKNOWN_FUNCTION,
    "unknown-function"
);
rule!(
    /// A state that the children do not have.
    UNKNOWN_CHILD_STATE,
    "unknown-child-state"
);
rule!(
    /// A state that the workflow does not have.
    UNKNOWN_STATE_IN_GUARD,
    "unknown-state-in-guard"
);
rule!(
    /// A word that the enum does not list.
    UNKNOWN_ENUM_VALUE,
    "unknown-enum-value"
);
rule!(
    /// A form that expressions must not have.
    FORBIDDEN_IN_GUARD,
    "forbidden-in-guard"
);
rule!(
    /// A guard that is neither true nor false, or always the same.
    GUARD_NOT_BOOLEAN,
    "guard-not-boolean"
);
rule!(
    /// Operands or results of kinds that do not go together.
    UNLIKE_TYPES,
    "unlike-types"
);

/// Every rule of this pass.
pub const RULES: &[&Rule] = &[
    &GUARD_SYNTAX,
    &GUARD_TOO_LARGE,
    &UNKNOWN_VARIABLE,
    &UNKNOWN_FIELD,
    &UNKNOWN_SETTING,
    &UNKNOWN_PAYLOAD_FIELD,
    &UNKNOWN_FUNCTION,
    &UNKNOWN_CHILD_STATE,
    &UNKNOWN_STATE_IN_GUARD,
    &UNKNOWN_ENUM_VALUE,
    &FORBIDDEN_IN_GUARD,
    &GUARD_NOT_BOOLEAN,
    &UNLIKE_TYPES,
];
