//! The rules that compiling an expression may break; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// The text is no expression.
    GUARD_SYNTAX = "guard-syntax",
    /// Too long, too deep, or too many entries.
    GUARD_TOO_LARGE = "guard-too-large",
    /// A name that nothing here has.
    UNKNOWN_VARIABLE = "unknown-variable",
    /// A field that the order does not declare.
    UNKNOWN_FIELD = "unknown-field",
    /// A setting that is not declared.
    UNKNOWN_SETTING = "unknown-setting",
    /// A payload field that the event does not declare.
    UNKNOWN_PAYLOAD_FIELD = "unknown-payload-field",
    /// No such function, or the wrong number of arguments.
    UNKNOWN_FUNCTION = "unknown-function",
    /// A state that the children do not have.
    UNKNOWN_CHILD_STATE = "unknown-child-state",
    /// A state that the workflow does not have.
    UNKNOWN_STATE_IN_GUARD = "unknown-state-in-guard",
    /// A word that the enum does not list.
    UNKNOWN_ENUM_VALUE = "unknown-enum-value",
    /// A form that expressions must not have.
    FORBIDDEN_IN_GUARD = "forbidden-in-guard",
    /// A guard that is neither true nor false, or always the same.
    GUARD_NOT_BOOLEAN = "guard-not-boolean",
    /// Operands or results of kinds that do not go together.
    UNLIKE_TYPES = "unlike-types",
    | Warning;
    /// What has no value for any order.
    ALWAYS_FAILS = "always-fails",
    /// A value of `set:` that may have more digits than its field.
    POSSIBLY_TOO_MANY_DIGITS = "possibly-too-many-digits",
    /// A value that the order or the event may lack, read without asking first.
    POSSIBLY_MISSING = "possibly-missing",
}
